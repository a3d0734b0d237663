"""configs/mnist.yaml as a Keras script by hand, with which `overhead.py` compares `cnnlab train`.

python benchmarks/bare_keras.py EPOCHS
"""

import sys

import keras
import numpy as np

from cnnlab.data import __path__ as data_folder

epochs = int(sys.argv[1])
keras.utils.set_random_seed(42)
with np.load(f"{data_folder[0]}/mnist.npz") as arrays:
    images, labels = arrays["x_train"], arrays["y_train"]
images = images[..., None].astype("float32") / 255

model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(64, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(images, labels, batch_size=64, epochs=epochs, validation_split=0.1, verbose=2)

"""One quick epoch of MNIST as a Keras script by hand; it writes no file.

    python benchmarks/bare_quick.py [--evaluate]

What `configs/quick.yaml` is compared with: two convolutions and two dense layers, in 16-bit floats,
with one cycle of the learning rate. With --evaluate, it prints its test accuracy.
"""

from __future__ import annotations

import os
import sys
from importlib import resources

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers

with np.load(str(resources.files("cnnlab.data") / "mnist.npz")) as mnist:
    images = mnist["x_train"][..., None].astype("float32") / 255
    labels = mnist["y_train"].astype("int32")
    tests, answers = mnist["x_test"][..., None], mnist["y_test"]

keras.utils.set_random_seed(1)
keras.mixed_precision.set_global_policy("mixed_bfloat16")
steps = -(-len(images) // 256)
rate = keras.optimizers.schedules.CosineDecay(
    0.001, round(0.7 * steps), warmup_target=0.01, warmup_steps=round(0.3 * steps)
)
model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(24, 5, padding="same"),
        layers.MaxPooling2D(),
        layers.ReLU(),
        layers.Conv2D(32, 3, padding="same"),
        layers.MaxPooling2D(),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dense(256, "relu"),
        layers.Dense(10, dtype="float32"),
    ]
)
model.compile(
    keras.optimizers.Adam(rate, beta_1=0.8, beta_2=0.95),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    jit_compile=False,
)
model.fit(images, labels, batch_size=256, epochs=1, verbose=0)
if "--evaluate" in sys.argv:
    found = model.predict(tests.astype("float32") / 255, verbose=0).argmax(axis=1)
    print(f"test accuracy {np.mean(found == answers):.4f}")

"""cnnlab: a command-line laboratory for convolutional networks.

From Python, the same steps as on the command line:

    config = cnnlab.read(Path("configs/mnist.yaml"), cnnlab.describe)
    run = cnnlab.create(Path("runs"), config.spec.name)
    cnnlab.train(config, run)
    evaluation = cnnlab.evaluate(run.read_spec(), run.trained_checkpoint())
"""

import os
from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Before the first import of TensorFlow or Keras, wherever in the package that is: a keras.json or
# an environment of the user's must not choose another backend, and TensorFlow's log stays quiet.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_PUBLIC = {
    "read": "cnnlab.spec.reader",
    "describe": "cnnlab.data.sources",
    "create": "cnnlab.run_folder",
    "find": "cnnlab.run_folder",
    "train": "cnnlab.training.fit",
    "evaluate": "cnnlab.evaluation",
    "metrics": "cnnlab.evaluation",
}


def __getattr__(name: str) -> Any:
    """The public names, imported at their first use: TensorFlow takes seconds."""
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'cnnlab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_PUBLIC]

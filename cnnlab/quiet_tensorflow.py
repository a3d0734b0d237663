"""TensorFlow and Keras, imported without their log lines: every other module takes them from here.

So it makes no difference whether a program imports cnnlab's commands or a module inside it.
"""

from cnnlab.quiet_import import import_tensorflow

import_tensorflow()

import keras  # noqa: E402  # after the call above, this only looks up what is loaded
import tensorflow as tf  # noqa: E402

__all__ = ["keras", "tf"]

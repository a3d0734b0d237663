"""Import TensorFlow and Keras quietly; all modules of cnnlab import both libraries from here.

So TensorFlow prints no log lines, whichever module of cnnlab a program imports first.
"""

from cnnlab.quiet_import import import_tensorflow

import_tensorflow()

import keras  # noqa: E402  # after the call above, this only looks up what is loaded
import tensorflow as tf  # noqa: E402

__all__ = ["keras", "tf"]

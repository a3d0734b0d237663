"""Import TensorFlow and Keras without their log lines; all other modules import them from here.

So TensorFlow prints nothing, whichever module of cnnlab a program imports first.
"""

from cnnlab.quiet_import import import_tensorflow

import_tensorflow()

import keras  # noqa: E402  # after the call above, this only looks up what is loaded
import tensorflow as tf  # noqa: E402

__all__ = ["keras", "tf"]

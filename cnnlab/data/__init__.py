"""Find, read and split data sets, and build batches of images for TensorFlow."""

"""Data sets: find them, read and split them, and turn them into batches for TensorFlow."""

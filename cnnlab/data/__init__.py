"""Names → batches: data sets, their splits, and their way into TensorFlow."""

"""Open files that `cnnlab export` wrote, and compute their probabilities without TensorFlow."""

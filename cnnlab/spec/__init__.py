"""Read, check and compute the configs of experiments (YAML), in pure Python."""

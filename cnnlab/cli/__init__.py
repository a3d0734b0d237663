"""The commands. Each file has a command: its options, one call of the Python API, its output."""

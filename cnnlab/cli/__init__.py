"""The commands of cnnlab. Each command reads its options, calls the Python API, and prints."""

"""The commands of cnnlab. Each command calls the Python API, and prints the result."""

"""The server of the lab: the Python API behind HTTP, and the files of the page."""

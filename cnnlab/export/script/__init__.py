"""Write a run as a script of plain Keras, which trains the same network without cnnlab."""

"""Describe trained networks for programs that compute them without Keras, such as the page."""

"""Explain the predictions of a network with kernels, feature maps, Grad-CAM and occlusion.

The modules `layers_with_maps`, `explained_image`, `request` and `request_checks` do not import
Keras. All other modules of this package import Keras.
"""

"""Explain what a trained network looks at: kernels, feature maps, Grad-CAM and occlusion.

The modules `layers_with_maps`, `explained_image`, `request` and `request_checks` do not import
Keras; the others do.
"""

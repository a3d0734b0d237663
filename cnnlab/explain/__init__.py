"""What a trained network looks at: kernels, feature maps, Grad-CAM and occlusion.

`layers_with_maps`, `explained_image`, `request` and `request_checks` need no Keras; the others do.
"""

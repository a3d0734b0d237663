"""Estimate the background of a picture from its border, even in uneven light."""

from __future__ import annotations

import numpy as np

from cnnlab.data.picture_sizes import reduce_picture

COARSE_SIDE = 128  # pixels of the longer side; enough to see how light falls
EVEN = 6  # levels of 255; the middle half of an even border varies by no more


def estimate_ground(picture: np.ndarray) -> np.ndarray:
    """Estimate the background as one colour or, in uneven light, as a colour for each pixel."""
    pixels = reduce_picture(picture, COARSE_SIDE).astype(np.float32)
    border = _mark_border(*pixels.shape[:2])
    low, middle, high = np.percentile(pixels[border], [25, 50, 75], axis=0)
    if (high - low).max() <= EVEN:
        return np.asarray(middle, dtype=np.float32)
    terms = _build_terms(*pixels.shape[:2])
    coefficients = _fit_robustly(terms[border], pixels[border])
    for _ in range(3):
        residuals = np.abs(pixels - terms @ coefficients).max(axis=2)
        near = residuals <= max(4.5 * float(np.median(residuals)), EVEN)
        coefficients = np.linalg.lstsq(terms[near], pixels[near], rcond=None)[0]
    return np.asarray(_build_terms(*picture.shape[:2]) @ coefficients)


def _mark_border(height: int, width: int) -> np.ndarray:
    border = np.ones((height, width), dtype=bool)
    edge = max(1, round(0.03 * min(height, width)))
    border[edge:-edge, edge:-edge] = False
    return border


def _build_terms(height: int, width: int) -> np.ndarray:
    """Compute 1, x, y, xy, x², y² at each pixel, (height, width, 6), with x and y from -1 to 1."""
    y, x = np.meshgrid(
        *(np.linspace(-1, 1, n, dtype=np.float32) for n in (height, width)), indexing="ij"
    )
    return np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)


def _fit_robustly(terms: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Fit coefficients of least absolute deviation by iteratively reweighted least squares."""
    weights = np.ones((len(terms), 1), dtype=np.float32)
    for _ in range(20):
        coefficients = np.linalg.lstsq(terms * weights, values * weights, rcond=None)[0]
        distances = np.abs(values - terms @ coefficients).max(axis=1, keepdims=True)
        weights = 1 / np.sqrt(np.maximum(distances, 1))
    return np.asarray(coefficients)


def measure_border_fit(picture: np.ndarray, ground: np.ndarray) -> float:
    """Measure the share of border pixels whose colour is close to the background `ground`."""
    border = _mark_border(*picture.shape[:2])
    expected = ground if ground.ndim == 1 else ground[border]
    residuals = np.abs(picture[border] - expected).max(axis=1)
    noise = float(np.median(residuals))
    return float(np.mean(residuals <= max(4.5 * noise, 2 * EVEN)))

"""The same photograph twice: cut a few pixels beside, lighter or darker, with a watermark, saved anew.

Three steps, each on fewer pairs than the one before. All are on band-passed images (a difference of Gaussians): light
and shade say little about who is in the picture, and in FER2013 strangers lit alike correlate as highly as copies do.

1. A sketch of 12 x 12 of each image, coarse enough to bear a shift; all pairs of sketches by matrix products.
2. Pairs whose sketches agree are matched at half the size over shifts of up to 4 pixels.
3. What is left is matched at full size over the same shifts; that correlation decides.

The thresholds were chosen by looking at pairs of FER2013: docs/decisions/0014-what-is-wrong-with-fer2013.md.

Sources:
    Lewis 1995, "Fast Normalized Cross-Correlation" (OpenCV's ``matchTemplate``).
    Marr & Hildreth 1980, "Theory of edge detection" (the difference of Gaussians as a band-pass).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fer.dataset.opening import Progress

FloatArray = npt.NDArray[np.float32]
RowArray = npt.NDArray[np.intp]

SAME_PHOTO = 0.85
"""Correlation from which a pair counts: between copies (0.9 and more) and strangers (below 0.8) lies a valley."""
SHIFT_PX = 4
SKETCH_PX = 12
SKETCH_AGREES = 0.7
HALF_AGREES = 0.75
BLOCK = 1024
THREADS = 2


@dataclass(frozen=True)
class NearPairs:
    """Pairs of images that show the same photograph.

    Attributes:
        rows: Two rows each, the smaller first, shape ``(m, 2)``, ascending.
        similarity: The correlation of their band-passed pixels at the best shift, in ``[SAME_PHOTO, 1]``, shape
            ``(m,)``, float32.
    """

    rows: RowArray
    similarity: FloatArray


def near_pairs(images: npt.NDArray[np.uint8], progress: Progress = lambda share, word: None) -> NearPairs:
    """Find the pairs of images that show the same photograph.

    Identical images are found as well; ``fer.dataset.quality`` hands over one of each. Flat images have no structure
    to compare and are left out.

    Args:
        images: Shape ``(n, 48, 48)``, uint8.
        progress: Told the share done; what it raises ends the search.
    """
    if len(images) < 2:
        return NearPairs(np.empty((0, 2), np.intp), np.empty(0, np.float32))
    sketches = _sketches(images)
    fine = _band_pass(images, 1.0, 4.0)
    half = np.stack([cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for image in fine])
    found: list[RowArray] = [np.empty((0, 2), np.intp)]
    similarities: list[FloatArray] = [np.empty(0, np.float32)]
    with ThreadPoolExecutor(THREADS) as threads:
        for first, pairs in _pairs_of_sketches(sketches):
            # Later blocks meet fewer others: the share done is that of the pairs, not that of the rows.
            progress(1 - (1 - first / len(images)) ** 2, "Looking for the same photograph twice")
            pairs = pairs[_matched(half, pairs, threads) >= HALF_AGREES]
            similarity = _matched(fine, pairs, threads)
            found.append(pairs[similarity >= SAME_PHOTO])
            similarities.append(similarity[similarity >= SAME_PHOTO])
    return NearPairs(np.concatenate(found), np.concatenate(similarities))


def connected(pairs: RowArray, n: int) -> list[RowArray]:
    """Join pairs that share an image into groups.

    Args:
        pairs: Shape ``(m, 2)``.
        n: How many images there are.

    Returns:
        For each group its rows, ascending; the groups in the order of their first rows.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(pairs):
        return []
    ones = np.ones(len(pairs), np.int8)
    _, member = connected_components(coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(n, n)), directed=False)
    paired = np.unique(pairs)
    order = paired[np.argsort(member[paired], kind="stable")]
    groups = np.split(order, np.flatnonzero(np.diff(member[order])) + 1)
    return sorted(groups, key=lambda rows: int(rows[0]))


def _band_pass(images: npt.NDArray[np.uint8], fine: float, coarse: float) -> FloatArray:
    """Keep structures between two sizes, given as standard deviations of Gaussians in pixels."""
    bands = np.empty(images.shape, np.float32)
    for row, image in enumerate(images):
        grey = image.astype(np.float32)
        bands[row] = cv2.GaussianBlur(grey, (0, 0), fine) - cv2.GaussianBlur(grey, (0, 0), coarse)
    return bands


def _sketches(images: npt.NDArray[np.uint8]) -> FloatArray:
    """Return a unit vector for each image, shape ``(n, 144)``; zeros for a flat one."""
    size = (SKETCH_PX, SKETCH_PX)
    bands = _band_pass(images, 2.5, 6.0)
    small = np.array([cv2.resize(band, size, interpolation=cv2.INTER_AREA).ravel() for band in bands], np.float32)
    small = small.reshape(len(images), SKETCH_PX * SKETCH_PX)
    small -= small.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(small, axis=1, keepdims=True)
    unit: FloatArray = np.divide(small, lengths, out=np.zeros_like(small), where=lengths > 1e-3)
    return unit


def _pairs_of_sketches(sketches: FloatArray) -> Iterator[tuple[int, RowArray]]:
    """Yield, block by block, the block's first row and the pairs whose sketches agree."""
    for first in range(0, len(sketches), BLOCK):
        agreement = sketches[first : first + BLOCK] @ sketches[first:].T
        left, right = np.nonzero(agreement >= SKETCH_AGREES)
        later = right > left
        yield first, np.column_stack([left[later], right[later]]).astype(np.intp) + first


def _matched(images: FloatArray, pairs: RowArray, threads: ThreadPoolExecutor) -> FloatArray:
    """Return each pair's correlation at the best shift, shape ``(m,)``."""

    def match(part: RowArray) -> FloatArray:
        edge = SHIFT_PX * images.shape[1] // 48
        middle = slice(edge, images.shape[1] - edge)
        best = np.empty(len(part), np.float32)
        for place, (one, other) in enumerate(part):
            best[place] = cv2.matchTemplate(images[other], images[one, middle, middle], cv2.TM_CCOEFF_NORMED).max()
        return best

    return np.concatenate(list(threads.map(match, np.array_split(pairs, THREADS))))

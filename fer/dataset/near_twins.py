"""The same photograph twice: cut a few pixels beside, lighter or darker, with a watermark, saved anew.

Three steps, each on fewer pairs than the one before. All are on band-passed images (a difference of Gaussians): light
and shade say little about who is in the picture, and in FER2013 strangers lit alike correlate as highly as copies do.

1. A sketch of 8 x 8 of each image's middle, coarse enough to bear a shift by a pixel; against the sketches of all other
   images at nine shifts, by matrix products.
2. Pairs whose sketches agree are matched at half the size over shifts of up to 4 pixels.
3. What is left is matched at full size over the same shifts; that correlation decides.

The thresholds were chosen by looking at pairs of FER2013: docs/decisions/0014-what-is-wrong-with-fer2013.md.

Sources:
    Lewis 1995, "Fast Normalized Cross-Correlation" (OpenCV's ``matchTemplate``).
    Marr & Hildreth 1980, "Theory of edge detection" (the difference of Gaussians as a band-pass).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fer.dataset.reading import Progress, silent
from fer.dataset.threads import one_thread_each

FloatArray = npt.NDArray[np.float32]
RowArray = npt.NDArray[np.intp]

SAME_PHOTO = 0.85
"""Correlation from which a pair counts: between copies (0.9 and more) and strangers (below 0.8) lies a valley."""
SAME_DRAWING = 0.97
"""The same for faces that we draw: all have one geometry, and strangers among them correlate with up to 0.96."""
SHIFT_PX = 4
SKETCH_PX = 8
SKETCH_SHIFTS_PX = (-3, 0, 3)
SKETCH_AGREES = 0.78
HALF_AGREES = 0.75
BLOCK = 512
AGREEMENTS = 20_000_000
"""Rows are compared in blocks of at most this many agreements with others at a time: 80 MB for each thread."""
THREADS = 2


@dataclass(frozen=True)
class NearPairs:
    """Pairs of images that show the same photograph.

    Attributes:
        rows: Two rows each, the smaller first, shape ``(m, 2)``, ascending.
        similarity: The correlation of their band-passed pixels at the best shift, at most 1, shape
            ``(m,)``, float32.
    """

    rows: RowArray
    similarity: FloatArray


def near_pairs(images: npt.NDArray[np.uint8], progress: Progress = silent, at_least: float = SAME_PHOTO) -> NearPairs:
    """Find the pairs of images that show the same photograph.

    Identical images are found as well; ``fer.dataset.quality`` hands over one of each. Flat images have no structure
    to compare and are left out.

    Args:
        images: Shape ``(n, 48, 48)``, uint8.
        progress: Told the share done; what it raises ends the search.
        at_least: The correlation from which a pair counts.
    """
    if len(images) < 2:
        return NearPairs(np.empty((0, 2), np.intp), np.empty(0, np.float32))
    still, moved = _all_sketches(images)
    fine = _band_pass(images, 1.0, 4.0)
    half = np.stack([cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for image in fine])
    found: list[RowArray] = [np.empty((0, 2), np.intp)]
    similarities: list[FloatArray] = [np.empty(0, np.float32)]
    block = max(1, min(BLOCK, AGREEMENTS // len(images)))
    firsts = range(0, len(images), block)

    def search(first: int) -> tuple[RowArray, FloatArray]:
        pairs = _pairs_of_sketches(still, moved, slice(first, first + block))
        pairs = pairs[_matched(half, pairs) >= HALF_AGREES]
        similarity = _matched(fine, pairs)
        return pairs[similarity >= at_least], similarity[similarity >= at_least]

    with one_thread_each(), ThreadPoolExecutor(THREADS) as threads:
        for start in range(0, len(firsts), THREADS):
            # Later blocks meet fewer others: the share done is that of the pairs, not that of the rows.
            progress(1 - (1 - firsts[start] / len(images)) ** 2, "Looking for the same photograph twice")
            for pairs, similarity in threads.map(search, firsts[start : start + THREADS]):
                found.append(pairs)
                similarities.append(similarity)
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


def _all_sketches(images: npt.NDArray[np.uint8]) -> tuple[FloatArray, list[FloatArray]]:
    """Return the sketches of all images, and those at each of the nine shifts."""
    bands = _band_pass(images, 2.5, 6.0)
    moved = [_sketches(bands, down, right) for down in SKETCH_SHIFTS_PX for right in SKETCH_SHIFTS_PX]
    return _sketches(bands, 0, 0), moved


def _sketches(bands: FloatArray, down_px: int, right_px: int) -> FloatArray:
    """Return a unit vector for the middle of each image, or for what is beside it; shape ``(n, 64)``, zeros if flat."""
    n, height, width = bands.shape
    rows = slice(SHIFT_PX + down_px, height - SHIFT_PX + down_px)
    columns = slice(SHIFT_PX + right_px, width - SHIFT_PX + right_px)
    size = (SKETCH_PX, SKETCH_PX)
    small = np.empty((n, SKETCH_PX * SKETCH_PX), np.float32)
    for row, band in enumerate(bands):
        small[row] = cv2.resize(band[rows, columns], size, interpolation=cv2.INTER_AREA).ravel()
    small -= small.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(small, axis=1, keepdims=True)
    return np.asarray(np.divide(small, lengths, out=np.zeros_like(small), where=lengths > 1e-3), np.float32)


def _pairs_of_sketches(still: FloatArray, moved: list[FloatArray], block: slice) -> RowArray:
    """Return pairs of a block's rows with later ones, the sketches of which agree at one of the shifts; ``(m, 2)``."""
    first, n = int(block.start), len(still)
    found = [np.flatnonzero(still[block] @ sketches[first:].T >= SKETCH_AGREES) for sketches in moved]
    one, other = np.divmod(np.unique(np.concatenate(found)), n - first)
    later = other > one
    pairs: RowArray = np.column_stack([one[later], other[later]]).astype(np.intp) + first
    return pairs


def _matched(images: FloatArray, pairs: RowArray) -> FloatArray:
    """Return each pair's correlation at the best shift, shape ``(m,)``."""
    edge = SHIFT_PX * images.shape[1] // 48
    middle = slice(edge, images.shape[1] - edge)
    best = np.empty(len(pairs), np.float32)
    for place, (one, other) in enumerate(pairs):
        best[place] = cv2.matchTemplate(images[other], images[one, middle, middle], cv2.TM_CCOEFF_NORMED).max()
    return best

"""The same photograph twice: planted copies, and brute force over all pairs of a part of FER2013."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from fer.dataset.demo import demo_faces
from fer.dataset.faceset import FaceSet
from fer.dataset.near_twins import SAME_DRAWING, SAME_PHOTO, SHIFT_PX, connected, near_pairs

Image = np.ndarray


def shifted(image: Image) -> Image:
    return np.roll(image, (3, -2), (0, 1))


def darker(image: Image) -> Image:
    return (image * 0.5 + 10).astype(np.uint8)


def watermarked(image: Image) -> Image:
    marked = image.copy()
    cv2.putText(marked, "photo", (4, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.35, 230)
    return marked


def saved_anew(image: Image) -> Image:
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 40])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


@pytest.mark.parametrize("change", [shifted, darker, watermarked, saved_anew])
def test_copies_are_found_and_strangers_are_not(some_faces: FaceSet, change) -> None:
    originals = some_faces.images[:60]
    found = near_pairs(np.concatenate([originals, np.stack([change(image) for image in originals])]))
    wanted = {(row, row + 60) for row in range(60)}
    # These sixty hold no photograph twice themselves.
    got = {tuple(pair) for pair in found.rows.tolist()}
    assert got <= wanted
    assert len(got) >= 50


def brute_force(images: np.ndarray) -> np.ndarray:
    """Correlate every pair at every shift by plain linear algebra, shape (n, n): none of the code's short cuts."""
    bands = np.stack(
        [cv2.GaussianBlur(i, (0, 0), 1.0) - cv2.GaussianBlur(i, (0, 0), 4.0) for i in images.astype(np.float32)]
    )

    def unit(windows: np.ndarray) -> np.ndarray:
        flat = windows.reshape(len(windows), -1)
        flat = flat - flat.mean(axis=1, keepdims=True)
        return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)

    side = 48 - 2 * SHIFT_PX
    middles = unit(bands[:, SHIFT_PX : SHIFT_PX + side, SHIFT_PX : SHIFT_PX + side])
    best = np.full((len(images), len(images)), -1.0, np.float32)
    for top in range(2 * SHIFT_PX + 1):
        for left in range(2 * SHIFT_PX + 1):
            best = np.maximum(best, middles @ unit(bands[:, top : top + side, left : left + side]).T)
    return best


def test_brute_force_finds_the_same_pairs(real_faces: FaceSet) -> None:
    # Rows that a search of 3,000 finds copies of, and rows as they come.
    part = real_faces.images[:3000]
    copies = np.unique(near_pairs(part).rows)[:90]
    rows = np.union1d(copies, np.arange(90))
    images = part[rows]
    correlation = np.triu(brute_force(images), 1)
    wanted = {tuple(pair) for pair in np.argwhere(correlation >= SAME_PHOTO).tolist()}
    found = near_pairs(images)
    got = [tuple(pair) for pair in found.rows.tolist()]
    assert len(wanted) > 30
    assert set(got) <= wanted
    np.testing.assert_allclose(found.similarity, [correlation[pair] for pair in got], atol=1e-3)
    # What the sketches overlook: docs/decisions/0014.
    assert len(got) >= 0.98 * len(wanted)


def test_flat_images_and_few_images_have_no_pairs() -> None:
    for images in (np.zeros((5, 48, 48), np.uint8), np.zeros((1, 48, 48), np.uint8), np.zeros((0, 48, 48), np.uint8)):
        assert near_pairs(images).rows.shape == (0, 2)


def test_our_drawings_are_not_taken_for_copies_of_each_other() -> None:
    drawn = demo_faces(6, seed=1).images
    pairs = near_pairs(np.concatenate([drawn, drawn[:4] // 2]), at_least=SAME_DRAWING).rows
    assert {tuple(pair) for pair in pairs.tolist()} == {(row, 42 + row) for row in range(4)}


def test_what_progress_raises_ends_the_search(some_faces: FaceSet) -> None:
    def stop(share: float, doing: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        near_pairs(some_faces.images[:20], stop)


def test_pairs_join_into_groups() -> None:
    pairs = np.array([[4, 7], [0, 2], [2, 5]], np.intp)
    assert [group.tolist() for group in connected(pairs, 9)] == [[0, 2, 5], [4, 7]]
    assert connected(pairs[:0], 9) == []

"""Eigenfaces: held against the singular value decomposition, and a face rebuilt step by step."""

from __future__ import annotations

import numpy as np
import pytest

from fer.dataset.eigenfaces import fit_eigenfaces
from fer.dataset.faceset import FaceSet
from fer.errors import DataError


def test_directions_are_those_of_the_singular_value_decomposition(some_faces: FaceSet) -> None:
    some = some_faces.take(slice(80))
    found = fit_eigenfaces(some, components=20)
    flat = some.images.reshape(80, -1).astype(np.float64)
    _, values, directions = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)
    # The signs are arbitrary; the first ones are far enough apart to be compared one by one.
    for number in range(5):
        same = abs(float(found.components[number].ravel() @ directions[number]))
        assert same == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(found.variances[:5], values[:5] ** 2 / 79, rtol=1e-3)
    assert found.explained.sum() < 1 and found.faces == 80


def test_more_components_rebuild_a_face_better(some_faces: FaceSet) -> None:
    found = fit_eigenfaces(some_faces.take(slice(200)), components=150)
    face = some_faces.images[7]
    errors = [np.abs(found.rebuild(face, k).astype(int) - face).mean() for k in (0, 10, 50, 150)]
    assert errors == sorted(errors, reverse=True) and errors[-1] < errors[0] / 2
    np.testing.assert_allclose(found.rebuild(face, 0), found.mean, atol=0.51)
    assert found.rebuild(face, 10_000).tolist() == found.rebuild(face, 150).tolist()
    assert found.coordinates(some_faces.images[:3]).shape == (3, 150)


def test_too_little_to_compare(faces: FaceSet) -> None:
    with pytest.raises(DataError, match="at least two faces, got 1"):
        fit_eigenfaces(faces.take(slice(1)))
    black = FaceSet(np.zeros((4, 48, 48), np.uint8), np.zeros(4, np.uint8), np.zeros(4, np.uint8))
    with pytest.raises(DataError, match="these 4 are all the same"):
        fit_eigenfaces(black)
    assert len(fit_eigenfaces(faces.take(slice(3))).components) == 2

"""Maps: neighbours stay neighbours, and what cannot be laid out is said."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from fer.dataset.faceset import FaceSet
from fer.dataset.maps import pca_map, pixel_vectors, tsne_map
from fer.errors import DataError
from fer.faces.features import Description


def test_tsne_keeps_neighbours_better_than_pca(network_view: Description) -> None:
    vectors, rows = network_view.features[:400], np.arange(400)
    steps: list[float] = []
    flat = pca_map(vectors, rows, "features")
    laid = tsne_map(vectors, rows, "features", lambda share, doing: steps.append(share))
    assert laid.xy.shape == flat.xy.shape == (400, 2) and np.isfinite(laid.xy).all()
    kept = trustworthiness(vectors, laid.xy, n_neighbors=10)
    assert kept > 0.85 and kept > trustworthiness(vectors, flat.xy, n_neighbors=10)
    assert steps == sorted(steps) and len(steps) >= 4
    assert (laid.method, flat.method, laid.explained) == ("tsne", "pca", ())
    assert 0 < flat.explained[1] <= flat.explained[0] < 1


def test_pixels_are_free_of_light(some_faces: FaceSet) -> None:
    images = some_faces.images[:4]
    darker = (images * 0.5).astype(np.uint8)
    np.testing.assert_allclose(pixel_vectors(images), pixel_vectors(darker), atol=0.1)
    assert (pixel_vectors(np.full((1, 48, 48), 9, np.uint8)) == 0).all()


def test_too_little_for_a_map() -> None:
    rng = np.random.default_rng(0)
    for make in (pca_map, tsne_map):
        with pytest.raises(DataError, match="at least 5 faces, got 4"):
            make(rng.normal(size=(4, 9)).astype(np.float32), np.arange(4), "features")
        with pytest.raises(DataError, match="these 8 are all the same"):
            make(np.ones((8, 9), np.float32), np.arange(8), "features")


def test_a_handful_can_be_laid_out() -> None:
    vectors = np.random.default_rng(0).normal(size=(5, 40)).astype(np.float32)
    assert np.isfinite(tsne_map(vectors, np.arange(5), "pixels").xy).all()


def test_what_progress_raises_ends_it() -> None:
    def stop(share: float, doing: str) -> None:
        if share > 0.2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        tsne_map(np.random.default_rng(0).normal(size=(40, 9)).astype(np.float32), np.arange(40), "pixels", stop)

"""Statistics held against NumPy, SciPy and the official counts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import entropy

from fer.dataset.faceset import FaceSet
from fer.dataset.samples import stratified_rows
from fer.dataset.statistics import class_counts, image_measures, imbalance, intensity_histograms, mean_faces
from fer.emotions import EMOTIONS


def test_the_official_counts(real_faces: FaceSet) -> None:
    table = class_counts(real_faces)
    assert table["Training"].tolist() == [3995, 436, 4097, 7215, 4830, 3171, 4965]
    assert table["PublicTest"].tolist() == [467, 56, 496, 895, 653, 415, 607]
    assert table["all share"].sum() == pytest.approx(1)
    assert "PrivateTest" not in table
    measured = imbalance(real_faces.labels)
    counts = np.bincount(real_faces.labels)
    assert measured.ratio == pytest.approx(8110 / 492, abs=1e-3)
    assert measured.evenness == pytest.approx(entropy(counts, base=7), abs=1e-4)
    assert (measured.largest, measured.smallest, measured.missing) == ("happy", "disgust", ())
    assert measured.always_largest == pytest.approx(8110 / 32298, abs=1e-4)


def test_counts_of_missing_classes() -> None:
    measured = imbalance(np.array([3, 3, 3], np.uint8))
    assert (measured.ratio, measured.evenness, measured.smallest) == (1.0, 0.0, "happy")
    assert measured.missing == tuple(name for name in EMOTIONS if name != "happy")
    assert imbalance(np.array([], np.uint8)).always_largest == 0.0


def test_histograms(faces: FaceSet) -> None:
    table = intensity_histograms(faces, bins=64)
    expected, _ = np.histogram(faces.images[faces.labels == 3], bins=64, range=(0, 256))
    np.testing.assert_allclose(table["happy"], expected / expected.sum())
    assert list(table.index[:3]) == [0, 4, 8]
    assert np.allclose(table.sum(), 1)
    without = intensity_histograms(faces.take(faces.labels != 1), bins=8)
    assert without["disgust"].isna().all() and without["fear"].notna().all()
    with pytest.raises(ValueError):
        intensity_histograms(faces, bins=100)


def test_measures(faces: FaceSet) -> None:
    table = image_measures(faces)
    np.testing.assert_allclose(table["brightness"], faces.images.mean(axis=(1, 2)), rtol=1e-5)
    np.testing.assert_allclose(table["contrast"], faces.images.std(axis=(1, 2)), rtol=1e-5)
    assert table["emotion"].tolist() == [EMOTIONS[label] for label in faces.labels]
    assert table["usage"].tolist()[-1] == "PrivateTest"


def test_a_blurred_face_is_less_sharp(some_faces: FaceSet) -> None:
    import cv2

    blurred = np.stack([cv2.GaussianBlur(image, (0, 0), 1.5) for image in some_faces.images[:50]])
    sharp = image_measures(some_faces.take(slice(50)))["sharpness"].to_numpy()
    soft = image_measures(FaceSet(blurred, some_faces.labels[:50], some_faces.usage[:50]))["sharpness"].to_numpy()
    assert (soft < sharp).all()


def test_mean_faces(some_faces: FaceSet) -> None:
    found = mean_faces(some_faces)
    for label in range(7):
        own = some_faces.images[some_faces.labels == label].astype(np.float64)
        np.testing.assert_allclose(found.mean[label], own.mean(axis=0), rtol=1e-4)
        np.testing.assert_allclose(found.std[label], own.std(axis=0), rtol=1e-3, atol=1e-2)
    assert found.counts.sum() == len(some_faces)


def test_mean_faces_of_what_is_missing(faces: FaceSet) -> None:
    found = mean_faces(faces.take(faces.labels == 3))
    assert np.isnan(found.mean[0]).all() and np.isfinite(found.mean[3]).all()
    assert found.counts.tolist() == [0, 0, 0, 3, 0, 0, 0]
    assert np.isnan(mean_faces(faces.take(slice(0))).std).all()


def test_tables_of_nothing(faces: FaceSet) -> None:
    none = faces.take(slice(0))
    assert class_counts(none)["all"].sum() == 0
    assert len(image_measures(none)) == 0
    assert intensity_histograms(none).isna().all(axis=None)


@pytest.mark.parametrize("most", [7, 100, 999])
def test_samples_keep_shares(most: int) -> None:
    labels = np.random.default_rng(0).choice(7, 5000, p=[0.4, 0.3, 0.1, 0.1, 0.05, 0.049, 0.001]).astype(np.uint8)
    rows = stratified_rows(labels, most, seed=1)
    assert len(rows) == len(np.unique(rows)) and abs(len(rows) - most) <= 7
    assert set(labels[rows]) == set(labels)
    if most > 7:
        assert (labels[rows] == 0).mean() == pytest.approx((labels == 0).mean(), abs=0.03)
    assert rows.tolist() == stratified_rows(labels, most, seed=1).tolist()


def test_a_small_set_is_its_own_sample() -> None:
    assert stratified_rows(np.zeros(14, np.uint8), 100).tolist() == list(range(14))

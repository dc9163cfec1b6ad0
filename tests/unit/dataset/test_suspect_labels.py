"""Suspect labels: labels that we turned around, what a crowd thinks, and sets that cannot be judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer.dataset.faceset import FaceSet
from fer.dataset.ferplus import read_ferplus
from fer.dataset.finding import Finding, Findings
from fer.dataset.samples import stratified_rows
from fer.dataset.suspect_labels import LEAST, check_labels, same_photo
from fer.emotions import EMOTIONS
from fer.faces.features import Description


def clouds(counts: list[int], seed: int = 0) -> tuple[FaceSet, np.ndarray]:
    """Faces whose features are well apart by class; the images play no part."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(7), counts)).astype(np.uint8)
    features = (4 * np.eye(7, 16)[labels] + rng.normal(size=(len(labels), 16))).astype(np.float32)
    images = rng.integers(0, 256, (len(labels), 48, 48), np.uint8)
    return FaceSet(images, labels, np.zeros(len(labels), np.uint8)), features


def nothing(faces: FaceSet) -> Findings:
    return Findings((), len(faces))


def rows_of(findings: tuple[Finding, ...]) -> set[int]:
    return {finding.rows[0] for finding in findings}


def test_labels_that_were_turned_around_are_found() -> None:
    faces, features = clouds([60] * 7)
    turned = set(np.random.default_rng(1).choice(len(faces), 30, replace=False).tolist())
    labels = faces.labels.copy()
    labels[list(turned)] = (labels[list(turned)] + 2) % 7
    found = check_labels(FaceSet(faces.images, labels, faces.usage), features, nothing(faces))
    suspects = rows_of(found.suspects)
    assert len(suspects & turned) >= 25
    assert len(suspects - turned) <= 5
    one = max(found.suspects, key=lambda finding: finding.score)
    row = one.rows[0]
    assert one.reason.startswith(
        f"Labelled {EMOTIONS[labels[row]]}; what the network sees speaks for {EMOTIONS[faces.labels[row]]}"
    )
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-4)
    assert found.notes == ()


def test_a_wrong_label_is_not_confirmed_by_its_own_twins() -> None:
    # Ten copies of one photograph, far from all others, all with the same wrong name: a model that has seen nine of
    # them believes the tenth.
    faces, features = clouds([40] * 7)
    rng = np.random.default_rng(2)
    copies = list(range(10))
    labels = faces.labels.copy()
    labels[copies] = 1
    one = np.concatenate([4 * np.eye(7)[3], np.full(9, 6.0)])
    features[copies] = one + rng.normal(scale=0.01, size=(10, 16))
    wrong = FaceSet(faces.images, labels, faces.usage)
    group = Findings((Finding("near_duplicate", tuple(copies), "", ()),), len(faces))
    apart = check_labels(wrong, features, nothing(faces))
    together = check_labels(wrong, features, group)
    own = np.arange(10), labels[copies]
    assert together.probabilities[own].max() < apart.probabilities[own].min()


def test_same_photo_takes_the_first_row() -> None:
    structure = Findings((Finding("exact_duplicate", (1, 3), "", ()), Finding("near_duplicate", (1, 3, 4), "", ())), 6)
    assert same_photo(structure).tolist() == [0, 1, 2, 1, 1, 5]


def test_a_crowd_agrees_with_the_suspicion(
    shared: Path, real_faces: FaceSet, some_faces: FaceSet, network_view: Description
) -> None:
    rows = stratified_rows(real_faces.labels, 840)
    votes = read_ferplus(shared / "data" / "fer2013" / "fer2013new.csv").shares[rows]
    found = check_labels(some_faces, network_view.features, nothing(some_faces))
    suspects = np.array(sorted(rows_of(found.suspects)))
    voted = votes.sum(axis=1) > 0
    disagrees = votes.argmax(axis=1) != some_faces.labels
    base = disagrees[voted].mean()
    assert 0.03 < len(suspects) / len(some_faces) < 0.25
    assert disagrees[suspects][voted[suspects]].mean() > base + 0.25


def test_small_and_missing_classes_are_named_and_left_out() -> None:
    faces, features = clouds([30, LEAST - 1, 0, 30, 0, 0, 30])
    found = check_labels(faces, features, nothing(faces))
    assert found.notes == ("disgust has 9 faces: too few to judge their labels, which takes 10 or more.",)
    assert np.isnan(found.probabilities[faces.labels == 1]).all()
    assert np.isfinite(found.probabilities[faces.labels == 0]).all()


@pytest.mark.parametrize("counts", [[0, 0, 0, 50, 0, 0, 0], [0] * 7, [1, 0, 0, 0, 0, 0, 0]])
def test_labels_that_have_nothing_beside_them(counts: list[int]) -> None:
    faces, features = clouds(counts)
    found = check_labels(faces, features, nothing(faces))
    assert found.suspects == ()
    assert found.notes[-1].startswith("Labels are checked against each other: expected two emotions")


def test_blank_images_are_not_judged() -> None:
    faces, features = clouds([20] * 7)
    blank = Findings((Finding("blank", (4,), "", (4,)),), len(faces))
    assert np.isnan(check_labels(faces, features, blank).probabilities[4]).all()


def test_features_that_are_all_the_same_say_nothing() -> None:
    faces, features = clouds([20] * 7)
    found = check_labels(faces, np.ones_like(features), nothing(faces))
    assert len(found.suspects) < 20

"""Findings on planted flaws, and on sets that are hardly sets."""

from __future__ import annotations

import numpy as np
import pytest

from fer.dataset.demo import demo_faces
from fer.dataset.faceset import FaceSet
from fer.dataset.finding import KINDS, STRUCTURAL, Finding, Findings
from fer.dataset.quality import NEARLY_BLANK, duplicate_counts, quick_findings, same_grey, structural_findings, summary


def only(findings: Findings, kind: str, row: int) -> Finding:
    (found,) = [finding for finding in findings.of(kind).items if row in finding.rows]
    return found


def test_planted_flaws_are_found(flawed: FaceSet) -> None:
    findings = structural_findings(flawed)
    assert [finding.rows for finding in findings.of("exact_duplicate").items] == [(0, 3, 5), (1, 4), (6, 7)]
    assert [finding.rows for finding in findings.of("exact_leak").items] == [(0, 3, 5)]
    assert [finding.rows for finding in findings.of("blank").items] == [(6,), (7,)]
    assert [finding.rows for finding in findings.of("nearly_blank").items] == [(8,)]
    near = only(findings, "near_duplicate", 9)
    assert {2, 9} <= set(near.rows)
    assert 9 in only(findings, "near_leak", 9).rows
    assert duplicate_counts(findings)["images"] == 7


def test_the_test_keeps_its_image_and_training_gives_its_own_up(flawed: FaceSet) -> None:
    findings = structural_findings(flawed)
    assert only(findings, "exact_duplicate", 0).leave_out == (0, 5)
    assert only(findings, "exact_leak", 0).leave_out == (0, 5)
    assert only(findings, "exact_duplicate", 1).leave_out == (4,)
    assert only(findings, "exact_conflict", 0).leave_out == (0, 3, 5)
    assert 9 not in only(findings, "near_leak", 9).leave_out and 2 in only(findings, "near_leak", 9).leave_out


def test_reasons_name_labels_and_splits(flawed: FaceSet) -> None:
    findings = structural_findings(flawed)
    assert only(findings, "exact_leak", 0).reason == ("3 identical images: happy 2, sad; in Training 2, PublicTest.")
    assert only(findings, "blank", 6).reason == "All pixels are 0."
    assert "% of the pixels have almost the same grey" in only(findings, "nearly_blank", 8).reason
    assert {finding.kind for finding in findings.items} <= set(STRUCTURAL) <= set(KINDS)


def test_the_summary_counts(flawed: FaceSet) -> None:
    findings = structural_findings(flawed)
    counts = summary(flawed, findings)
    assert counts["rows"] == 24
    assert counts["by_usage"] == {"Training": 22, "PublicTest": 1, "PrivateTest": 1}
    assert sum(counts["by_emotion"].values()) == 24
    assert counts["duplicates"] == {
        "groups": 3,
        "images": 7,
        "across_splits": 1,
        "label_conflicts": counts["duplicates"]["label_conflicts"],
    }
    assert (counts["blank"], counts["nearly_blank"]) == (2, 1)


@pytest.mark.parametrize("n", [0, 1])
def test_hardly_a_set(n: int) -> None:
    faces = demo_faces(1).take(np.arange(n))
    assert len(structural_findings(faces)) == 0
    assert summary(faces, structural_findings(faces))["rows"] == n


def test_all_black() -> None:
    faces = FaceSet(np.zeros((6, 48, 48), np.uint8), np.full(6, 3, np.uint8), np.zeros(6, np.uint8))
    findings = structural_findings(faces)
    assert len(findings.of("blank")) == 6
    (group,) = findings.of("exact_duplicate").items
    assert group.leave_out == (1, 2, 3, 4, 5)
    assert len(findings.of("near_duplicate")) == 0


def test_identical_images_join_the_group_of_their_photograph(some_faces: FaceSet) -> None:
    image = some_faces.images[11]
    images = np.concatenate([some_faces.images[:40], image[None], np.roll(image, 2, axis=1)[None]])
    faces = FaceSet(images, np.zeros(42, np.uint8), np.zeros(42, np.uint8))
    findings = structural_findings(faces)
    assert only(findings, "near_duplicate", 41).rows == (11, 40, 41)
    assert only(findings, "near_duplicate", 41).score > 0.85


def test_drawn_faces_are_not_a_heap_of_copies() -> None:
    drawn = demo_faces(8)
    assert len(structural_findings(drawn).rows_of("near_duplicate")) < 4


def test_the_same_grey_is_nine_neighbours() -> None:
    ramp = np.arange(48 * 48).reshape(1, 48, 48) % 256
    assert same_grey(ramp.astype(np.uint8))[0] == pytest.approx(9 / 256)
    two = np.full((1, 48, 48), 100, np.uint8)
    two[0, :24] = 109
    assert same_grey(two)[0] == pytest.approx(0.5)
    two[0, :24] = 108
    assert same_grey(two)[0] == 1.0


def test_nearly_blank_images_of_fer2013_are_few(real_faces: FaceSet) -> None:
    findings = quick_findings(real_faces)
    assert len(findings.of("nearly_blank")) == 19
    assert all(finding.score >= NEARLY_BLANK for finding in findings.of("nearly_blank").items)

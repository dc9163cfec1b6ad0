"""Findings as they are looked up, kept and downloaded."""

from __future__ import annotations

import json

import pytest

from fer.dataset.faceset import FaceSet
from fer.dataset.finding import Finding, Findings
from fer.dataset.quality import structural_findings


@pytest.fixture
def found() -> Findings:
    return Findings(
        (
            Finding("suspect_label", (2,), "one", (2,), 0.6),
            Finding("suspect_label", (5,), "two", (5,), 0.9),
            Finding("exact_duplicate", (2, 5, 7), "three", (5, 7)),
        ),
        9,
    )


def test_looking_up(found: Findings) -> None:
    assert [finding.reason for finding in found.of("suspect_label").items] == ["two", "one"]
    assert [finding.reason for finding in found.for_row(5)] == ["two", "three"]
    assert found.for_row(8) == ()
    assert found.rows_of("exact_duplicate", "suspect_label").tolist() == [2, 5, 7]
    assert found.left_out_by("exact_duplicate").tolist() == [5, 7]
    assert found.counts()["suspect_label"] == {"findings": 2, "images": 2}
    assert found.counts()["blank"] == {"findings": 0, "images": 0}


def test_json_there_and_back(flawed: FaceSet) -> None:
    findings = structural_findings(flawed)
    document = json.loads(json.dumps(findings.as_json(flawed, {"name": "faces.csv", "sha256": "00"})))
    assert document["schema"] == 1
    assert document["data"] == {"name": "faces.csv", "sha256": "00", "rows": 24}
    assert document["findings"][0]["sources"] == ["row 1", "row 4", "row 6"]
    again = Findings.from_json(document)
    assert [(f.kind, f.rows, f.reason, f.leave_out) for f in again.items] == [
        (f.kind, f.rows, f.reason, f.leave_out) for f in findings.items
    ]


def test_the_table_has_a_line_for_each_finding_and_image(flawed: FaceSet) -> None:
    findings = structural_findings(flawed)
    table = findings.as_table(flawed)
    assert len(table) == sum(len(finding.rows) for finding in findings.items)
    line = table[(table["kind"] == "exact_leak") & (table["row"] == 3)].iloc[0]
    assert (line["source"], line["emotion"], line["usage"], line["leave_out"]) == ("row 4", "sad", "PublicTest", False)


def test_what_cannot_be_is_refused(found: Findings) -> None:
    with pytest.raises(ValueError):
        Finding("ugly", (1,), "", ())
    with pytest.raises(ValueError):
        Finding("blank", (1,), "", (2,))
    with pytest.raises(ValueError):
        Findings((Finding("blank", (9,), "", (9,)),), 9)
    with pytest.raises(ValueError):
        found + Findings((), 8)

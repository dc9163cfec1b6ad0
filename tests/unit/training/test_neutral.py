"""What a model answers to neutral faces: measured as the manifest says, entered, and refused where it cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fer.dataset.faceset import FaceSet
from fer.dataset.read import read_fer2013
from fer.emotions import EMOTIONS
from fer.errors import DataError, ModelError
from fer.registry import find
from fer.settings import ROOT
from fer.training.neutral import enter, mean_answer, measure

GOOD = dict(zip(EMOTIONS, (0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4), strict=True))


@pytest.mark.slow
def test_the_manifest_says_what_is_measured(fer2013: Path, home: Path):
    entry = find()
    assert measure(entry.name, read_fer2013(fer2013)) == pytest.approx(entry.neutral, abs=2e-4)


def test_other_neutral_faces_are_answered_alike(fer2013: Path, home: Path):
    entry = find()
    public = measure(entry.name, read_fer2013(fer2013), "PublicTest")
    assert entry.neutral is not None
    assert max(abs(public[name] - entry.neutral[name]) for name in EMOTIONS) < 0.1


def test_without_neutral_faces_nothing_is_measured(home: Path):
    faces = FaceSet(np.zeros((2, 48, 48), np.uint8), np.zeros(2, np.uint8), np.zeros(2, np.uint8))
    with pytest.raises(DataError, match="the Training split has no face labelled neutral"):
        measure(find().name, faces)
    assert mean_answer(np.empty((0, 7), np.float32)) is None


def test_it_is_entered_beside_the_rest(tmp_path: Path):
    manifest = tmp_path / "manifest.json"
    original = json.loads((ROOT / "models" / "manifest.json").read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(original), encoding="utf-8")
    name = original["models"][0]["name"]
    enter(manifest, name, GOOD)
    changed = json.loads(manifest.read_text(encoding="utf-8"))
    assert changed["models"][0].pop("neutral") == GOOD
    original["models"][0].pop("neutral")
    assert changed == original
    with pytest.raises(ModelError, match="lists no model called other"):
        enter(manifest, "other", GOOD)

"""A gallery recording with its truth: what is counted, and what a wrong truth says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from fer.cli import app
from fer.emotions import EMOTIONS
from fer.errors import InputError
from fer.evaluation.gallery import Tile, TruthSink, read_truth
from fer.faces.pipeline import Face
from fer.faces.track import TrackedFace

HEAD = "seat,x,y,w,h,start_s,end_s,emotion\n"
PICTURE = np.zeros((100, 200, 3), np.uint8)


def face(x: int, emotion: str, smoothed: str, score: float = 0.9) -> TrackedFace:
    one, other = (np.eye(7, dtype=np.float32)[EMOTIONS.index(name)] for name in (emotion, smoothed))
    return TrackedFace(1, Face((x, 40, 20, 20), score, one, 0.5), other)


def test_seats_are_found_by_centres_and_settled_after_a_second() -> None:
    tiles = [Tile(0, 0, 0, 100, 100, 0, 5, "happy"), Tile(0, 0, 0, 100, 100, 5, 10, "sad"),
             Tile(1, 100, 0, 100, 100, 0, 10, "")]  # fmt: skip
    sink = TruthSink(tiles)
    sink.take(0.0, PICTURE, [face(30, "happy", "happy")])
    sink.take(5.2, PICTURE, [face(30, "sad", "happy"), face(130, "sad", "sad")])  # the second seat is empty
    sink.take(6.5, PICTURE, [face(40, "happy", "sad", 0.5), face(30, "sad", "happy", 0.9)])  # the surest one counts
    sink.take(7.0, PICTURE, [])
    seat = sink.seats[0]
    assert (seat.shown, seat.found, seat.right) == (4, 3, 3)
    assert (seat.settled, seat.smoothed_right) == (2, 1)
    assert sink.false_alarms == 2 and sink.seats[1].shown == 0


def test_real_faces_end_to_end(home: Path, yunet: Path, shared: Path, tmp_path: Path) -> None:
    recording, out = tmp_path / "class.mp4", tmp_path / "out.json"
    make = [sys.executable, str(shared / "tools" / "make_gallery.py"), "--out", str(recording)]
    subprocess.run([*make, "--seats", "9", "--seconds", "4", "--hold", "2", "--mood", "happy"], check=True)
    flags = ["--truth", str(recording.with_suffix(".csv")), "--fps", "3", "--json", str(out)]
    told = CliRunner().invoke(app, ["evaluate-video", str(recording), *flags])
    assert told.exit_code == 0, told.output
    document = json.loads(out.read_text())
    assert {"recall", "accuracy", "accuracy_smoothed", "frames", "fps", "seats", "schema"} <= set(document)
    assert document["recall"] > 0.9 and document["accuracy"] > 0.6 and document["frames"] == 12
    assert len(document["seats"]) == 9 and "of the seats found" in told.output


def test_a_truth_without_anybody_has_no_recall(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text(HEAD + "0,0,0,100,100,0,5,\n")

    def nobody(recording: Path, analyzer: object, fps: float | None, sinks: list[TruthSink]) -> SimpleNamespace:
        sinks[0].take(1.0, PICTURE, [])
        return SimpleNamespace(frames=1, detector="haar", model="none")

    monkeypatch.setattr("fer.evaluation.gallery.analyze_recording", nobody)
    monkeypatch.setattr("fer.faces.pipeline.open_analyzer", lambda *told, **more: None)
    told = CliRunner().invoke(app, ["evaluate-video", "class.mp4", "--truth", str(truth)])
    assert told.exit_code == 0, told.exception
    assert "class.mp4: none of the seats found, none of those read" in told.output


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "expected columns"),
        (HEAD, "has no rows"),
        ("seat,x,y\n1,2,3\n", "'emotion'"),
        (HEAD + "0,0,0,many,10,0,5,happy\n", "row 1 holds something else than numbers"),
        (HEAD + "0,0,0,10,10,0,5,bored\n", "'bored' is none of the seven"),
    ],
)
def test_a_wrong_truth_is_refused_with_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "truth.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=sentence):
        read_truth(path)


def test_a_truth_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read as the truth"):
        read_truth(tmp_path / "none.csv")

"""A recording analysed from end to end with the real detector and network, and what its files hold."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.errors import InputError
from fer.faces.pipeline import FaceAnalyzer, open_analyzer
from fer.faces.recording import analyze_recording
from fer.faces.recording_files import AnnotatedVideo, CsvFile, JsonLines, write_element, write_recording_json
from fer.faces.recording_mood import PORTRAIT_PX, Album, MoodKeeper, portrait
from fer.faces.report import FACE_COLUMNS
from fer.faces.track import TrackedFace
from fer.faces.video import read_info

Clip = Callable[..., Path]


@pytest.fixture
def analyzer(yunet: Path) -> FaceAnalyzer:
    return open_analyzer("yunet")


def astronaut(time_s: float) -> np.ndarray:
    """A real face that drifts to the right; nobody is in view between 2 and 4 s."""
    from skimage import data

    frame = np.full((360, 480, 3), 120, np.uint8)
    if not 2 <= time_s < 4:
        left = 60 + round(time_s * 10) % 100
        frame[20:340, left : left + 320] = data.astronaut()[:320, 80:400, ::-1]
    return frame


@pytest.fixture
def lesson(clip: Clip) -> Path:
    return clip("lesson.mp4", frames=60, size=(480, 360), images=astronaut)


def test_faces_are_found_followed_and_written_as_the_contract_says(
    lesson: Path, analyzer: FaceAnalyzer, tmp_path: Path
) -> None:
    mood = MoodKeeper()
    with (
        JsonLines(tmp_path / "frames.jsonl") as lines,
        CsvFile(tmp_path / "faces.csv", "=lesson.mp4") as table,
        AnnotatedVideo(tmp_path / "annotated.mp4", 5) as film,
    ):
        analysis = analyze_recording(lesson, analyzer, 5, [mood, lines, table, film])
    write_recording_json(tmp_path / "recording.json", analysis.head(), tmp_path / "frames.jsonl")
    document = json.loads((tmp_path / "recording.json").read_text(encoding="utf-8"))
    assert document["schema"] == 1 and len(document["inputs"]) == 1
    found = document["inputs"][0]
    assert {key: found[key] for key in ("input", "fps", "analyzed_fps", "detector")} == {
        "input": "lesson.mp4", "fps": 10, "analyzed_fps": 5, "detector": "yunet",
    }  # fmt: skip
    assert found["duration_s"] == pytest.approx(6, abs=0.15) and len(found["frames"]) == analysis.frames == 30
    counts = {frame["time_s"]: len(frame["faces"]) for frame in found["frames"]}
    assert all(count == (0 if 2 <= time_s < 4 else 1) for time_s, count in counts.items())
    face = found["frames"][0]["faces"][0]
    assert set(face) == {"track", "box", "score", "emotion", "confidence", "unsure", "probabilities", "smoothed"}
    for mood_of in (face, face["smoothed"]):
        assert list(mood_of["probabilities"]) == list(EMOTIONS)
        assert mood_of["emotion"] == max(mood_of["probabilities"], key=mood_of["probabilities"].__getitem__)
    assert all(isinstance(value, int) for value in face["box"])
    with (tmp_path / "faces.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    assert list(rows[0]) == list(FACE_COLUMNS) and len(rows) == sum(counts.values())
    assert rows[0]["input"] == "'=lesson.mp4", "a spreadsheet must not run it"
    assert read_info(tmp_path / "annotated.mp4").frames == 30


def test_the_mood_of_each_second_and_each_face_is_kept(lesson: Path, analyzer: FaceAnalyzer) -> None:
    mood = MoodKeeper()
    analyze_recording(lesson, analyzer, 5, [mood])
    seconds = mood.seconds()
    assert seconds.shape == (6, 7)
    assert np.isnan(seconds[2:4]).all() and np.allclose(seconds[[0, 1, 4, 5]].sum(axis=1), 1, atol=1e-5)
    rows = mood.mood_as_json()
    assert [row["faces"] for row in rows] == [1, 1, 0, 0, 1, 1]
    assert rows[2]["probabilities"] is None and set(rows[0]["probabilities"]) == set(EMOTIONS)
    # Two seconds out of view: somebody else, for all we know.
    first, second = (story.as_json(0.2) for story in mood.longest())
    assert (first["track"], first["first_s"], second["track"]) == (1, 0, 2)
    assert first["last_s"] == pytest.approx(1.8) and second["first_s"] == pytest.approx(4.0)
    for story in (first, second):
        assert sum(story["shares"].values()) == pytest.approx(1, abs=1e-3)
        assert story["spans"][0]["start_s"] == story["first_s"]
        assert story["spans"][-1]["end_s"] == pytest.approx(story["last_s"] + 0.2)
        spans = story["spans"]
        assert all(a["end_s"] == b["start_s"] for a, b in pairwise(spans))
    assert mood.album.portrait_of(1) is not None and mood.album.portrait_of(99) is None


def test_a_second_between_two_frames_does_not_make_somebody_else(clip: Clip, analyzer: FaceAnalyzer) -> None:
    # One analysed frame a second, at times that are not quite even, as phones have them.
    path = clip("phone.mp4", size=(480, 360), times_s=[0, 1.05, 2.01, 3.2, 4.1], images=lambda t: astronaut(0))
    mood = MoodKeeper()
    assert analyze_recording(path, analyzer, 1, [mood]).frames == 5
    assert list(mood.tracks) == [1]


def test_an_analysis_that_is_stopped_keeps_what_it_has(lesson: Path, analyzer: FaceAnalyzer, tmp_path: Path) -> None:
    progress: list[tuple[float, float]] = []
    with JsonLines(tmp_path / "f.jsonl") as lines, AnnotatedVideo(tmp_path / "a.mp4", 5) as film:
        said, enough = lambda *p: progress.append(p), lambda: len(progress) == 4
        analysis = analyze_recording(lesson, analyzer, 5, [lines, film], on_progress=said, stop=enough)
    assert not analysis.complete and analysis.frames == 4 and analysis.duration_s == pytest.approx(6, abs=0.2)
    shares = [share for share, _ in progress]
    assert shares == sorted(shares) and [round(time_s, 1) for _, time_s in progress] == [0, 0.2, 0.4, 0.6]
    assert len((tmp_path / "f.jsonl").read_text().splitlines()) == 4
    assert read_info(tmp_path / "a.mp4").frames == 4


def test_a_recording_without_faces_is_no_error(clip: Clip, analyzer: FaceAnalyzer, tmp_path: Path) -> None:
    mood = MoodKeeper()
    with JsonLines(tmp_path / "f.jsonl") as lines:
        analysis = analyze_recording(clip("wall.mp4"), analyzer, 2, [mood, lines])
    assert analysis.complete and analysis.frames == 12 and np.isnan(mood.seconds()).all() and not mood.tracks
    out = io.StringIO()
    write_element(out, analysis.head(), tmp_path / "f.jsonl")
    assert all(frame["faces"] == [] for frame in json.loads(out.getvalue())["frames"])


def test_a_recording_that_is_cut_off_has_a_note(
    clip: Clip, cut: Callable[[Path, float], Path], analyzer: FaceAnalyzer
) -> None:
    path = cut(clip("lesson.webm", codec="libvpx", frames=120, size=(480, 360), images=astronaut), 0.6)
    analysis = analyze_recording(path, analyzer, 2)
    assert analysis.complete and analysis.duration_s < 11 and "cut off" in analysis.head()["note"]


def test_a_recording_turned_by_its_metadata_shows_its_faces(
    clip: Clip, turned: Callable[[Path, int], Path], analyzer: FaceAnalyzer
) -> None:
    path = clip("phone.mp4", frames=5, size=(360, 480), images=lambda t: np.rot90(astronaut(0), 1))
    boxes: list[tuple[int, int, int, int]] = []

    class Boxes:
        def take(self, time_s: float, image_bgr: np.ndarray, faces: list[TrackedFace]) -> None:
            boxes.extend(face.face.box_xywh for face in faces)

    analysis = analyze_recording(turned(path, 90), analyzer, None, [Boxes()])
    assert (analysis.info.width, analysis.info.height, len(boxes)) == (480, 360, 5)
    x, y, w, h = boxes[0]
    # The astronaut's head: beside the middle, in the upper half.
    assert 130 < x + w / 2 < 300 and 60 < y + h / 2 < 200


@pytest.mark.parametrize("fps", [0, -2, 1000, float("nan")])
def test_an_impossible_rate_gets_a_sentence(lesson: Path, analyzer: FaceAnalyzer, fps: float) -> None:
    with pytest.raises(InputError, match="frames a second to analyse"):
        analyze_recording(lesson, analyzer, fps)


def test_several_recordings_share_one_table(lesson: Path, analyzer: FaceAnalyzer) -> None:
    out = io.StringIO()
    for number, name in enumerate(("a.mp4", "b.mp4")):
        with CsvFile(out, name, header=number == 0) as table:
            analyze_recording(lesson, analyzer, 1, [table], name=name)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert {row["input"] for row in rows} == {"a.mp4", "b.mp4"}


def test_the_album_keeps_the_surest_portrait_and_makes_room() -> None:
    album = Album(pages=3)
    shades = {1: 50, 2: 100, 3: 150, 4: 200}

    def take(track: int, score: float, shade: int) -> None:
        album.take(track, np.full((64, 64, 3), shade, np.uint8), (10, 10, 40, 40), score)

    for track in (1, 2, 3):
        take(track, 0.5, shades[track])
    take(1, 0.4, 10)
    take(2, 0.9, 110)
    assert [int(album.portrait_of(track).mean()) for track in (1, 2, 3)] == [50, 110, 150]
    assert album.full(1)
    take(4, 0.9, 200)
    assert album.portrait_of(4) is None, "no page was free"
    album.keep({2})
    assert album.portrait_of(1) is None and int(album.portrait_of(2).mean()) == 110 and not album.full(2)
    take(4, 0.9, 200)
    assert int(album.portrait_of(4).mean()) == 200


def test_a_portrait_at_the_frames_edge_is_whole() -> None:
    image = np.full((50, 50, 3), 200, np.uint8)
    assert portrait(image, (-5, 40, 30, 30)).shape == (PORTRAIT_PX, PORTRAIT_PX, 3)
    assert portrait(image, (0, 0, 50, 50)).min() == 200

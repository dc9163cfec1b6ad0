"""What the recording page says about a summary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.errors import StorageError
from fer.faces.recording_mood import PORTRAITS
from fer.runs.folder import Run
from fer.ui.recording_results import (
    facts,
    has_results,
    longest_tracks,
    mean_mood,
    mood_table,
    read_summary,
    unsure_share,
)
from fer.ui.run_progress import progress_words


def probabilities(name: str) -> dict[str, float]:
    return {emotion: 0.94 if emotion == name else 0.01 for emotion in EMOTIONS}


def summary(**changed: Any) -> dict[str, Any]:
    spans = [
        {"start_s": 0, "end_s": 3, "emotion": "happy", "unsure": False},
        {"start_s": 3, "end_s": 4, "emotion": "sad", "unsure": True},
    ]
    return {
        "schema": 1, "input": "lesson.mp4", "width": 1920, "height": 1080, "fps": 30.0, "analyzed_fps": 2.0,
        "duration_s": 75.0, "detector": "yunet", "model": "small_net", "complete": True,
        "mood": [
            {"time_s": 0, "faces": 2.0, "probabilities": probabilities("happy")},
            {"time_s": 1, "faces": 0.0, "probabilities": None},
            {"time_s": 2, "faces": 1.0, "probabilities": probabilities("sad")},
        ],
        "tracks": [{"track": 1, "frames": 8, "spans": spans}],
        "moments": [],
        **changed,
    }  # fmt: skip


def test_the_facts_say_what_was_looked_at() -> None:
    line = facts(summary())
    assert line.startswith("1:15, 1,920 × 1,080 px, 2 frames a second looked at with YuNet")
    assert "small\\_net" in line and line.endswith("up to 2 faces at a time")
    assert facts(summary(complete=False)).startswith("the first 0:03,")
    nobody = [{"time_s": 0, "faces": 0.0, "probabilities": None}]
    assert "at a time" not in facts(summary(mood=nobody))


def test_a_second_without_a_face_is_a_gap_and_no_part_of_the_mean() -> None:
    table = mood_table(summary())
    assert table["time_s"].tolist() == [0, 1, 2]
    assert [sum(table[name][row] for name in EMOTIONS) for row in range(3)] == pytest.approx([1, 0, 1])
    mean = mean_mood(summary())
    assert mean.sum() == pytest.approx(1) and mean[EMOTIONS.index("happy")] == pytest.approx(0.475)
    assert not mean_mood(summary(mood=[])).any()


def test_unsure_is_counted_by_time() -> None:
    assert unsure_share(summary()) == pytest.approx(0.25)
    assert unsure_share(summary(tracks=[])) == 0


def test_the_longest_faces_are_shown_in_the_order_they_came() -> None:
    rng = np.random.default_rng(0)
    tracks = [{"track": number, "frames": int(rng.integers(1, 1000)), "spans": []} for number in range(1, 200)]
    shown = longest_tracks(summary(tracks=tracks))
    assert len(shown) == PORTRAITS and [t["track"] for t in shown] == sorted(t["track"] for t in shown)
    left_out = {t["track"] for t in tracks} - {t["track"] for t in shown}
    assert min(t["frames"] for t in shown) >= max(t["frames"] for t in tracks if t["track"] in left_out)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 2}'])
def test_a_damaged_summary_is_said_in_a_sentence(home: Path, text: str) -> None:
    run = Run.create("recording", "quick", {})
    assert not has_results(run)
    (run.artifacts / "summary.json").write_text(text)
    assert has_results(run)
    with pytest.raises(StorageError, match=r"summary\.json .* Start the recording again"):
        read_summary(run)
    (run.artifacts / "summary.json").write_text(json.dumps(summary()))
    assert read_summary(run)["input"] == "lesson.mp4"


def test_the_words_above_the_bar_say_how_far_it_is(home: Path) -> None:
    first, second, third = (Run.create("recording", "quick", {}) for _ in range(3))
    assert progress_words(first, first.status()) == "Starting"
    assert progress_words(second, second.status()) == "Waiting: 1 other job is before yours"
    assert progress_words(third, third.status()) == "Waiting: 2 other jobs are before yours"
    import psutil

    me = psutil.Process()
    first.update(state="running", pid=me.pid, pid_created=me.create_time())
    assert "network ready" in progress_words(first, first.status())
    first.update(progress=0.42, eta_s=130, message="Looking at 0:12")
    assert progress_words(first, first.status()) == "42\u00a0%, about 2 minutes left. Looking at 0:12"

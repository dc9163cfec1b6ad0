"""The drawn recording shows what it promises: three faces all the time, and expressions that change with the story."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer.dataset.demo_recording import DELAYS_S, LENGTH_S, STEPS, STORY, shown_at, write_demo_recording
from fer.emotions import EMOTIONS
from fer.faces.moments import find_moments
from fer.faces.pipeline import open_analyzer
from fer.faces.recording import analyze_recording
from fer.faces.recording_mood import MoodKeeper


def test_three_faces_are_found_and_their_mood_changes_with_the_story(yunet: Path, tmp_path: Path) -> None:
    path = tmp_path / "drawn.mp4"
    write_demo_recording(path)
    mood = MoodKeeper()
    analysis = analyze_recording(path, open_analyzer("yunet"), 1, [mood])
    assert analysis.duration_s == pytest.approx(LENGTH_S, abs=0.1) and analysis.frames == LENGTH_S
    assert all(row["faces"] == 3 for row in mood.mood_as_json()[2:]) and len(mood.tracks) == 3
    seconds = mood.seconds()
    happy, surprise = EMOTIONS.index("happy"), EMOTIONS.index("surprise")
    assert seconds[14:19, happy].mean() > seconds[3:9, happy].mean() + 0.1
    assert seconds[25:31, surprise].mean() > seconds[14:19, surprise].mean() + 0.1
    assert find_moments(seconds)


@pytest.mark.parametrize("person", range(len(DELAYS_S)))
def test_expressions_pass_step_by_step(person: int) -> None:
    states = [shown_at(person, tenth / 10) for tenth in range(round(LENGTH_S * 10))]
    assert states[0] == (STORY[0][1][person], STORY[0][1][person], STEPS)
    assert all(origin in EMOTIONS and goal in EMOTIONS and 0 <= steps <= STEPS for origin, goal, steps in states)
    assert states[-1][1:] == (STORY[-1][1][person], STEPS)

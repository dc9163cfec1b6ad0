"""The drawn class: tiles in their places, expressions that the network can read, and a lesson that holds together."""

from __future__ import annotations

import numpy as np
import pytest

from fer.classroom.demo_story import (
    AWAY,
    ENDS_S,
    HANDS,
    LATE,
    LESSON,
    NO_CAMERA,
    PAUSED,
    STARTS_S,
    Story,
)
from fer.classroom.records import PULSES
from fer.dataset.drawn_class import (
    COLUMNS,
    LOOKS,
    MOODS,
    PERSON_PX,
    TILE_WIDTH_PX,
    Pose,
    draw_class,
    student_at,
    tile_at,
)
from fer.emotions import EMOTIONS


def test_each_student_is_drawn_in_a_tile_of_their_own() -> None:
    empty = draw_class([None] * 3, 0.0)
    for student in range(3):
        poses: list[Pose | None] = [None] * 3
        poses[student] = Pose("happy", "happy")
        changed = np.any(draw_class(poses, 0.0) != empty, axis=2)
        x, y = tile_at(student)
        inside = changed[y : y + PERSON_PX, x : x + TILE_WIDTH_PX]
        assert inside.mean() > 0.2 and changed.sum() == inside.sum()


def test_tiles_and_points_agree() -> None:
    for student in range(len(LOOKS)):
        x, y = tile_at(student)
        assert student_at(x + TILE_WIDTH_PX / 2, y + PERSON_PX / 2, len(LOOKS)) == student
    assert student_at(-3.0, 10.0, 18) is None and student_at(COLUMNS * TILE_WIDTH_PX + 1.0, 10.0, 18) is None


def test_people_move_between_expressions_and_sway() -> None:
    pose: list[Pose | None] = [Pose("neutral", "happy", 1)]
    still = draw_class(pose, 0.0)
    assert np.any(still != draw_class([Pose("neutral", "happy")], 0.0))
    assert np.any(still != draw_class(pose, 1.0))
    assert np.array_equal(still, draw_class(pose, 0.0))


@pytest.mark.parametrize(
    ("mood", "emotion"), [("attentive", "neutral"), ("happy", "happy"), ("surprise", "surprise"), ("frown", "angry")]
)
def test_the_real_detector_and_network_read_what_is_drawn(yunet: object, mood: str, emotion: str) -> None:
    from fer.classroom.demo_sight import LOOK
    from fer.faces.pipeline import open_analyzer

    analyzer = open_analyzer("yunet")
    image = draw_class([Pose(mood, mood)] * len(LOOKS), 0.0)
    found = analyzer.detector.detect(image, LOOK)
    moods = analyzer.classify(image, found)
    assert len(found) == len(LOOKS)
    assert np.mean(moods.argmax(axis=1) == EMOTIONS.index(emotion)) >= 0.85


def test_the_lesson_is_the_same_every_time_and_differs_by_seed() -> None:
    def told(seed: int) -> list[object]:
        story = Story(seed)
        return [story.pose(student, t_s) for t_s in range(STARTS_S, ENDS_S, 7) for student in range(18)]

    assert told(5) == told(5) != told(6)


def test_the_lesson_has_all_that_a_class_has() -> None:
    story = Story()
    events = story.happenings(STARTS_S, ENDS_S)
    assert [event.t_s for event in events] == sorted(event.t_s for event in events)
    assert {event.value for event in events if event.kind == "pulse"} == set(PULSES)
    topics = [event.value for event in events if event.kind == "topic"]
    assert topics == [part.topic for part in LESSON if part.topic] and len(topics) >= 6
    ups = [event for event in events if event.value == "hand_up" and event.kind == "pulse"]
    downs = [event for event in events if event.kind == "hand_down"]
    assert len(ups) == len(downs) == len(HANDS) and all(u.t_s < d.t_s for u, d in zip(ups, downs, strict=True))
    # Some of it lies before the visitor's arrival, and some is still to come.
    assert story.happenings(STARTS_S, 0) and story.happenings(0, ENDS_S)
    assert ENDS_S - STARTS_S >= 600


def test_many_are_lost_at_once_in_the_hard_part() -> None:
    lost = {e.student for e in Story().happenings(105, 195) if e.value in ("lost", "too_fast")}
    assert len(lost) > 0.3 * len(LOOKS)


def test_who_is_away_paused_late_or_without_camera_shows_nothing() -> None:
    story = Story()
    (away, from_s, to_s), (paused, since_s, _) = AWAY[0], PAUSED[0]
    assert story.pose(away, from_s - 1) and not story.pose(away, from_s) and story.pose(away, to_s)
    assert story.paused(paused, since_s) and not story.pose(paused, since_s)
    assert all(story.pose(NO_CAMERA[0], t_s) is None for t_s in range(STARTS_S, ENDS_S, 20))
    student, comes_s = next(iter(LATE.items()))
    assert not story.present(student, comes_s - 1) and story.pose(student, comes_s)


def test_every_pose_can_be_drawn_and_starts_and_ends_within_the_lesson() -> None:
    story = Story()
    poses = {story.pose(student, t_s) for t_s in range(STARTS_S, ENDS_S) for student in range(18)} - {None}
    assert {name for pose in poses if pose for name in (pose.origin, pose.goal)} == set(MOODS)


@pytest.mark.parametrize("students", [0, len(LOOKS) + 1])
def test_only_students_that_have_a_face_can_be_told_of(students: int) -> None:
    with pytest.raises(ValueError, match="students"):
        Story(students=students)

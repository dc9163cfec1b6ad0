"""Classes of a course side by side."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fer.emotions import EMOTIONS
from fer.ui.class_compare import clicks_chart, courses, day_names, engagement_chart, formula_name, mood_chart
from fer.ui.class_report import file_name


def document(day: str, course: str = "Physics", value: float | None = 0.6, seats: int = 5) -> dict[str, Any]:
    mood = dict.fromkeys(EMOTIONS, 0.1) | {"neutral": 0.4}
    return {
        "class": {"title": "A <b>lesson</b>", "course": course, "started": f"2026-0{day}:00+00:00"},
        "whole": {
            "engagement": None if value is None else {"value": value, "low": value - 0.1, "high": value + 0.2},
            "mood": None if value is None else mood,
            "pulses": {"got_it": 10, "lost": 5, "too_fast": 5, "bored": 0, "hand_up": 1},
        },
        "participation": {"seats": seats},
        "formulas": [{"title": "Emotion weights"}],
    }


DOCUMENTS = [document("1-05T08:00"), document("1-12T08:00", value=None), document("1-12T14:30")]


def test_only_courses_with_two_reports_can_be_compared() -> None:
    assert courses([*DOCUMENTS, document("2-01T08:00", "Chemistry"), document("2-01T08:00", " ")]) == ["Physics"]


def test_days_have_their_time_where_a_day_has_two_classes() -> None:
    assert day_names(DOCUMENTS, UTC) == ["5 Jan", "12 Jan, 08:00", "12 Jan, 14:30"]


def test_a_class_without_a_number_leaves_its_place_empty() -> None:
    names = day_names(DOCUMENTS, UTC)
    (points,) = engagement_chart(DOCUMENTS, names).data
    assert list(points.x) == [0, 2] and list(points.y) == [0.6, 0.6]
    assert list(points.error_y.array) == pytest.approx([0.2, 0.2])
    assert list(points.error_y.arrayminus) == pytest.approx([0.1, 0.1])
    assert "<" not in points.customdata[0], "a title is no HTML of the chart's"
    bars = mood_chart(DOCUMENTS, names).data
    assert len(bars) == len(EMOTIONS) and all(list(bar.x) == [0, 2] for bar in bars)


def test_clicks_are_for_each_person_and_nobody_divides_by_nobody() -> None:
    documents = [*DOCUMENTS, document("1-19T08:00", seats=0)]
    fine, trouble = clicks_chart(documents, day_names(documents, UTC)).data
    assert list(fine.y) == [2.0, 2.0, 2.0] and list(trouble.y) == [2.0, 2.0, 2.0]
    # Told apart without colour.
    assert fine.marker.pattern.shape != trouble.marker.pattern.shape and trouble.marker.pattern.fillmode == "overlay"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Waves & <light>", "classmood-2026-01-05-waves-light"),
        ("../../etc/passwd", "classmood-2026-01-05-etc-passwd"),
        ("Квантовая физика", "classmood-2026-01-05"),
        ("x" * 300, "classmood-2026-01-05-" + "x" * 40),
    ],
)
def test_a_download_s_name_is_one_that_every_system_takes(title: str, name: str) -> None:
    made = document("1-05T08:00")
    made["class"]["title"] = title
    assert file_name(made) == name


def test_a_download_has_the_day_of_the_reader_s_zone() -> None:
    made = document("1-05T23:30")
    made["class"]["title"] = ""
    assert file_name(made, ZoneInfo("Europe/Berlin")) == "classmood-2026-01-06"


def test_other_weights_make_another_formula() -> None:
    weights = {"happy": 1.0, "neutral": 0.9}
    own = {"title": "Emotion weights", "weights": weights, "own_weights": True}
    assert formula_name(own) == "Emotion weights with happy 1, neutral 0.9"
    assert formula_name({**own, "own_weights": False}) == formula_name({"title": "Emotion weights"})


def test_of_a_shared_screen_seats_are_no_people_and_of_a_recording_the_day_is_when_it_was_read() -> None:
    made = document("1-05T08:00", seats=100)
    made["class"] |= {"mode": "gallery", "recording_read": "2026-01-05T09:00:00+00:00"}
    made["participation"]["most_present"] = 25
    fine, _trouble = clicks_chart([made], day_names([made], UTC)).data
    assert list(fine.y) == [0.4] and day_names([made], UTC) == ["5 Jan, read"]

"""A chat over its class: the right time whatever the export says, and no mean of fewer people than the class allows."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fer.classroom.chat_signal import Written, lay_chat
from fer.classroom.records import ClassRow, ClassSettings
from fer.emotions import EMOTIONS
from fer.errors import InputError
from fer.text.chats import Line
from fer.text.reading import Reading
from fer.ui.class_chat import ReadChat, _best_laid, chat_words, odd_times, without_words

BERLIN = ZoneInfo("Europe/Berlin")
HAPPY, SAD = (np.eye(7)[EMOTIONS.index(name)] for name in ("happy", "sad"))


def a_class(begins: str = "2026-03-02T10:00:00", minutes: float = 45, least: int = 3, zone=BERLIN) -> ClassRow:
    started = datetime.fromisoformat(begins).replace(tzinfo=zone).timestamp()
    return ClassRow(1, ClassSettings(min_shown=least), "ended", started, started + 60 * minutes)


def wrote(clock: str, person: int | None, mood: np.ndarray | None = HAPPY) -> Written:
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return Written(3600.0 * hours + 60 * minutes + seconds, person, mood)


def found_at(*times: str) -> list[tuple[Line, Reading]]:
    return [(Line("hi", time, person), Reading("hi", HAPPY, 0.5)) for person, time in enumerate(times, 1)]


def test_times_of_day_are_the_teacher_s():
    row = a_class()
    chat = [wrote(f"10:05:{n:02}", n) for n in range(1, 4)]
    found = lay_chat(chat, row, 0, BERLIN, of_day=True)
    assert (found.inside, found.read, found.used) == (3, 3, 3)
    (one,) = found.rows
    assert (one.kind, one.t, one.length_s, one.count) == ("text", int(row.started) + 300, 60, 3)
    assert one.probabilities == pytest.approx(HAPPY)
    assert lay_chat(chat, row, 0, UTC, of_day=True).inside == 0, "another zone is another hour"


def test_times_since_the_beginning_and_a_shift():
    row = a_class()
    chat = [wrote("0:01:10", n) for n in range(1, 4)]
    assert lay_chat(chat, row, 0, BERLIN, of_day=False).rows[0].t == int(row.started) + 60
    assert lay_chat(chat, row, 0, BERLIN, of_day=False, shift_s=600).rows[0].t == int(row.started) + 660


@pytest.mark.parametrize(
    ("time", "inside"),
    [
        ("2026-03-02T09:05:00Z", 3),
        ("2026-03-02T10:05:00+01:00", 3),
        ("2026-03-02 10:05 AM", 3),
        ("2026-03-02T10:05:00Z", 3),
        ("2026-03-02T12:05:00Z", 0),
        ("2026-02-23 10:05:00", 0),
    ],
)
def test_a_day_and_a_zone_that_the_export_says_count(time: str, inside: int):
    row = a_class(minutes=70)
    chat = without_words(found_at(*[time] * 3), BERLIN, row.started)
    assert lay_chat(chat, row, 0, BERLIN, of_day=True).inside == inside


@pytest.mark.parametrize(
    ("time", "inside"),
    [
        ("2/3/2026 10:05", 3), ("3/2/2026 10:05:22", 3), ("3/2 10:05 AM", 3), ("2026/03/02 10:05:22 AM GMT+1", 3),
        ("23/2/2026 10:05", 0), ("2/23/2026 10:05", 0), ("3/3/2026 10:05", 0),
    ],
)  # fmt: skip
def test_a_day_in_numbers_is_read_both_ways(time: str, inside: int):
    row = a_class()
    chat = ReadChat(("", None, 1), "Zoom chat", False, without_words(found_at(*[time] * 3), BERLIN, row.started))
    found = _best_laid(chat, row, 0, BERLIN, 0)
    assert found.inside == inside
    if not inside:
        assert f" on {'3 March' if time[0] == '3' else '23 February'} 2026" in chat_words(found, row, 0, BERLIN)


def test_times_that_are_not_understood_are_quoted():
    found = found_at("half past ten", "")
    assert odd_times(found) == ["half past ten"]
    chat = ReadChat(("", None, 1), "Table", False, without_words(found, BERLIN, 0), "half past ten")
    with pytest.raises(InputError, match="such as “half past ten”"):
        _best_laid(chat, a_class(), 0, BERLIN, 0)


def test_a_class_over_midnight():
    row = a_class("2026-03-02T23:50:00", 30)
    found = lay_chat([wrote("0:05:00", n) for n in range(1, 4)], row, 0, BERLIN, of_day=True)
    assert found.rows[0].t == int(row.started) + 900


def test_minutes_wait_for_each_other_until_enough_people_wrote():
    chat = [
        wrote("10:01:00", 1), wrote("10:01:30", 1), wrote("10:02:00", 2, SAD), wrote("10:04:00", 3),
        wrote("10:05:00", 1), wrote("10:20:00", 2), wrote("10:21:00", 3),
    ]  # fmt: skip
    found = lay_chat(chat, a_class(), 0, BERLIN, of_day=True)
    # Of 10:05, 10:20 and 10:21 three people wrote, but over too long a time to be one moment.
    assert [(row.t - int(a_class().started), row.length_s, row.count) for row in found.rows] == [(60, 240, 4)]
    assert found.rows[0].probabilities == pytest.approx(0.75 * HAPPY + 0.25 * SAD)
    assert (found.read, found.used) == (7, 4)


def test_messages_without_names_may_all_be_of_one_person():
    chat = [wrote("10:01:00", None) for _ in range(20)]
    assert lay_chat(chat, a_class(), 0, BERLIN, of_day=True).rows == []
    named = [*chat, wrote("10:01:00", 1), wrote("10:01:00", 2)]
    assert lay_chat(named, a_class(), 0, BERLIN, of_day=True).rows == [], "they may be of one who is named, too"
    assert len(lay_chat([*named, wrote("10:01:00", 3)], a_class(), 0, BERLIN, of_day=True).rows) == 1


def test_what_was_not_read_or_not_during_the_class_is_left_out():
    chat = [wrote("10:01:00", n) for n in range(1, 4)]
    chat += [wrote("10:01:00", 4, None), wrote("9:00:00", 5), wrote("14:00:00", 6)]
    found = lay_chat(chat, a_class(), 0, BERLIN, of_day=True)
    assert (found.messages, found.inside, found.read, found.used) == (6, 4, 3, 3)
    assert lay_chat([wrote("9:00:00", 1)], a_class(), 0, BERLIN, of_day=True).inside == 0


def test_a_class_that_runs_ends_now():
    row = a_class()
    running = ClassRow(1, row.settings, "open", row.started, None)
    chat = [wrote("10:30:00", n) for n in range(1, 4)]
    assert lay_chat(chat, running, row.started + 600, BERLIN, of_day=True).inside == 0
    assert lay_chat(chat, running, row.started + 2400, BERLIN, of_day=True).inside == 3


def test_a_chat_without_times_is_refused():
    with pytest.raises(InputError, match="none of the 2 messages has a time"):
        lay_chat([Written(None, 1, HAPPY)] * 2, a_class(), 0, BERLIN, of_day=True)

"""Reports: JSON and CSV as they come, formulas neutralised, a tally and a mood that do not grow with the messages."""

from __future__ import annotations

import csv
import io
import json

import numpy as np

from fer.emotions import EMOTIONS
from fer.text.chats import Line
from fer.text.mood import MOST_BINS, MoodSeries
from fer.text.reading import Reading
from fer.text.report import COLUMNS, JsonMessages, Tally, csv_text


def reading(text: str, emotion: str | None = "happy", share: float = 0.7, note: str = "") -> Reading:
    if emotion is None:
        return Reading(text, None, 0.5, note)
    probabilities = np.full(7, (1 - share) / 6, np.float32)
    probabilities[EMOTIONS.index(emotion)] = share
    return Reading(text, probabilities, 0.5, note)


FOUND = [
    (Line("=1+1", "10:00", 1), reading("=1+1")),
    (Line("-2", "10:01", 2), reading("-2", "sad", 0.4)),
    (Line("", "", None), reading("", None, note="unknown: there is nothing to read in it")),
]


def document(persons: bool = True) -> dict[str, object]:
    out = io.StringIO()
    writer = JsonMessages(out, persons)
    writer(FOUND[:1])
    writer(FOUND[1:])
    writer.end()
    return dict(json.loads(out.getvalue()))


def test_json_has_every_message_in_order():
    messages = document()["messages"]
    assert [one["text"] for one in messages] == ["=1+1", "-2", ""]
    assert messages[0]["emotion"] == "happy" == max(messages[0]["probabilities"], key=messages[0]["probabilities"].get)
    assert list(messages[0]["probabilities"]) == list(EMOTIONS)
    assert (messages[0]["unsure"], messages[1]["unsure"], messages[2]["unsure"]) == (False, True, True)
    assert messages[2]["emotion"] is messages[2]["probabilities"] is messages[2]["confidence"] is None
    assert messages[2]["note"].startswith("unknown")
    assert [one.get("person") for one in messages] == [1, 2, None]
    assert all("person" not in one for one in document(persons=False)["messages"])


def test_no_messages_are_a_whole_document_too():
    out = io.StringIO()
    JsonMessages(out).end()
    assert json.loads(out.getvalue()) == {"schema": 1, "messages": []}


def test_csv_neutralises_what_a_spreadsheet_would_run():
    rows = list(csv.DictReader(io.StringIO(csv_text(FOUND))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["text"] for row in rows] == ["'=1+1", "'-2", ""]
    assert [row["number"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["happy"] == "0.7"
    assert rows[2]["happy"] == ""
    assert [row["person"] for row in csv.DictReader(io.StringIO(csv_text(FOUND, persons=False)))] == ["", "", ""]


def test_the_tally_says_what_was_not_read():
    tally = Tally()
    tally(FOUND)
    assert (tally.messages, tally.read, tally.unsure) == (3, 2, 1)
    assert np.isclose(tally.mood.sum(), 1)
    assert tally.sentence() == (
        "3 messages; happy 1; sad 1; 1 of them unsure; 1 unknown: there is nothing to read in it."
    )


def test_a_chat_over_days_is_drawn_in_its_order():
    for times, timed in (("2026-03-02 10:00", "2026-03-02 10:05"), True), (("2/3/2026 10:00", "3/3/2026 10:05"), False):
        mood = MoodSeries()
        mood([(Line("a", time), reading("a")) for time in times])
        assert mood.table()["timed"] is timed


def test_the_mood_of_a_chat_runs_over_its_times():
    mood = MoodSeries()
    mood([(Line("a", "23:59:50"), reading("a")), (Line("b", "00:00:20"), reading("b", "sad"))])
    table = mood.table()
    assert table["timed"]
    assert table["time_s"] == [0, 30]
    assert table["happy"][0] == 0.7
    assert table["happy"][1] < 0.7
    assert np.allclose(sum(np.array(table[name]) for name in EMOTIONS), 1, atol=1e-3)


def test_a_long_chat_has_few_bins_and_loses_no_message():
    mood = MoodSeries()
    for number in range(5_000):
        mood([(Line("a"), reading("a", "happy" if number < 2_500 else "angry"))])
    table = mood.table()
    assert not table["timed"]
    assert len(table["time_s"]) <= MOST_BINS
    assert table["time_s"][0] == 1
    assert table["time_s"][1] == mood.per_bin + 1
    assert table["happy"][0] > 0.6
    assert table["happy"][-1] < 0.1
    assert mood._read and sum(mood._read) == 5_000


def test_messages_that_are_not_read_leave_the_mood_as_it_was():
    mood = MoodSeries()
    mood([(Line("a"), reading("a")), (Line(""), reading("", None))])
    assert mood.table()["happy"] == [0.7, 0.7]
    assert MoodSeries().table()["time_s"] == []

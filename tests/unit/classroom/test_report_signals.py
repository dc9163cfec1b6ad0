"""The report with signals: beside what it always says, also over a report that was saved before the chat came."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fer.classroom import sessions
from fer.classroom.codes import digest
from fer.classroom.overview import ClassWatch
from fer.classroom.records import ClassSettings, HeardRow, SecondRow
from fer.classroom.report import build_report, lay_over, report_of
from fer.classroom.report_html import report_html
from fer.classroom.report_signals import fusion_of
from fer.classroom.report_tables import COLUMNS, report_csv, report_json
from fer.classroom.store import Store
from fer.emotions import EMOTIONS

HAPPY, SAD = (0.9 * np.eye(7)[EMOTIONS.index(name)] + 0.1 / 7 for name in ("happy", "sad"))
LENGTH_S = 180


@pytest.fixture
def store(tmp_path: Path, home: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{(tmp_path / 'classmood.db').as_posix()}")
    yield made
    made.close()


@pytest.fixture
def lesson(store: Store) -> sessions.Opened:
    """Three minutes of happy faces of six, who find it too fast from the second minute on."""
    opened = sessions.open_class(store, ClassSettings(title="Waves"))
    began = int(store.now()) - LENGTH_S
    row = store.change_class(opened.row.id, started=float(began))
    for number in range(6):
        seat = store.add_seat(row.id, digest(f"{number}"), "", float(began), False)
        seconds = [SecondRow(seat.id, began + t, "mood", HAPPY, None, 0.6) for t in range(LENGTH_S)]
        store.add_seconds(row.id, seconds)
        store.add_event(row.id, "pulse", "too_fast", seat.id, began + 70.0)
    return sessions.Opened(row, opened.code, opened.secret)


def chat(lesson: sessions.Opened, mood: np.ndarray = SAD) -> list[HeardRow]:
    return [HeardRow("text", int(lesson.row.started) + 60, 60, mood, 5)]


def voice(lesson: sessions.Opened) -> list[HeardRow]:
    return [HeardRow("voice", int(lesson.row.started) + 10 * n, 10, HAPPY, 6) for n in range(18)]


def test_a_report_without_them_is_as_it_was(store: Store, lesson: sessions.Opened):
    document = build_report(store, lesson.row)
    assert "signals" not in document and fusion_of(document) is None
    assert "Signals together" not in report_html(document)
    assert next(csv.reader(io.StringIO(report_csv(document)))) == list(COLUMNS)


def test_a_report_with_voice_and_chat(store: Store, lesson: sessions.Opened):
    store.heard.add(lesson.row.id, [*chat(lesson), *voice(lesson)])
    document = json.loads(report_json(build_report(store, lesson.row)))
    fusion = fusion_of(document)
    assert fusion is not None and list(fusion.scores) == ["face", "voice", "text", "pulse"]
    assert len(fusion.together) == len(document["timeline"]["rows"]) >= 18
    assert np.isnan(fusion.scores["text"][:6]).all() and (fusion.scores["text"][6:12] < -0.5).all()
    assert document["signals"]["moods"]["text"]["sad"] == pytest.approx(0.914, abs=0.001)
    parts = document["signals"]["apart"]
    assert parts and parts[0]["t_s"] == 60 and parts[0]["high"] in ("face", "voice") and parts[0]["low"] == "text"
    html = report_html(document)
    assert "Signals together" in html and "Teacher&#39;s voice" in html and "Shaded: 1:00 to 2:00" in html
    table = list(csv.DictReader(io.StringIO(report_csv(document))))
    assert float(table[6]["signal_text"]) < -0.5 and table[0]["signal_text"] == ""
    assert float(table[0]["signals_together"]) == pytest.approx(fusion.together[0], abs=1e-3)


def test_the_page_and_the_report_say_the_same(store: Store, lesson: sessions.Opened):
    store.heard.add(lesson.row.id, [*chat(lesson), *voice(lesson)])
    ended = store.change_class(lesson.row.id, state="ended", ended=lesson.row.started + LENGTH_S)
    watch = ClassWatch(store, ended)
    watch.refresh(whole=True)
    live, told = watch.fusion(), fusion_of(build_report(store, ended))
    assert live is not None and told is not None and watch.heard() == {"voice", "text"}
    assert live.together[:18] == pytest.approx(told.together, abs=2e-3)
    assert [(one.t - int(ended.started), one.high, one.low) for one in live.apart][:1] == [
        (one.t, one.high, one.low) for one in told.apart
    ][:1]


def test_switched_off_signals_are_neither_drawn_nor_counted(store: Store, lesson: sessions.Opened):
    store.heard.add(lesson.row.id, chat(lesson))
    document = build_report(store, lesson.row)
    fewer = fusion_of(document, ["face"])
    assert fewer is not None and list(fewer.scores) == ["face"] and not fewer.apart
    assert fewer.together == pytest.approx(fewer.scores["face"], nan_ok=True)
    assert "Here they never did." in report_html(document, shown=["face"])
    assert "Signals together" not in report_html(document, shown=[])


def test_a_chat_is_laid_over_a_report_whose_rows_are_deleted(store: Store, lesson: sessions.Opened):
    store.heard.add(lesson.row.id, voice(lesson))
    ended = sessions.end(store, lesson.row)
    before = store.report(ended.id)
    store.clear_class(ended.id)
    lay_over(store, ended, "text", chat(lesson))
    after = report_of(store, ended)
    assert before is not None and after is not None
    assert list(after["signals"]["scores"]) == ["face", "voice", "text", "pulse"]
    assert after["signals"]["scores"]["voice"] == before["signals"]["scores"]["voice"]
    assert {name: value for name, value in after.items() if name != "signals"} == {
        name: value for name, value in before.items() if name != "signals"
    }
    lay_over(store, ended, "text", [])
    gone = report_of(store, ended)
    assert gone is not None
    for name, value in before["signals"].items():
        assert gone["signals"][name] == value, name
    assert gone == before

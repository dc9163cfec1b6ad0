"""The teacher's voice as means of ten seconds: kept while the class runs and the law allows it, and not otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fer.classroom import sessions
from fer.classroom.records import ClassRow, ClassSettings
from fer.classroom.store import Store
from fer.classroom.voice import VoiceSignal, voice_allowed
from fer.emotions import EMOTIONS
from fer.errors import DatabaseError

HAPPY, SAD = (np.eye(7)[EMOTIONS.index(name)] for name in ("happy", "sad"))


@pytest.fixture
def store(tmp_path: Path, home: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{(tmp_path / 'classmood.db').as_posix()}")
    yield made
    made.close()


class Clock:
    """The store's clock and the process's own, which a test moves."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch):
        self._now = store.now()
        self._began = self._now - time.monotonic()
        monkeypatch.setattr(store, "now", lambda: self._now)
        monkeypatch.setattr(time, "monotonic", lambda: self._now - self._began)

    def to(self, t: float) -> float:
        """Set both clocks; return the process's own."""
        self._now = t
        return time.monotonic()


@pytest.fixture
def clock(store: Store, monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(store, monkeypatch)


def a_class(store: Store, **chosen: object) -> ClassRow:
    row = sessions.open_class(store, ClassSettings.model_validate(chosen)).row
    return store.change_class(row.id, started=float(int(row.started) - 600))


def kept(store: Store, row: ClassRow) -> list[tuple[int, float]]:
    return [(found.t - int(row.started), found.count) for found in store.heard.of(row.id)]


def test_windows_become_means_of_ten_seconds_by_what_is_said_in_them(store: Store, clock: Clock):
    row = a_class(store)
    voice = VoiceSignal(row, store)
    for second, mood, speech_s in ((601, HAPPY, 3.0), (605, SAD, 1.0), (612, SAD, 2.0)):
        voice.take(mood, speech_s, clock.to(row.started + second))
    assert kept(store, row) == [(600, 1.0)]
    assert store.heard.of(row.id)[0].probabilities == pytest.approx(0.75 * HAPPY + 0.25 * SAD)
    clock.to(row.started + 621)
    voice.tick()
    assert len(kept(store, row)) == 1, "a number may still be on its way"
    clock.to(row.started + 623)
    voice.tick()
    assert kept(store, row) == [(600, 1.0), (610, 0.5)]
    assert voice.now().stretches == 2


def test_what_is_heard_is_kept_when_the_microphone_is_switched_off_and_a_word_alone_is_not(store: Store, clock: Clock):
    row = a_class(store)
    voice = VoiceSignal(row, store)
    voice.take(HAPPY, 2.0, clock.to(row.started + 601))
    assert voice.now().probabilities is HAPPY
    voice.end()
    assert kept(store, row) == [(600, 0.5)] and voice.now().probabilities is None
    voice.take(HAPPY, 0.5, clock.to(row.started + 631))
    voice.end()
    assert len(kept(store, row)) == 1


def test_nothing_is_kept_of_a_class_that_is_paused_ended_or_deleted(store: Store, clock: Clock):
    row = a_class(store)
    voice = VoiceSignal(row, store)
    voice.hear(sessions.pause(store, row))
    voice.take(HAPPY, 3.0, clock.to(row.started + 601))
    voice.end()
    assert kept(store, row) == []
    # The page may not know yet: the store is asked as well.
    other = VoiceSignal(row, store)
    other.take(HAPPY, 3.0, clock.to(row.started + 621))
    other.end()
    assert kept(store, row) == []
    store.delete_class(row.id)
    other.take(HAPPY, 3.0, clock.to(row.started + 641))
    other.end()
    other.take(HAPPY, 3.0, clock.to(row.started + 661))
    other.end()
    assert kept(store, row) == [] and other.now().probabilities is None


@pytest.mark.parametrize("purpose", ["education", "work"])
def test_where_the_law_forbids_it_no_voice_counts(store: Store, clock: Clock, purpose: str):
    row = a_class(store, region="eu", purpose=purpose)
    assert not voice_allowed(row.settings)
    voice = VoiceSignal(row, store)
    voice.take(HAPPY, 3.0, clock.to(row.started + 601))
    voice.end()
    assert kept(store, row) == [] and voice.now().probabilities is None
    assert voice_allowed(ClassSettings(region="elsewhere")) and not voice_allowed(ClassSettings(mode="demo"))


def test_a_store_that_is_away_gets_its_rows_later(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    row = a_class(store)
    voice = VoiceSignal(row, store)
    answers, there = store.class_by_id, False

    def away(class_id: int) -> ClassRow | None:
        if not there:
            raise DatabaseError("The database does not answer.")
        return answers(class_id)

    monkeypatch.setattr(store, "class_by_id", away)
    for second in (601, 611, 621):
        voice.take(HAPPY, 2.0, clock.to(row.started + second))
    assert voice.now().problem == "The database does not answer." and kept(store, row) == []
    there = True
    voice.take(HAPPY, 2.0, clock.to(row.started + 631))
    assert [t for t, _ in kept(store, row)] == [600, 610, 620] and voice.now().problem == ""

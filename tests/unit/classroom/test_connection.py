"""When a camera's connection counts as not made."""

from __future__ import annotations

from fer.classroom.connection import ConnectionWatch


def test_nothing_is_said_before_a_start() -> None:
    assert not ConnectionWatch().late(100)


def test_ten_seconds_without_a_connection_are_late() -> None:
    watch = ConnectionWatch()
    watch.note(signalling=True, playing=False, now_s=5)
    watch.note(signalling=True, playing=False, now_s=14)
    assert not watch.late(14.9)
    assert watch.late(15)


def test_a_connection_ends_the_waiting() -> None:
    watch = ConnectionWatch()
    watch.note(signalling=True, playing=False, now_s=0)
    watch.note(signalling=False, playing=True, now_s=20)
    assert not watch.late(21)
    watch.note(signalling=False, playing=False, now_s=30)
    assert not watch.late(31)


def test_an_attempt_that_was_given_up_stays_said_until_the_next() -> None:
    watch = ConnectionWatch()
    watch.note(signalling=True, playing=False, now_s=0)
    watch.note(signalling=False, playing=False, now_s=6)
    assert watch.late(7) and watch.late(70)
    watch.note(signalling=True, playing=False, now_s=80)
    assert not watch.late(81)


def test_a_visitor_who_stops_at_once_is_told_nothing() -> None:
    watch = ConnectionWatch()
    watch.note(signalling=True, playing=False, now_s=0)
    watch.note(signalling=False, playing=False, now_s=1)
    assert not watch.late(2)

"""Alerts: when, and in which words."""

from __future__ import annotations

import pytest

from fer.classroom.alerts import due
from fer.classroom.interval import Interval
from fer.classroom.records import AlertSettings

LOW = Interval(0.3, 0.22, 0.36, 8)
FINE = Interval(0.7, 0.6, 0.8, 8)


def test_nothing_to_tell():
    assert due(FINE, 0.1, AlertSettings()) is None
    assert due(None, None, AlertSettings()) is None
    assert due(None, 0.0, AlertSettings()) is None


def test_low_engagement_is_told_with_its_interval():
    sentence = due(LOW, 0.0, AlertSettings())
    assert sentence == "Engagement has been low for half a minute: 0.30 (0.22 to 0.36, 8 seats)."


def test_who_is_lost_comes_first():
    assert due(LOW, 0.5, AlertSettings()) == "50 % of those present are lost or find it too fast."


@pytest.mark.parametrize(("share", "told"), [(0.3, False), (0.31, True)])
def test_the_threshold_itself_is_no_alert(share: float, told: bool):
    assert (due(None, share, AlertSettings(lost_share_above=0.3)) is not None) == told
    value = Interval(0.4, 0.3, 0.5, 9)
    assert due(value, None, AlertSettings(engagement_below=0.4)) is None
    assert due(value, None, AlertSettings(engagement_below=0.41)) is not None


def test_off_is_off():
    assert due(LOW, 1.0, AlertSettings(on=False)) is None

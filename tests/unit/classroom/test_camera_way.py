"""Which way a student's pictures go: every turn that a connection can take, second by second."""

from __future__ import annotations

import pytest

from fer.classroom.camera_way import Arrivals, CameraWay, Seen
from fer.classroom.connection import LATE_AFTER_S

ON = Seen("on")
PLAYING = Seen("on", playing=True)


def after(way: CameraWay, seen: Seen, begin: int, end: int) -> list[str]:
    """Take one step each second, and return the ways."""
    return [way.step(seen, float(now)) for now in range(begin, end)]


def test_the_browser_may_ask_for_as_long_as_it_takes() -> None:
    way = CameraWay()
    assert set(after(way, Seen("starting"), 0, 300)) == {"off"}
    assert not way.wants_webrtc
    assert way.step(ON, 300) == "connecting"
    assert way.wants_webrtc


def test_a_connection_that_is_made() -> None:
    way = CameraWay()
    after(way, ON, 0, 3)
    assert way.step(PLAYING, 3) == "connecting", "made, but nothing came through yet"
    assert way.step(Seen("on", playing=True, frame_s=3.5), 4) == "webrtc"
    assert way.wants_webrtc


def test_stills_after_ten_seconds_and_for_good() -> None:
    way = CameraWay()
    ways = after(way, ON, 0, 12)
    assert ways == ["connecting"] * int(LATE_AFTER_S) + ["stills"] * 2
    assert not way.wants_webrtc
    assert way.step(Seen("starting"), 13) == "off", "the camera is opened anew"
    assert way.step(Seen("on", playing=True, frame_s=14.0), 14) == "stills"


@pytest.mark.parametrize("seen", [Seen("on", peer=False), Seen("on", failed=True)])
def test_stills_at_once_where_webrtc_cannot_be(seen: Seen) -> None:
    way = CameraWay()
    assert way.step(seen, 0) == "stills"
    assert not way.wants_webrtc


def test_a_connection_without_pictures_is_none() -> None:
    way = CameraWay()
    assert after(way, PLAYING, 0, 12)[-1] == "stills"
    way = CameraWay()
    assert way.step(Seen("on", playing=True, frame_s=0.0), 0) == "webrtc"
    ways = after(way, Seen("on", playing=True, frame_s=0.0), 1, 25)
    assert ways.index("stills") == 2 * LATE_AFTER_S - 1, "ten seconds without a picture, and ten to come back"


def test_a_lost_connection_has_ten_seconds_to_come_back() -> None:
    way = CameraWay()
    way.step(Seen("on", playing=True, frame_s=0.0), 0)
    assert set(after(way, Seen("on", frame_s=0.0), 1, 6)) == {"connecting"}
    assert way.wants_webrtc, "so that the browser tries again by itself"
    assert way.step(Seen("on", playing=True, frame_s=6.0), 6) == "webrtc"
    assert set(after(way, Seen("on", frame_s=6.0), 7, 16)) == {"connecting"}, "counted from the new loss"


def test_a_page_that_slept_begins_anew() -> None:
    way = CameraWay()
    after(way, ON, 0, 5)
    assert way.step(ON, 500) == "connecting"
    assert after(way, ON, 501, 512)[-1] == "stills"


def test_a_run_that_was_held_up_counts() -> None:
    # The server looks for its own way out for up to ten seconds, in which the page stands still.
    way = CameraWay()
    way.step(ON, 0)
    assert way.step(ON, 11) == "stills"


@pytest.mark.parametrize("word", ["refused", "no-camera", "in-use", "other"])
def test_no_camera_and_then_one(word: str) -> None:
    way = CameraWay()
    assert way.step(Seen(word), 0) == "none"
    assert not way.wants_webrtc
    assert way.step(ON, 100) == "connecting"


def test_changing_the_camera_keeps_the_connection() -> None:
    way = CameraWay()
    way.step(Seen("on", playing=True, frame_s=0.0), 0)
    assert way.step(Seen("starting", playing=True, frame_s=0.0), 1) == "webrtc"
    assert way.wants_webrtc


def test_arrivals_are_noted_and_passed_on() -> None:
    passed: list[object] = []
    arrivals = Arrivals(passed.append, lambda: 7.0)
    assert arrivals.frame_s is None
    arrivals.on_frame("frame")
    assert passed == ["frame"]
    assert arrivals.frame_s == 7.0

"""One student's seat: a row for each second with the state it had, the student's own view, pause, leave, takeover."""

from __future__ import annotations

import time

import numpy as np
import pytest
from class_stubs import FRONTAL, Clock, Rows, Source, mood, row, seat_row, sight

from fer.classroom.seat import GRACE_S, IDLE_S, STALE_S, LiveSeat
from fer.emotions import EMOTIONS


class Room:
    """A seat whose time the test turns: seconds pass by moving the clocks, never by waiting."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **options: object) -> None:
        self.at_s = 5000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.at_s)
        self.clock, self.writer, self.source = Clock(), Rows(), Source()
        self.woken = 0
        consent_at = options.pop("consent_at", 1.0)
        self.seat = LiveSeat(row(**options), seat_row(consent_at), self.writer, self.clock, self._wakes)  # type: ignore[arg-type]

    def _wakes(self, seat: LiveSeat) -> None:
        self.woken += 1

    def pass_s(self, seconds: float) -> None:
        self.at_s += seconds
        self.seat.tick(self.clock.now())

    def second(self, *sights: str | None, share: float = 0.7, page: str | None = "connecting") -> None:
        """Let a second pass in which the camera brings the given sights."""
        begins_s = self.at_s
        if page is not None:
            self.seat.note(page)  # type: ignore[arg-type]
        for number, emotion in enumerate(sights):
            self.at_s = begins_s + number / max(1, len(sights))
            self.seat.frame_came(self.source, self.at_s)
            self.seat.take(sight(emotion, share))
        self.at_s = begins_s + 1
        self.seat.tick(self.clock.now())

    def finish(self) -> None:
        self.pass_s(GRACE_S + 0.01)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    return Room(monkeypatch)


def test_every_second_has_one_row_and_they_follow_each_other(room: Room) -> None:
    for _ in range(10):
        room.second("happy", "happy")
    room.finish()
    times = [row.t for row in room.writer.rows]
    assert times == list(range(times[0], times[0] + 10))
    assert times[0] == int(5000.0 + room.clock.ahead_s)
    assert set(room.writer.states) == {"mood"}
    one = room.writer.rows[3]
    assert one.seat_id == 7 and one.probabilities is not None and one.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert EMOTIONS[int(one.probabilities.argmax())] == "happy"
    assert one.attention == pytest.approx(1.0, abs=0.2)
    assert one.engagement is not None and 0 <= one.engagement <= 1


def test_each_state_is_written_as_what_it_is(room: Room) -> None:
    room.second(page="connecting")
    room.second("happy", "happy")
    room.second(None, None)
    room.second("sad", "sad", share=0.2)
    room.finish()
    assert room.writer.states == ["connecting", "mood", "no_face", "unsure"]
    no_face, unsure = room.writer.rows[2:]
    assert no_face.probabilities is None and no_face.engagement is None
    assert unsure.probabilities is not None and unsure.engagement is None, "unknown is never a zero"


def test_by_clicks_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(monkeypatch, consent_at=None)
    for _ in range(3):
        room.second(page="camera_off")
    room.finish()
    assert room.writer.states == ["camera_off"] * 3


def test_what_was_seen_last_holds_for_a_while_then_it_is_unknown(room: Room) -> None:
    room.second("happy")
    # The camera sends on, but a server under load looks at nothing.
    for _ in range(6):
        room.seat.frame_came(room.source, room.at_s)
        room.second(page="connecting")
    room.finish()
    held = int(STALE_S)
    assert room.writer.states == ["mood"] * (1 + held) + ["connecting"] * (6 - held)
    assert len({row.t for row in room.writer.rows}) == 7


def test_half_a_frame_a_second_still_gives_a_mood_each_second(room: Room) -> None:
    for _ in range(5):
        room.second("happy")
        room.second()
    room.finish()
    assert set(room.writer.states) == {"mood"} and len(room.writer.rows) == 10


def test_rows_come_while_the_tab_is_in_the_background(room: Room) -> None:
    room.second("happy", "happy")
    for _ in range(30):
        room.second("happy", "happy", page=None)
    room.finish()
    assert room.writer.states == ["mood"] * 31 and not room.seat.idle()


def test_a_page_that_is_gone_is_away(room: Room) -> None:
    room.second("happy")
    assert not room.seat.idle()
    room.pass_s(IDLE_S + 1)
    assert room.seat.idle()
    room.seat.rest()
    room.writer.rows.clear()
    room.pass_s(30)
    assert room.writer.rows == [] and room.source.gone == 1
    view = room.seat.view()
    assert not view.face and view.probabilities is None


def test_it_comes_back_without_rows_for_the_time_between(room: Room) -> None:
    room.second("happy")
    room.pass_s(IDLE_S + 1)
    room.seat.rest()
    room.pass_s(100)
    room.writer.rows.clear()
    woken = room.woken
    room.second("sad", "sad")
    room.finish()
    assert room.woken == woken + 1
    assert room.writer.states == ["mood"]
    probabilities = room.writer.rows[0].probabilities
    assert probabilities is not None and EMOTIONS[int(probabilities.argmax())] == "sad", "what was before is forgotten"


def test_a_hidden_tab_that_acts_once_a_minute_is_there(room: Room) -> None:
    room.seat.note("camera_off")
    room.pass_s(60)
    room.seat.note("camera_off")
    room.pass_s(61)
    assert not room.seat.idle()
    room.seat.note("camera_off")
    room.pass_s(1)
    room.seat.note("camera_off")
    room.pass_s(IDLE_S + 1)
    assert room.seat.idle(), "a page that acts every second again is waited for no longer than others"


def test_the_camera_check_writes_nothing(room: Room) -> None:
    for _ in range(3):
        room.seat.note("connecting", counted=False)
        room.second("happy", page=None)
    assert room.seat.view().face, "the student sees it first"
    assert room.writer.rows == []
    counts_from = int(room.clock.now())
    room.second("happy")
    room.second("happy")
    room.finish()
    assert room.writer.states == ["mood"]
    assert room.writer.rows[0].t > counts_from, "not even the second in which the check ended"


def test_a_pause_forgets_what_was_seen_and_looks_at_nothing(room: Room) -> None:
    room.second("happy")
    room.seat.pause()
    assert room.source.gone == 1 and not room.seat.takes_frames
    room.seat.take(sight("sad"))
    room.second(page="paused")
    room.second(page="paused")
    room.finish()
    assert room.writer.states == ["paused"] * 3
    assert not room.seat.view().face
    room.seat.resume()
    for _ in range(3):
        room.second("happy")
    assert room.writer.states[-1] == "mood"


@pytest.mark.parametrize("state", ["paused", "ended"])
def test_no_rows_of_a_class_that_is_paused_or_over(state: str, room: Room) -> None:
    room.second("happy")
    room.finish()
    room.writer.rows.clear()
    room.seat.hear(row(state), seat_row())
    for _ in range(3):
        room.second("happy")
    assert room.writer.rows == []
    assert not room.seat.takes_frames and not room.seat.view().face
    room.seat.note("connecting", counted=False)
    assert room.seat.takes_frames == (state == "paused"), "who tries the camera out during a pause may"
    room.seat.hear(row("open"), seat_row())
    room.second("happy")
    room.second("happy")
    assert room.writer.states[-1] == "mood" and len(room.writer.rows) <= 2, "seconds of the pause are not made good"


def test_leaving_is_for_good(room: Room) -> None:
    room.second("happy")
    room.seat.close()
    room.writer.rows.clear()
    room.second("happy")
    room.second("happy")
    room.finish()
    assert room.writer.rows == [] and room.seat.closed and room.source.gone == 1


def test_a_deleted_seat_closes_itself(room: Room) -> None:
    room.second("happy")
    room.seat.hear(row(), None)
    assert room.seat.closed and not room.seat.takes_frames


@pytest.mark.parametrize(
    ("options", "takes"),
    [
        ({}, True),
        ({"consent_at": None}, False),
        ({"mode": "pulse"}, False),
        ({"region": "eu", "purpose": "education"}, False),
        ({"mode": "gallery", "attested": True}, False),
        ({"state": "ended"}, False),
    ],
)
def test_no_frame_is_looked_at_without_consent_or_against_the_law(
    options: dict[str, object], takes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a page was tampered with: the seat itself asks."""
    room = Room(monkeypatch, **options)
    assert room.seat.takes_frames == takes
    room.seat.frame_came(room.source, room.at_s)
    room.seat.take(sight("happy"))
    assert room.seat.view().face == takes


def test_consent_that_is_given_later_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(monkeypatch, consent_at=None)
    room.seat.hear(row(), seat_row(2.0))
    assert room.seat.takes_frames
    room.seat.frame_came(room.source, room.at_s)
    room.seat.hear(row(), seat_row(None))
    assert not room.seat.takes_frames and room.source.gone == 1


def test_a_second_page_takes_the_seat_over(room: Room) -> None:
    room.second("happy")
    newer = Source()
    room.seat.frame_came(newer, room.at_s)
    assert room.source.ousted == 1 and newer.ousted == 0
    room.seat.frames_ended(room.source)
    assert room.seat.view().face, "the old page's end is not the new one's"
    room.seat.frames_ended(newer)
    assert not room.seat.view().face


def test_a_sight_that_comes_late_or_twice_changes_nothing(room: Room) -> None:
    room.seat.frame_came(room.source, room.at_s)
    room.seat.take(sight("happy", at_s=room.at_s))
    room.seat.take(sight("sad", at_s=room.at_s - 0.5))
    assert room.seat.view().emotion == "happy"


def test_a_sight_of_a_closed_second_counts_in_the_next(room: Room) -> None:
    room.second("neutral")
    room.finish()
    came_s = room.at_s - 1.2
    room.second("neutral")
    room.finish()
    room.seat._sight = None
    room.seat.take(sight("neutral", at_s=came_s))
    room.pass_s(1)
    times = [row.t for row in room.writer.rows]
    assert len(times) == len(set(times))


def test_smoothing_as_everywhere(room: Room) -> None:
    from fer.faces.track import Track

    track = Track(1, np.zeros(4, np.float32), 1.0, 0.0)
    for emotion, at_s in (("neutral", 0.0), ("happy", 0.5), ("happy", 1.0)):
        track.learn(mood(emotion), at_s)
        room.seat.frame_came(room.source, room.at_s + at_s)
        room.seat.take(sight(emotion, at_s=room.at_s + at_s))
    assert track.smoothed is not None
    np.testing.assert_allclose(room.seat.view().probabilities, track.smoothed, atol=1e-6)


def test_a_face_that_was_gone_begins_anew(room: Room) -> None:
    room.second("neutral", "neutral")
    room.second(None, None)
    room.second(None, None)
    room.second("happy")
    np.testing.assert_allclose(room.seat.view().probabilities, mood("happy"), atol=1e-6)


def test_two_people_before_one_camera_are_not_one_mood(room: Room) -> None:
    room.seat.start_baseline()
    room.second("happy")
    for emotion, left in (("sad", 200), ("happy", 10), ("sad", 200)):
        room.pass_s(0.5)
        room.seat.frame_came(room.source, room.at_s)
        room.seat.take(sight(emotion, at_s=room.at_s, left=left))
        baseline, room.seat._baseline = room.seat._baseline, None
        np.testing.assert_allclose(room.seat.view().probabilities, mood(emotion), atol=1e-6)
        room.seat._baseline = baseline
    assert room.seat.view().baseline == 0, "a jump to another face is nobody's resting face"
    # A head that moves is the same one.
    room.pass_s(0.5)
    room.seat.frame_came(room.source, room.at_s)
    room.seat.take(sight("happy", at_s=room.at_s, left=240))
    seen = room.seat.view().probabilities
    assert seen is not None and seen[EMOTIONS.index("sad")] > 0.2, "smoothed"


def test_one_missed_frame_keeps_the_smoothing(room: Room) -> None:
    room.second("neutral", None)
    assert not room.seat.view().face
    room.second("happy")
    probabilities = room.seat.view().probabilities
    assert probabilities is not None and probabilities[EMOTIONS.index("neutral")] > 0.1


@pytest.mark.parametrize(
    ("seen", "hint"),
    [
        ({}, "none"),
        ({"emotion": None}, "no_face"),
        ({"emotion": None, "brightness": 30.0}, "too_dark"),
        ({"emotion": None, "brightness": 4.0}, "black"),
        ({"width": 30}, "too_far"),
        ({"brightness": 30.0}, "too_dark"),
        ({"landmarks": FRONTAL + np.array([[0, 0], [-26, 0], [24, 0], [8, 0], [-14, 0]], np.float32)}, "turned"),
        ({"landmarks": None}, "none"),
    ],
)
def test_each_hint(seen: dict[str, object], hint: str, room: Room) -> None:
    for _ in range(6):
        room.seat.frame_came(room.source, room.at_s)
        room.seat.take(sight(**{"emotion": "happy", **seen}))  # type: ignore[arg-type]
        room.pass_s(0.5)
    assert room.seat.view().hint == hint


def test_without_landmarks_attention_is_unknown(room: Room) -> None:
    room.seat.frame_came(room.source, room.at_s)
    room.seat.take(sight(landmarks=None))
    room.pass_s(2)
    assert room.seat.view().attention is None
    room.seat.note("connecting")
    assert room.writer.rows[0].attention is None and room.writer.rows[0].state == "mood"


def test_the_formula_is_the_classs(room: Room) -> None:
    room.seat.hear(row(formula="attention"), seat_row())
    room.seat.frame_came(room.source, room.at_s)
    room.seat.take(sight(landmarks=None))
    assert room.seat.view().engagement is None, "this formula needs attention"
    room.seat.hear(row(formula="emotions", weights={"happy": 1.0}), seat_row())
    assert room.seat.view().engagement == pytest.approx(0.7 + 0.05 * 2.55, abs=0.01)


def test_the_baseline_reads_against_always_sad(room: Room) -> None:
    assert room.seat.view().baseline is None
    room.seat.start_baseline()
    assert room.seat.view().baseline == 0
    for _ in range(20):
        room.second("sad", "sad", share=0.5)
    before = room.seat.view()
    assert before.emotion == "sad" and before.baseline is not None and 0.3 < before.baseline < 0.9
    for _ in range(15):
        room.second("sad", "sad", share=0.5)
    after = room.seat.view()
    assert after.baseline == 1 and after.probabilities is not None and before.probabilities is not None
    sad = EMOTIONS.index("sad")
    assert after.probabilities[sad] < before.probabilities[sad]
    assert after.emotion == "neutral"
    room.finish()
    written = room.writer.rows[-1].probabilities
    assert written is not None and written[sad] < before.probabilities[sad], "what is written is corrected as well"
    room.seat.forget_baseline()
    assert room.seat.view().baseline is None


def test_a_problem_is_told_and_is_no_missing_face(room: Room) -> None:
    room.seat.note("connecting")
    room.seat.frame_came(room.source, room.at_s)
    room.seat.take(sight(None, problem="A picture came damaged."))
    assert room.seat.view().problem == "A picture came damaged."
    room.pass_s(2)
    assert set(room.writer.states) == {"connecting"}
    room.seat.take(sight("happy"))
    assert room.seat.view().problem == ""


def test_the_view_before_anything(room: Room) -> None:
    view = room.seat.view()
    assert (view.face, view.emotion, view.hint, view.problem) == (False, "", "none", "")
    assert view.frame_s is None and view.analysed_hz == 0


def test_the_stores_clock_decides_also_when_it_jumps(room: Room) -> None:
    room.second("happy")
    # Another process's clock was wrong: the store's is measured anew and lies ahead.
    room.clock.ahead_s += 5
    room.second("happy")
    room.second("happy")
    room.clock.ahead_s -= 8
    room.second("happy")
    room.second("happy")
    room.finish()
    times = [row.t for row in room.writer.rows]
    assert times == sorted(set(times)), "no second twice, none backwards"


def test_a_process_that_slept_for_hours_makes_good_two_minutes(room: Room) -> None:
    room.second("happy")
    room.seat.note("camera_off")
    room.pass_s(7200)
    assert len(room.writer.rows) < 130

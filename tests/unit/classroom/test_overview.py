"""What a teacher sees of a class: hidden below the minimum, unknown never zero, and the same for all who look."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from fer.classroom import sessions
from fer.classroom.class_now import NOW_S, PRESENT_S
from fer.classroom.class_rows import BIN_S, PULSE_S, ClassRows, Clicks
from fer.classroom.engagement import engagement
from fer.classroom.overview import LATEST_S, ClassWatch, open_watch
from fer.classroom.records import PULSES, ClassRow, ClassSettings, EventRow, FloatArray, PulseKind, SeatRow, SecondRow
from fer.classroom.store import Store
from fer.emotions import EMOTIONS
from fer.errors import DatabaseError, JoinError

T0 = 1_760_000_000


class TimedStore(Store):
    """A real store whose clock the test moves."""

    t = float(T0)

    def now(self) -> float:
        return self.t


class Lesson:
    """A class with some seats, and short ways to let things happen in it."""

    def __init__(self, store: TimedStore, seats: int = 6, opted_in: int = 0, **chosen: object) -> None:
        self.store = store
        self.opened = sessions.open_class(store, ClassSettings.model_validate({"title": "Fractions", **chosen}))
        self.row = self.opened.row
        self.seats = [self.join(opted_in=number < opted_in) for number in range(seats)]
        self.watch = ClassWatch(store, self.row)

    def join(self, nickname: str = "", opted_in: bool = False) -> SeatRow:
        joined = sessions.join(
            self.store, self.opened.code, "here", nickname=nickname, consented=True, opted_in=opted_in
        )
        return joined.seat

    def seconds(
        self, from_s: int, to_s: int, seats: list[SeatRow] | None = None, mood: str = "happy", state: str = "mood"
    ) -> None:
        """Write rows for the seconds of the lesson from ``from_s`` up to, but without, ``to_s``."""
        rows = []
        for seat in self.seats if seats is None else seats:
            for t in range(T0 + from_s, T0 + to_s):
                if state in ("mood", "unsure"):
                    shares = face(mood)
                    value = engagement(shares, 1.0, self.row.settings) if state == "mood" else None
                    rows.append(SecondRow(seat.id, t, state, shares, 1.0, value))  # type: ignore[arg-type]
                else:
                    rows.append(SecondRow(seat.id, t, state))  # type: ignore[arg-type]
        self.store.add_seconds(self.row.id, rows)

    def click(self, seat: SeatRow, kind: str, at_s: float) -> None:
        self.store.add_event(self.row.id, "pulse", kind, seat.id, t=T0 + at_s)

    def at(self, s: float, deep: bool = True) -> ClassWatch:
        """Read the class at that second of the lesson; deep: also what is very late, as every half minute."""
        self.store.t = T0 + s
        self.watch._rows_again = 0.0 if deep else float("inf")
        self.watch.refresh(whole=deep)
        return self.watch


def face(mood: str, share: float = 0.7) -> FloatArray:
    shares = np.full(7, (1 - share) / 6)
    shares[EMOTIONS.index(mood)] = share
    # As exact as the store keeps them.
    return shares.astype(np.float32).astype(np.float64)


@pytest.fixture
def store(home: Path) -> Iterator[TimedStore]:
    made = TimedStore()
    yield made
    made.close()


@pytest.fixture
def lesson(store: TimedStore) -> Callable[..., Lesson]:
    return lambda *args, **chosen: Lesson(store, *args, **chosen)


def test_the_class_is_the_mean_of_its_seats(lesson: Callable[..., Lesson]):
    here = lesson(6)
    here.seconds(0, 60, here.seats[:4], "happy")
    here.seconds(0, 60, here.seats[4:], "neutral")
    now = here.at(61).now()
    assert (now.present, now.camera_on, now.contributing, now.unknown) == (6, 6, 6, 0)
    assert now.moods is not None and now.engagement is not None
    np.testing.assert_allclose(now.moods, (4 * face("happy") + 2 * face("neutral")) / 6)
    wanted = (
        4 * engagement(face("happy"), 1, here.row.settings) + 2 * engagement(face("neutral"), 1, here.row.settings)
    ) / 6  # type: ignore[operator]
    assert now.engagement.value == pytest.approx(wanted)
    assert now.engagement.low <= now.engagement.value <= now.engagement.high and now.engagement.n == 6
    assert sum(now.contributions.values()) == pytest.approx(now.engagement.value)
    assert now.hidden == now.unread == ""


def test_a_chatty_seat_counts_no_more_than_a_quiet_one(lesson: Callable[..., Lesson]):
    here = lesson(5)
    here.seconds(50, 60, here.seats[:4], "sad")
    here.seconds(58, 60, here.seats[4:], "happy")
    moods = here.at(60).now().moods
    assert moods is not None
    assert moods[EMOTIONS.index("happy")] == pytest.approx((0.7 + 4 * 0.05) / 5)


@pytest.mark.parametrize("present", [0, 1, 2, 4])
def test_below_the_minimum_there_is_nothing_but_the_head_count(lesson: Callable[..., Lesson], present: int):
    here = lesson(6, 6, per_seat=True)
    here.seconds(0, 60, here.seats[:present])
    for seat in here.seats[:present]:
        here.click(seat, "lost", 30)
        here.click(seat, "hand_up", 31)
    watch = here.at(61)
    now = watch.now()
    assert now.present == present and "5 people" in now.hidden
    assert (now.camera_on, now.connecting, now.unknown, now.without_camera, now.contributing, now.resting) == (0,) * 6
    assert now.moods is None and now.engagement is None and now.trend is None and not now.contributions
    assert set(now.pulses.values()) == {0} and now.hands == 0 and set(now.pulses) == set(PULSES)
    assert now.engagement_30s is None and now.lost_30s is None
    assert watch.seats_now() == []
    line = watch.timeline(BIN_S)
    assert np.isnan(line.moods).all() and np.isnan(line.engagement).all() and np.isnan(line.lost).all()
    assert np.isnan(line.low).all() and np.isnan(line.high).all()
    assert line.pulses == [] and not line.contributing.any()
    assert line.present.tolist() == [present] * len(line.t)
    minutes = watch.minutes()
    assert np.isnan(minutes.engagement).all() and np.isnan(minutes.moods).all() and np.isnan(minutes.lost).all()
    assert all(not clicks for clicks in minutes.clicks)


def test_of_few_readable_faces_there_is_no_mood_but_there_are_clicks(lesson: Callable[..., Lesson]):
    here = lesson(8)
    here.seconds(0, 60, here.seats[:4])
    here.seconds(0, 60, here.seats[4:], state="camera_off")
    here.click(here.seats[7], "lost", 52)
    watch = here.at(61)
    now = watch.now()
    assert (now.present, now.contributing, now.without_camera) == (8, 4, 4)
    assert now.moods is None and now.engagement is None and "5 readable" in now.unread and not now.hidden
    assert now.pulses["lost"] == 1
    line = watch.timeline(BIN_S)
    assert np.isnan(line.moods).all() and np.isnan(line.engagement).all()
    assert line.lost[-1] == pytest.approx(0)
    assert [kind for _, kind in here.at(75).timeline(BIN_S).pulses] == ["lost"]


@pytest.mark.parametrize("state", ["no_face", "unsure", "connecting", "camera_off", "paused"])
def test_unknown_is_left_out_and_never_a_zero(lesson: Callable[..., Lesson], state: str):
    here = lesson(7)
    here.seconds(0, 60, here.seats[:5], "neutral")
    before = here.at(61).now()
    here.seconds(0, 60, here.seats[5:], state=state)
    watch = here.at(61)
    now = watch.now()
    assert before.engagement is not None and now.engagement is not None and now.moods is not None
    assert now.engagement.value == before.engagement.value and now.engagement.n == now.contributing == 5
    np.testing.assert_array_equal(now.moods, before.moods)
    assert now.present == 7
    counted = {"no_face": "unknown", "unsure": "unknown", "connecting": "connecting", "camera_off": "without_camera"}
    assert getattr(now, counted.get(state, "resting")) == 2
    line = watch.timeline(BIN_S)
    assert line.engagement[0] == pytest.approx(before.engagement.value)
    assert line.present[0] == 7 and line.contributing[0] == 5


def test_a_seat_without_rows_is_away(lesson: Callable[..., Lesson]):
    here = lesson(7)
    here.seconds(0, 60)
    here.seconds(60, 80, here.seats[:6])
    assert here.at(59 + PRESENT_S).now().present == 7
    assert here.at(59 + PRESENT_S + 1).now().present == 6


def test_one_missing_second_makes_nobody_leave_or_unknown(lesson: Callable[..., Lesson]):
    here = lesson(5)
    here.seconds(0, 57)
    here.seconds(57, 58, state="no_face")
    now = here.at(59).now()
    assert now.present == 5 and now.contributing == 5 and now.unknown == 0
    here.seconds(58, 57 + NOW_S + 2, state="no_face")
    now = here.at(57 + NOW_S + 2).now()
    assert now.present == 5 and now.contributing == 0 and now.unknown == 5


def test_late_rows_come_in(lesson: Callable[..., Lesson]):
    here = lesson(6)
    here.seconds(0, 60, here.seats[:5], "sad")
    here.at(61)
    here.seconds(52, 60, here.seats[5:], "happy")
    assert here.at(62, deep=False).now().contributing == 6


def test_rows_that_waited_for_the_database_come_in_and_mend_the_timeline(lesson: Callable[..., Lesson]):
    here = lesson(6)
    here.seconds(0, 30, here.seats)
    here.seconds(30, 170, here.seats[:5], "sad")
    first = here.at(171).timeline(BIN_S)
    assert first.contributing[5] == 5
    # Another process could not reach the database for more than two minutes.
    here.seconds(30, 170, here.seats[5:], "happy")
    assert here.at(172, deep=False).timeline(BIN_S).contributing[5] == 5
    line = here.at(172).timeline(BIN_S)
    assert line.contributing[5] == 6
    assert line.moods[5, EMOTIONS.index("happy")] == pytest.approx((0.7 + 5 * 0.05) / 6)
    fresh = ClassWatch(here.store, here.row)
    fresh.refresh()
    np.testing.assert_array_equal(fresh.timeline().moods, here.watch.timeline().moods)


def test_reading_again_and_again_changes_nothing_and_forgets_single_rows(lesson: Callable[..., Lesson]):
    here = lesson(5)
    here.seconds(0, 900, mood="neutral")
    for s in range(600, 900, 7):
        here.at(s, deep=s % 3 == 0)
    watch = here.at(900)
    fresh = ClassWatch(here.store, here.row)
    fresh.refresh()
    assert fresh.now().engagement == watch.now().engagement and fresh.now().trend == watch.now().trend
    np.testing.assert_array_equal(fresh.now().moods, watch.now().moods)
    for name in ("t", "moods", "engagement", "low", "high", "present", "contributing"):
        np.testing.assert_array_equal(getattr(fresh.timeline(), name), getattr(watch.timeline(), name))
    oldest = min(t for rows in watch._rows._raw.values() for _, t in rows)
    assert oldest >= T0 + 900 - LATEST_S - 4 * BIN_S


def test_rows_from_the_future_wait_and_rows_from_before_count_with_the_beginning(lesson: Callable[..., Lesson]):
    here = lesson(5)
    here.seconds(-3, 20)
    here.seconds(3600, 3700, here.seats, "angry")
    now = here.at(21).now()
    assert now.present == 5 and now.moods is not None
    assert EMOTIONS[int(np.argmax(now.moods))] == "happy"
    line = here.watch.timeline(BIN_S)
    assert len(line.t) == 1 and line.t[0] == T0 and line.contributing[0] == 5
    assert here.at(30).now().present == 0


def test_a_click_counts_for_two_minutes_or_until_the_next(lesson: Callable[..., Lesson]):
    here = lesson(5)
    here.seconds(0, 400)
    here.click(here.seats[0], "lost", 100)
    here.click(here.seats[1], "lost", 100)
    here.click(here.seats[1], "got_it", 130)
    here.click(here.seats[2], "hand_up", 131)
    assert here.at(101).now().pulses["lost"] == 2
    now = here.at(150).now()
    assert now.pulses == {"got_it": 1, "lost": 1, "too_fast": 0, "bored": 0, "hand_up": 1} and now.hands == 1
    assert here.at(100 + PULSE_S - 1).now().pulses["lost"] == 1
    assert here.at(100 + PULSE_S).now().pulses["lost"] == 0
    # A raised hand stays up, and is no answer to how it goes.
    assert here.at(390).now().hands == 1
    here.store.add_event(here.row.id, "hand_down", "", here.seats[2].id, t=T0 + 391)
    assert here.at(392).now().hands == 0


def test_who_left_says_nothing_any_more(lesson: Callable[..., Lesson]):
    here = lesson(7)
    here.seconds(0, 50)
    here.seconds(50, 80, here.seats[:6])
    here.click(here.seats[6], "lost", 45)
    here.click(here.seats[6], "hand_up", 45)
    assert here.at(48).now().pulses["lost"] == 1
    now = here.at(80).now()
    assert now.present == 6 and now.pulses["lost"] == 0 and now.hands == 0


def test_being_lost_counts_for_an_alert_only_when_it_lasts(lesson: Callable[..., Lesson]):
    here = lesson(5)
    here.seconds(0, 300, mood="neutral")
    for seat in here.seats[:3]:
        here.click(seat, "lost", 100)
    assert here.at(110).now().lost_30s == 0
    assert here.at(131).now().lost_30s == pytest.approx(0.6)
    here.watch.give_alert()
    alert = here.watch.open_alert()
    assert alert is not None and "60 %" in alert.value
    here.watch.give_alert()
    assert [event.kind for event in here.store.events(here.row.id)].count("alert") == 1
    here.store.add_event(here.row.id, "acknowledged", str(alert.id))
    assert here.at(132).open_alert() is None


def test_no_alert_of_a_hidden_a_paused_or_a_content_class(lesson: Callable[..., Lesson]):
    few = lesson(3)
    few.seconds(0, 100, mood="angry")
    few.at(101).give_alert()
    paused = lesson(6)
    paused.seconds(0, 100, mood="angry")
    sessions.pause(paused.store, paused.row)
    paused.at(100).give_alert()
    content = lesson(6)
    content.seconds(0, 100, mood="neutral")
    content.at(101).give_alert()
    for here in (few, paused, content):
        assert here.watch.open_alert() is None
    low = lesson(6)
    low.seconds(0, 100, mood="angry")
    low.at(101).give_alert()
    alert = low.watch.open_alert()
    assert alert is not None and "Engagement" in alert.value


def test_the_trend_is_of_the_same_seats(lesson: Callable[..., Lesson]):
    here = lesson(12)
    stay, leave, come = here.seats[:6], here.seats[6:9], here.seats[9:]
    here.seconds(0, 100, stay, "neutral")
    here.seconds(0, 40, leave, "angry")
    here.seconds(70, 100, come, "angry")
    now = here.at(101).now()
    assert now.trend == pytest.approx(0, abs=1e-12)
    here.seconds(100, 160, stay, "angry")
    falling = here.at(161).now().trend
    assert falling is not None and falling < -0.3
    # Too soon after the beginning there is nothing to compare with.
    early = lesson(5)
    early.seconds(0, 20)
    assert early.at(21).now().trend is None


def test_a_change_of_the_formula_is_no_change_of_the_class(lesson: Callable[..., Lesson]):
    here = lesson(5)
    here.seconds(0, 100, mood="neutral")
    assert here.at(101).now().engagement.value == pytest.approx(engagement(face("neutral"), 1, here.row.settings))  # type: ignore[union-attr]
    changed = here.row.settings.model_copy(update={"formula": "valence"})
    here.store.change_class(here.row.id, settings=changed)
    here.store.add_event(here.row.id, "formula", "Valence and arousal", t=T0 + 101)
    now = here.at(102).now()
    assert now.engagement is not None
    assert now.engagement.value == pytest.approx(engagement(face("neutral"), 1, changed))
    assert set(now.contributions) == {"middle", "valence", "arousal"}
    assert now.trend == pytest.approx(0)
    # What was is as it was counted then, and the change is marked.
    line = here.watch.timeline(BIN_S)
    assert line.engagement[3] == pytest.approx(engagement(face("neutral"), 1, here.row.settings))
    assert [event.value for event in line.formulas] == ["Valence and arousal"]


def test_a_formula_that_lacks_something_gives_unknown(lesson: Callable[..., Lesson]):
    here = lesson(5, formula="attention")
    rows = [SecondRow(seat.id, T0 + s, "mood", face("happy")) for seat in here.seats for s in range(60)]
    here.store.add_seconds(here.row.id, rows)
    watch = here.at(61)
    now = watch.now()
    assert now.moods is not None and now.contributing == 5
    assert now.engagement is None and not now.contributions and now.trend is None
    line = watch.timeline(BIN_S)
    assert np.isnan(line.engagement).all() and not np.isnan(line.moods).any()


@pytest.mark.parametrize(("seats", "shown"), [(5, True), (6, False), (9, False), (10, True)])
def test_the_few_whose_attention_is_unknown_cannot_be_worked_out(
    lesson: Callable[..., Lesson], seats: int, shown: bool
):
    here = lesson(seats, formula="attention")
    here.seconds(0, 60, here.seats[:5])
    rows = [SecondRow(seat.id, T0 + s, "mood", face("angry")) for seat in here.seats[5:] for s in range(60)]
    here.store.add_seconds(here.row.id, rows)
    watch = here.at(75)
    line = watch.timeline(BIN_S)
    now = here.at(61).now()
    assert now.moods is not None and now.contributing == seats
    # All moods less what five of them contribute would be the sixth's.
    assert bool(now.contributions) == (now.engagement is not None) == (now.engagement_30s is not None) == shown
    assert np.isnan(line.engagement[2]) != shown and not np.isnan(line.moods[2]).any()


def test_a_whole_refresh_reads_what_came_late_too(lesson: Callable[..., Lesson]):
    here = lesson(6)
    here.seconds(0, 100, here.seats[:5])
    here.at(100)
    here.seconds(0, 90, here.seats[5:])
    here.watch._rows_again = float("inf")
    here.watch.refresh(whole=True)
    assert here.watch.timeline(BIN_S).contributing[2] == 6


def test_a_long_lesson_is_read_again_in_parts_and_without_holding_up_who_looks(
    lesson: Callable[..., Lesson], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("fer.classroom.store.PART", 50)
    here = lesson(6)
    here.seconds(0, 400, mood="sad")
    whole = here.at(401).timeline(BIN_S)
    add, most, held = ClassRows.add, [0], [False]

    def watched(rows: ClassRows, new: list[SecondRow], seats: object) -> None:
        add(rows, new, seats)  # type: ignore[arg-type]
        if new and rows is not here.watch._rows:
            most[0] = max(most[0], sum(map(len, rows._raw.values())))
            held[0] |= here.watch._lock._is_owned()  # type: ignore[attr-defined]

    monkeypatch.setattr(ClassRows, "add", watched)
    sessions.forget(here.store, here.seats[5])
    line = here.at(401, deep=False).timeline(BIN_S)
    # What may still come late stays row by row: a little over three minutes of five seats, never all of the lesson.
    assert most[0] <= 5 * (LATEST_S + 40) and not held[0]
    assert line.contributing[:39].tolist() == [5] * 39 and whole.contributing[:39].tolist() == [6] * 39
    np.testing.assert_allclose(line.moods[:39], whole.moods[:39])


def test_a_paused_class_says_so_and_leaves_a_gap(lesson: Callable[..., Lesson]):
    here = lesson(5)
    here.seconds(0, 60)
    here.store.t = T0 + 60.0
    sessions.pause(here.store, here.row)
    watch = here.at(100)
    assert watch.row.state == "paused" and "paused" in watch.now().hidden and watch.now().present == 0
    line = watch.timeline(BIN_S)
    assert line.pauses == [(T0 + 60.0, T0 + 100.0)]
    assert np.isnan(line.engagement[7]) and not np.isnan(line.engagement[4])
    sessions.resume(here.store, here.row)
    here.seconds(100, 130)
    watch = here.at(131)
    assert (watch.now().contributing == 5 and watch.now().trend is None) or watch.now().trend == pytest.approx(0)
    assert watch.timeline(BIN_S).pauses == [(T0 + 60.0, T0 + 100.0)]


def test_an_ended_class_is_whole_to_its_last_second(lesson: Callable[..., Lesson]):
    here = lesson(5, keep_report=False)
    here.seconds(0, 67)
    here.store.t = T0 + 67.0
    sessions.end(here.store, here.row)
    watch = here.at(500)
    assert "ended" in watch.now().hidden
    assert len(watch.timeline(BIN_S).t) == 7 and watch.timeline(BIN_S).contributing[-1] == 5
    assert len(watch.timeline().t) == 67


def test_a_second_has_the_values_of_its_stretch(lesson: Callable[..., Lesson]):
    here = lesson(5)
    here.seconds(0, 30, mood="happy")
    here.seconds(30, 60, mood="sad")
    coarse, fine = here.at(75).timeline(BIN_S), here.watch.timeline()
    assert fine.step_s == 1 and coarse.step_s == BIN_S
    assert fine.t.tolist() == list(range(T0, T0 + 70))
    np.testing.assert_array_equal(fine.moods[29], coarse.moods[2])
    np.testing.assert_array_equal(fine.moods[30], coarse.moods[3])
    with pytest.raises(ValueError):
        here.watch.timeline(7)


def test_topics_are_in_the_order_of_time_and_edits_arrive(lesson: Callable[..., Lesson]):
    here = lesson(5)
    second = here.store.add_event(here.row.id, "topic", "Second", t=T0 + 50)
    here.store.add_event(here.row.id, "topic", "First", t=T0 + 10)
    assert [topic.value for topic in here.at(60).topics()] == ["First", "Second"]
    here.store.change_event(second.id, "Renamed")
    assert [topic.value for topic in here.at(61).topics()] == ["First", "Renamed"]
    here.store.delete_event(second.id)
    assert [topic.value for topic in here.at(62).timeline(BIN_S).topics] == ["First"]


def test_what_a_student_had_deleted_is_gone_from_what_was_counted_too(lesson: Callable[..., Lesson]):
    here = lesson(6)
    here.seconds(0, 300, here.seats[:5], "sad")
    here.seconds(0, 300, here.seats[5:], "happy")
    here.click(here.seats[5], "lost", 40)
    for s in (100, 200, 301):
        watch = here.at(s)
    assert watch.timeline(BIN_S).contributing[2] == 6 and watch.timeline(BIN_S).pulses
    sessions.forget(here.store, here.seats[5])
    watch = here.at(302)
    line = watch.timeline(BIN_S)
    assert line.contributing[2] == 5 and line.pulses == []
    assert line.moods[2, EMOTIONS.index("happy")] == pytest.approx(0.05)
    assert watch.now().present == 5


def test_a_class_that_a_recording_began_earlier_is_read_anew(lesson: Callable[..., Lesson]):
    here = lesson(6, mode="gallery", attested=True)
    assert here.at(5).timeline(BIN_S).present.sum() == 0
    # What a dropped recording does: its first second is long past, and so are its rows.
    here.store.change_class(here.row.id, started=T0 - 600.0)
    here.seconds(-600, -300)
    line = here.at(6, deep=False).timeline(BIN_S)
    assert line.t0 == T0 - 600 and line.present[:30].tolist() == [6] * 30 and line.present[30:].sum() == 0


def test_single_seats_are_shown_only_where_they_opted_in_and_tell_nothing_about_the_others(
    lesson: Callable[..., Lesson],
):
    here = lesson(12, 3, per_seat=True)
    here.seconds(0, 60)
    here.click(here.seats[0], "bored", 55)
    here.click(here.seats[0], "hand_up", 56)
    shown = here.at(61).seats_now()
    assert [seat.number for seat in shown] == [1, 2, 3]
    assert shown[0].emotion == "happy" and shown[0].pulse == "bored" and shown[0].hand and not shown[1].hand
    assert shown[0].engagement == pytest.approx(engagement(face("happy"), 1, here.row.settings))
    # Four others: the class's mean less those shown would be theirs.
    few = lesson(10, 6, per_seat=True)
    few.seconds(0, 60)
    assert few.at(61).now().present == 10 and few.watch.seats_now() == []
    # Five others, but one face among them: the class's mood less those shown would be that one's.
    one_face = lesson(10, 5, per_seat=True)
    one_face.seconds(0, 60, one_face.seats[:6])
    one_face.seconds(0, 60, one_face.seats[6:], state="camera_off")
    assert one_face.at(61).now().contributing == 6 and one_face.watch.seats_now() == []
    clicks_only = lesson(10, 5, per_seat=True)
    clicks_only.seconds(0, 60, clicks_only.seats[:5])
    clicks_only.seconds(0, 60, clicks_only.seats[5:], state="camera_off")
    assert len(clicks_only.at(61).seats_now()) == 5
    # Where attention is part of engagement, the same holds of those whose attention is known.
    one_value = lesson(11, 5, per_seat=True, formula="attention")
    one_value.seconds(0, 60, one_value.seats[:6])
    unknown = [SecondRow(seat.id, T0 + s, "mood", face("happy")) for seat in one_value.seats[6:] for s in range(60)]
    one_value.store.add_seconds(one_value.row.id, unknown)
    now = one_value.at(61).now()
    assert now.contributing == 11 and now.engagement is not None and now.engagement.n == 6
    assert one_value.watch.seats_now() == []
    everybody = lesson(6, 6, per_seat=True)
    everybody.seconds(0, 60, everybody.seats[:5])
    assert [seat.state for seat in everybody.at(61).seats_now()] == ["mood"] * 5 + [None]
    assert everybody.watch.seats_now()[5].probabilities is None
    never = lesson(8, 8, per_seat=False)
    never.seconds(0, 60)
    assert never.at(61).seats_now() == []


def test_who_is_on_a_shared_screen_and_clicks_is_not_counted_twice(lesson: Callable[..., Lesson]):
    here = lesson(8, mode="gallery", attested=True)
    places, joined = here.seats[:5], here.seats[5:]
    here.seconds(0, 30, places)
    here.seconds(0, 30, joined, state="camera_off")
    here.click(joined[0], "lost", 12)
    now = here.at(31).now()
    assert now.present == 5 and now.contributing == 5 and now.pulses["lost"] == 1
    assert now.lost_30s == pytest.approx(0.0) or now.lost_30s == pytest.approx(1 / 5)
    # Two of those on the screen go; with the three who click there are still six seats, and perhaps three people.
    here.seconds(30, 60, places[:3])
    here.seconds(30, 60, joined, state="camera_off")
    now = here.at(61).now()
    assert now.present == 3 and now.hidden and sum(now.pulses.values()) == 0
    line = here.at(80).timeline(BIN_S)
    assert line.present[:6].tolist() == [5, 5, 5, 3, 3, 3]
    assert line.lost[1] == pytest.approx(1 / 5) and np.isnan(line.lost[4])


def test_two_watches_on_both_databases_agree(database_url: str, home: Path):
    stores = [TimedStore(database_url), TimedStore(database_url)]
    here = Lesson(stores[0], 7)
    other = ClassWatch(stores[1], here.row)
    for s in range(0, 130, 10):
        here.seconds(s, s + 10, mood=EMOTIONS[s // 10 % 7])
        here.click(here.seats[s // 10 % 7], PULSES[s // 10 % 5], s + 1)
        here.at(s + 10)
        stores[1].t = T0 + s + 10.0
        # One of them looks less often.
        if s % 30 == 0:
            other.refresh()
    other.refresh(whole=True)
    mine, theirs = here.watch.now(), other.now()
    assert mine.pulses == theirs.pulses and mine.engagement == theirs.engagement and mine.trend == theirs.trend
    np.testing.assert_array_equal(mine.moods, theirs.moods)
    for name in ("t", "moods", "engagement", "low", "high", "present", "lost"):
        np.testing.assert_array_equal(getattr(here.watch.timeline(), name), getattr(other.timeline(), name))
    for store in stores:
        store.close()


def test_a_database_that_is_gone_leaves_the_last_view(lesson: Callable[..., Lesson], home: Path):
    here = lesson(5)
    here.seconds(0, 60)
    watch = here.at(61)
    seen, line = watch.now(), watch.timeline()
    watch._store = TimedStoreThatIsGone()  # type: ignore[assignment]
    with pytest.raises(DatabaseError):
        watch.refresh()
    assert watch.now() is seen and watch.at == T0 + 61
    np.testing.assert_array_equal(watch.timeline().moods, line.moods)
    watch._store = here.store
    here.seconds(60, 80)
    assert here.at(80).now().at == T0 + 80


class TimedStoreThatIsGone:
    """Answers as a store does whose database went away."""

    def now(self) -> float:
        return T0 + 70.0

    def class_by_id(self, class_id: int) -> ClassRow:
        raise DatabaseError("The database does not answer. It is tried again.")


def test_following_goes_on_through_an_outage_and_says_so(
    lesson: Callable[..., Lesson], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("fer.classroom.overview.TICK_S", 0.05)
    here = lesson(5)
    here.seconds(0, 60)
    watch = here.at(61)
    watch._store = TimedStoreThatIsGone()  # type: ignore[assignment]
    watch.follow()
    wait_until(lambda: "does not answer" in watch.problem)
    assert watch.now().present == 5
    watch._store = here.store
    here.store.t = T0 + 62.0
    wait_until(lambda: watch.problem == "" and watch.at == T0 + 62)
    watch._looked = 0.0
    thread = watch._thread
    assert thread is not None
    thread.join(10)
    assert not thread.is_alive()


def test_a_watch_that_nobody_looks_at_stops_reading(lesson: Callable[..., Lesson], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("fer.classroom.overview.TICK_S", 0.01)
    monkeypatch.setattr("fer.classroom.overview.LOOKED_S", 0.05)
    watch = lesson(5).watch
    watch.follow()
    thread = watch._thread
    assert thread is not None
    thread.join(10)
    assert not thread.is_alive()
    watch.follow()
    assert watch._thread is not thread


def test_looking_does_not_wait_for_reading(lesson: Callable[..., Lesson]):
    here = lesson(5)
    here.seconds(0, 60)
    watch = here.at(61)
    reading, go_on = threading.Event(), threading.Event()

    class Slow(TimedStoreThatIsGone):
        def class_by_id(self, class_id: int) -> ClassRow:
            reading.set()
            go_on.wait(20)
            raise DatabaseError("Gone.")

    watch._store = Slow()  # type: ignore[assignment]
    thread = threading.Thread(target=refreshed_in_vain, args=(watch,))
    thread.start()
    assert reading.wait(10)
    assert watch.now().present == 5 and len(watch.timeline().t)
    go_on.set()
    thread.join(10)


def test_a_deleted_class_is_said_to_be_deleted(lesson: Callable[..., Lesson]):
    here = lesson(5)
    here.at(1)
    here.store.delete_class(here.row.id)
    with pytest.raises(JoinError, match="deleted"):
        here.watch.refresh()


def test_one_watch_for_a_class_and_process(lesson: Callable[..., Lesson], tmp_path: Path):
    here = lesson(5)
    assert open_watch(here.store, here.row) is open_watch(here.store, here.row)
    other = TimedStore(f"sqlite:///{(tmp_path / 'other.db').as_posix()}")
    assert open_watch(other, here.row).store is other
    other.close()


SECONDS = st.builds(
    lambda seat, s, state: SecondRow(
        seat, T0 + s, state, face("happy") if state == "mood" else None, None, 0.5 if state == "mood" else None
    ),
    st.integers(1, 6),
    st.integers(-5, 60),
    st.sampled_from(["mood", "no_face", "connecting", "camera_off", "paused"]),
)


@given(st.lists(SECONDS, max_size=120), st.randoms())
@hypothesis_settings(deadline=None)
def test_rows_give_the_same_in_any_order_and_nothing_of_few_people(rows: list[SecondRow], random: object):
    rows = list({(row.seat_id, row.t): row for row in rows}.values())
    shuffled = rows * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    row = ClassRow(1, ClassSettings(), "open", float(T0), None)
    lines = []
    for given_rows in (rows, shuffled):
        kept = ClassRows(T0)
        for start in range(0, len(given_rows), 7):
            kept.add(given_rows[start : start + 7], range(1, 7))
        lines.append(kept.timeline(row, T0 + 80.0, [], Clicks([])))
    np.testing.assert_array_equal(lines[0].moods, lines[1].moods)
    np.testing.assert_array_equal(lines[0].engagement, lines[1].engagement)
    line = lines[0]
    for place in range(len(line.t)):
        seats = {r.seat_id for r in rows if max(0, (r.t - T0) // BIN_S) == place}
        read = {r.seat_id for r in rows if max(0, (r.t - T0) // BIN_S) == place and r.state == "mood"}
        assert line.present[place] == len(seats)
        shown = len(seats) >= 5 and len(read) >= 5
        assert np.isnan(line.moods[place]).any() != shown
        assert np.isnan(line.engagement[place]) != shown


@given(st.lists(st.tuples(st.integers(1, 3), st.floats(0, 500), st.sampled_from([*PULSES, "hand_down"])), max_size=40))
@hypothesis_settings(deadline=None)
def test_clicks_are_what_each_seat_said_last(said: list[tuple[int, float, str]]):
    events = [
        EventRow(
            i, 1, T0 + s, "hand_down" if kind == "hand_down" else "pulse", "" if kind == "hand_down" else kind, seat
        )
        for i, (seat, s, kind) in enumerate(said)
    ]
    clicks = Clicks(reversed(events))
    ordered = sorted(events, key=lambda event: (event.t, event.id))
    for s in (0.0, 120.0, 333.3, 700.0):
        last: dict[int, tuple[float, PulseKind]] = {}
        hands: dict[int, bool] = {}
        for event in ordered:
            if event.t > T0 + s or event.seat_id is None:
                continue
            if event.kind == "hand_down" or event.value == "hand_up":
                hands[event.seat_id] = event.kind == "pulse"
            else:
                last[event.seat_id] = (event.t, event.value)  # type: ignore[assignment]
        assert clicks.at(T0 + s) == {seat: kind for seat, (t, kind) in last.items() if T0 + s - t < PULSE_S}
        assert clicks.hands(T0 + s) == {seat for seat, up in hands.items() if up}


def refreshed_in_vain(watch: ClassWatch) -> None:
    with pytest.raises(DatabaseError):
        watch.refresh()


def wait_until(holds: Callable[[], bool], within_s: float = 20) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)

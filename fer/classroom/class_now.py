"""A class in this second, worked out from its rows: who is here, the mood, engagement with its interval, the pulse."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from fer.classroom.alerts import SUSTAINED_S
from fer.classroom.class_rows import BIN_S, BY_CLICKS, ClassRows, Clicks, head_count, mean_of_seat
from fer.classroom.engagement import contributions, engagement, mean_contributions
from fer.classroom.interval import Interval, class_interval, enough_of
from fer.classroom.records import PULSES, ClassRow, ClassSettings, FloatArray, PulseKind, SeatRow, SeatState, SecondRow
from fer.emotions import EMOTIONS

PRESENT_S = 5
"""A seat whose newest row is older is away. Rows come a second late, and a phone may skip some. Ours."""
NOW_S = 10
"""A seat's mood now is its mean over so long: calm enough to be read, quick enough to follow a lesson. Ours."""
AHEAD_S = 2
"""Rows from further in the future wait until their time has come."""
TREND_S = 60
"""The trend compares half a minute with the half minute that began so long before it. Ours."""

Mean = tuple[FloatArray, float | None, float | None]
"""Of one seat over some seconds: probabilities, attention, engagement."""


@dataclass(frozen=True)
class Now:
    """A class in this second.

    Attributes:
        at: By the store's clock: when the class was read last.
        present: Seats that are there.
        camera_on: Of these, with a camera whose pictures arrive.
        connecting: Of these, with a camera that is being connected.
        unknown: Of those with a camera on, those in whom no mood can be read now.
        without_camera: Of those present, those who take part by clicks alone.
        resting: Of those present, those who asked for a pause.
        moods: The mean of the seats' probabilities, shape ``(7,)``; None where hidden or unknown.
        contributing: Seats of which ``moods`` is the mean.
        engagement: The mean with its interval; None where hidden or unknown.
        contributions: What each signal adds to the mean; empty where there is none.
        trend: By how much engagement changed in a minute; None where unknown.
        pulses: How many seats' last click is of each kind; ``hand_up`` counts raised hands. All 0 where hidden.
        hands: Raised hands.
        hidden: Why nothing but the head count is shown, or "".
        unread: Why there is no mood although the rest is shown, or "".
        engagement_30s: Mean over half a minute, for alerts.
        lost_30s: Least share of those present who were lost or found it too fast in half a minute; None where hidden.
    """

    at: float
    present: int = 0
    camera_on: int = 0
    connecting: int = 0
    unknown: int = 0
    without_camera: int = 0
    resting: int = 0
    moods: FloatArray | None = None
    contributing: int = 0
    engagement: Interval | None = None
    contributions: Mapping[str, float] = field(default_factory=dict)
    trend: float | None = None
    pulses: Mapping[PulseKind, int] = field(default_factory=lambda: dict.fromkeys(PULSES, 0))
    hands: int = 0
    hidden: str = ""
    unread: str = ""
    engagement_30s: Interval | None = None
    lost_30s: float | None = None


@dataclass(frozen=True)
class SeatNow:
    """One seat that opted in to be seen by itself.

    Attributes:
        number: From 1.
        nickname: As chosen, or "".
        state: Of its newest second; None for a seat that is away.
        probabilities: Mean over the last seconds, shape ``(7,)``; None where unknown.
        engagement: In [0, 1]; None where unknown.
        pulse: Its last click that still counts, or None.
        hand: Whether its hand is up.
    """

    number: int
    nickname: str
    state: SeatState | None
    probabilities: FloatArray | None
    engagement: float | None
    pulse: PulseKind | None
    hand: bool

    @property
    def emotion(self) -> str | None:
        """The most probable emotion, or None."""
        return None if self.probabilities is None else EMOTIONS[int(np.argmax(self.probabilities))]


@dataclass(frozen=True)
class Moment:
    """What is known of a class when it was read last.

    Attributes:
        row: The class.
        rows: Its seats' seconds.
        clicks: What was clicked.
        at: When, by the store's clock.
    """

    row: ClassRow
    rows: ClassRows
    clicks: Clicks
    at: float

    def count(self) -> Now:
        """Return the class in this second."""
        settings, at = self.row.settings, self.at
        latest = self.latest()
        states, people = [row.state for row in latest.values()], self._people(latest)
        if people < settings.min_shown:
            # Not even how many of them could be read: of one person that is what this person's face does.
            return Now(at, present=people, hidden=_too_few(people, self.row))
        seen = {seat for seat, row in latest.items() if row.state in ("mood", "unsure", "no_face")}
        means = {seat: mean for seat, mean in sorted(self.means(NOW_S, 0).items()) if seat in seen}
        clicked, hands = self.clicks.at(at), self.clicks.hands(at) & latest.keys()
        pulses = {kind: sum(clicked.get(seat) == kind for seat in latest) for kind in PULSES}
        pulses["hand_up"] = len(hands)
        now = Now(
            at,
            present=people,
            camera_on=len(seen),
            connecting=states.count("connecting"),
            unknown=len(seen) - len(means),
            without_camera=states.count("camera_off"),
            resting=states.count("paused"),
            contributing=len(means),
            pulses=pulses,
            hands=len(hands),
            lost_30s=min(self._lost(latest, at - ago_s) for ago_s in range(0, SUSTAINED_S + 1, BIN_S)) / people,
        )
        if len(means) < settings.min_shown:
            return replace(now, unread=_too_few_read(now, settings))
        return self._with_moods(now, means)

    def seats(self, seats: Collection[SeatRow]) -> list[SeatNow]:
        """Return those of some seats that opted in and may be shown, by number.

        Args:
            seats: All of the class.
        """
        latest, settings = self.latest(), self.row.settings
        opted_in = sorted((seat for seat in seats if seat.opted_in), key=lambda seat: seat.number)
        means, clicked, hands = self.means(NOW_S, 0), self.clicks.at(self.at), self.clicks.hands(self.at)
        if not settings.per_seat or self._people(latest) < settings.min_shown:
            return []
        # Of whom the class's numbers are: clicks of all, moods of those with one, engagement of those whose is known.
        # Where those not shown here are few among them, the class's number less the ones shown would tell about them.
        read = latest.keys() & means.keys()
        known = {seat_id for seat_id in read if means[seat_id][2] is not None}
        shown = {seat.id for seat in opted_in}
        if any(0 < len(group - shown) < settings.min_shown for group in (latest.keys(), read, known)):
            return []
        return [
            SeatNow(
                number=seat.number,
                nickname=seat.nickname,
                state=latest[seat.id].state if seat.id in latest else None,
                probabilities=means[seat.id][0] if seat.id in latest and seat.id in means else None,
                engagement=means[seat.id][2] if seat.id in latest and seat.id in means else None,
                pulse=clicked.get(seat.id),
                hand=seat.id in hands,
            )
            for seat in opted_in
        ]

    def _people(self, latest: Mapping[int, SecondRow]) -> int:
        clicking = sum(row.state in BY_CLICKS for row in latest.values())
        return head_count(len(latest), clicking, self.row.settings.mode)

    def latest(self) -> dict[int, SecondRow]:
        """Return the newest second of each seat that is there."""
        return self.rows.latest(int(self.at) - PRESENT_S, int(self.at) + AHEAD_S)

    def means(self, from_ago_s: int, to_ago_s: int) -> dict[int, Mean]:
        """Return each seat's mean over a stretch of time, of the seats with a mood in it.

        Engagement is worked out by the formula of now, so that what stands beside it adds up to it, and a change of the
        formula is no change of the class.

        Args:
            from_ago_s: When the stretch begins, seconds before now.
            to_ago_s: When it ends.
        """
        from_t, to_t = int(self.at) - from_ago_s, int(self.at) - to_ago_s if to_ago_s else int(self.at) + AHEAD_S
        found = {}
        for seat_id, rows in self.rows.by_seat(from_t, to_t):
            mean = mean_of_seat(rows)
            if mean is not None:
                found[seat_id] = (*mean, engagement(*mean, self.row.settings))
        return found

    def _with_moods(self, now: Now, means: dict[int, Mean]) -> Now:
        settings = self.row.settings
        least = settings.min_shown
        known = [value for *_, value in means.values() if value is not None]
        recent = self.means(SUSTAINED_S, 0)
        half = {seat: value for seat, (*_, value) in recent.items() if value is not None}
        before = self.means(TREND_S + SUSTAINED_S, TREND_S)
        # Of the same seats: who comes or goes is no trend.
        pairs = [(value, before[seat][2]) for seat, value in half.items() if seat in before]
        changes = [value - earlier for value, earlier in pairs if earlier is not None]
        parts = mean_contributions(contributions(mood, attention, settings) for mood, attention, _ in means.values())
        told = enough_of(len(known), len(means), least)
        return replace(
            now,
            moods=np.mean([mood for mood, *_ in means.values()], axis=0),
            engagement=class_interval(known) if told else None,
            contributions=parts if told else {},
            trend=float(np.mean(changes)) if len(changes) >= least else None,
            engagement_30s=class_interval(list(half.values())) if enough_of(len(half), len(recent), least) else None,
        )

    def _lost(self, present: Collection[int], at: float) -> int:
        clicked = self.clicks.at(at)
        return sum(clicked.get(seat) in ("lost", "too_fast") for seat in present)


def _too_few(present: int, row: ClassRow) -> str:
    if row.state == "ended":
        return "The class has ended."
    if row.state == "paused":
        return "The class is paused: nothing is read and nothing is counted."
    return f"Numbers are shown from {row.settings.min_shown} people on; {present or 'nobody'} {_is(present)} here."


def _too_few_read(now: Now, settings: ClassSettings) -> str:
    if settings.mode == "pulse":
        return "This class runs on clicks: no face is read."
    read = f"{now.contributing or 'none'} {_is(now.contributing)} readable"
    return f"Moods are shown from {settings.min_shown} readable faces on; {read} now."


def _is(count: int) -> str:
    return "is" if count < 2 else "are"

"""One student's seat in this process: what frames held becomes the student's own view, and a row a second.

Two threads write here, the inference service's workers and the one that closes the seconds, and pages read. Nothing
here waits for any of them, for a database or for a network; and no picture comes here, only what was found in it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from fer.classroom.attention import attention
from fer.classroom.baseline import Baseline
from fer.classroom.engagement import engagement
from fer.classroom.hints import hint_of
from fer.classroom.law import lawful_mode
from fer.classroom.meters import Rate
from fer.classroom.records import ClassRow, FloatArray, SeatRow, SeatState, SecondRow
from fer.classroom.seat_view import SeatView
from fer.classroom.second import Second
from fer.classroom.sight import Sight
from fer.emotions import EMOTIONS
from fer.faces.track import FORGET_S, Track, same_place

if TYPE_CHECKING:
    from fer.classroom.store import Store
    from fer.classroom.writer import Writer

__all__ = ["LiveSeat", "SeatView", "Source"]
IDLE_S = 10.0
"""A seat whose page was not heard of for so long, and whose camera sent nothing, is away: it gets no rows."""
MOST_IDLE_S = 90.0
"""Browsers let a hidden tab without a camera act once a minute: a page that was heard of so seldom is waited for."""
STALE_S = 3.0
"""What was seen stands for so long: on a server under load a camera's next frame is looked at two seconds later."""
GRACE_S = 0.4
"""A second is closed so long after its end: a frame's number may still be on its way."""
KEPT_S = 120
"""Seconds that are made good after a pause of the whole process; older ones are left out."""


class Source(Protocol):
    """What brings a seat's frames."""

    def oust(self) -> None:
        """Stop bringing them: another page took the seat over."""
        ...

    def let_go(self) -> None:
        """Give back what is held for them: the seat is on pause, left or at rest."""
        ...


class LiveSeat:
    """One student's seat. The same object for every page of the seat in this process.

    Args:
        row: The class.
        seat: The seat.
        writer: Takes its rows.
        store: Whose clock says which second it is; asked here only once.
        on_wake: Called when a seat at rest is heard of again.
    """

    def __init__(
        self,
        row: ClassRow,
        seat: SeatRow,
        writer: Writer,
        store: Store,
        on_wake: Callable[[LiveSeat], None] = lambda seat: None,
    ):
        self.seat = seat
        self._writer = writer
        self._on_wake = on_wake
        self._lock = threading.Lock()
        self._row = row
        now = store.now()
        # From this process's monotonic clock to the store's; each tick measures it anew.
        self._offset_s = now - time.monotonic()
        self._closed_t = int(now) - 1
        self._closed = self._paused = False
        self._resting = True
        self._counted = True
        self._noted: SeatState = "connecting"
        self._heard_s = self._framed_s = self._woke_s = -np.inf
        self._patience_s = IDLE_S
        self._source: Source | None = None
        self._baseline: Baseline | None = None
        self._forget()

    def _forget(self) -> None:
        """Forget what was seen, but not the baseline; the lock is held, or nobody else knows the seat yet."""
        self._track: Track | None = None
        self._sight: Sight | None = None
        self._attention: float | None = None
        self._face_s = time.monotonic()
        self._problem = ""
        self._seconds: dict[int, Second] = {}
        self._held: SecondRow | None = None
        self._rate = Rate()

    # -- frames and what they held

    @property
    def takes_frames(self) -> bool:
        """Whether the camera's frames are looked at: by law and consent, and while nobody paused, left or ended.

        Pages ask for a camera only where this holds; it is asked here as well, because pages run in other hands. While
        the class is on pause only those are looked at who still try their camera out.
        """
        state = self._row.state
        if self._closed or self._paused or state == "ended" or (state == "paused" and self._counted):
            return False
        return self.seat.consent_at is not None and lawful_mode(self._row.settings) == "cameras"

    def frame_came(self, source: Source, now_s: float) -> None:
        """Note that the camera sent a frame, whether or not it is looked at.

        Args:
            source: Which brings it; the one that brought them before is ousted.
            now_s: On the process's monotonic clock.
        """
        with self._lock:
            if self._closed:
                return
            before, self._source = self._source, source
            if before is not source:
                self._face_s = now_s
            self._framed_s = now_s
            wakes = self._wake(now_s)
        if before is not None and before is not source:
            before.oust()
        if wakes:
            self._on_wake(self)

    def frames_ended(self, source: Source) -> None:
        """Note that a camera was stopped: what was seen is forgotten at once."""
        with self._lock:
            if self._source is source:
                self._source = None
                self._framed_s = -np.inf
                self._forget()

    def trouble(self, problem: str) -> None:
        """Keep a sentence for the page: why frames are not looked at; "" when they are."""
        with self._lock:
            self._problem = problem

    def take(self, sight: Sight) -> None:
        """Take in what a frame held; called by the inference service."""
        seen = attention(sight.landmarks_xy, sight.size_px)
        with self._lock:
            late = self._sight is not None and sight.received_s < self._sight.received_s
            if late or self._source is None or not self.takes_frames:
                return
            self._problem = sight.problem
            if sight.problem:
                return
            self._sight, self._attention = sight, seen
            self._rate.add(sight.done_s)
            t = max(int(sight.received_s + self._offset_s), self._closed_t + 1)
            second = self._seconds.setdefault(t, Second())
            self._learn(sight)
            mood = self._mood()
            if mood is not None:
                second.see(mood, seen)

    def _learn(self, sight: Sight) -> None:
        """Smooth over time, anew for a face that had left; the lock is held."""
        track, now_s = self._track, sight.received_s
        if track is not None and now_s - track.seen_s > (STALE_S if sight.probabilities is not None else FORGET_S):
            track = None
        if sight.probabilities is not None and sight.box_xywh is not None:
            x, y, width, height = sight.box_xywh
            box = np.array((x, y, x + width, y + height), np.float32)
            # Somebody else before the same camera: two people's moods make nobody's, nor their resting faces.
            other = track is not None and not same_place(track.box_xyxy, box)
            if track is None or other:
                track = Track(1, box, 1.0, now_s)
            track.box_xyxy, track.seen_s = box, now_s
            self._face_s = now_s
            track.learn(sight.probabilities, now_s)
            if self._baseline is not None and not other:
                self._baseline.add(sight.probabilities, now_s)
        self._track = track

    def _mood(self) -> FloatArray | None:
        """Return the newest frame's mood, smoothed and corrected by the baseline; the lock is held."""
        if self._sight is None or self._sight.probabilities is None:
            return None
        if self._track is None or self._track.smoothed is None:
            return None
        if self._baseline is None:
            return self._track.smoothed
        return self._baseline.corrected(self._track.smoothed, self._row.settings.baseline_strength)

    # -- the page

    def note(self, state: SeatState, counted: bool = True) -> None:
        """Tell the seat that its page is open, and what the page knows; each tick of the page.

        Args:
            state: ``connecting`` where a camera is wanted, ``camera_off`` or ``paused``; what frames show comes first.
            counted: False during the camera check: then nothing is written.
        """
        now_s = time.monotonic()
        with self._lock:
            if self._closed:
                return
            gap_s = now_s - self._heard_s
            self._patience_s = min(MOST_IDLE_S, 1.5 * gap_s) if IDLE_S < gap_s < MOST_IDLE_S else IDLE_S
            if counted and not self._counted:
                self._begin_next(now_s)
            self._heard_s, self._noted, self._counted = now_s, state, counted
            wakes = self._wake(now_s)
        if wakes:
            self._on_wake(self)

    def view(self) -> SeatView:
        """Return what the student's own page shows."""
        now_s = time.monotonic()
        with self._lock:
            sight = self._sight
            fresh = sight is not None and now_s - sight.received_s <= STALE_S
            mood = self._mood() if fresh else None
            box = sight.box_xywh if sight is not None and mood is not None else None
            seen = self._attention if mood is not None else None
            no_face_s = now_s - self._face_s
            return SeatView(
                face=mood is not None,
                probabilities=mood,
                emotion=EMOTIONS[int(np.argmax(mood))] if mood is not None else "",
                confidence=float(mood.max()) if mood is not None else 0.0,
                unsure=mood is not None and sight is not None and float(mood.max()) < sight.unsure_below,
                attention=seen,
                hint=hint_of(box[2] if box else None, no_face_s, sight.brightness, seen) if sight and fresh else "none",
                engagement=engagement(mood, seen, self._row.settings),
                baseline=self._baseline.share if self._baseline is not None else None,
                doubt=self._baseline.doubt if self._baseline is not None else "",
                analysed_hz=self._rate.hz(now_s),
                frame_s=now_s - self._framed_s if np.isfinite(self._framed_s) else None,
                problem=self._problem,
            )

    def start_baseline(self) -> None:
        """Take the student's baseline from now on, instead of an earlier one.

        Raises:
            ModelError: If the network was never measured on neutral faces.
        """
        baseline = Baseline()
        with self._lock:
            self._baseline = baseline

    def forget_baseline(self) -> None:
        """Read the face without a baseline again."""
        with self._lock:
            self._baseline = None

    def pause(self) -> None:
        """Look at nothing until ``resume``; the seat's seconds then say that it is on pause."""
        self._stop_looking(paused=True)

    def resume(self) -> None:
        """Go on after a pause."""
        with self._lock:
            self._paused = False

    def close(self) -> None:
        """Leave for good: nothing is looked at or written from now on, and the baseline is forgotten."""
        with self._lock:
            self._closed, self._baseline = True, None
        self._stop_looking()

    def rest(self) -> None:
        """Forget what was seen and write nothing until the seat is heard of again."""
        with self._lock:
            self._resting = True
        self._stop_looking()

    def _stop_looking(self, paused: bool | None = None) -> None:
        with self._lock:
            self._paused = self._paused if paused is None else paused
            source, self._source = self._source, None
            self._framed_s = -np.inf
            self._forget()
        if source is not None:
            source.let_go()

    def _wake(self, now_s: float) -> bool:
        """Begin anew after a rest, and say whether there was one; the lock is held."""
        wakes, self._resting = self._resting, False
        if wakes:
            self._woke_s = now_s
        return wakes

    # -- the second

    @property
    def closed(self) -> bool:
        """Whether the student left, or class or seat were deleted."""
        return self._closed

    @property
    def class_id(self) -> int:
        """Whose seat it is."""
        return self._row.id

    def hear(self, row: ClassRow | None, seat: SeatRow | None) -> None:
        """Take in class and seat as the store has them now; None where they were deleted."""
        if row is None or seat is None:
            self.close()
            return
        with self._lock:
            if row.state == "open" and self._row.state != "open":
                self._begin_next(time.monotonic())
            self._row, self.seat = row, seat
        if self._source is not None and not self.takes_frames:
            self._stop_looking()

    def idle(self) -> bool:
        """Whether neither the page nor the camera was heard of for long enough to say that the student is away."""
        now_s = time.monotonic()
        with self._lock:
            return now_s - self._framed_s > IDLE_S and now_s - self._heard_s > self._patience_s

    def tick(self, now: float) -> None:
        """Write a row for each second that is over; a few times a second or once, it does not matter.

        Args:
            now: By the store's clock, in seconds since 1970.
        """
        with self._lock:
            now_s = time.monotonic()
            self._offset_s = now - now_s
            last = int(now - GRACE_S) - 1
            woke = int(self._woke_s + self._offset_s) if np.isfinite(self._woke_s) else last + 1
            first = max(self._closed_t + 1, woke, last - KEPT_S)
            written = not (self._closed or self._resting) and self._counted and self._row.state == "open"
            rows = [self._row_of(t) for t in range(first, last + 1)] if written else []
            self._closed_t = max(self._closed_t, last)
            self._seconds = {t: second for t, second in self._seconds.items() if t > last}
            class_id = self._row.id
        for row in rows:
            self._writer.put(class_id, row)

    def _begin_next(self, now_s: float) -> None:
        """Count from the next second on: this one began before it was to count; the lock is held."""
        self._closed_t = max(self._closed_t, int(now_s + self._offset_s))

    def _row_of(self, t: int) -> SecondRow:
        """Close one second; the lock is held."""
        if self._paused:
            return SecondRow(self.seat.id, t, "paused")
        second = self._seconds.get(t)
        if second is not None and self._sight is not None:
            self._held = second.row(self.seat.id, t, self._row.settings, self._sight.unsure_below)
            return self._held
        # No frame of this second was looked at, as on a server under load: what was seen last still holds.
        if self._held is not None and t - self._held.t <= STALE_S:
            return replace(self._held, t=t)
        return SecondRow(self.seat.id, t, self._noted)

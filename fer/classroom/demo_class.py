"""A demo class that plays by itself: drawn students, looked at by the same detector and network as real ones.

Every second the class is drawn, its faces are found and classified, and a row for each seat goes to the writer, just as
of a real class. The lesson's first minutes are there at once: read from the same drawings, each drawing once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from fer.classroom.codes import digest, new_token
from fer.classroom.demo_sight import DemoSight, Known, Sight, first_minutes
from fer.classroom.demo_story import ENDS_S, OPTED_IN, STARTS_S, Story
from fer.classroom.records import ClassRow, ClassSettings, SeatRow, SeatState, SecondRow
from fer.classroom.second import Second
from fer.classroom.sessions import Opened, end, lower_hand, open_class, pulse
from fer.dataset.drawn_class import UInt8Array, draw_class
from fer.errors import ClassFullError, FerError
from fer.faces.pipeline import open_analyzer
from fer.faces.track import Track

if TYPE_CHECKING:
    from fer.classroom.store import Store
    from fer.classroom.writer import Writer

AT_ONCE = 4
"""Demo classes that one process plays at a time; each takes about a sixth of a core."""
UNWATCHED_S = 120.0
"""A demo class that no page looked at for so long ends, so that its place is free."""
PLAYED_S = 15.0
"""A demo class with a row so new is being played, by this process or another."""
REST_S = 0.15
"""While the first minutes are prepared, every third of a second is left to others."""
TITLE = "Demo class: photosynthesis"
COURSE = "Demo"
SENTENCE = (
    "This is a demo class: its students are drawn, not real, and their clicks are part of a story. The faces are found "
    "and read by the same detector and network as real ones."
)
log = logging.getLogger(__name__)


class DemoClass:
    """One demo class, played by a thread of its own until the lesson, the class or everyone's interest ends.

    Args:
        store: Where it lives.
        writer: Takes its rows.
        row: The class.
        seats: Of the drawn students, in the order of their tiles.
        begins_s: When the lesson's second 0 is, by the store's clock.
        on_end: Called once when the thread ends.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        row: ClassRow,
        seats: list[SeatRow],
        begins_s: float,
        on_end: Callable[[], None] = lambda: None,
    ):
        self.row = row
        self.story = Story(students=len(seats))
        self._store, self._writer, self._seats, self._begins_s = store, writer, seats, begins_s
        self._on_end = on_end
        self._seen_s = time.monotonic()
        self._lock = threading.Lock()
        self._picture: UInt8Array | None = None
        self._ended = threading.Event()
        self._tracks: dict[int, Track] = {}
        self._thread = threading.Thread(target=self._work, name=f"demo-class-{row.id}", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether it plays."""
        return not self._ended.is_set()

    def play(self) -> None:
        """Begin."""
        self._thread.start()

    def seen(self) -> None:
        """Say that a page looks at it."""
        self._seen_s = time.monotonic()

    def picture(self) -> UInt8Array | None:
        """Return the class as it is drawn now, blue-green-red, or None before the first second. No real people."""
        with self._lock:
            return self._picture

    def left_s(self) -> float:
        """Return how long the lesson still lasts, in seconds."""
        return max(0.0, ENDS_S - (self._store.now() - self._begins_s))

    def stop(self, timeout_s: float = 0.0) -> bool:
        """Ask the thread to end, wait for it so long, and say whether it has ended. The class itself stays open."""
        self._ended.set()
        if self._thread.ident is not None and timeout_s:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # -- the thread

    def _work(self) -> None:
        try:
            # Other classes' frames are waiting as well: one thread a picture.
            cv2.setNumThreads(1)
            sight = DemoSight(open_analyzer(), self.story.students)
            last_s = self._store.now()
            while not self._ended.wait(max(0.0, np.floor(last_s) + 1 - self._store.now())):
                now_s = self._store.now()
                try:
                    if not self._step(sight, last_s, now_s):
                        return
                except FerError as problem:
                    # A database that is gone for a while: the writer says so on the page, and the lesson goes on.
                    log.warning("The demo class missed a second: %s", problem)
                last_s = now_s
        except Exception:
            log.exception("The demo class ended early.")
        finally:
            self._ended.set()
            with self._lock:
                self._picture = None
            self._on_end()

    def _step(self, sight: DemoSight, last_s: float, now_s: float) -> bool:
        """Play what happened since the last step; False once it is over."""
        row = self._store.class_by_id(self.row.id)
        if row is None or row.state == "ended":
            return False
        if now_s - self._begins_s >= ENDS_S or time.monotonic() - self._seen_s > UNWATCHED_S:
            end(self._store, row)
            return False
        t_s = now_s - self._begins_s
        poses = [self.story.pose(student, t_s) for student in range(self.story.students)]
        image = draw_class(poses, t_s)
        with self._lock:
            self._picture = image
        if row.state == "open":
            self._tell(last_s - self._begins_s, t_s)
            sights = sight.look(image)
            for second in self._rows(row.settings, sights, sight.unsure_below, t_s, int(now_s)):
                self._writer.put(row.id, second)
        return True

    def _tell(self, from_s: float, to_s: float) -> None:
        """Let happen what the story has between two times."""
        for happening in self.story.happenings(from_s, to_s):
            if happening.kind == "topic":
                self._store.add_event(self.row.id, "topic", happening.value)
                continue
            assert happening.student is not None
            seat = self._seats[happening.student]
            if happening.kind == "hand_down":
                lower_hand(self._store, seat)
            else:
                pulse(self._store, seat, happening.value)  # type: ignore[arg-type]

    def _rows(
        self, settings: ClassSettings, sights: dict[int, Sight], unsure_below: float, t_s: float, t: int
    ) -> Iterator[SecondRow]:
        for student, seat in enumerate(self._seats):
            if not self.story.present(student, t_s):
                continue
            second = Second()
            if student in sights:
                mood, ahead = sights[student]
                track = self._tracks.setdefault(student, Track(seat.number, np.zeros(4, np.float32), 1.0, t_s))
                track.learn(mood, t_s)
                assert track.smoothed is not None
                second.see(track.smoothed, ahead)
            yield second.row(seat.id, t, settings, unsure_below, self._otherwise(student, t_s))

    def _otherwise(self, student: int, t_s: float) -> SeatState:
        if self.story.paused(student, t_s):
            return "paused"
        return "no_face" if self.story.has_camera(student) else "camera_off"

    def write_first_minutes(self, known: Known, unsure_below: float) -> None:
        """Write the minutes before the lesson's second 0: rows, topics and clicks.

        Args:
            known: From ``DemoSight.look_at_first_minutes``.
            unsure_below: The network's threshold.

        Raises:
            DatabaseError: If the store cannot be written.
        """
        rows: list[SecondRow] = []
        for t_s, shown in first_minutes().items():
            sights = {student: known[student, pose] for student, pose in shown.items() if (student, pose) in known}
            rows += self._rows(self.row.settings, sights, unsure_below, t_s, int(self._begins_s) + t_s)
        self._store.add_seconds(self.row.id, rows)
        for happening in self.story.happenings(STARTS_S, 0):
            seat_id = None if happening.student is None else self._seats[happening.student].id
            value = "" if happening.kind == "hand_down" else happening.value
            self._store.add_event(self.row.id, happening.kind, value, seat_id, self._begins_s + happening.t_s)


class DemoClasses:
    """The demo classes that one process plays.

    Args:
        at_once: How many.
    """

    def __init__(self, at_once: int = AT_ONCE):
        self._at_once = at_once
        self._free = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._playing: dict[int, DemoClass] = {}
        self._known: Known = {}
        self._looking = threading.Lock()
        self._prepared = False

    def prepare(self) -> None:
        """Look at the first minutes' drawings in the background, once a process, so that a class opens at once."""
        with self._lock:
            if self._prepared:
                return
            self._prepared = True
        threading.Thread(target=self._prepare, name="demo-class-prepare", daemon=True).start()

    def _prepare(self) -> None:
        try:
            cv2.setNumThreads(1)
            self._first_minutes(DemoSight(open_analyzer(), Story().students), REST_S)
        except FerError as problem:
            # Whoever opens the class is told.
            log.warning("The demo class could not be prepared: %s", problem)

    def _first_minutes(self, sight: DemoSight, rest_s: float = 0.0) -> Known:
        # The drawings are the same for every visitor, so they are looked at once a process.
        with self._looking:
            self._known = self._known or sight.look_at_first_minutes(rest_s)
            return self._known

    def start(self, store: Store, writer: Writer) -> Opened:
        """Open a demo class with its first minutes, and let it play. Takes some seconds.

        Raises:
            ClassFullError: If as many are played already as one process can.
            DatabaseError: If the store cannot be written.
            ModelError: If the network cannot be loaded.
        """
        if not self._free.acquire(blocking=False):
            raise ClassFullError(
                f"{self._at_once} demo classes are being played on this server, which is as many as it can. Each ends "
                "by itself within 7 minutes: try again in a minute or two, or open a class of your own."
            )
        try:
            return self._started(store, writer)
        except BaseException:
            self._free.release()
            raise

    def _started(self, store: Store, writer: Writer) -> Opened:
        sight = DemoSight(open_analyzer(), Story().students)
        known = self._first_minutes(sight)
        settings = ClassSettings(
            title=TITLE,
            course=COURSE,
            purpose="own",
            mode="demo",
            formula="valence",
            min_shown=3,
            per_seat=True,
            # Of a demo nothing stays: it would be one report more for every visitor.
            keep_report=False,
        )
        opened = open_class(store, settings)
        try:
            seats = self._seated(store, opened.row.id)
            begins_s = store.now()
            demo = DemoClass(store, writer, opened.row, seats, begins_s, lambda: self._over(opened.row.id))
            demo.write_first_minutes(known, sight.unsure_below)
            row = store.change_class(opened.row.id, started=begins_s + STARTS_S)
        except BaseException:
            store.delete_class(opened.row.id)
            raise
        demo.row = row
        with self._lock:
            self._playing[row.id] = demo
        demo.play()
        return replace(opened, row=row)

    @staticmethod
    def _seated(store: Store, class_id: int) -> list[SeatRow]:
        # Nobody holds these tokens: a drawn student's seat cannot be taken over.
        now_s = store.now()
        return [
            store.add_seat(
                class_id,
                digest(new_token()),
                OPTED_IN.get(student, ""),
                now_s if Story.has_camera(student) else None,
                student in OPTED_IN,
            )
            for student in range(Story().students)
        ]

    def continued(self, store: Store, writer: Writer, class_id: int) -> DemoClass | None:
        """Return the demo class that plays; go on with one whose server was started again.

        Returns:
            None where it has ended, where another process plays it, and where there is no place.

        Raises:
            DatabaseError: If the store cannot be read.
        """
        with self._lock:
            demo = self._playing.get(class_id)
            if demo is None:
                demo = self._taken_up(store, writer, class_id)
        if demo is not None:
            demo.seen()
        return demo

    def _taken_up(self, store: Store, writer: Writer, class_id: int) -> DemoClass | None:
        """Go on with a class that nobody plays; the lock is held."""
        row = store.class_by_id(class_id)
        if row is None or row.state != "open" or row.settings.mode != "demo":
            return None
        if store.seconds(class_id, int(store.now() - PLAYED_S)) or not self._free.acquire(blocking=False):
            return None
        seats = sorted(store.seats(class_id), key=lambda seat: seat.number)[: Story().students]
        begins_s = row.started - STARTS_S
        demo = DemoClass(store, writer, row, seats, begins_s, lambda: self._over(class_id))
        self._playing[class_id] = demo
        demo.play()
        return demo

    def _over(self, class_id: int) -> None:
        with self._lock:
            self._playing.pop(class_id, None)
        self._free.release()

    def count(self) -> int:
        """Return how many play."""
        with self._lock:
            return len(self._playing)


DEMO_CLASSES = DemoClasses()
"""The process's own."""

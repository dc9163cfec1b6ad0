"""Gallery mode: the stills of one shared screen in, a row a second for each place on it out.

A still is in memory only, and only until it was looked at: nothing here writes, logs or sends it.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from fer.classroom.gallery_rows import SILENT_S, GalleryRows
from fer.classroom.meters import Rate
from fer.classroom.places import PLACES, Places
from fer.classroom.records import ClassRow
from fer.errors import DatabaseError, FerError
from fer.faces.detect import GALLERY
from fer.faces.frames import RESTING, FrameAnalyzer
from fer.faces.pipeline import open_analyzer
from fer.faces.stills import read_still
from fer.faces.track import TrackedFace

if TYPE_CHECKING:
    from fer.classroom.store import Store
    from fer.classroom.writer import Writer

UInt8Array = npt.NDArray[np.uint8]

FORGET_S = 2.5
"""Stills come one to four times a second: a face may be missed in one or two of them."""
LOOK_S = 5.0
"""How often the class's own state is read again."""
LONGEST_PX = 1280
"""A picture of twice this size is read at half of it: the detector looks at 1,280 pixels anyway."""
log = logging.getLogger(__name__)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class GalleryNumbers:
    """What a page shows of a shared screen at one moment; no picture.

    Attributes:
        faces: In the newest picture.
        places: Of people who are counted now.
        analysed_hz: Pictures a second, over the last five.
        received: Stills that came.
        dropped: Stills that were replaced by a newer one before they were looked at.
        size_px: Of the newest picture, or None before the first.
        boxes: Of its faces as shares of the picture: left, top, width, height.
        still_s: Since the newest still came; None before the first.
        problem: What keeps it from working, or "".
    """

    faces: int
    places: int
    analysed_hz: float
    received: int
    dropped: int
    size_px: tuple[int, int] | None
    boxes: tuple[tuple[float, float, float, float], ...]
    still_s: float | None
    problem: str


class GalleryClass:
    """The shared screen of one class in this process; begun with the first still, ended with the class or by silence.

    Args:
        store: Where the class is.
        writer: Takes its rows.
        row: The class, in gallery mode.
        places: Where a place is taken while stills come.
        idle_s: Without a still for so long the thread ends; the next still begins it anew.
    """

    def __init__(self, store: Store, writer: Writer, row: ClassRow, places: Places = PLACES, idle_s: float = 30.0):
        self._store, self._writer = store, writer
        self._rows = GalleryRows(store, row)
        self._free = places
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._came = threading.Condition(self._lock)
        self._waiting: bytes | None = None
        self._ended = False
        self._thread: threading.Thread | None = None
        self._received = self._dropped = 0
        self._received_s: float | None = None
        self._rate = Rate()
        self._size_px: tuple[int, int] | None = None
        self._boxes: tuple[tuple[float, float, float, float], ...] = ()
        self._problem = self._full = ""
        self._counted = 0
        self._state = row.state
        self._logged: set[str] = set()

    def on_still(self, jpeg: bytes) -> None:
        """Take a still without waiting; one that was not looked at yet is replaced and counted. Never raises."""
        with self._came:
            if self._ended:
                return
            self._received += 1
            self._received_s = time.monotonic()
            self._dropped += self._waiting is not None
            self._waiting = jpeg
            if self._thread is None or not self._thread.is_alive():
                self._begin()
            self._came.notify()

    def numbers(self) -> GalleryNumbers:
        """Return the numbers of this moment."""
        with self._lock:
            still_s = None if self._received_s is None else time.monotonic() - self._received_s
            silent = still_s is None or still_s > SILENT_S
            return GalleryNumbers(
                faces=0 if silent else len(self._boxes),
                places=0 if silent else self._counted,
                analysed_hz=self._rate.hz(time.monotonic()),
                received=self._received,
                dropped=self._dropped,
                size_px=self._size_px,
                boxes=() if silent else self._boxes,
                still_s=still_s,
                problem=self._problem or self._full,
            )

    def close(self, timeout_s: float = 0.0) -> bool:
        """End it, wait for the thread so long, and say whether it has ended."""
        with self._came:
            self._ended, self._waiting = True, None
            self._came.notify()
            thread = self._thread
        if thread is None:
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    @property
    def closed(self) -> bool:
        """Whether it takes no more stills."""
        with self._lock:
            return self._ended

    # -- the thread

    def _begin(self) -> None:
        """Begin the thread where there is a place for it; the lock is held."""
        if not self._free.take():
            self._waiting = None
            self._problem = (
                "This server looks at as many screens and cameras as it can. Try again when another class has ended."
            )
            return
        self._thread = threading.Thread(target=self._work, name=f"gallery-{next(_numbers)}", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            # Other classes' frames are waiting as well: one thread a picture.
            cv2.setNumThreads(1)
            frames: FrameAnalyzer | None = None
            closed_t = int(self._store.now())
            looked_s = -np.inf
            while True:
                jpeg = self._next(max(0.02, closed_t + 1 - self._store.now()))
                with self._lock:
                    idle = self._received_s is None or time.monotonic() - self._received_s > self._idle_s
                    if self._ended or idle:
                        return
                if time.monotonic() - looked_s >= LOOK_S:
                    looked_s = time.monotonic()
                    self._read_class()
                if jpeg is not None and self._state == "open":
                    frames = self._take(jpeg, frames)
                now_t = int(self._store.now())
                if now_t > closed_t:
                    self._close(closed_t)
                    closed_t = now_t
        except Exception as problem:
            self._note(problem, "The shared screen could not be looked at; the fault is ours. Share it again.")
        finally:
            with self._lock:
                self._boxes, self._waiting = (), None
            self._free.give_back()

    def _next(self, wait_s: float) -> bytes | None:
        with self._came:
            self._came.wait_for(lambda: self._ended or self._waiting is not None, wait_s)
            jpeg, self._waiting = self._waiting, None
            return jpeg

    def _read_class(self) -> None:
        try:
            row = self._store.class_by_id(self._rows.row.id)
        except DatabaseError:
            # The writer says on the page that the database is away; what was known of the class holds until then.
            return
        if row is None or row.state == "ended":
            with self._lock:
                self._ended = True
        else:
            self._rows.row, self._state = row, row.state

    def _take(self, jpeg: bytes, frames: FrameAnalyzer | None) -> FrameAnalyzer | None:
        try:
            image = read_still(jpeg, longest_px=LONGEST_PX)
            frames = frames or FrameAnalyzer(open_analyzer(), RESTING, GALLERY, FORGET_S)
            now_s = self._store.now()
            faces = frames.step(image, now_s)
            height, width = image.shape[:2]
            self._rows.look(faces, frames.landmarks_xy, now_s)
            with self._lock:
                self._counted = self._rows.counted(now_s)
                self._size_px = (width, height)
                self._boxes = tuple(_share(face, width, height) for face in faces)
                self._rate.add(time.monotonic())
                self._problem = ""
        except FerError as problem:
            self._note(problem, str(problem))
            return None
        except Exception as problem:
            self._note(problem, "The last picture could not be looked at. If this stays, share the screen again.")
            return None
        return frames

    def _close(self, t: int) -> None:
        if self._state != "open":
            return
        try:
            rows = self._rows.close(t)
        except DatabaseError as problem:
            self._note(problem, str(problem))
            return
        with self._lock:
            self._counted, self._full = self._rows.counted(t + 1), self._rows.full
        for row in rows:
            self._writer.put(self._rows.row.id, row)

    def _note(self, problem: Exception, sentence: str) -> None:
        """Keep a sentence for the page; the log hears of each kind once, and never of a picture."""
        kind = type(problem).__name__
        with self._lock:
            self._problem = sentence
            first = kind not in self._logged
            self._logged.add(kind)
        if first and not isinstance(problem, FerError):
            log.error("A shared screen's picture could not be looked at.", exc_info=problem)


def _share(face: TrackedFace, width: int, height: int) -> tuple[float, float, float, float]:
    x, y, w, h = face.face.box_xywh
    return x / width, y / height, w / width, h / height


class Galleries:
    """The shared screens of this process, one for each class.

    Args:
        open_: Makes one.
    """

    def __init__(self, open_: Callable[[Store, Writer, ClassRow], GalleryClass] = GalleryClass):
        self._open = open_
        self._lock = threading.Lock()
        self._galleries: dict[int, GalleryClass] = {}

    def of(self, store: Store, writer: Writer, row: ClassRow) -> GalleryClass:
        """Return a class's; the same for every page of it."""
        with self._lock:
            self._galleries = {key: one for key, one in self._galleries.items() if not one.closed}
            if row.id not in self._galleries:
                self._galleries[row.id] = self._open(store, writer, row)
            return self._galleries[row.id]


GALLERIES = Galleries()
"""The process's own."""

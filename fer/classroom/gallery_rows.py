"""The faces of a shared screen as rows: places become seats, and each second a row for each."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fer.classroom.attention import attention
from fer.classroom.codes import digest, new_token
from fer.classroom.gallery_places import MOST, GalleryPlaces, Place
from fer.classroom.records import ClassRow, SeatRow, SecondRow
from fer.classroom.second import Second
from fer.errors import ClassFullError
from fer.faces.track import TrackedFace
from fer.settings import settings

if TYPE_CHECKING:
    from fer.classroom.store import Store

HELD_S = 2.0
"""A second without a picture repeats what was seen so shortly before."""
LOST_S = 20.0
"""A place that was empty for so long is away; until then its mood is unknown."""
SILENT_S = 3.0
"""Without a picture for so long nothing is known of anybody."""


class GalleryRows:
    """Turns the faces of pictures into rows: places become seats, and each second a row for each.

    A seat whose place was given up is the next new place's: who comes back after a break, and everybody after a restart
    of the server, would otherwise take up a second one, until the class is full.

    Args:
        store: Where seats are made.
        row: The class.
        most: Places; further faces are only counted.
    """

    def __init__(self, store: Store, row: ClassRow, most: int = MOST):
        self.row = row
        self.places = GalleryPlaces(most)
        self.full = ""
        self._store = store
        self._seats: dict[int, SeatRow] = {}
        # The one longest away first; None until those that an earlier process made were asked for.
        self._free: deque[SeatRow] | None = None
        self._seconds: dict[Place, Second] = {}
        self._looked_s = -np.inf

    def look(self, faces: list[TrackedFace], landmarks_xy: npt.NDArray[np.float32], time_s: float) -> None:
        """Take the faces of one picture.

        Args:
            faces: With their tracks.
            landmarks_xy: Of each, shape ``(n, 5, 2)``, pixels; NaN where there are none.
            time_s: By the store's clock.
        """
        self._looked_s = time_s
        for place, face, marks in zip(self.places.update(faces, time_s), faces, landmarks_xy, strict=True):
            if place is None:
                continue
            place.attention = _attention(face, marks)
            self._seconds.setdefault(place, Second()).see(place.smoothed, place.attention)

    def close(self, t: int) -> list[SecondRow]:
        """Close a second and return its rows; none where no picture came for a while.

        Raises:
            DatabaseError: If a new seat cannot be made; the next second tries again.
        """
        seconds, self._seconds = self._seconds, {}
        if t + 1 - self._looked_s > SILENT_S:
            return []
        rows = []
        self.full = ""
        self._give_back()
        for place in self.places.places:
            seat = self._seat(place)
            gone_s = t + 1 - place.seen_s
            if seat is None or gone_s > LOST_S:
                continue
            second = seconds.get(place, Second())
            if place not in seconds and gone_s <= HELD_S:
                second.see(place.smoothed, place.attention)
            rows.append(second.row(seat.id, t, self.row.settings, place.unsure_below))
        return rows

    def counted(self, time_s: float) -> int:
        """Return how many places are counted as people now."""
        return sum(place.number > 0 and time_s - place.seen_s <= LOST_S for place in self.places.places)

    def _give_back(self) -> None:
        """Free the seats of places that were given up."""
        if self._free is None:
            self._free = deque(self._store.seats_with_faces(self.row.id))
        for number in sorted(self._seats.keys() - {place.number for place in self.places.places}):
            self._free.append(self._seats.pop(number))

    def _seat(self, place: Place) -> SeatRow | None:
        if place.number and place.number not in self._seats:
            seat = self._free.popleft() if self._free else self._new_seat()
            if seat is not None:
                self._seats[place.number] = seat
        return self._seats.get(place.number)

    def _new_seat(self) -> SeatRow | None:
        try:
            # Nobody holds the token, and there is no consent to note: the teacher attested it for all.
            return self._store.add_seat(self.row.id, digest(new_token()), "", None, False)
        except ClassFullError:
            self.full = (
                f"More faces are on the screen than this class has places ({settings().max_seats}, FER_MAX_SEATS): the "
                "others are not counted. Whoever runs this server can allow more."
            )
            return None


def _attention(face: TrackedFace, landmarks_xy: npt.NDArray[np.float32]) -> float | None:
    """Return a face's attention as if a camera of its own looked at it: each tile of a call is one."""
    if np.isnan(landmarks_xy).any():
        return None
    x, y, width, height = face.face.box_xywh
    side = 3 * max(width, height)
    middle = np.array([x + width / 2, y + height / 2], np.float32)
    return attention(landmarks_xy - middle + np.float32(side / 2), (side, side))

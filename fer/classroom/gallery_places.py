"""Stable places on a shared screen: a face that is lost for some seconds comes back to its place.

A place is a spot on the screen with a number, not a person: nothing about a face is remembered but where it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from fer.faces.scale import FloatArray
from fer.faces.track import TrackedFace

Floats = npt.NDArray[np.float64]

MOST = 50
FIRM_S = 1.5
"""A face must be seen for so long before it counts: what flickers takes no place."""
KEPT_S = 120.0
"""A place that was empty for so long is given up."""
NEAR = 0.75
"""So near, in sides of its box, a new face is where a lost one was. In a gallery neighbours are further apart."""
MISSED = 2
"""A face that was seen once and not in so many pictures after that was none."""
REARRANGED_S = 3.0
REARRANGED = 3
"""Where so many faces are lost within ``REARRANGED_S`` the call was laid out anew: new faces then take the places of
the lost ones wherever they are, so that nobody is counted twice."""


@dataclass(eq=False)
class Place:
    """A spot on the screen.

    Attributes:
        number: From 1, in the order of coming; 0 until it is firm.
        centre_xy: Of the face seen there last, in pixels.
        side_px: Of its box: the mean of width and height.
        track: The track that was seen there last.
        first_s: When a face was first seen there.
        seen_s: When a face was last seen there.
        smoothed: What it showed last, shape ``(7,)``.
        unsure_below: The network's threshold.
        attention: How much it looked ahead, or None.
        missed: Pictures since it was seen there last.
    """

    number: int
    centre_xy: Floats
    side_px: float
    track: int
    first_s: float
    seen_s: float
    smoothed: FloatArray
    unsure_below: float
    attention: float | None = None
    missed: int = 0


class GalleryPlaces:
    """Gives each face of a shared screen its place.

    Args:
        most: More places are not given; further faces are only counted.
    """

    def __init__(self, most: int = MOST):
        self.places: list[Place] = []
        self.too_many = 0
        self._most = most
        self._count = 0

    def update(self, faces: list[TrackedFace], time_s: float) -> list[Place | None]:
        """Take the faces of one picture.

        Args:
            faces: With their tracks.
            time_s: When, in seconds, growing.

        Returns:
            The place of each face, in the faces' order; None for one that has none since all are taken.
        """
        self.places = [
            place for place in self.places if time_s - place.seen_s <= (KEPT_S if self._stays(place) else REARRANGED_S)
        ]  # fmt: skip
        for place in self.places:
            place.missed += 1
        result: list[Place | None] = [None] * len(faces)
        by_track = {place.track: place for place in self.places}
        for row, face in enumerate(faces):
            result[row] = by_track.get(face.track)
        taken = {id(place) for place in result if place is not None}
        new = [row for row, place in enumerate(result) if place is None]
        lost = [place for place in self.places if id(place) not in taken]
        for row, place in self._match(faces, new, lost, time_s).items():
            result[row] = place
        self.too_many = 0
        for row, face in enumerate(faces):
            result[row] = self._seen(result[row], face, time_s)
        return result

    def _stays(self, place: Place) -> bool:
        """Whether a place is kept: one that never became firm goes, but not for lack of pictures.

        On a server that is short of time pictures are looked at many seconds apart; a face in each of them is no
        flicker.
        """
        return place.number > 0 or place.missed < MISSED

    def _match(self, faces: list[TrackedFace], new: list[int], lost: list[Place], time_s: float) -> dict[int, Place]:
        if not new or not lost:
            return {}
        centres = np.array([_centre(faces[row]) for row in new])
        distances = np.linalg.norm(centres[:, None] - np.array([place.centre_xy for place in lost])[None], axis=2)
        sides = np.array([[max(place.side_px, _side(faces[row])) for place in lost] for row in new])
        far = distances / sides
        just = np.array([time_s - place.seen_s <= REARRANGED_S and place.number > 0 for place in lost])
        allowed = far <= NEAR
        if just.sum() >= REARRANGED and not allowed.any(axis=1).all():
            allowed |= just[None]
        rows, columns = linear_sum_assignment(np.where(allowed, far, 1e6))
        return {new[r]: lost[c] for r, c in zip(rows, columns, strict=True) if allowed[r, c]}

    def _seen(self, place: Place | None, face: TrackedFace, time_s: float) -> Place | None:
        if place is None:
            if len(self.places) >= self._most:
                self.too_many += 1
                return None
            place = Place(
                0, _centre(face), _side(face), face.track, time_s, time_s, face.smoothed, face.face.unsure_below
            )
            self.places.append(place)
        place.centre_xy, place.side_px, place.track = _centre(face), _side(face), face.track
        place.missed = 0
        place.seen_s, place.smoothed, place.unsure_below = time_s, face.smoothed, face.face.unsure_below
        if place.number == 0 and time_s - place.first_s >= FIRM_S:
            self._count += 1
            place.number = self._count
        return place


def _centre(face: TrackedFace) -> Floats:
    x, y, width, height = face.face.box_xywh
    return np.array([x + width / 2, y + height / 2])


def _side(face: TrackedFace) -> float:
    return (face.face.box_xywh[2] + face.face.box_xywh[3]) / 2

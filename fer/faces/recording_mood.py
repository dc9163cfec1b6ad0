"""The mood of a recording over time, and who was in view when: a few numbers a second, whatever the frame rate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS, as_mapping
from fer.faces.track import TrackedFace

UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float64]

PORTRAIT_PX = 96
PORTRAIT_MARGIN = 0.25
PORTRAITS = 20
"""So many faces can be told apart on a page; of the others only numbers are kept."""


@dataclass
class TrackStory:
    """One face from its first frame to its last.

    Attributes:
        track: Its number.
        first_s: Time of its first frame.
        last_s: Time of its last frame.
        frames: In how many it was seen.
        counts: In how many of them it showed each emotion, FER2013's order.
        spans: ``[start_s, end_s, emotion, unsure]``, one for each stretch of the same.
    """

    track: int
    first_s: float
    last_s: float
    frames: int = 0
    counts: list[int] = field(default_factory=lambda: [0] * len(EMOTIONS))
    spans: list[list[Any]] = field(default_factory=list)

    def take(self, time_s: float, face: TrackedFace) -> None:
        """Take the face of one frame."""
        emotion, unsure = face.emotion, face.unsure
        if self.spans:
            self.spans[-1][1] = time_s
        if not self.spans or self.spans[-1][2:] != [emotion, unsure]:
            self.spans.append([time_s, time_s, emotion, unsure])
        self.counts[EMOTIONS.index(emotion)] += 1
        self.frames += 1
        self.last_s = time_s

    def as_json(self, step_s: float) -> dict[str, Any]:
        """Return the track as summary.json has it; its last frame lasts ``step_s``."""
        spans = [
            {"start_s": round(start, 3), "end_s": round(end, 3), "emotion": emotion, "unsure": unsure}
            for start, end, emotion, unsure in self.spans
        ]
        spans[-1]["end_s"] = round(self.last_s + step_s, 3)
        return {
            "track": self.track,
            "first_s": round(self.first_s, 3),
            "last_s": round(self.last_s, 3),
            "frames": self.frames,
            "shares": as_mapping(np.array(self.counts) / self.frames),
            "spans": spans,
        }


class MoodKeeper:
    """Sink that keeps, for each second, the mean of the smoothed probabilities; and each track's story."""

    def __init__(self) -> None:
        self.tracks: dict[int, TrackStory] = {}
        self.album = Album()
        # Lists, not arrays: an array's few bytes lie in the heap among the frames' megabytes, and what is kept there
        # leaves places too small for the next frame, so that memory would grow with every second.
        self._sums: dict[int, list[float]] = {}
        self._faces: dict[int, int] = {}
        self._frames: dict[int, int] = {}

    def take(self, time_s: float, image_bgr: UInt8Array, faces: list[TrackedFace]) -> None:
        """See ``fer.faces.recording.Sink``."""
        second = int(time_s)
        self._frames[second] = self._frames.get(second, 0) + 1
        self._faces[second] = self._faces.get(second, 0) + len(faces)
        sums = self._sums.setdefault(second, [0.0] * len(EMOTIONS))
        for face in faces:
            for column, probability in enumerate(face.smoothed.tolist()):
                sums[column] += probability
            self.tracks.setdefault(face.track, TrackStory(face.track, time_s, time_s)).take(time_s, face)
        if self.album.full(len(faces)):
            self.album.keep({story.track for story in self.longest()})
        for face in faces:
            self.album.take(face.track, image_bgr, face.face.box_xywh, face.face.score)

    def seconds(self) -> FloatArray:
        """Return the mood of each second from 0 to the last, shape ``(seconds, 7)``; NaN in seconds without a face."""
        mood = np.full((max(self._frames, default=-1) + 1, len(EMOTIONS)), np.nan)
        for second, sums in self._sums.items():
            if self._faces[second]:
                mood[second] = np.array(sums) / self._faces[second]
        return mood

    def mood_as_json(self) -> list[dict[str, Any]]:
        """Return one entry for each second with an analysed frame: how many faces, and their mean or None."""
        mood = self.seconds()
        return [
            {
                "time_s": second,
                "faces": round(self._faces[second] / self._frames[second], 2),
                "probabilities": as_mapping(mood[second]) if self._faces[second] else None,
            }
            for second in sorted(self._frames)
        ]

    def longest(self) -> list[TrackStory]:
        """Return the tracks that were seen longest, in the order they came."""
        chosen = sorted(self.tracks.values(), key=lambda story: (-story.frames, story.track))[:PORTRAITS]
        return sorted(chosen, key=lambda story: story.track)


class Album:
    """A portrait of each track, taken where the detector was surest, in one block of memory.

    One block, for the reason that ``MoodKeeper`` sums in lists.
    """

    def __init__(self, pages: int = 20 * PORTRAITS):
        self._block = np.zeros((pages, PORTRAIT_PX, PORTRAIT_PX, 3), np.uint8)
        self._free = list(range(pages))
        self._pages: dict[int, int] = {}
        self._scores: dict[int, float] = {}

    def full(self, coming: int) -> bool:
        """Whether so many new faces might not find a place."""
        return coming > len(self._free)

    def keep(self, tracks: set[int]) -> None:
        """Throw all other portraits away; a track that is still in view gets a new one."""
        for track in self._pages.keys() - tracks:
            self._free.append(self._pages.pop(track))
            del self._scores[track]

    def take(self, track: int, image_bgr: UInt8Array, box_xywh: tuple[int, int, int, int], score: float) -> None:
        """Take a track's portrait if the detector is surer than it was; nothing where no page is free."""
        if score <= self._scores.get(track, 0.0) or (track not in self._pages and not self._free):
            return
        page = self._pages[track] if track in self._pages else self._free.pop()
        self._pages[track], self._scores[track] = page, score
        self._block[page] = portrait(image_bgr, box_xywh)

    def portrait_of(self, track: int) -> UInt8Array | None:
        """Return a track's portrait, shape ``(96, 96, 3)``, uint8, blue-green-red, or None."""
        return self._block[self._pages[track]] if track in self._pages else None


def portrait(image_bgr: UInt8Array, box_xywh: tuple[int, int, int, int]) -> UInt8Array:
    """Cut out a face with some of what is around it, shape ``(96, 96, 3)``; the frame's edge is repeated beyond it."""
    x, y, w, h = box_xywh
    side = max(w, h) * (1 + 2 * PORTRAIT_MARGIN)
    left, top = x + w / 2 - side / 2, y + h / 2 - side / 2
    scale = PORTRAIT_PX / side
    place = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    cut: UInt8Array = cv2.warpAffine(  # type: ignore[assignment]
        image_bgr, place, (PORTRAIT_PX, PORTRAIT_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return cut

"""Follow faces from frame to frame, and smooth their emotions over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from fer.emotions import EMOTIONS
from fer.faces.pipeline import Face, mood_as_json
from fer.faces.scale import FloatArray

SAME_IOU = 0.2
"""Detections that overlap a track by less than this share are somebody else."""
FORGET_S = 1.0
"""A track that was not seen for this time has left."""
AT_ONCE = 0.7
"""A detection with this score begins a track at once."""
EVIDENCE = 1.2
"""A weaker one must come again in the very next detections until its scores add up to this: what a detector sees in
gravel or in a pattern flickers, a face stays."""
SMOOTHING_S = 0.6
"""Time constant of the smoothing: after a change of expression, 81 % of the new one shows within a second."""


@dataclass(frozen=True)
class TrackedFace:
    """A face of one frame, and whose it is.

    Attributes:
        track: Number of the person's track within the recording or stream, from 1.
        face: Box and the latest classification.
        smoothed: The track's probabilities smoothed over time, shape ``(7,)``, float32, sum 1.
        classified: Whether the network looked at this very frame; otherwise the box was moved and the
            probabilities stand from an earlier one.
    """

    track: int
    face: Face
    smoothed: FloatArray
    classified: bool = True

    @property
    def emotion(self) -> str:
        """The most probable emotion after smoothing."""
        return EMOTIONS[int(np.argmax(self.smoothed))]

    @property
    def confidence(self) -> float:
        """Its probability."""
        return float(np.max(self.smoothed))

    @property
    def unsure(self) -> bool:
        """Whether that is below the model's threshold."""
        return self.confidence < self.face.unsure_below

    def as_json(self) -> dict[str, Any]:
        """Return the face as recordings' JSON has it."""
        smoothed = mood_as_json(self.smoothed, self.face.unsure_below)
        return {"track": self.track, **self.face.as_json(), "smoothed": smoothed}


@dataclass
class Track:
    """One person while in view.

    Attributes:
        number: From 1; 0 while the evidence is too weak to show it.
        box_xyxy: Where the face is now, shape ``(4,)``, float32, pixels.
        score: Of the latest detection.
        seen_s: Time of the latest detection.
        probabilities: Of the latest classification, or None before the first.
        smoothed: Over time.
        classified_s: Time of the latest classification.
        evidence: Sum of its scores while it is weak.
    """

    number: int
    box_xyxy: FloatArray
    score: float
    seen_s: float
    evidence: float = 0.0
    probabilities: FloatArray | None = None
    smoothed: FloatArray | None = None
    classified_s: float = -np.inf

    def learn(self, probabilities: FloatArray, time_s: float) -> None:
        """Take in a classification; what is older weighs ``exp(-age / SMOOTHING_S)``."""
        if self.smoothed is None:
            self.smoothed = probabilities
        else:
            kept = np.float32(np.exp(-max(0.0, time_s - self.classified_s) / SMOOTHING_S))
            self.smoothed = kept * self.smoothed + (1 - kept) * probabilities
        self.probabilities, self.classified_s = probabilities, time_s


class Tracker:
    """Gives each detection the number of the person it belongs to.

    Sources:
        Bewley et al. 2016, "Simple Online and Realtime Tracking" (matching by overlap and assignment).
        Kuhn 1955; scipy.optimize.linear_sum_assignment.
    """

    def __init__(self, forget_s: float = FORGET_S) -> None:
        self.tracks: list[Track] = []
        self.forget_s = forget_s
        self._count = 0

    def update(self, boxes_xyxy: FloatArray, scores: FloatArray, time_s: float) -> list[Track]:
        """Match the detections of a frame to the tracks there are, and begin one for each that is new and not weak.

        Args:
            boxes_xyxy: Shape ``(n, 4)``, pixels.
            scores: Shape ``(n,)``.
            time_s: Time of the frame, in seconds; must not run backwards.

        Returns:
            The track of each detection, in the detections' order; its number is 0 while the evidence is weak.
        """
        self.tracks = [track for track in self.tracks if time_s - track.seen_s <= self.forget_s]
        match = self._match(boxes_xyxy)
        result = []
        for row, (box, score) in enumerate(zip(boxes_xyxy, scores, strict=True)):
            if row in match:
                track = self.tracks[match[row]]
                track.box_xyxy, track.score, track.seen_s = box, float(score), time_s
            else:
                track = Track(0, box, float(score), time_s)
                self.tracks.append(track)
            track.evidence += float(score)
            if track.number == 0 and (score >= AT_ONCE or track.evidence >= EVIDENCE):
                self._count += 1
                track.number = self._count
            result.append(track)
        # A weak one that did not come again was none.
        self.tracks = [track for track in self.tracks if track.number or track.seen_s == time_s]
        return result

    def _match(self, boxes_xyxy: FloatArray) -> dict[int, int]:
        if not self.tracks or len(boxes_xyxy) == 0:
            return {}
        shares = iou(boxes_xyxy, np.stack([track.box_xyxy for track in self.tracks]))
        rows, columns = linear_sum_assignment(-shares)
        return {int(r): int(c) for r, c in zip(rows, columns, strict=True) if shares[r, c] >= SAME_IOU}


def same_place(box_a: FloatArray, box_b: FloatArray) -> bool:
    """Whether two boxes ``(x0, y0, x1, y1)`` of following frames are taken for the same face's.

    >>> same_place(np.array([0, 0, 8, 8], np.float32), np.array([2, 0, 10, 8], np.float32))
    True
    >>> same_place(np.array([0, 0, 8, 8], np.float32), np.array([20, 0, 28, 8], np.float32))
    False
    """
    return bool(iou(box_a[None], box_b[None])[0, 0] >= SAME_IOU)


def iou(boxes_a: FloatArray, boxes_b: FloatArray) -> npt.NDArray[np.floating]:
    """Return the overlap of each pair of boxes as a share of their union.

    Args:
        boxes_a: Left, top, right, bottom, shape ``(n, 4)``.
        boxes_b: Shape ``(m, 4)``.

    Returns:
        Shape ``(n, m)``, in [0, 1].

    >>> iou(np.array([[0, 0, 2, 2]], np.float32), np.array([[1, 0, 3, 2]], np.float32)).round(3).tolist()
    [[0.3330000042915344]]
    """
    low = np.maximum(boxes_a[:, None, :2], boxes_b[None, :, :2])
    high = np.minimum(boxes_a[:, None, 2:], boxes_b[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    areas_a = np.prod(boxes_a[:, 2:] - boxes_a[:, :2], axis=1)[:, None]
    areas_b = np.prod(boxes_b[:, 2:] - boxes_b[:, :2], axis=1)[None, :]
    return shared / np.maximum(areas_a + areas_b - shared, np.float32(1e-6))  # type: ignore[no-any-return]

"""The pipeline over time: frames in, tracked faces out, resting where nothing changed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fer.faces.detect import GALLERY, Detections, Look
from fer.faces.flow import shifts
from fer.faces.pipeline import Face, FaceAnalyzer, box_inside
from fer.faces.scale import FloatArray
from fer.faces.track import FORGET_S, Track, TrackedFace, Tracker

UInt8Array = npt.NDArray[np.uint8]

SMALL_WIDTH_PX = 480
"""Width of the grey copy in which boxes are moved between detections."""
PATCH_PX = 12
CHANGED = 0.45
"""Mean difference of a face's patch, in its own contrast, above which it is another picture: then the frame is
detected anew, since boxes cannot be moved from one picture to another."""


@dataclass(frozen=True)
class Pace:
    """How often the work is done; 0 means in every frame.

    Between detections a box moves with the optical flow of nine points of its face. Where a face's picture
    changed since the network saw it, the frame is detected at once and that face classified, so that resting
    does not miss a change.

    Attributes:
        detect_s: Seconds between two detections.
        classify_s: Seconds between two classifications of the same face.
    """

    detect_s: float = 0.0
    classify_s: float = 0.0


EVERY_FRAME = Pace()
RESTING = Pace(detect_s=0.5, classify_s=0.5)


class FrameAnalyzer:
    """Analyses the frames of one stream or recording, in order; not to be shared between threads."""

    def __init__(
        self, analyzer: FaceAnalyzer, pace: Pace = EVERY_FRAME, look: Look = GALLERY, forget_s: float = FORGET_S
    ):
        """Begin with nobody in view.

        Args:
            analyzer: Finds and classifies.
            pace: How often.
            look: At which sizes the detector looks.
            forget_s: Who was not seen for this time has left; longer than two frames are apart.
        """
        self.analyzer = analyzer
        self.look = look
        self.pace = pace
        self._tracker = Tracker(forget_s)
        self._shown: list[Track] = []
        self._found = Detections.none()
        self._detected_s = -np.inf
        self._small: UInt8Array | None = None
        self._patches: dict[int, FloatArray] = {}

    def step(self, image_bgr: UInt8Array, time_s: float) -> list[TrackedFace]:
        """Analyse the next frame.

        Args:
            image_bgr: Shape ``(height, width, 3)``, uint8; the size may change from frame to frame.
            time_s: The frame's time in seconds, growing.

        Returns:
            The faces in view, each with its track.
        """
        small = self._small_gray(image_bgr) if self.pace != EVERY_FRAME else None
        due = time_s - self._detected_s >= self.pace.detect_s or not self._move(small, image_bgr.shape[1])
        if due:
            self._found = self.analyzer.detector.detect(image_bgr, self.look)
            tracks = self._tracker.update(self._found.boxes_xyxy, self._found.scores, time_s)
            firm = [row for row, track in enumerate(tracks) if track.number]
            self._found, self._shown = self._found.take(firm), [tracks[row] for row in firm]
            self._detected_s = time_s
        self._small = small
        classified = self._classify(image_bgr, small, time_s)
        return [self._tracked(track, image_bgr, track.number in classified) for track in self._shown]

    @property
    def landmarks_xy(self) -> FloatArray:
        """Five landmarks of each face that the last step returned, in its order, moved as their boxes were.

        Shape ``(n, 5, 2)``, float32, pixels; NaN where the detector gives none.
        """
        return self._found.landmarks_xy

    def _classify(self, image_bgr: UInt8Array, small: UInt8Array | None, time_s: float) -> set[int]:
        if not self._shown:
            self._patches = {}
            return set()
        boxes = np.stack([track.box_xyxy for track in self._shown])
        patches = {} if small is None else self._cut_patches(small, small.shape[1] / image_bgr.shape[1], boxes)
        rows = [
            row
            for row, track in enumerate(self._shown)
            if time_s - track.classified_s >= self.pace.classify_s or self._changed(track.number, patches)
        ]
        if rows:
            moved = Detections(boxes, self._found.scores, self._found.landmarks_xy)
            for row, probabilities in zip(rows, self.analyzer.classify(image_bgr, moved.take(rows)), strict=True):
                self._shown[row].learn(probabilities, time_s)
        numbers = {self._shown[row].number for row in rows}
        # A patch is what the face looked like when the network last saw it.
        self._patches = {n: p if n in numbers else self._patches.get(n, p) for n, p in patches.items()}
        return numbers

    def _tracked(self, track: Track, image: UInt8Array, classified: bool) -> TrackedFace:
        assert track.probabilities is not None and track.smoothed is not None
        box = box_inside(track.box_xyxy, image.shape[1], image.shape[0])
        face = Face(box, track.score, track.probabilities, self.analyzer.classifier.unsure_below)
        return TrackedFace(track.number, face, track.smoothed, classified)

    def _small_gray(self, image_bgr: UInt8Array) -> UInt8Array:
        height, width = image_bgr.shape[:2]
        if width > SMALL_WIDTH_PX:
            size = (SMALL_WIDTH_PX, max(1, round(height * SMALL_WIDTH_PX / width)))
            image_bgr = cv2.resize(image_bgr, size, interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
        return cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY)  # type: ignore[return-value]

    def _move(self, small: UInt8Array | None, width: int) -> bool:
        """Move boxes and landmarks with the picture; return False where only a detection can tell."""
        if small is None or self._small is None or small.shape != self._small.shape:
            return False
        if not self._shown:
            return True
        ratio = small.shape[1] / width
        boxes = np.stack([track.box_xyxy for track in self._shown])
        shift = shifts(self._small, small, boxes, ratio)
        if np.isnan(shift).any():
            return False
        moved = boxes + np.tile(shift, 2)
        patches = self._cut_patches(small, ratio, moved)
        if any(self._changed(number, patches) for number in patches):
            return False
        for row, track in enumerate(self._shown):
            track.box_xyxy = moved[row]
        self._found.landmarks_xy[:] += shift[:, None]
        return True

    def _cut_patches(self, small: UInt8Array, ratio: float, boxes_xyxy: FloatArray) -> dict[int, FloatArray]:
        patches = {}
        for track, box in zip(self._shown, boxes_xyxy, strict=True):
            x, y, w, h = box_inside(box * np.float32(ratio), small.shape[1], small.shape[0])
            cut = cv2.resize(small[y : y + h, x : x + w], (PATCH_PX, PATCH_PX), interpolation=cv2.INTER_AREA)
            patches[track.number] = ((cut - cut.mean()) / np.float32(cut.std() + 4)).astype(np.float32)
        return patches

    def _changed(self, number: int, patches: dict[int, FloatArray]) -> bool:
        if number not in patches or number not in self._patches:
            return False
        return float(np.abs(patches[number] - self._patches[number]).mean()) > CHANGED

"""One frame of a student's camera: what the detector finds in it, and what of it is told. Only numbers leave here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer.classroom.follow import small_gray
from fer.faces.crop import crop_faces
from fer.faces.detect import WEBCAM, Detections
from fer.faces.pipeline import FaceAnalyzer, box_inside
from fer.faces.scale import FloatArray

UInt8Array = npt.NDArray[np.uint8]
Picture = UInt8Array | Callable[[], UInt8Array]
"""Shape ``(height, width, 3)``, uint8, blue-green-red; or what makes it, called by a worker if it is looked at."""


@dataclass(frozen=True)
class Sight:
    """What one frame held, of its largest face. Numbers only, no picture.

    Attributes:
        probabilities: Of the seven emotions in FER2013's order, shape ``(7,)``, float32, sum 1; None without a face.
        unsure_below: The network's threshold.
        box_xywh: Left, top, width, height in whole pixels of the frame as it was analysed; None without a face.
        landmarks_xy: Five landmarks in the same pixels, shape ``(5, 2)``; None without a face, and from the Haar
            cascade.
        size_px: Width and height of that frame.
        brightness: Its mean grey value in [0, 255].
        received_s: When the frame came, on the process's monotonic clock.
        done_s: When this was known.
        problem: A sentence where the frame could not be looked at; then the rest says nothing.
    """

    probabilities: FloatArray | None
    unsure_below: float
    box_xywh: tuple[int, int, int, int] | None
    landmarks_xy: FloatArray | None
    size_px: tuple[int, int]
    brightness: float
    received_s: float
    done_s: float
    problem: str = ""

    @property
    def unsure(self) -> bool:
        """Whether the network cannot tell this face's mood."""
        return self.probabilities is not None and float(self.probabilities.max()) < self.unsure_below


@dataclass(frozen=True)
class Look:
    """A frame half way: what the detector found.

    Attributes:
        found: The largest face, or none.
        crop: It, ready for the network, shape ``(n, 48, 48)``, uint8, grey; ``n`` is 1 or 0.
        size_px: Width and height of the frame.
        brightness: Its mean grey value in [0, 255].
    """

    found: Detections
    crop: UInt8Array
    size_px: tuple[int, int]
    brightness: float


def look_at(analyzer: FaceAnalyzer, picture: Picture) -> Look:
    """Find the largest face of a frame and cut it out.

    Raises:
        ValueError: If it is no picture.
        FerError: As what makes the picture raises it.
    """
    image = picture() if callable(picture) else picture
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(f"expected uint8 (height, width, 3), got {image.dtype} {image.shape}")
    found = analyzer.detector.detect(image, WEBCAM)
    if len(found) > 1:
        areas = np.prod(found.boxes_xyxy[:, 2:] - found.boxes_xyxy[:, :2], axis=1)
        found = found.take([int(np.argmax(areas))])
    height, width = image.shape[:2]
    crop = crop_faces(image, found, analyzer.framing)
    return Look(found, crop, (width, height), float(small_gray(image).mean()))


def sight_of(look: Look, mood: FloatArray | None, unsure_below: float, received_s: float, done_s: float) -> Sight:
    """Return what is told of a frame.

    Args:
        look: What was found.
        mood: The face's probabilities, shape ``(7,)``; None without a face.
        unsure_below: The network's threshold.
        received_s: When the frame came.
        done_s: When its face was classified.
    """
    if mood is None:
        return Sight(None, unsure_below, None, None, look.size_px, look.brightness, received_s, done_s)
    landmarks = look.found.landmarks_xy[0]
    return Sight(
        probabilities=mood,
        unsure_below=unsure_below,
        box_xywh=box_inside(look.found.boxes_xyxy[0], *look.size_px),
        landmarks_xy=landmarks if np.isfinite(landmarks).all() else None,
        size_px=look.size_px,
        brightness=look.brightness,
        received_s=received_s,
        done_s=done_s,
    )


def not_seen(problem: str, received_s: float, done_s: float) -> Sight:
    """Return what is told of a frame that could not be looked at."""
    return Sight(None, 1.0, None, None, (0, 0), 0.0, received_s, done_s, problem)

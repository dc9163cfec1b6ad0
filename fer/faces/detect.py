"""Find faces: YuNet where its weights can be had, otherwise the Haar cascade that OpenCV 4.x carries."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from fer.errors import DetectorError
from fer.faces.weights import yunet_weights

BgrImage = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]
DetectorName = Literal["auto", "yunet", "haar"]

log = logging.getLogger(__name__)
_said: set[str] = set()


@dataclass(frozen=True)
class Detections:
    """Faces of one image, best first.

    Attributes:
        boxes_xyxy: Left, top, right, bottom in pixels, shape ``(n, 4)``, float32; may reach over the image's edge.
        scores: Shape ``(n,)``, float32 in [0, 1].
        landmarks_xy: Right eye, left eye, nose, right and left mouth corner (the person's right and left) in
            pixels, shape ``(n, 5, 2)``, float32; NaN where the detector gives none.
    """

    boxes_xyxy: FloatArray
    scores: FloatArray
    landmarks_xy: FloatArray

    def __post_init__(self) -> None:
        n = len(self.scores)
        if self.boxes_xyxy.shape != (n, 4) or self.landmarks_xy.shape != (n, 5, 2):
            raise ValueError(f"shapes do not fit: {self.boxes_xyxy.shape} {n} {self.landmarks_xy.shape}")

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def none(cls) -> Detections:
        """No face."""
        return cls(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty((0, 5, 2), np.float32))

    def take(self, rows: npt.NDArray[np.intp] | list[int]) -> Detections:
        """Return the given rows."""
        return Detections(self.boxes_xyxy[rows], self.scores[rows], self.landmarks_xy[rows])

    @classmethod
    def joined(cls, parts: list[Detections]) -> Detections:
        """Return all parts as one."""
        return cls(
            np.concatenate([part.boxes_xyxy for part in parts]),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.landmarks_xy for part in parts]),
        )


@dataclass(frozen=True)
class Look:
    """How closely an image is looked at; measured in docs/decisions/0003-detection.md.

    YuNet finds faces of about 10 to 300 pixels, so small faces need a large copy of the image and faces that
    fill the frame a small one. Enlarging a photo finds faces that are cut tightly, as in a gallery, but also
    sees faces in gravel and fur: the more enlarging, the higher the score that is asked for.

    Attributes:
        sides: For each copy its longest side in pixels, and how many times the image may be enlarged for it.
        score_at_least: Detections below it are dropped.
    """

    sides: tuple[tuple[int, float], ...]
    score_at_least: float

    def scales(self, longest_px: int) -> list[float]:
        """Return the scales at which an image is looked at, largest first."""
        return sorted({min(side / longest_px, most) for side, most in self.sides}, reverse=True)


WEBCAM = Look(((640, 1.0),), 0.6)
"""One person before a camera, many times a second."""
GALLERY = Look(((1280, 1.5), (640, 1.0)), 0.4)
"""Recordings and shared screens, a few frames a second: many small faces in a frame."""
VIDEO = Look(((960, 1.5),), 0.4)
"""The same where every frame of a recording is analysed: less than half of ``GALLERY``'s time, and what one frame
misses the next one finds."""
PHOTO = Look(((1920, 1.5), (1280, 1.0), (640, 1.0), (320, 1.0)), 0.7)
"""Single photos: 24-pixel faces to ones that fill the frame, and nothing that is no face."""


class Detector(Protocol):
    """Finds faces; not safe to share between threads, cheap to make one for each."""

    name: str
    note: str

    def detect(self, image_bgr: BgrImage, look: Look = PHOTO) -> Detections:
        """Find the faces of an image.

        Args:
            image_bgr: Shape ``(height, width, 3)``, uint8, upright.
            look: How closely.
        """
        ...


NMS_IOU = 0.35
TOP_K = 500


class YuNetDetector:
    """OpenCV's FaceDetectorYN over one or several sizes of the image.

    Sources:
        Wu et al. 2023, "YuNet: A Tiny Millisecond-level Face Detector".
    """

    name = "yunet"
    note = ""

    def __init__(self, weights: Path):
        self._path = weights
        try:
            # Read by Python: OpenCV on Windows finds no file below a folder with foreign letters, as in a name.
            self._weights = np.frombuffer(weights.read_bytes(), np.uint8)
        except OSError as problem:
            raise DetectorError(f"{weights} cannot be read ({problem.strerror or problem}).") from problem
        self._nets = [self._load()]

    def _load(self) -> cv2.FaceDetectorYN:
        no_config = np.empty(0, np.uint8)
        try:
            return cv2.FaceDetectorYN.create("onnx", self._weights, no_config, (320, 320), 0.5, NMS_IOU, TOP_K)
        except cv2.error as problem:
            raise DetectorError(f"{self._path} could not be loaded as YuNet ({problem.err}).") from problem

    def detect(self, image_bgr: BgrImage, look: Look = PHOTO) -> Detections:
        """See ``Detector.detect``."""
        scales = look.scales(max(image_bgr.shape[:2]))
        # A net that is given another size prepares itself anew, which costs as much as detecting: one for each size.
        self._nets += [self._load() for _ in scales[len(self._nets) :]]
        parts = []
        for net, scale in zip(self._nets, scales, strict=False):
            net.setScoreThreshold(look.score_at_least)
            parts.append(self._at_scale(net, image_bgr, scale))
        return parts[0] if len(parts) == 1 else _without_doubles(Detections.joined(parts))

    @staticmethod
    def _at_scale(net: cv2.FaceDetectorYN, image_bgr: BgrImage, scale: float) -> Detections:
        height, width = image_bgr.shape[:2]
        size = max(1, round(width * scale)), max(1, round(height * scale))
        if size != (width, height):
            how = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
            image_bgr = cv2.resize(image_bgr, size, interpolation=how)  # type: ignore[assignment]
        # YuNet's coarsest stride is 32; smaller images are padded so that its grids are not empty.
        bottom, right = max(0, 64 - size[1]), max(0, 64 - size[0])
        if bottom or right:
            image_bgr = cv2.copyMakeBorder(image_bgr, 0, bottom, 0, right, cv2.BORDER_REPLICATE)  # type: ignore[assignment]
        net.setInputSize((image_bgr.shape[1], image_bgr.shape[0]))
        rows = net.detect(image_bgr)[1]
        if rows is None:
            return Detections.none()
        rows = np.asarray(rows, np.float32)
        ratio = np.array([size[0] / width, size[1] / height], np.float32)
        places: FloatArray = (rows[:, :14].reshape(-1, 7, 2) / ratio).astype(np.float32)
        boxes = np.concatenate([places[:, 0], places[:, 0] + places[:, 1]], axis=1)
        order = np.argsort(-rows[:, 14])
        return Detections(boxes[order], rows[order, 14], places[order, 2:])


class HaarDetector:
    """The frontal-face cascade of opencv-python-headless 4.x: no landmarks, fewer faces, no download.

    Sources:
        Viola & Jones 2001, "Rapid Object Detection using a Boosted Cascade of Simple Features".
    """

    name = "haar"

    def __init__(self, note: str = ""):
        self.note = note
        path = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"
        self._cascade = cv2.CascadeClassifier()
        try:
            # As above: the folder of a virtual environment may hold any letters.
            store = cv2.FileStorage(path.read_text("utf-8"), cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
            whole = self._cascade.read(store.getFirstTopLevelNode())
        except (OSError, ValueError, cv2.error):
            whole = False
        if not whole:
            raise DetectorError(
                f"OpenCV's Haar cascade is missing or damaged ({path}). Install opencv-python-headless 4.x."
            )

    def detect(self, image_bgr: BgrImage, look: Look = PHOTO) -> Detections:
        """See ``Detector.detect``. The score is the last stage's margin, squashed into [0, 1].

        The cascade searches all sizes itself, so only the look's largest side counts, and its own rule decides.
        """
        scale = min(1.0, look.scales(max(image_bgr.shape[:2]))[0])
        gray = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY)
        if scale < 1:
            size = max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale))
            gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
        gray = cv2.equalizeHist(gray)
        found, _, margins = self._cascade.detectMultiScale3(
            gray, scaleFactor=1.1, minNeighbors=5, minSize=(24, 24), outputRejectLevels=True
        )
        if len(found) == 0:
            return Detections.none()
        left_top: FloatArray = np.asarray(found, np.float32)[:, :2]
        spans: FloatArray = np.asarray(found, np.float32)[:, 2:]
        boxes: FloatArray = (np.concatenate([left_top, left_top + spans], axis=1) / scale).astype(np.float32)
        scores = (1 / (1 + np.exp(-np.asarray(margins, np.float32).ravel()))).astype(np.float32)
        order = np.argsort(-scores)
        return Detections(boxes[order], scores[order], np.full((len(boxes), 5, 2), np.nan, np.float32))


def _without_doubles(found: Detections) -> Detections:
    """Keep the best of detections that overlap, or of which one lies mostly inside the other."""
    order = np.argsort(-found.scores)
    kept: list[int] = []
    areas = np.prod(np.maximum(found.boxes_xyxy[:, 2:] - found.boxes_xyxy[:, :2], 0), axis=1)
    for row in order:
        box = found.boxes_xyxy[row]
        others = found.boxes_xyxy[kept]
        sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
        shared = np.prod(np.maximum(sides, 0), axis=1)
        smaller = np.minimum(areas[row], areas[kept])
        union = areas[row] + areas[kept] - shared
        if not np.any((shared > NMS_IOU * union) | (shared > 0.7 * smaller)):
            kept.append(int(row))
    return found.take(kept)


def open_detector(name: DetectorName = "auto") -> YuNetDetector | HaarDetector:
    """Make a detector.

    Args:
        name: ``yunet``, ``haar``, or ``auto``: YuNet, and the Haar cascade where its weights cannot be had; the
            reason is logged once and stands in the detector's ``note``.

    Raises:
        DetectorError: If the one asked for by name cannot be had.
    """
    if name not in ("auto", "yunet", "haar"):
        raise DetectorError(f"there is no detector called {name}. Choose auto, yunet or haar.")
    if name == "haar":
        return HaarDetector()
    try:
        return YuNetDetector(yunet_weights())
    except DetectorError as problem:
        if name == "yunet":
            raise
        note = f"Faces are found by the Haar cascade, which misses more of them. {problem}"
        if note not in _said:
            _said.add(note)
            log.warning(note)
        return HaarDetector(note)

"""The pipeline: an image in, faces with emotions out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS, as_mapping
from fer.faces.classify import Classifier, open_classifier
from fer.faces.crop import FRAMINGS, crop_faces
from fer.faces.detect import PHOTO, Detections, Detector, DetectorName, Look, open_detector
from fer.faces.scale import FloatArray


@dataclass(frozen=True)
class Face:
    """One face of one image.

    Attributes:
        box_xywh: Left, top, width, height in whole pixels of the upright image, cut to the image.
        score: The detector's, in [0, 1].
        probabilities: Of the seven emotions in FER2013's order, shape ``(7,)``, float32, sum 1.
        unsure_below: The model's threshold.
    """

    box_xywh: tuple[int, int, int, int]
    score: float
    probabilities: FloatArray
    unsure_below: float

    @property
    def emotion(self) -> str:
        """The most probable emotion."""
        return EMOTIONS[int(np.argmax(self.probabilities))]

    @property
    def confidence(self) -> float:
        """The most probable emotion's probability."""
        return float(np.max(self.probabilities))

    @property
    def unsure(self) -> bool:
        """Whether the confidence is below the model's threshold."""
        return self.confidence < self.unsure_below

    def as_json(self) -> dict[str, Any]:
        """Return the face as the command line and downloads write it."""
        return {
            "box": list(self.box_xywh),
            "score": round(self.score, 4),
            **mood_as_json(self.probabilities, self.unsure_below),
        }


def mood_as_json(probabilities: FloatArray, unsure_below: float) -> dict[str, Any]:
    """Return emotion, confidence, unsure and probabilities as every JSON of Classmood writes them."""
    confidence = float(np.max(probabilities))
    return {
        "emotion": EMOTIONS[int(np.argmax(probabilities))],
        "confidence": round(confidence, 4),
        "unsure": bool(confidence < unsure_below),
        "probabilities": as_mapping(probabilities),
    }


class FaceAnalyzer:
    """A detector and a classifier. Make one for each thread; the network behind them is shared.

    Attributes:
        detector: Finds the faces.
        classifier: Names their emotions.
    """

    def __init__(self, detector: Detector, classifier: Classifier):
        self.detector = detector
        self.classifier = classifier
        self.framing = FRAMINGS[detector.name]

    def analyze(self, image_bgr: npt.NDArray[np.uint8], look: Look = PHOTO) -> list[Face]:
        """Find the faces of an image and name their emotions.

        Args:
            image_bgr: Shape ``(height, width, 3)``, uint8, upright.
            look: How closely faces are looked for.

        Returns:
            The faces, surest detection first.
        """
        found = self.detector.detect(image_bgr, look)
        return self.faces_of(image_bgr, found, self.classify(image_bgr, found))

    def classify(self, image_bgr: npt.NDArray[np.uint8], found: Detections) -> FloatArray:
        """Return the probabilities of detected faces, shape ``(n, 7)``; the image may be grey already."""
        return self.classifier.probabilities(crop_faces(image_bgr, found, self.framing))

    def faces_of(self, image: npt.NDArray[np.uint8], found: Detections, probabilities: FloatArray) -> list[Face]:
        """Join detections and probabilities."""
        height, width = image.shape[:2]
        return [
            Face(box_inside(box, width, height), float(score), row, self.classifier.unsure_below)
            for box, score, row in zip(found.boxes_xyxy, found.scores, probabilities, strict=True)
        ]


def box_inside(box_xyxy: FloatArray, width: int, height: int) -> tuple[int, int, int, int]:
    """Cut a box to the image, in whole pixels, at least 1 x 1.

    >>> box_inside(np.array([-3.0, 2.2, 20.0, 12.7], np.float32), 10, 10)
    (0, 2, 10, 8)
    """
    left, top = max(0, min(width - 1, round(float(box_xyxy[0])))), max(0, min(height - 1, round(float(box_xyxy[1]))))
    right, bottom = (
        max(left + 1, min(width, round(float(box_xyxy[2])))),
        max(top + 1, min(height, round(float(box_xyxy[3])))),
    )
    return left, top, right - left, bottom - top


def open_analyzer(detector: DetectorName = "auto", model: str | None = None, threads: int = 1) -> FaceAnalyzer:
    """Make an analyzer from names.

    Raises:
        DetectorError: If the detector asked for by name cannot be had.
        ModelError: If there is no such model or its file is damaged.
    """
    return FaceAnalyzer(open_detector(detector), open_classifier(model, threads))

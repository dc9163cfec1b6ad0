"""Images that are not faces: the detector sees none, whichever way the image is turned.

Faces that lie on a pillow or look down are faces: an image in which the upright detector is not sure is turned and
looked at again. FER2013 has 160 images that FER+'s crowd called no face; the thresholds were chosen by them and by
looking: docs/decisions/0014-what-is-wrong-with-fer2013.md.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.dataset.finding import Finding
from fer.dataset.reading import Progress, silent
from fer.faces.detect import Detector, Look, YuNetDetector
from fer.faces.weights import yunet_weights

FloatArray = npt.NDArray[np.float32]

SEEN = 0.5
"""A score from which an upright face is believed at once."""
NOT_SEEN = 0.2
"""Below this at every angle the image is called not a face."""
LARGE = Look(((128, 4.0),), 0.1)
SMALL = Look(((72, 4.0),), 0.1)
TURNS_DEG = (-90, -60, -30, 30, 60, 90)
BATCH = 256
THREADS = 2


def face_scores(images: npt.NDArray[np.uint8], progress: Progress = silent) -> FloatArray:
    """Return how sure YuNet is that each image shows a face, at its best angle.

    Args:
        images: Shape ``(n, 48, 48)``, uint8.
        progress: Told the share done; what it raises ends the work.

    Returns:
        Shape ``(n,)``, float32 in [0, 1]; 0 where nothing was seen.

    Raises:
        DetectorError: If YuNet's weights cannot be had. The Haar cascade misses too many faces to ask it this.
    """
    weights = yunet_weights()
    detectors = [YuNetDetector(weights) for _ in range(THREADS)]
    scores = np.zeros(len(images), np.float32)

    def score(rows: npt.NDArray[np.intp], detector: Detector) -> None:
        for row in rows:
            scores[row] = _best_score(images[row], detector)

    with ThreadPoolExecutor(THREADS) as threads:
        for start in range(0, len(images), BATCH):
            progress(start / len(images), "Looking for images that are not faces")
            rows = np.arange(start, min(start + BATCH, len(images)))
            list(threads.map(score, np.array_split(rows, THREADS), detectors))
    return scores


def _best_score(image: npt.NDArray[np.uint8], detector: Detector) -> float:
    bgr = np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
    best = _score(bgr, detector, LARGE)
    if best >= SEEN:
        return best
    best = max(best, _score(bgr, detector, SMALL))
    for angle_deg in TURNS_DEG:
        if best < SEEN:
            best = max(best, _score(_turned(bgr, angle_deg), detector, LARGE))
    return best


def _score(image_bgr: npt.NDArray[np.uint8], detector: Detector, look: Look) -> float:
    found = detector.detect(image_bgr, look)
    return float(found.scores.max()) if len(found) else 0.0


def _turned(image_bgr: npt.NDArray[np.uint8], angle_deg: int) -> npt.NDArray[np.uint8]:
    if angle_deg in (-90, 90):
        way = cv2.ROTATE_90_CLOCKWISE if angle_deg > 0 else cv2.ROTATE_90_COUNTERCLOCKWISE
        return np.asarray(cv2.rotate(image_bgr, way), np.uint8)
    height, width = image_bgr.shape[:2]
    # A little smaller, so that the corners of the face stay inside.
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle_deg, 0.85)
    return np.asarray(cv2.warpAffine(image_bgr, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def not_faces(faces: FaceSet, scores: FloatArray, probabilities: FloatArray, unsure_below: float) -> list[Finding]:
    """Say which images are not faces.

    The detector decides. The network's confidence is told beside it and orders the findings: a network that was taught
    seven emotions answers with one of them whatever it sees, and is often sure of it.

    Args:
        faces: The data set.
        scores: As ``face_scores`` gives them.
        probabilities: The network's, shape ``(n, 7)``.
        unsure_below: The network's threshold.
    """
    found = []
    confidence = probabilities.max(axis=1)
    for row in np.flatnonzero(scores < NOT_SEEN).tolist():
        how = "is unsure, too" if confidence[row] < unsure_below else "is sure of an emotion all the same"
        sentence = f"The detector sees no face at any angle; the network {how} ({confidence[row]:.0%})."
        score = 1 - (float(scores[row]) + float(confidence[row])) / 2
        found.append(Finding("not_a_face", (row,), sentence, (row,), score))
    return found

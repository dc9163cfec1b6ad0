"""Detectors on real faces: small, large and none; the fallback, and shapes that no camera makes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from fer.errors import DetectorError
from fer.faces.detect import GALLERY, PHOTO, WEBCAM, Detections, HaarDetector, Look, YuNetDetector, open_detector
from fer.faces.images import read_photo

Configure = Callable[..., None]
ASTRONAUT_XYXY = (178, 63, 270, 172)
"""Where her face is, by eye: from chin to hairline and from cheek to cheek."""


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    """A photo of one face, 512 x 512, BGR."""
    return np.ascontiguousarray(data.astronaut()[:, :, ::-1])


@pytest.fixture(params=["yunet", "haar"])
def detector(request: pytest.FixtureRequest, yunet: Path) -> YuNetDetector | HaarDetector:
    return open_detector(request.param)


def overlap(box: np.ndarray, truth: tuple[float, float, float, float]) -> float:
    """Intersection over union of two boxes."""
    sides = np.minimum(box[2:], truth[2:]) - np.maximum(box[:2], truth[:2])
    shared = float(np.prod(np.maximum(sides, 0)))
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, truth)]
    return shared / (sum(areas) - shared)


def pasted(face: np.ndarray, height_px: int, left: int = 300, top: int = 200) -> np.ndarray:
    """The astronaut's head in a 1280 x 720 frame, so that her face is so many pixels high."""
    scale = height_px / (ASTRONAUT_XYXY[3] - ASTRONAUT_XYXY[1])
    head = face[20:230, 130:320]
    head = cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    frame = np.full((720, 1280, 3), 110, np.uint8)
    frame[top : top + head.shape[0], left : left + head.shape[1]] = head
    return frame


def test_one_face_is_found_where_it_is(detector: YuNetDetector | HaarDetector, astronaut: np.ndarray):
    found = detector.detect(astronaut)
    assert len(found) == 1
    assert overlap(found.boxes_xyxy[0], ASTRONAUT_XYXY) > 0.6
    assert 0 < found.scores[0] <= 1
    assert found.boxes_xyxy.dtype == found.scores.dtype == found.landmarks_xy.dtype == np.float32


def test_landmarks_name_the_persons_right_and_left(yunet: Path, astronaut: np.ndarray):
    right_eye, left_eye, nose, right_mouth, left_mouth = open_detector("yunet").detect(astronaut).landmarks_xy[0]
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])


def test_the_cascade_gives_no_landmarks(astronaut: np.ndarray):
    assert np.isnan(open_detector("haar").detect(astronaut).landmarks_xy).all()


def test_no_face_in_a_picture_of_none(detector: YuNetDetector | HaarDetector, shared: Path):
    assert len(detector.detect(read_photo(shared / "data/faces/no-faces.jpg").image_bgr)) == 0


def test_one_face_in_a_portrait(detector: YuNetDetector | HaarDetector, shared: Path):
    assert len(detector.detect(read_photo(shared / "data/faces/justin.jpg").image_bgr)) == 1


def test_a_group(yunet: Path, shared: Path):
    found = open_detector("yunet").detect(read_photo(shared / "data/faces/robocup_team.png").image_bgr)
    assert len(found) >= 5
    assert (np.diff(found.scores) <= 0).all()


@pytest.mark.parametrize("height_px", [24, 40, 80, 160, 320, 370])
def test_photos_are_searched_from_far_seats_to_close_ups(yunet: Path, astronaut: np.ndarray, height_px: int):
    found = open_detector("yunet").detect(pasted(astronaut, height_px, top=0), PHOTO)
    assert len(found) == 1
    high = found.boxes_xyxy[0, 3] - found.boxes_xyxy[0, 1]
    assert 0.7 * height_px < high < 1.4 * height_px


@pytest.mark.parametrize("side_px", [40, 100, 700, 3000])
def test_a_face_that_fills_the_frame(yunet: Path, astronaut: np.ndarray, side_px: int):
    close = cv2.resize(astronaut[50:190, 155:295], (side_px, side_px), interpolation=cv2.INTER_AREA)
    assert len(open_detector("yunet").detect(close, PHOTO)) == 1


@pytest.mark.parametrize("look", [WEBCAM, GALLERY, PHOTO])
def test_boxes_are_in_the_images_pixels_however_it_is_looked_at(yunet: Path, astronaut: np.ndarray, look: Look):
    found = open_detector("yunet").detect(pasted(astronaut, 120), look)
    scale = 120 / (ASTRONAUT_XYXY[3] - ASTRONAUT_XYXY[1])
    x, y = 300 + (ASTRONAUT_XYXY[0] - 130) * scale, 200 + (ASTRONAUT_XYXY[1] - 20) * scale
    width, height = (ASTRONAUT_XYXY[2] - ASTRONAUT_XYXY[0]) * scale, 120
    assert overlap(found.boxes_xyxy[0], (x, y, x + width, y + height)) > 0.6


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 5000, 3), (5000, 1, 3), (23, 100, 3), (40, 33_000, 3)])
def test_shapes_that_no_camera_makes(detector: YuNetDetector | HaarDetector, shape: tuple[int, ...]):
    assert len(detector.detect(np.full(shape, 90, np.uint8))) == 0


def test_auto_prefers_yunet(yunet: Path):
    detector = open_detector("auto")
    assert detector.name == "yunet"
    assert detector.note == ""


def test_auto_falls_back_and_says_so_once(
    configure: Configure, astronaut: np.ndarray, caplog: pytest.LogCaptureFixture
):
    configure(FER_YUNET_PATH=None)  # the cache is empty, and the tests' address answers nobody
    with caplog.at_level(logging.WARNING, "fer"):
        first, second = open_detector("auto"), open_detector("auto")
    assert first.name == second.name == "haar"
    assert first.note == second.note
    assert first.note.startswith("Faces are found by the Haar cascade, which misses more of them. YuNet's weights")
    assert [record.message for record in caplog.records] == [first.note]
    assert len(first.detect(astronaut)) == 1


def test_auto_falls_back_when_the_cache_cannot_be_written(configure: Configure, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    configure(FER_YUNET_PATH=None, FER_HOME=tmp_path / "file" / "home")
    assert open_detector("auto").name == "haar"


def test_auto_falls_back_when_the_cache_may_not_be_entered(configure: Configure, as_nobody: Callable[[str], str]):
    configure(FER_YUNET_PATH=None)
    out = as_nobody(
        "from fer.faces.detect import open_detector; import pooch, requests\n"
        "detector = open_detector('auto')\nprint(detector.name, detector.note)"
    )
    assert out.startswith("haar ") and "Permission denied" in out and "Set FER_HOME" in out


def test_a_detector_asked_for_by_name_is_not_replaced(configure: Configure):
    configure(FER_YUNET_PATH=None)
    with pytest.raises(DetectorError, match="could not be fetched"):
        open_detector("yunet")


def test_an_unknown_detector():
    with pytest.raises(DetectorError, match=r"no detector called mtcnn\. Choose auto, yunet or haar"):
        open_detector("mtcnn")  # type: ignore[arg-type]


def test_weights_in_a_folder_of_any_letters(yunet: Path, astronaut: np.ndarray, tmp_path: Path):
    # On Windows OpenCV itself would not find the file.
    copy = tmp_path / "Łódź 😀" / "yunet.onnx"
    copy.parent.mkdir()
    copy.write_bytes(yunet.read_bytes())
    assert len(YuNetDetector(copy).detect(astronaut)) == 1
    with pytest.raises(DetectorError, match="gone.onnx cannot be read"):
        YuNetDetector(copy.with_name("gone.onnx"))


def test_what_is_no_network_is_said(tmp_path: Path):
    path = tmp_path / "weights.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(DetectorError, match="could not be loaded as YuNet"):
        YuNetDetector(path)


def test_detections_must_fit_together():
    with pytest.raises(ValueError, match="shapes do not fit"):
        Detections(np.zeros((2, 4), np.float32), np.zeros(1, np.float32), np.zeros((1, 5, 2), np.float32))


def test_detections_are_taken_and_joined():
    boxes = np.arange(12, dtype=np.float32).reshape(3, 4)
    three = Detections(boxes, np.array([0.9, 0.8, 0.7], np.float32), np.zeros((3, 5, 2), np.float32))
    assert three.take([2]).boxes_xyxy.tolist() == [boxes[2].tolist()]
    assert len(Detections.joined([three, Detections.none(), three.take([0])])) == 4

"""Crops: the right pixels, level eyes, repeated edges, and no alias from large faces."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from fer.faces.crop import FRAMINGS, LARGEST_TILT_RAD, Framing, crop_faces, eye_tilts
from fer.faces.detect import Detections

PLAIN = Framing(side=1.0, down=0.0, level=0.0)
LEVEL = Framing(side=1.0, down=0.0, level=1.0)


def detected(*boxes: tuple[float, float, float, float], eyes: np.ndarray | None = None) -> Detections:
    landmarks = np.full((len(boxes), 5, 2), np.nan, np.float32)
    if eyes is not None:
        landmarks[:, :2] = eyes
    return Detections(np.array(boxes, np.float32).reshape(-1, 4), np.ones(len(boxes), np.float32), landmarks)


def scene(height: int = 200, width: int = 300) -> np.ndarray:
    """A smooth grey picture in which every place looks different."""
    y, x = np.mgrid[:height, :width]
    return (127 + 60 * np.sin(x / 17) + 60 * np.cos(y / 23 + x / 90)).astype(np.uint8)


def test_a_box_of_48_pixels_is_cut_out_as_it_is():
    image = np.random.default_rng(0).integers(0, 255, (100, 120), np.uint8)
    crops = crop_faces(image, detected((30, 20, 78, 68)), PLAIN)
    np.testing.assert_array_equal(crops, image[None, 20:68, 30:78])


def test_colour_is_turned_grey_as_opencv_does():
    image = np.random.default_rng(0).integers(0, 255, (60, 60, 3), np.uint8)
    crops = crop_faces(image, detected((5, 5, 53, 53)), PLAIN)
    np.testing.assert_array_equal(crops[0], cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)[5:53, 5:53])


def test_no_face_gives_no_crop():
    crops = crop_faces(scene(), Detections.none(), PLAIN)
    assert crops.shape == (0, 48, 48)
    assert crops.dtype == np.uint8


def test_the_margin_is_a_share_of_the_box():
    image = scene()
    wide = crop_faces(image, detected((100, 80, 140, 120)), Framing(side=1.2, down=0.0, level=0.0))
    np.testing.assert_array_equal(wide[0], image[76:124, 96:144])


def test_an_oblong_box_gives_a_square_crop_of_its_mean_side():
    image = scene()
    crops = crop_faces(image, detected((100, 60, 140, 116)), PLAIN)  # 40 x 56, so 48 x 48 about (120, 88)
    np.testing.assert_array_equal(crops[0], image[64:112, 96:144])


def test_down_is_a_share_of_the_crops_side():
    image = scene()
    lower = crop_faces(image, detected((100, 60, 148, 108)), Framing(side=1.0, down=0.25, level=0.0))
    np.testing.assert_array_equal(lower[0], image[72:120, 100:148])


@pytest.mark.parametrize("degrees", [-30, -10, 15, 40])
def test_tilted_eyes_come_out_level(degrees: float):
    # What a head that is tilted by so much looks like: the same scene, turned about the face's centre.
    upright, centre = scene(), (150.0, 100.0)
    turn = cv2.getRotationMatrix2D(centre, -degrees, 1)  # OpenCV turns the other way in image coordinates
    tilted = cv2.warpAffine(upright, turn, (300, 200), borderMode=cv2.BORDER_REPLICATE)
    eyes = np.array([[140.0, 90.0], [160.0, 90.0]]) @ turn[:, :2].T + turn[:, 2]
    box = (centre[0] - 23.5, centre[1] - 23.5, centre[0] + 24.5, centre[1] + 24.5)
    level = crop_faces(tilted, detected(box, eyes=eyes), LEVEL)[0]
    expected = crop_faces(upright, detected(box), PLAIN)[0]
    assert np.abs(level.astype(int) - expected).mean() < 2
    assert np.abs(crop_faces(tilted, detected(box), PLAIN)[0].astype(int) - expected).mean() > 4


def test_tilts_that_cannot_be_are_left_alone():
    across = np.array([[10.0, 0.0], [10.0, 10.5], [-10.0, 0.0], [np.nan, np.nan], [7.0, -7.0]], np.float32)
    landmarks = np.zeros((5, 5, 2), np.float32)
    landmarks[:, 1] = across
    np.testing.assert_allclose(eye_tilts(landmarks), [0, 0, 0, 0, -LARGEST_TILT_RAD], atol=1e-6)


def test_the_edge_is_repeated_where_a_crop_reaches_over_it():
    image = scene()
    crop = crop_faces(image, detected((-24, -24, 24, 24)), PLAIN)[0]
    np.testing.assert_array_equal(crop[24:, 24:], image[:24, :24])
    assert (crop[:24, :24] == image[0, 0]).all()
    np.testing.assert_array_equal(crop[5, 24:], image[0, :24])


def test_a_box_beside_the_image_shows_its_edge():
    assert (crop_faces(scene(), detected((1000, 1000, 1048, 1048)), PLAIN)[0] == scene()[-1, -1]).all()


def test_a_large_face_is_averaged_not_sampled():
    # One-pixel stripes are mid grey from afar; sampling every 20th pixel would show black or white.
    stripes = np.zeros((960, 960), np.uint8)
    stripes[:, ::2] = 255
    crop = crop_faces(stripes, detected((0, 0, 960, 960)), PLAIN)[0]
    assert np.abs(crop.astype(int) - 127).max() < 12


def test_a_small_face_is_enlarged_smoothly():
    image = scene()
    crop = crop_faces(image, detected((100, 60, 116, 76)), PLAIN)[0]
    assert np.abs(np.diff(crop.astype(int), axis=1)).max() <= 8


@pytest.mark.parametrize("shape", [(40, 40_000), (40_000, 40), (40, 40_000, 3)])
def test_a_panorama_is_wider_than_opencv_warps(shape: tuple[int, ...]):
    image = np.zeros(shape, np.uint8)
    image[-30:, -30:] = 200
    crop = crop_faces(image, detected((shape[1] - 20, shape[0] - 20, shape[1], shape[0])), FRAMINGS["yunet"])[0]
    assert (crop == 200).all()


def test_both_detectors_have_a_framing():
    assert set(FRAMINGS) == {"yunet", "haar"}
    assert FRAMINGS["haar"].level == 0  # it gives no landmarks

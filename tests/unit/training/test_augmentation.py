"""Augmentation: repeatable, within its limits, and nothing when all limits are zero."""

from __future__ import annotations

import cv2
import numpy as np

from fer.dataset.demo import demo_faces
from fer.training.augmentation import Augmentation, augment_faces, augment_twice

NOTHING = Augmentation(flip=0, rotation_deg=0, scale=0, shift_px=0, contrast=0, brightness=0, cutout=0, blur=0)


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def faces() -> np.ndarray:
    return demo_faces(per_emotion=2).images


def test_no_limits_no_change() -> None:
    assert np.array_equal(augment_faces(faces(), NOTHING, np.random.default_rng(0)), faces())


def test_the_same_seed_gives_the_same_faces_and_leaves_the_originals_alone() -> None:
    originals = faces()
    first = augment_faces(originals, Augmentation(), np.random.default_rng(3))
    second = augment_faces(originals, Augmentation(), np.random.default_rng(3))
    other = augment_faces(originals, Augmentation(), np.random.default_rng(4))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
    assert np.array_equal(originals, faces())
    assert first.shape == originals.shape and first.dtype == np.uint8


def test_flip_mirrors_exactly() -> None:
    always = NOTHING.model_copy(update={"flip": 1.0})
    assert np.array_equal(augment_faces(faces(), always, np.random.default_rng(0)), faces()[:, :, ::-1])


def test_shift_moves_by_no_more_than_its_limit() -> None:
    dot = np.zeros((1, 48, 48), np.uint8)
    dot[0, 24, 24] = 255
    shift = NOTHING.model_copy(update={"shift_px": 3.0})
    rng = np.random.default_rng(0)
    for _ in range(30):
        y, x = np.unravel_index(augment_faces(dot, shift, rng)[0].argmax(), (48, 48))
        assert abs(int(y) - 24) <= 3 and abs(int(x) - 24) <= 3


def test_cutout_covers_at_most_its_square_with_one_grey() -> None:
    cut = NOTHING.model_copy(update={"cutout": 1.0, "cutout_px": 10})
    original = np.random.default_rng(0).integers(0, 256, (20, 48, 48), np.uint8)
    for before, after in zip(original, augment_faces(original, cut, np.random.default_rng(1)), strict=True):
        rows, columns = np.nonzero(before != after)
        assert 0 < np.ptp(rows) < 10 and 0 < np.ptp(columns) < 10
        assert len(np.unique(after[before != after])) == 1


def test_dark_leaves_a_share_of_the_light() -> None:
    dark = NOTHING.model_copy(update={"dark": 1.0, "dark_to": 0.1})
    bright = np.full((300, 48, 48), 200, np.uint8)
    left = augment_faces(bright, dark, np.random.default_rng(0))[:, 0, 0] / 200
    assert left.min() >= 0.1 and left.max() <= 1
    assert 0.4 < (left < 0.1**0.5).mean() < 0.6, "as often below a third of the light as above"


def test_noise_has_at_most_its_deviation_and_no_direction() -> None:
    noisy = NOTHING.model_copy(update={"noise": 1.0, "noise_sd": 20.0})
    grey = np.full((200, 48, 48), 128, np.uint8)
    changed = augment_faces(grey, noisy, np.random.default_rng(0)).astype(float)
    deviations = changed.std(axis=(1, 2))
    assert deviations.max() < 21 and 9 < deviations.mean() < 11
    assert abs(changed.mean() - 128) < 0.1


def test_noise_does_not_run_over_at_black_and_white() -> None:
    noisy = NOTHING.model_copy(update={"noise": 1.0, "noise_sd": 30.0})
    ends = np.stack([np.zeros((48, 48), np.uint8), np.full((48, 48), 255, np.uint8)])
    black, white = augment_faces(ends, noisy, np.random.default_rng(1))
    assert black.max() < 128 < white.min()


def test_covers_have_a_grey_of_their_own_as_often_as_is_said() -> None:
    half = NOTHING.model_copy(update={"cutout": 1.0, "cutout_grey": 0.5})
    stripes = np.zeros((400, 48, 48), np.uint8)
    stripes[:, ::2] = 200
    covered = augment_faces(stripes, half, np.random.default_rng(0))
    greys = np.array([np.setdiff1d(face, (0, 200)).tolist() or [0] for face in covered])[:, 0]
    assert 0.4 < (greys == 100).mean() < 0.6
    assert len(np.unique(greys)) > 100


def test_what_is_left_out_draws_nothing() -> None:
    """Recipes from before a change was there give the faces that they gave."""
    before = augment_faces(faces(), Augmentation(), np.random.default_rng(3))
    rng = np.random.default_rng(3)
    assert np.array_equal(before, augment_faces(faces(), Augmentation(noise_sd=50, dark_to=0.5), rng))
    after = rng.bit_generator.state["state"]
    other = np.random.default_rng(3)
    augment_faces(faces(), Augmentation(dark=0.0, noise=0.0, cutout_grey=0.0), other)
    assert after == other.bit_generator.state["state"]


def test_blur_leaves_as_few_pixels_as_is_said() -> None:
    grain = np.random.default_rng(0).integers(0, 256, (60, 48, 48), np.uint8)

    def left(to_px: int) -> float:
        blurred = augment_faces(grain, NOTHING.model_copy(update={"blur": 1.0, "blur_to_px": to_px}), rng())
        return float(np.abs(np.diff(blurred.astype(float), axis=2)).mean())

    assert left(40) > 1.3 * left(20) > 1.3 * 1.1 * left(8)


def test_jpeg_is_what_opencv_writes_at_a_quality_within_the_limits() -> None:
    squeezed = NOTHING.model_copy(update={"jpeg": 1.0, "jpeg_quality": 60})
    for before, after in zip(faces(), augment_faces(faces(), squeezed, rng()), strict=True):
        written = cv2.imencode(".jpg", before, [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
        assert np.array_equal(after, cv2.imdecode(written, cv2.IMREAD_GRAYSCALE))
    good, bad = (
        np.abs(augment_faces(faces(), squeezed.model_copy(update={"jpeg_quality": least}), rng()) - faces().astype(int))
        for least in (60, 1)
    )
    assert bad.mean() > 1.5 * good.mean()


def test_a_clear_view_is_moved_and_lit_alike_and_nothing_else() -> None:
    moved = {"flip": 0.5, "rotation_deg": 12.0, "scale": 0.1, "shift_px": 3.0}
    worse = {"blur": 1.0, "noise": 1.0, "cutout": 1.0, "jpeg": 1.0, "dark": 1.0}
    # One by one: what makes a picture worse draws by chance too.
    for face in faces()[:, None]:
        clear, changed = augment_twice(face, NOTHING.model_copy(update=moved | worse), rng())
        assert np.array_equal(clear, augment_faces(face, NOTHING.model_copy(update=moved), rng()))
        assert not np.array_equal(clear, changed)
        lit = NOTHING.model_copy(update={"contrast": 0.3, "brightness": 30.0, "cutout": 1.0, "cutout_px": 10})
        clear, changed = augment_twice(face, lit, rng())
        assert not np.array_equal(clear, face)
        assert 0 < (clear != changed).sum() <= 100

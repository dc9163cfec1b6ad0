"""From crop to tensor: the centre, the training split's mean and deviation, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from fer.faces.scale import InputSpec, scale_faces


def test_the_centre_is_taken_and_scaled():
    faces = np.random.default_rng(0).integers(0, 255, (3, 48, 48), np.uint8)
    tensor = scale_faces(faces, InputSpec(h=44, w=40, mean=100.0, std=50.0))
    assert tensor.shape == (3, 44, 40, 1)
    assert tensor.dtype == np.float32
    np.testing.assert_allclose(tensor[..., 0], (faces[:, 2:46, 4:44].astype(float) - 100) / 50, rtol=1e-6)


def test_each_face_by_its_own_mean_and_deviation():
    faces = np.random.default_rng(0).integers(40, 200, (3, 48, 48), np.uint8)
    tensor = scale_faces(faces, InputSpec(h=44, w=40, scaling="face"))
    np.testing.assert_allclose(tensor.mean(axis=(1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(tensor.std(axis=(1, 2, 3)), 1, rtol=1e-5)
    assert tensor.dtype == np.float32


def test_light_changes_nothing_where_each_face_is_scaled_by_its_own():
    faces = np.random.default_rng(0).integers(0, 50, (3, 48, 48), np.uint8)
    spec = InputSpec(scaling="face")
    np.testing.assert_allclose(scale_faces(faces * 5, spec), scale_faces(faces, spec), atol=1e-5)
    np.testing.assert_allclose(scale_faces(faces + 90, spec), scale_faces(faces, spec), atol=1e-5)


def test_a_face_with_hardly_any_contrast_is_not_blown_up():
    flat = np.full((1, 48, 48), 9, np.uint8)
    flat[:, ::2] = 10
    tensor = scale_faces(flat, InputSpec(scaling="face"))
    np.testing.assert_allclose(np.abs(tensor), 0.25, rtol=1e-5)
    assert not scale_faces(np.full((1, 48, 48), 9, np.uint8), InputSpec(scaling="face")).any()


def test_the_whole_crop():
    faces = np.full((1, 48, 48), 128, np.uint8)
    tensor = scale_faces(faces, InputSpec(h=48, w=48, mean=128.0, std=64.0))
    assert tensor.shape == (1, 48, 48, 1)
    assert (tensor == 0).all()


def test_no_faces():
    assert scale_faces(np.empty((0, 48, 48), np.uint8), InputSpec()).shape == (0, 44, 44, 1)


@pytest.mark.parametrize(
    "faces",
    [
        np.zeros((1, 48, 48), np.float32),
        np.zeros((48, 48), np.uint8),
        np.zeros((1, 44, 44), np.uint8),
        np.zeros((1, 48, 48, 1), np.uint8),
    ],
)
def test_what_is_no_crop_is_a_mistake(faces: np.ndarray):
    with pytest.raises(ValueError, match=r"expected uint8 \(n, 48, 48\), got"):
        scale_faces(faces, InputSpec())


@pytest.mark.parametrize("wrong", [{"h": 49}, {"w": 7}, {"c": 3}, {"std": 0}])
def test_inputs_that_no_crop_can_fill(wrong: dict[str, int]):
    with pytest.raises(ValidationError):
        InputSpec(**wrong)


def test_the_crop_given_is_not_changed():
    faces = np.full((1, 48, 48), 7, np.uint8)
    scale_faces(faces, InputSpec())[:] = 0
    assert (faces == 7).all()

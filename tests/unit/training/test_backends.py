"""One recipe, one step, the same loss on every backend of Keras that is installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def on_tensorflow(small_training: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    result: dict[str, Any] = small_training("one_step", tmp_path_factory.mktemp("step"), KERAS_BACKEND="tensorflow")
    return result


def test_a_step_moves_the_weights_and_is_kept(on_tensorflow: dict[str, Any]) -> None:
    assert on_tensorflow["backend"] == "tensorflow"
    assert on_tensorflow["moved"] > 1e-4
    assert on_tensorflow["resumed_at"] == 1


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_other_backends_do_the_same(
    backend: str, on_tensorflow: dict[str, Any], small_training: Callable[..., Any], tmp_path: Path
) -> None:
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed; Classmood does not need it")
    step = small_training("one_step", tmp_path, KERAS_BACKEND=backend)
    assert step["backend"] == backend
    assert step["loss"] == pytest.approx(on_tensorflow["loss"], rel=1e-4)
    assert step["moved"] == pytest.approx(on_tensorflow["moved"], rel=1e-2)
    assert step["resumed_at"] == 1

"""Where FER2013 is looked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fer.dataset.places import fer2013_path


@pytest.mark.parametrize("place", ["data/fer2013.csv", "data/fer2013/fer2013.npz", "data/fer2013/icml_face_data.csv"])
def test_fer2013_is_found_under_home(home: Path, place: str):
    assert fer2013_path() is None
    (home / place).parent.mkdir(parents=True)
    (home / place).touch()
    assert fer2013_path() == home / place


def test_a_home_that_may_not_be_entered_is_said(as_nobody: Callable[[str], str], home: Path):
    (home / "data").mkdir()
    out = as_nobody(
        "from fer.dataset.places import fer2013_path, DataError\n"
        "try:\n    fer2013_path()\nexcept DataError as problem:\n    print(problem)"
    )
    assert out.strip() == f"{home / 'data'} cannot be read (Permission denied). Check its permissions."

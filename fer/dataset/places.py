"""Where data sets are looked for."""

from __future__ import annotations

from pathlib import Path

from fer.errors import DataError
from fer.settings import settings

FER2013_NAMES = ("fer2013.npz", "fer2013.csv", "icml_face_data.csv")


def fer2013_path() -> Path | None:
    """Return FER2013's file, or None where there is none: ``FER_HOME/data`` or its folder ``fer2013`` holds it.

    Raises:
        DataError: If the folder may not be entered.
    """
    data = settings().home / "data"
    try:
        return next((f / n for f in (data / "fer2013", data) for n in FER2013_NAMES if (f / n).is_file()), None)
    except OSError as problem:
        raise DataError(f"{data} cannot be read ({problem.strerror or problem}). Check its permissions.") from problem

"""Which description of a window a model takes, by the name that its manifest entry holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

from fer.audio.frames import Frames
from fer.audio.functionals import functionals_of
from fer.audio.patches import patch_of

Description = Literal["functionals", "patch"]
DESCRIPTIONS: dict[Description, Callable[[Frames], npt.NDArray[np.float32]]] = {
    "functionals": functionals_of,
    "patch": patch_of,
}
"""Each takes a window's levelled frames and returns one row of numbers, the same number for all windows."""

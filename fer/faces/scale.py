"""From a 48 x 48 crop to the tensor a network takes: the only such function in Classmood.

Training, evaluation, photos, recordings and the live view all pass here, so that what a network
sees when it works is what it saw when it learned.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field

from fer.faces.mend import mend_faces

UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]

CROP_PX = 48
"""Side of FER2013's images, and of every crop before it is scaled for a network."""

LEAST_STD = 2.0
"""Grey values. A face of less contrast of its own is not stretched further, which would show the camera's noise."""


class InputSpec(BaseModel):
    """What a network takes, as its manifest entry says it.

    Attributes:
        h: Height in pixels; below 48 the crop's centre is taken.
        w: Width in pixels.
        c: Channels; 1, grey.
        mean: Subtracted from the grey value in [0, 255].
        std: The difference is divided by it.
        scaling: Whose mean and deviation are taken: those of the training ``split``, which ``mean`` and ``std`` are, or
            each ``face``'s own, so that the network never learns what light does.
        mend: Whether dark faces are brightened and noisy ones smoothed first (``fer.faces.mend``).
    """

    h: int = Field(44, ge=8, le=CROP_PX)
    w: int = Field(44, ge=8, le=CROP_PX)
    c: Literal[1] = 1
    mean: float = 128.0
    std: float = Field(64.0, gt=0)
    scaling: Literal["split", "face"] = "split"
    mend: bool = False


def scale_faces(faces_gray: UInt8Array, spec: InputSpec) -> FloatArray:
    """Scale grey faces to what a network was trained on.

    Args:
        faces_gray: Crops, shape ``(n_faces, 48, 48)``, uint8 in [0, 255].
        spec: The network's input, from its manifest entry.

    Returns:
        Shape ``(n_faces, spec.h, spec.w, 1)``, float32: the crop's centre, minus the mean of the training split or of
        that centre itself, divided by its standard deviation.

    Raises:
        ValueError: If the crops are not uint8 or not 48 x 48.

    Sources:
        LeCun et al. 1998, "Efficient BackProp", sec. 4.3. Tang 2013, "Deep Learning using Linear Support Vector
        Machines", sec. 3.1, for each face's own, on FER2013.
    """
    if faces_gray.dtype != np.uint8 or faces_gray.ndim != 3 or faces_gray.shape[1:] != (CROP_PX, CROP_PX):
        raise ValueError(f"expected uint8 (n, {CROP_PX}, {CROP_PX}), got {faces_gray.dtype} {faces_gray.shape}")
    top, left = (CROP_PX - spec.h) // 2, (CROP_PX - spec.w) // 2
    # The whole crop is mended, also where the network sees its centre only: the more pixels tell of noise, the better.
    whole = mend_faces(faces_gray) if spec.mend else faces_gray
    centre = whole[:, top : top + spec.h, left : left + spec.w, None].astype(np.float32)
    if spec.scaling == "split":
        return (centre - np.float32(spec.mean)) / np.float32(spec.std)
    centre -= centre.mean(axis=(1, 2, 3), keepdims=True)
    scaled: FloatArray = centre / np.maximum(centre.std(axis=(1, 2, 3), keepdims=True), np.float32(LEAST_STD))
    return scaled

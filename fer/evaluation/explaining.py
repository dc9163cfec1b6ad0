"""How an explanation is asked for; the work itself is ``fer.evaluation.explaining_job``, which only workers import."""

from __future__ import annotations

import base64
import binascii

import numpy as np
from pydantic import BaseModel

from fer.errors import InputError
from fer.evaluation.explanation import UInt8Array
from fer.evaluation.keras_file import KerasFile
from fer.faces.scale import CROP_PX
from fer.runs.folder import Run

KIND = "explaining"


class ExplainingConfig(BaseModel):
    """What is explained.

    Attributes:
        room: Id of the data set's room, which keeps what is found.
        model: A face model of the registry, or a Keras file.
        face: The crop's 48 x 48 grey values, row by row, in base64.
    """

    room: str
    model: str | KerasFile
    face: str

    def face_gray(self) -> UInt8Array:
        """Return the crop, shape ``(48, 48)``, uint8.

        Raises:
            InputError: If it is damaged.
        """
        try:
            return np.frombuffer(base64.b64decode(self.face), np.uint8).reshape(CROP_PX, CROP_PX)
        except (ValueError, binascii.Error) as problem:
            raise InputError("The face of this run is damaged. Choose it again.") from problem


def new_explaining_run(room: Run, model: str | KerasFile, face_gray: UInt8Array) -> Run:
    """Make a run that explains; ``fer.runs.worker.start`` sets it going.

    Args:
        room: The data set's.
        model: A face model of the registry, or a Keras file.
        face_gray: Shape ``(48, 48)``, uint8.

    Raises:
        StorageError: If FER_HOME cannot be written.
    """
    face = base64.b64encode(np.ascontiguousarray(face_gray).tobytes()).decode()
    config = ExplainingConfig(room=room.id, model=model, face=face)
    return Run.create(KIND, "quick", config.model_dump(mode="json"))

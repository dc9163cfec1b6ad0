"""How a network is asked to look at a whole data set; the work itself is ``fer.evaluation.describing_job``."""

from __future__ import annotations

from pydantic import BaseModel

from fer.dataset.origin import Origin
from fer.evaluation.keras_file import KerasFile
from fer.runs.folder import Run

KIND = "describing"


class DescribingConfig(BaseModel):
    """What is looked at.

    Attributes:
        origin: The data set.
        model: A face model of the registry, or a Keras file.
    """

    origin: Origin
    model: str | KerasFile


def new_describing_run(origin: Origin, model: str | KerasFile) -> Run:
    """Make a run that looks; ``fer.runs.worker.start`` sets it going.

    Raises:
        StorageError: If FER_HOME cannot be written.
    """
    return Run.create(KIND, "quick", DescribingConfig(origin=origin, model=model).model_dump(mode="json"))

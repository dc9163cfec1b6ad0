"""How it is asked what a model bears; the work itself is ``fer.evaluation.robustness_job``."""

from __future__ import annotations

from pydantic import BaseModel, Field

from fer.dataset.origin import Origin
from fer.evaluation.evaluated import candidate_of
from fer.evaluation.keras_file import KerasFile
from fer.evaluation.robustness import FACES, Asked
from fer.registry import find
from fer.runs.folder import Run

KIND = "robustness"


class RobustnessConfig(BaseModel):
    """What is measured.

    Attributes:
        origin: The data set.
        model: A face model of the registry, or a Keras file.
        usage: Which rows: a usage, ``test`` or ``all``.
        faces: How many at most.
        seed: Of the sample and of the changes.
    """

    origin: Origin
    model: str | KerasFile
    usage: str
    faces: int = Field(FACES, ge=1)
    seed: int = 0

    def asked(self) -> Asked:
        """Return what the measurement depends on.

        Raises:
            ModelError: If there is no such model.
        """
        model = self.model
        digest = model.digest if isinstance(model, KerasFile) else candidate_of(find(model, "face")).digest
        return Asked(digest, self.usage, self.faces, self.seed)


def new_robustness_run(config: RobustnessConfig) -> Run:
    """Make a run that measures; ``fer.runs.worker.start`` sets it going.

    Raises:
        StorageError: If FER_HOME cannot be written.
    """
    return Run.create(KIND, "quick", config.model_dump(mode="json"))

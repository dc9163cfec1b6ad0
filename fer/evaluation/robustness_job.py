"""The worker's job that measures what a model bears; ONNX Runtime answers, at low priority."""

from __future__ import annotations

from pydantic import BaseModel, Field

from fer.dataset.network_view import THREADS
from fer.dataset.origin import Origin
from fer.dataset.stages import StopAskedError, part_of, telling
from fer.evaluation.evaluated import candidate_of
from fer.evaluation.robustness import FACES, Asked, measure_robustness
from fer.evaluation.served import judged_model
from fer.registry import find
from fer.runs.folder import Run

KIND = "robustness"


class RobustnessConfig(BaseModel):
    """What is measured.

    Attributes:
        origin: The data set.
        model: A face model of the registry.
        usage: Which rows: a usage, ``test`` or ``all``.
        faces: How many at most.
        seed: Of the sample and of the changes.
    """

    origin: Origin
    model: str
    usage: str
    faces: int = Field(FACES, ge=1)
    seed: int = 0

    def asked(self) -> Asked:
        """Return what the measurement depends on.

        Raises:
            ModelError: If there is no such model.
        """
        return Asked(candidate_of(find(self.model, "face")).digest, self.usage, self.faces, self.seed)


def new_robustness_run(config: RobustnessConfig) -> Run:
    """Make a run that measures; ``fer.runs.worker.start`` sets it going.

    Raises:
        StorageError: If FER_HOME cannot be written.
    """
    return Run.create(KIND, "quick", config.model_dump(mode="json"))


def run(run: Run) -> bool:
    """Measure as a run's config says; see ``fer.runs.jobs.Work``.

    Raises:
        DataError: If the data cannot be read.
        InputError: If it has no row of that usage.
        ModelError: If the network cannot be loaded.
        StorageError: If a result cannot be kept.
    """
    config = RobustnessConfig.model_validate(run.config())
    progress = telling(run)
    try:
        opened = config.origin.open(part_of(progress, 0.0, 0.05))
        judged = judged_model(config.model, THREADS)
        measure_robustness(judged, config.asked(), config.origin, opened, part_of(progress, 0.05, 1.0))
    except StopAskedError:
        return False
    return True

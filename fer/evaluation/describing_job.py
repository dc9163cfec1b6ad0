"""The worker's job that lets a network look at a whole data set, and keeps what it saw."""

from __future__ import annotations

from pydantic import BaseModel

from fer.dataset.network_view import description_of
from fer.dataset.origin import Origin
from fer.dataset.stages import StopAskedError, part_of, telling
from fer.runs.folder import Run

KIND = "describing"


class DescribingConfig(BaseModel):
    """What is looked at.

    Attributes:
        origin: The data set.
        model: A face model of the registry.
    """

    origin: Origin
    model: str


def new_describing_run(origin: Origin, model: str) -> Run:
    """Make a run that looks; ``fer.runs.worker.start`` sets it going.

    Raises:
        StorageError: If FER_HOME cannot be written.
    """
    return Run.create(KIND, "quick", DescribingConfig(origin=origin, model=model).model_dump(mode="json"))


def run(run: Run) -> bool:
    """Look as a run's config says; see ``fer.runs.jobs.Work``.

    Raises:
        DataError: If the data cannot be read.
        ModelError: If the network cannot be loaded, or has no features to give.
        StorageError: If what it saw cannot be kept.
    """
    config = DescribingConfig.model_validate(run.config())
    progress = telling(run)
    try:
        opened = config.origin.open(part_of(progress, 0.0, 0.1))
        description_of(config.origin, opened, config.model, part_of(progress, 0.1, 1.0))
    except StopAskedError:
        return False
    return True

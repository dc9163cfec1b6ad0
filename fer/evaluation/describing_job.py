"""The worker's job that lets a network look at a whole data set, and keeps what it saw."""

from __future__ import annotations

from fer.dataset.network_view import THREADS, description_of, view_of
from fer.dataset.stages import StopAskedError, part_of, telling
from fer.evaluation.describing import DescribingConfig
from fer.evaluation.judged import open_keras
from fer.evaluation.keras_file import KerasFile
from fer.runs.folder import Run


def run(run: Run) -> bool:
    """Look as a run's config says; see ``fer.runs.jobs.Work``.

    Raises:
        DataError: If the data cannot be read.
        ModelError: If the network cannot be loaded, or has no features to give.
        StorageError: If what it saw cannot be kept.
    """
    config = DescribingConfig.model_validate(run.config())
    model, progress = config.model, telling(run)
    try:
        opened = config.origin.open(part_of(progress, 0.0, 0.1))
        tell = part_of(progress, 0.1, 1.0)
        if isinstance(model, KerasFile):
            view_of(config.origin, opened, model.digest, lambda: open_keras(model, THREADS), tell)
        else:
            description_of(config.origin, opened, model, tell)
    except StopAskedError:
        return False
    return True

"""The worker's job that measures what a model bears, at low priority."""

from __future__ import annotations

from fer.dataset.network_view import THREADS
from fer.dataset.stages import StopAskedError, part_of, telling
from fer.evaluation.bearing import RobustnessConfig
from fer.evaluation.judged import judged_of
from fer.evaluation.robustness import measure_robustness
from fer.runs.folder import Run


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
        judged = judged_of(config.model, THREADS)
        measure_robustness(judged, config.asked(), config.origin, opened, part_of(progress, 0.05, 1.0))
    except StopAskedError:
        return False
    return True

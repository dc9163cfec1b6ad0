"""The table of what a worker can do."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fer.errors import InputError

if TYPE_CHECKING:
    from fer.runs.folder import Run

Work = Callable[["Run"], bool]
"""Does a run's work. Returns True when all of it was done, False when it ended early because it was asked to stop."""


@dataclass(frozen=True)
class Job:
    """One kind of work.

    Attributes:
        function: ``module:function`` of a ``Work``; imported in the worker only, so that this table costs nothing.
        holds_upload: Whether its folder holds what a visitor uploaded, or what was made from it: such runs are
            deleted after ``keep_uploads_h``.
    """

    function: str
    holds_upload: bool


JOBS: dict[str, Job] = {
    "recording": Job("fer.faces.recording_job:run", holds_upload=True),
    "class_recording": Job("fer.classroom.gallery_recording:run", holds_upload=True),
    "dataset": Job("fer.dataset.room:run", holds_upload=True),
    "dataset_checks": Job("fer.dataset.checks_job:run", holds_upload=True),
    "dataset_map": Job("fer.dataset.maps_job:run", holds_upload=True),
    "explaining": Job("fer.evaluation.explaining_job:run", holds_upload=True),
    "describing": Job("fer.evaluation.describing_job:run", holds_upload=True),
    "robustness": Job("fer.evaluation.robustness_job:run", holds_upload=True),
    "evaluation": Job("fer.evaluation.brought_job:run", holds_upload=True),
    "training": Job("fer.training.run_job:run", holds_upload=False),
    "rate_finder": Job("fer.training.rate_finder:run", holds_upload=False),
    "publishing": Job("fer.training.publishing_job:run", holds_upload=False),
    "text_file": Job("fer.text.file_job:run", holds_upload=True),
    "text_comparison": Job("fer.text.comparison_job:run", holds_upload=True),
    "text_training": Job("fer.text.training:run", holds_upload=False),
    "table_comparison": Job("fer.regression.comparison_job:run", holds_upload=True),
    "speech_training": Job("fer.audio.training_job:train", holds_upload=False),
    "speech_comparison": Job("fer.audio.training_job:compare", holds_upload=False),
}


def work_of(kind: str) -> Work:
    """Return what does a kind of work.

    Raises:
        InputError: If there is no such kind.
    """
    if kind not in JOBS:
        raise InputError(f"there is no job called {kind}, only {', '.join(JOBS)}. Update Classmood, or delete the run.")
    module, _, function = JOBS[kind].function.partition(":")
    work: Work = getattr(importlib.import_module(module), function)
    return work

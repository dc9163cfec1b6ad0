"""A training run: what its worker does with the run's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2

from fer.dataset.read import read_fer2013
from fer.runs.folder import Run
from fer.runs.progress import Progress
from fer.training.job import epochs_done, train
from fer.training.recipe import Recipe

CHECKPOINTS = "checkpoints"


def run(run: Run) -> bool:
    """Train as the run's config says: ``data``, ``votes`` (or None) and ``recipe``; return whether it came to its end.

    Leaves ``artifacts/model.keras`` and a line of metrics an epoch.

    Raises:
        DataError: If the data cannot be used.
    """
    # TensorFlow has the cores; OpenCV's own threads would only get in each other's way.
    cv2.setNumThreads(1)
    config = run.config()
    recipe = Recipe(**config["recipe"])
    faces = read_fer2013(Path(config["data"]), Path(config["votes"]) if config.get("votes") else None)
    checkpoints = run.artifacts / CHECKPOINTS
    progress = Progress(run, epochs_done(checkpoints) / recipe.epochs)

    def report(figures: dict[str, Any]) -> None:
        run.append_metric(figures)
        accuracy = figures["publictest_accuracy"]
        progress(figures["epoch"] / recipe.epochs, f"Epoch {figures['epoch']}: {accuracy:.1%} on PublicTest.")

    model = train(faces, faces.votes, recipe, checkpoints, report=report, stop_asked=run.stop_asked)
    if model is None:
        return False
    model.save(run.artifacts / "model.keras")
    return True

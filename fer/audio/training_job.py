"""The worker's jobs: training a speech network, and comparing models; see ``fer.runs.jobs``."""

from __future__ import annotations

from pathlib import Path

from fer.audio.corpora import read_corpora
from fer.runs.folder import Run
from fer.runs.progress import Progress
from fer.settings import settings


def train(run: Run) -> bool:
    """Train and publish as the run's config says: ``data``, ``name``, ``folder``, ``default``, ``command``, ``recipe``.

    Raises:
        DataError: If the corpora cannot be used.
        ModelError: If the network cannot be exported.
    """
    from fer.audio.networks import SpeechRecipe
    from fer.audio.training import train_and_publish

    config = run.config()
    progress = Progress(run)
    entry = train_and_publish(
        read_corpora(Path(config["data"])),
        SpeechRecipe(**config["recipe"]),
        name=config["name"],
        folder=Path(config["folder"]) if config.get("folder") else settings().home / "models",
        command=config["command"],
        default=bool(config.get("default")),
        tell=progress,
        stop=run.stop_asked,
        keep=run.append_metric,
    )
    return entry is not None


def compare(run: Run) -> bool:
    """Judge the candidates that the run's config names on the corpora of its ``data``; a line of metrics for each.

    Raises:
        DataError: If the corpora cannot be used.
    """
    from fer.audio.comparison import compare_models

    config = run.config()
    progress = Progress(run)
    rows = compare_models(read_corpora(Path(config["data"])), config["candidates"], progress, run.stop_asked)
    done = 0
    for row in rows:
        run.append_metric(row)
        done += 1
    return done == len(config["candidates"])

"""Several kinds of models, trained and measured on the same messages: what was asked for, and what came out.

artifacts/
results.json    figures, confusion and time of each model; written anew after each
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, BinaryIO, Literal

from pydantic import BaseModel, Field

from fer.errors import DataError, StorageError
from fer.runs.files import read_text
from fer.runs.folder import Run
from fer.text.corpora import read_labelled

Kind = Literal["naive_bayes", "logistic", "svm", "network"]
Features = Literal["words", "pairs", "characters", "all"]

KINDS: dict[Kind, str] = {
    "naive_bayes": "Naive Bayes",
    "logistic": "Logistic regression",
    "svm": "Linear SVM",
    "network": "Small network",
}
FEATURES: dict[Features, str] = {
    "words": "Words",
    "pairs": "Words and pairs",
    "characters": "Characters",
    "all": "All of them",
}
LARGEST_BYTES = 60_000_000
LEAST_MESSAGES = 40
SAMPLE = "sample"
"""Stands for our own sentences in a config's ``path``."""


class ComparisonConfig(BaseModel):
    """What a comparison was asked for.

    Attributes:
        path: Of the labelled messages: within the run's folder, an absolute path, or ``sample``.
        name: What they are called.
        kinds: Which models.
        features: What the first three of them see; the network always reads words in their order.
        most_messages: So many are drawn at random where there are more.
        balanced: Whether rare emotions weigh more while training: as much as frequent ones on the whole, and for the
            network by the square root of that.
        epochs: Passes of the network.
        seed: Of what is random.
    """

    path: str
    name: str
    kinds: list[Kind] = Field(min_length=1)
    features: Features = "all"
    most_messages: int = Field(20_000, ge=LEAST_MESSAGES)
    balanced: bool = True
    epochs: int = Field(4, ge=1, le=30)
    seed: int = 1


def new_comparison_run(source: BinaryIO | Path | None, config: ComparisonConfig) -> Run:
    """Make a run that compares models, once its data was read; ``fer.runs.worker.start`` sets it going.

    Args:
        source: An upload, which is copied into the run's folder; a file on this computer; None: our own sentences.
        config: What is asked for; its path is set here.

    Raises:
        DataError: If the data cannot be used.
        StorageError: If it cannot be kept.
    """
    place = SAMPLE if source is None else str(source.expanduser().resolve()) if isinstance(source, Path) else "upload"
    run = Run.create("text_comparison", "quick", config.model_copy(update={"path": place}).model_dump(mode="json"))
    try:
        if source is not None and not isinstance(source, Path):
            if source.seek(0, 2) > LARGEST_BYTES:
                raise DataError(f"{config.name} has more than {LARGEST_BYTES // 1_000_000} MB. Take a part of it.")
            source.seek(0)
            try:
                with (run.folder / place).open("wb") as out:
                    shutil.copyfileobj(source, out)
            except OSError as problem:
                raise StorageError(f"{run.folder} cannot be written ({problem.strerror or problem}).") from problem
        if place != SAMPLE:
            read_labelled(run.folder / place, config.name)
    except BaseException:
        # Whatever it was: nobody will have this run's key, so nobody else could delete the upload.
        run.delete()
        raise
    return run


def results_of(run: Run) -> dict[str, Any] | None:
    """Return a comparison's results so far, or None before the first.

    Raises:
        StorageError: If they are damaged.
    """
    path = run.artifacts / "results.json"
    if not path.is_file():
        return None
    try:
        results: dict[str, Any] = json.loads(read_text(path))
    except (OSError, ValueError) as problem:
        raise StorageError(f"run {run.id}: results.json is damaged. Start the comparison again.") from problem
    return results

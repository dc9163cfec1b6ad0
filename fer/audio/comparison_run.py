"""Make a run that compares models. Apart from the work itself, so that the server never comes near Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fer.audio.corpora import read_corpora
from fer.runs.folder import Run


def new_comparison(data: Path, candidates: list[str]) -> Run:
    """Make a run that compares models; ``fer.runs.worker.start`` sets it going.

    Raises:
        DataError: If the folder holds no corpus.
        StorageError: If FER_HOME cannot be written.
    """
    read_corpora(data)
    config: dict[str, Any] = {"name": "Models of speech", "data": str(data.resolve()), "candidates": candidates}
    return Run.create("speech_comparison", "train", config)

"""The worker's job that asks a Keras file about faces. It loads Keras: the server never imports it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fer.dataset.stages import StopAskedError, part_of, telling
from fer.errors import ModelError
from fer.evaluation.brought import MODEL, Brought, BroughtConfig
from fer.evaluation.evaluated import Candidate, ask, part_of_data
from fer.evaluation.judged import judged_keras
from fer.runs.files import replace_text
from fer.runs.folder import Run


def run(run: Run) -> bool:
    """Ask as a run's config says, and leave what the model is; see ``fer.runs.jobs.Work``.

    Raises:
        DataError: If the data cannot be read.
        ModelError: If the file is refused; the sentence says why.
        StorageError: If the answers cannot be kept.
    """
    config = BroughtConfig.model_validate(run.config())
    progress = telling(run)
    path = run.folder / config.path
    try:
        progress(0.0, "Loading the network")
        judged = judged_keras(path, config.labels, config.mean, config.std)
        content = _checksum(path)
        model = Candidate(path.name, config.digest(content), path.stat().st_size / 1e6)
        opened = config.origin.open(part_of(progress, 0.05, 0.1))
        part = part_of_data(opened, config.usage)
        ask(model, judged, config.origin, opened, part, part_of(progress, 0.1, 1.0))
    except StopAskedError:
        return False
    found = Brought(name=model.name, digest=model.digest, megabytes=model.megabytes)
    replace_text(run.artifacts / MODEL, found.model_dump_json())
    return True


def _checksum(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        raise ModelError(f"{path} cannot be read ({problem.strerror or problem}). Expected a .keras file.") from problem

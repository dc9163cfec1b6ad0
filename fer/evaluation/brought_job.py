"""The worker's job that asks a Keras file about faces. It loads Keras: the server never imports it."""

from __future__ import annotations

from pathlib import Path

from fer.dataset.stages import StopAskedError, part_of, telling
from fer.evaluation.brought import MODEL, Brought, BroughtConfig
from fer.evaluation.evaluated import Candidate, ask, part_of_data
from fer.evaluation.judged import open_keras
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
    file = config.file_of(run)
    try:
        progress(0.0, "Loading the network")
        network = open_keras(file)
        megabytes = Path(file.path).stat().st_size / 1e6
        model = Candidate(file.name, file.digest_of(network.content), megabytes)
        opened = config.origin.open(part_of(progress, 0.05, 0.1))
        part = part_of_data(opened, config.usage)
        ask(model, network.judged(), config.origin, opened, part, part_of(progress, 0.1, 1.0))
    except StopAskedError:
        return False
    found = Brought(name=model.name, digest=model.digest, megabytes=model.megabytes)
    replace_text(run.artifacts / MODEL, found.model_dump_json())
    return True

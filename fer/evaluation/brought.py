"""A Keras file that somebody brings to be evaluated, as a run: the server makes it and reads what came of it.

FER_HOME/runs/<UTC>-evaluation-<6 hex>/
    config.json         the data set, the usage, the file, and how it is read
    upload/             the file, where it was uploaded
    artifacts/          model.json: what the worker found the model to be

What it answers is kept with the data set (``fer.evaluation.evaluated``). The work is in ``brought_job``, which leads to
Keras and which the server never imports.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel

from fer.dataset.origin import Origin
from fer.emotions import EMOTIONS, canonical
from fer.errors import InputError, ModelError, StorageError
from fer.evaluation.evaluated import Candidate
from fer.evaluation.keras_file import KerasFile
from fer.runs.files import read_text
from fer.runs.folder import Run
from fer.runs.uploads import file_name, keep_upload

KIND = "evaluation"
MODEL = "model.json"
MOST_BYTES = 500_000_000


class BroughtConfig(KerasFile):
    """What is asked for: a Keras file, its ``path`` within the run's folder or absolute, and what it is asked about.

    Attributes:
        origin: The data set.
        usage: The rows.
    """

    origin: Origin
    usage: str

    def file_of(self, run: Run, digest: str = "") -> KerasFile:
        """Return the file as it lies on the disk.

        Args:
            run: Whose config this is.
            digest: What stood for it when it was evaluated.
        """
        path = str(run.folder / self.path)
        return KerasFile(path=path, labels=self.labels, mean=self.mean, std=self.std, digest=digest)


class Brought(BaseModel):
    """What the worker found: the model's name, what stands for it, and its size."""

    name: str
    digest: str
    megabytes: float

    def candidate(self, file: KerasFile) -> Candidate:
        """Return it as a candidate beside those of the registry."""
        return Candidate(self.name, self.digest, self.megabytes, file=file)


def labels_from(text: str) -> list[str]:
    """Return a model's classes from a line that somebody typed.

    Raises:
        InputError: If they are not the seven, each once.
    """
    labels = [label.strip() for label in text.split(",") if label.strip()]
    if sorted(str(canonical(label)) for label in labels) != sorted(EMOTIONS):
        raise InputError(
            f"The classes {text.strip() or '(none)'} came; expected the seven, each once, with commas: "
            f"{', '.join(EMOTIONS)}."
        )
    return labels


def new_evaluation_run(config: BroughtConfig, upload: BinaryIO | None = None) -> Run:
    """Make the run that evaluates a file; ``fer.runs.worker.start`` sets it going.

    Args:
        config: What is asked for; of an upload, ``path`` is its name.
        upload: The file, which is copied into the run; None: it is read where it lies.

    Raises:
        InputError: If there is no such file, or it is no Keras file or too large.
        StorageError: If it cannot be kept.
    """
    name = Path(config.path).name
    if not name.lower().endswith(".keras"):
        raise InputError(f"{name or 'Nothing'} came; expected a .keras file, as model.save('name.keras') writes it.")
    if upload is None:
        path = Path(config.path).expanduser().resolve()
        if not path.is_file():
            raise InputError(f"{path}: there is no such file. Check the path.")
        size, place = path.stat().st_size, str(path)
    else:
        size, place = upload.seek(0, 2), f"upload/{file_name(name)}"
    if size > MOST_BYTES:
        raise InputError(f"{name} has {size / 1e6:,.0f} MB; expected at most {MOST_BYTES / 1e6:.0f}.")
    run = Run.create(KIND, "quick", config.model_copy(update={"path": place}).model_dump(mode="json"))
    try:
        if upload is not None:
            (run.folder / "upload").mkdir()
            keep_upload(upload, run.folder / place, "The model")
    except OSError as problem:
        run.delete()
        raise StorageError(f"{run.folder} cannot be written ({problem.strerror or problem}).") from problem
    except BaseException:
        # Nobody will have this run's key, so nobody else could delete the upload.
        run.delete()
        raise
    return run


def brought_model(run: Run) -> Candidate | None:
    """Return the model that a run has evaluated, or None where it has not yet.

    Raises:
        ModelError: If the run's files are damaged.
    """
    try:
        found = Brought.model_validate_json(read_text(run.artifacts / MODEL))
        return found.candidate(BroughtConfig.model_validate(run.config()).file_of(run, found.digest))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as problem:
        raise ModelError(f"{run.id}: {MODEL} is damaged. Bring the file again.") from problem

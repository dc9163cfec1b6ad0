"""The models: what models/manifest.json and FER_HOME/models hold, verified by checksum before anything is loaded."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.settings import settings

RESTORE = "Restore it from git, or publish the model again."
MEND = "Mend that file, or delete it and publish again."
MISSING = (FileNotFoundError, NotADirectoryError)
"""``Path.is_file`` would raise where a folder on the way may not be entered; reading says which of both it is."""

log = logging.getLogger(__name__)
_said: set[str] = set()


class ModelFile(BaseModel):
    """One file of a model: its path beside the manifest, checksum and size."""

    path: str
    sha256: str
    bytes: int


class ModelInput(BaseModel):
    """What the network takes: see ``fer.faces.scale.InputSpec`` for faces."""

    h: int
    w: int
    c: int
    mean: float
    std: float
    scaling: Literal["split", "face"] = "split"
    mend: bool = False


class TextInput(BaseModel):
    """What a text model takes: see ``fer.text.grams``.

    Attributes:
        most_characters: A longer message is read up to here.
        most_words: Its first words that are read one after the other.
        word_grams: Shortest and longest run of words that is a feature.
        character_grams: Shortest and longest run of characters.
    """

    model_config = ConfigDict(extra="forbid")

    most_characters: int
    most_words: int
    word_grams: tuple[int, int]
    character_grams: tuple[int, int]


class SpeechInput(BaseModel):
    """What a speech model takes: how many numbers of sound at this rate, and which.

    Attributes:
        rate_hz: Samples a second.
        functionals: How many numbers describe a window.
        description: Which: ``functionals`` of ``fer.audio.functionals``, or the ``patch`` of ``fer.audio.patches``.
    """

    rate_hz: int
    functionals: int
    description: Literal["functionals", "patch"] = "functionals"


class ModelEntry(BaseModel):
    """One model of a manifest.

    Attributes:
        name: Unique over all manifests.
        kind: What it listens to.
        files: ``onnx`` is served; ``keras`` is what it was exported from; ``vocabulary`` is what a text model knows.
        input: What it takes.
        output: Whether it gives probabilities or logits.
        precision: What it computes in: ``int8`` answers a little otherwise than the Keras file it was exported from.
        labels: Its classes in its own order.
        temperature: Logits are divided by it, so that confidences mean what they say.
        unsure_below: A highest probability below this is called unsure.
        calibrated_on: The faces that both were fitted on: ``PublicTest``, or ``held_out`` of the training split; empty
            where nobody wrote it down.
        neutral: What it answers on average to neutral faces of its training split, by emotion; None where nobody
            measured it (``fer.training.neutral``).
        data: What it was trained on.
        split: On which of its rows.
        figures: What was measured, each with its split in its name.
        figures_note: What is to be said beside these figures.
        licence: Of the weights.
        command: What made it.
        default: Taken when no name is given.
    """

    model_config = ConfigDict(extra="allow")

    name: str
    kind: Literal["face", "speech", "text"]
    files: dict[str, ModelFile]
    input: ModelInput | TextInput | SpeechInput
    output: Literal["probabilities", "logits"]
    precision: Literal["float32", "int8"] = "float32"
    labels: list[str]
    temperature: float = 1.0
    unsure_below: float = 0.0
    calibrated_on: Literal["PublicTest", "held_out", ""] = ""
    neutral: dict[str, float] | None = None
    data: str
    split: str = ""
    figures: dict[str, Any]
    figures_note: str = ""
    licence: str
    command: str
    default: bool = False
    folder: Path = Path()

    @field_validator("neutral")
    @classmethod
    def _seven_shares(cls, neutral: dict[str, float] | None) -> dict[str, float] | None:
        # Written so that NaN fails too.
        if neutral is not None and not (
            set(neutral) == set(EMOTIONS) and min(neutral.values()) >= 0 and abs(sum(neutral.values()) - 1) < 0.01
        ):
            raise ValueError(f"expected seven shares that add up to 1, got {neutral}")
        return neutral

    def verified(self, kind_of_file: str) -> Path:
        """Return the path of one of the model's files after checking its checksum.

        Raises:
            ModelError: If the file is missing or is not the one that the manifest names.
        """
        if kind_of_file not in self.files:
            raise ModelError(f"model {self.name} has no {kind_of_file} file, only {', '.join(self.files)}.")
        file = self.files[kind_of_file]
        path = self.folder / file.path
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except MISSING as problem:
            raise ModelError(f"model {self.name}: {file.path} is missing beside its manifest. {RESTORE}") from problem
        except OSError as problem:
            why = problem.strerror or problem
            raise ModelError(f"model {self.name}: {path} cannot be read ({why}). Check its permissions.") from problem
        if digest != file.sha256:
            raise ModelError(
                f"model {self.name}: {file.path} is damaged (sha256 {digest[:12]}…, the manifest says "
                f"{file.sha256[:12]}…). It was not loaded. {RESTORE}"
            )
        return path


def _read_manifest(folder: Path, advice: str = RESTORE) -> list[ModelEntry]:
    path = folder / "manifest.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["schema"] != 1:
            raise ModelError(f"{path}: expected schema 1, got {document['schema']!r}. Update Classmood.")
        return [ModelEntry(**{**entry, "folder": folder}) for entry in document["models"]]
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ModelError(f"{path}: a model's {where} is wrong ({first['msg']}). {advice}") from problem
    except MISSING:
        return []
    except OSError as problem:
        raise ModelError(f"{path} cannot be read ({problem.strerror or problem}). Check its permissions.") from problem
    # What is no JSON, no text, or JSON of another shape.
    except (ValueError, KeyError, TypeError) as problem:
        raise ModelError(f"{path} is not a model manifest ({type(problem).__name__}: {problem}). {advice}") from problem


def _published(shipped: list[ModelEntry]) -> list[ModelEntry]:
    """Return what users published; a damaged manifest of theirs must not take the shipped networks away."""
    folder, names = settings().home / "models", {entry.name for entry in shipped}
    try:
        entries = _read_manifest(folder, MEND)
    except ModelError as problem:
        _warn(f"{problem} Until then the models in it are left out.")
        return []
    for entry in entries:
        if entry.name in names:
            _warn(f"{folder}: {entry.name} is the name of a model that ships; the one in there is left out. Rename it.")
    return [entry for entry in entries if entry.name not in names]


def _warn(sentence: str) -> None:
    if sentence not in _said:
        _said.add(sentence)
        log.warning(sentence)


def models(kind: str | None = None) -> list[ModelEntry]:
    """Return every model there is: those that ship first, then those published under FER_HOME.

    Raises:
        ModelError: If the manifest that ships cannot be read; one under FER_HOME is then left out, with a warning.
    """
    shipped = _read_manifest(settings().models)
    entries = shipped + _published(shipped)
    return [entry for entry in entries if kind in (None, entry.kind)]


def find(name: str | None = None, kind: str = "face") -> ModelEntry:
    """Return the model of that name, or the default one of its kind: a published default before the one that ships.

    Raises:
        ModelError: If there is none.
    """
    entries = models(kind)
    if not entries:
        manifest = settings().models / "manifest.json"
        raise ModelError(f"there is no {kind} model: {manifest} lists none. Restore models/ from git.")
    if name is None:
        return next((entry for entry in reversed(entries) if entry.default), entries[0])
    for entry in entries:
        if entry.name == name:
            return entry
    raise ModelError(f"no {kind} model is called {name}. There are: {', '.join(entry.name for entry in entries)}.")


def label_order(entry: ModelEntry) -> list[int]:
    """Return the columns of a model's output in FER2013's order.

    Raises:
        ModelError: If the model lacks one of the seven emotions.
    """
    from fer.emotions import order_from

    try:
        return order_from(entry.labels)
    except ValueError as problem:
        raise ModelError(f"model {entry.name}: expected the emotions {', '.join(EMOTIONS)}; {problem}") from problem

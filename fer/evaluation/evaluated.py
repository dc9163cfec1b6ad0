"""What models answered on one part of a data set: asked once, kept on the disk, and shown in every view from there.

    FER_HOME/datasets/results/<data>/answers-<key>.npz        (for an upload: in its run's own folder)

The key is the model's checksum, the labels and splits, and the usage asked for (``fer.dataset.results``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.network_view import model_digest
from fer.dataset.opening import Opened
from fer.dataset.origin import Origin
from fer.dataset.reading import Progress, silent
from fer.dataset.results import Kept, labels_digest
from fer.dataset.twins import has_twin
from fer.emotions import EMOTIONS
from fer.evaluation.evaluating import answers, ms_per_face, places_of, standing_of
from fer.evaluation.keras_file import KerasFile
from fer.evaluation.served import FloatArray, Judged
from fer.registry import ModelEntry

BoolArray = npt.NDArray[np.bool_]
LabelArray = npt.NDArray[np.uint8]
RowArray = npt.NDArray[np.intp]

WHAT = "answers"


@dataclass(frozen=True)
class Candidate:
    """A model that can be evaluated.

    Attributes:
        name: What it is called on the screen.
        digest: Stands for all that its answers depend on.
        megabytes: Of the file that answers.
        entry: Of the registry; None for a file that somebody brought.
        file: The file that somebody brought; None for a model of the registry.
    """

    name: str
    digest: str
    megabytes: float
    entry: ModelEntry | None = None
    file: KerasFile | None = None

    @property
    def asked(self) -> str | KerasFile:
        """What a worker is told to find it by."""
        return self.file or self.name

    @property
    def view_digest(self) -> str:
        """What stands for all that its features depend on, see ``fer.dataset.network_view``."""
        return model_digest(self.entry) if self.entry is not None else self.digest


@dataclass(frozen=True, eq=False)
class Part:
    """The rows of a data set on which models are measured.

    Attributes:
        faces: Those rows.
        rows: Their places in the whole data set, from 0, shape ``(n,)``.
        usage: As it was asked for: a usage, ``test`` or ``all``.
        data: The data set's name.
        data_key: Stands for its content, labels and splits.
        single: Which rows have no twin in the Training split, pixel for pixel, shape ``(n,)``; None where nothing is to
            be left out: no Training split, one that is measured itself, or no twins.
    """

    faces: FaceSet
    rows: RowArray
    usage: str
    data: str
    data_key: str
    single: BoolArray | None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def is_selection(self) -> bool:
        """Whether PublicTest is among the rows: models were chosen by it."""
        unnamed = self.faces.drawn or self.faces.by_chance
        return not unnamed and bool((self.faces.usage == USAGES.index("PublicTest")).any())

    @property
    def standing(self) -> str:
        """A sentence on what figures on these rows are worth, or nothing where they are an independent test."""
        return standing_of(self.faces)


@dataclass(frozen=True, eq=False)
class Evaluated:
    """What one model answered on one part.

    Attributes:
        model: Which one.
        part: The rows.
        probabilities: Shape ``(n, 7)``, float32, FER2013's order, rows summing to 1.
        unsure_below: A confidence below this is called unsure.
        ms_per_face: On one core, in batches of 32, the median.
        notes: Sentences about how the model was read.
    """

    model: Candidate
    part: Part
    probabilities: FloatArray
    unsure_below: float
    ms_per_face: float
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    @property
    def entry(self) -> ModelEntry | None:
        """The model's entry in the registry, or None for a file that somebody brought."""
        return self.model.entry

    @property
    def faces(self) -> FaceSet:
        """The faces that were asked about."""
        return self.part.faces

    @property
    def labels(self) -> LabelArray:
        """Their labels, shape ``(n,)``."""
        return self.part.faces.labels

    @property
    def key(self) -> str:
        """What stands for the model and the part, to keep what is worked out from them."""
        return f"{self.name} {self.model.digest} {self.part.data_key} {self.part.usage}"

    @cached_property
    def guesses(self) -> RowArray:
        """The most probable emotion of each face, shape ``(n,)``."""
        return np.asarray(self.probabilities.argmax(axis=1), np.intp)

    @cached_property
    def confidence(self) -> FloatArray:
        """Its probability, shape ``(n,)``."""
        return np.asarray(self.probabilities.max(axis=1), np.float32)

    @cached_property
    def right(self) -> BoolArray:
        """Whether it is the label, shape ``(n,)``."""
        return np.asarray(self.guesses == self.labels, np.bool_)


def candidate_of(entry: ModelEntry) -> Candidate:
    """Return a model of the registry as a candidate; ``fer.evaluation.brought`` gives those of files."""
    # The same file may be published twice, read in other ways.
    how = f"{entry.input.model_dump_json()} {entry.output} {' '.join(entry.labels)}"
    return Candidate(entry.name, f"{model_digest(entry)} {how}", entry.files["onnx"].bytes / 1e6, entry)


def part_of_data(opened: Opened, usage: str) -> Part:
    """Return the rows of a usage.

    Raises:
        InputError: If there is no such usage, or the data has no row of it.
    """
    faces = opened.faces
    rows = places_of(faces, usage, opened.name)
    whole = rows[-1] - rows[0] + 1 == len(rows)
    # A slice leaves the images in their memory map.
    chosen = faces.take(slice(int(rows[0]), int(rows[-1]) + 1) if whole else rows)
    key = f"{opened.sha256} {labels_digest(faces)}"
    return Part(chosen, rows, usage, opened.name, key, _single(faces, chosen))


def _single(whole: FaceSet, chosen: FaceSet) -> BoolArray | None:
    training = USAGES.index("Training")
    if (chosen.usage == training).any() or not (whole.usage == training).any():
        return None
    single = ~has_twin(np.asarray(chosen.images), np.asarray(whole.images[whole.usage == training]))
    return None if single.all() or not single.any() else single


def known_answers(model: Candidate, origin: Origin, opened: Opened, part: Part) -> Evaluated | None:
    """Return what a model answered if it was asked before, or None."""
    found = Kept(origin, opened).arrays(WHAT, **_question(model, opened, part.usage))
    try:
        if found is None or found["probabilities"].shape != (len(part), len(EMOTIONS)):
            return None
        notes = tuple(map(str, found["notes"].tolist()))
        # The registry may say otherwise since.
        unsure_below = model.entry.unsure_below if model.entry is not None else float(found["unsure_below"])
        ms = float(found["ms_per_face"])
    except (KeyError, ValueError):
        return None
    return Evaluated(model, part, found["probabilities"], unsure_below, ms, notes)


def ask(
    model: Candidate, judged: Judged, origin: Origin, opened: Opened, part: Part, progress: Progress = silent
) -> Evaluated:
    """Ask a model about every face of a part, and keep what it answers.

    Args:
        model: Which one.
        judged: The same, ready to be asked.
        origin: Where the data set comes from.
        opened: The data set.
        part: Its rows to ask about.
        progress: Told the share done before each batch; what it raises ends the work.

    Raises:
        ModelError: If it answers with values that are no numbers.
        StorageError: If the answers cannot be kept.
    """
    images = part.faces.images
    probabilities = answers(judged, images, progress)
    ms = ms_per_face(judged, images)
    progress(1.0, "Keeping the answers")
    arrays = {
        "probabilities": probabilities,
        "unsure_below": np.array(judged.unsure_below),
        "ms_per_face": np.array(ms),
        "notes": np.array(judged.notes, np.str_),
    }
    Kept(origin, opened).keep_arrays(WHAT, arrays, **_question(model, opened, part.usage))
    return Evaluated(model, part, probabilities, judged.unsure_below, ms, judged.notes)


def _question(model: Candidate, opened: Opened, usage: str) -> dict[str, str]:
    return {"model": model.digest, "labels": labels_digest(opened.faces), "usage": usage}

"""What a training learns from: a data set, checked, and divided into what is learned, held out and looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from fer.dataset.clean import apply, read_clean_list
from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.opening import Opened, Progress, SplitRule
from fer.dataset.origin import Origin
from fer.dataset.twins import image_digest
from fer.emotions import EMOTIONS
from fer.errors import DataError, InputError
from fer.faces.scale import InputSpec
from fer.training.recipe import Recipe

OFFICIAL_TRAINING = (3995, 436, 4097, 7215, 4830, 3171, 4965)
"""FER2013's Training rows by emotion (Goodfellow et al. 2013)."""


class DataSource(Origin):
    """Where a run's faces come from, as its config says it.

    Attributes:
        clean: A clean list of the Data set page, or None: the rows it names are left out.
    """

    clean: str | None = None

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> DataSource:
        """Return what a run's config names.

        Raises:
            InputError: If another version of Classmood wrote it.
        """
        try:
            return cls.model_validate({name: config[name] for name in cls.model_fields if name in config})
        except ValidationError as problem:
            raise InputError(
                f"The run's data is described otherwise than today ({problem.errors()[0]['msg']}). Start a new run."
            ) from problem

    def open(self, progress: Progress | None = None) -> Opened:
        """Open the data set: usages drawn where none are given, FER+'s votes joined, a clean list's rows left out.

        Raises:
            DataError: If it cannot be read, or the clean list was made for other data.
        """
        opened = self.whole(progress)
        if not self.clean:
            return opened
        return replace(opened, faces=apply(opened.faces, read_clean_list(Path(self.clean))))

    def whole(self, progress: Progress | None = None) -> Opened:
        """Open the data set with the rows that a clean list leaves out.

        Raises:
            DataError: If it cannot be read.
        """
        return Origin.open(self.model_copy(update={"split": self.split or SplitRule()}), progress)


@dataclass(frozen=True)
class Material:
    """What a recipe makes of a data set.

    Attributes:
        training: What is learned from.
        held_out: Of the training rows, what no step sees.
        validation: What is looked at after every epoch.
        validation_name: ``PublicTest`` or ``held_out``.
        spec: The network's input, with mean and deviation of what is learned from.
        notes: What somebody should know about the data, a sentence each.
    """

    training: FaceSet
    held_out: FaceSet
    validation: FaceSet
    validation_name: str
    spec: InputSpec
    notes: tuple[str, ...] = ()


def prepare(faces: FaceSet, recipe: Recipe) -> Material:
    """Divide a data set as a recipe says.

    Raises:
        DataError: If it cannot be learned from: too few faces, one emotion only, nothing to look at.
    """
    rows = faces.split("Training")
    counts = _counted(rows)
    apart = hold_out(rows, recipe.held_out, recipe.seed_of_held_out)
    training, held_out = rows.take(~apart), rows.take(apart)
    validation = held_out if recipe.validation == "held_out" else faces.split("PublicTest")
    if not len(validation) and recipe.validation == "held_out":
        raise DataError(
            f"Training has {len(rows):,} faces, too few of each emotion to hold any out, so there is none to look at "
            "after every epoch. Take more faces, or data with PublicTest rows and validation: PublicTest."
        )
    if not len(validation):
        raise DataError(
            f"expected rows of {recipe.validation} to look at after every epoch; there are none. "
            "Set validation: held_out and held_out: 0.1, or take data with PublicTest rows."
        )
    spec = InputSpec(
        h=recipe.input_px,
        w=recipe.input_px,
        mean=round(float(training.images.mean()), 3),
        std=max(1.0, round(float(training.images.std()), 3)),
        scaling=recipe.scaling,
        mend=recipe.mend,
    )
    notes = tuple(
        f"Training has no face labelled {name}: the network will not learn it."
        for name, count in zip(EMOTIONS, counts, strict=True)
        if not count
    )
    return Material(training, held_out, validation, recipe.validation, spec, notes)


def _counted(rows: FaceSet) -> npt.NDArray[np.intp]:
    """Return how many training faces each emotion has, if there is something to tell apart."""
    counts = np.bincount(rows.labels, minlength=len(EMOTIONS))
    if len(rows) < 2 or np.count_nonzero(counts) < 2:
        what = f"{len(rows):,} face{'s' * (len(rows) != 1)}"
        if len(rows) > 1:
            what += f", all of them {EMOTIONS[int(counts.argmax())]}"
        raise DataError(
            f"Training has {what}: there is nothing to tell apart. Take data with faces of two emotions or more."
        )
    return counts


def hold_out(rows: FaceSet, share: float, seed: int) -> npt.NDArray[np.bool_]:
    """Choose rows that no step sees: a share of each emotion; faces that are pixel for pixel the same stay together.

    Args:
        rows: Training rows.
        share: In [0, 0.5].
        seed: The same seed chooses the same rows.

    Returns:
        Shape ``(n,)``: True for those held out; never all of an emotion.
    """
    apart = np.zeros(len(rows), bool)
    if not share:
        return apart
    alike: dict[bytes, list[int]] = {}
    for row, image in enumerate(rows.images):
        alike.setdefault(image_digest(image), []).append(row)
    counts = np.bincount(rows.labels, minlength=len(EMOTIONS))
    wanted = np.minimum(np.ceil(counts * share), counts - 1).astype(int)
    groups = list(alike.values())
    for at in np.random.default_rng([seed, len(rows)]).permutation(len(groups)):
        group = groups[at]
        # Twins may be labelled differently: each label's share must have room.
        needs = np.bincount(rows.labels[group], minlength=len(EMOTIONS))
        if np.all((needs == 0) | (needs <= wanted)):
            apart[group] = True
            wanted -= needs
    return apart


def identity_of(opened: Opened) -> dict[str, Any]:
    """Return what tells a data set from another one: content, which rows are left, and faces of each usage."""
    faces = opened.faces
    places = "\n".join(f"{source} {usage}" for source, usage in zip(faces.source, faces.usage, strict=True))
    votes = None if faces.votes is None else hashlib.sha256(np.ascontiguousarray(faces.votes).tobytes()).hexdigest()
    return {
        "schema": 1,
        "name": opened.name,
        "kind": opened.kind,
        "sha256": opened.sha256,
        "rows": len(faces),
        "usages": {name: int((faces.usage == code).sum()) for code, name in enumerate(USAGES)},
        "left": hashlib.sha256(places.encode()).hexdigest(),
        "votes": votes,
        "drawn": faces.drawn or opened.kind == "demo",
    }


def refuse_other(then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Make sure that a run goes on with the data it began with.

    Raises:
        DataError: If they differ; the sentence names the difference.
    """
    found = []
    if then["rows"] != now["rows"]:
        found.append(f"it had {then['rows']:,} rows and has {now['rows']:,}")
    found += [
        f"{usage} had {n:,} faces and has {now['usages'].get(usage, 0):,}"
        for usage, n in then["usages"].items()
        if n != now["usages"].get(usage, 0) and then["rows"] == now["rows"]
    ]
    if bool(then["votes"]) != bool(now["votes"]):
        found.append(f"FER+ votes were {'joined' if then['votes'] else 'not joined'} before")
    elif then["votes"] != now["votes"]:
        found.append("the FER+ votes are others")
    if then["sha256"] != now["sha256"] and not found:
        found.append(f"its content changed (sha256 {then['sha256'][:12]}…, now {now['sha256'][:12]}…)")
    # Runs from before it was kept have none.
    if "left" in then and then["left"] != now["left"] and not found:
        found.append("other rows are left out or in other splits (the clean list or the split is another one)")
    if found:
        raise DataError(
            f"{now['name']} is not the data that this run began with ({then['name']}): {'; '.join(found)}. "
            "Go on with the same data, or start a new run."
        )


def title_of(identity: Mapping[str, Any], training: FaceSet) -> str:
    """Return what a model card calls a data set."""
    if identity["drawn"]:
        return "faces drawn by Classmood"
    if tuple(np.bincount(training.labels, minlength=len(EMOTIONS))) == OFFICIAL_TRAINING:
        return "FER2013"
    return f"{identity['name']} (sha256 {identity['sha256'][:12]}…)"


def sample_of(faces: FaceSet, most: int, seed: int = 0) -> FaceSet:
    """Return up to ``most`` faces chosen by chance, the same for the same seed."""
    if len(faces) <= most:
        return faces
    return faces.take(np.sort(np.random.default_rng(seed).choice(len(faces), most, replace=False)))

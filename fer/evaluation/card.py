"""The model card: what a model is, what was measured, where it fails, what it is for and what not; HTML and Markdown.

Its figures come from the manifest and, where faces are at hand, from what the model answered on them just now. Nothing
in it is a date or a guess: the same model and the same faces give the same card.

Sources:
    Mitchell et al. 2019, "Model Cards for Model Reporting".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fer.emotions import EMOTIONS
from fer.evaluation.evaluated import Candidate, Evaluated
from fer.evaluation.groups import LEAST_OF_EMOTION, by_group, picture_groups
from fer.evaluation.intervals import class_intervals, confusion_of, overall_intervals
from fer.evaluation.metrics import figures_of
from fer.evaluation.mistakes import most_confused
from fer.evaluation.purposes import PURPOSES, WHAT_IT_IS
from fer.evaluation.wording import FIGURES, interval_words, number_words, title_of
from fer.faces.scale import CROP_PX
from fer.registry import ModelEntry, ModelInput

if TYPE_CHECKING:
    from jinja2 import Template

FOLDER = Path(__file__).parent
FORMATS = {"html": "card.html.j2", "md": "card.md.j2"}


@dataclass(frozen=True)
class Table:
    """A table of a card.

    Attributes:
        title: Above it.
        columns: Their names.
        rows: Cells as text.
        note: Below it.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True)
class Card:
    """A model card.

    Attributes:
        name: The model.
        what: One sentence.
        facts: What is known of it: name and text.
        tables: Figures.
        failures: Where it fails, a sentence each.
        intended: What it is for.
        forbidden: What it is not for.
        limits: What figures cannot tell.
    """

    name: str
    what: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table]
    failures: Sequence[str]
    intended: Sequence[str]
    forbidden: Sequence[str]
    limits: Sequence[str]

    def text(self, form: str, framed: bool = False) -> str:
        """Return the card as a file.

        Args:
            form: ``html``, which opens offline and prints, or ``md``.
            framed: Whether it is shown within one of our own pages, whose script measures it; a file forbids scripts.
        """
        return _template(form).render(card=self, framed=framed)


def card_of(model: ModelEntry | Candidate, measured: Evaluated | None = None) -> Card:
    """Write a model's card.

    Args:
        model: Of the registry, or a file that somebody brought, of which little is known.
        measured: What it answered on faces; None: the manifest's figures alone.
    """
    entry = model if isinstance(model, ModelEntry) else model.entry
    kind = entry.kind if entry is not None else "face"
    tables = [
        *(_measured_tables(measured) if measured is not None else []),
        *(_manifest_tables(entry) if entry else []),
    ]
    failures = _measured_failures(measured) if measured is not None else _manifest_failures(entry)
    purposes = PURPOSES[kind]
    facts = _facts(entry) if entry is not None else [("Origin", "A file that was brought to be evaluated.")]
    return Card(
        model.name, WHAT_IT_IS[kind], facts, tables, failures, purposes.intended, purposes.forbidden, purposes.limits
    )


def _facts(entry: ModelEntry) -> list[tuple[str, str]]:
    more = entry.model_extra or {}
    files = ", ".join(
        f"{kind} {file.bytes / 1e6:.1f} MB (sha256 {file.sha256[:16]}…)" for kind, file in entry.files.items()
    )
    facts = [
        ("Data", entry.data),
        ("Learned from", entry.split),
        ("Recipe", f"`{entry.command}`"),
        ("Takes", _takes(entry)),
        ("Computes in", _precision(entry)),
        ("Gives", f"{entry.output} of {', '.join(entry.labels)}"),
        ("Calibration", f"temperature {entry.temperature:g}; below {100 * entry.unsure_below:.0f} % it says unsure"),
        ("Parameters", f"{more['parameters']:,}" if "parameters" in more else ""),
        ("Files", files),
        ("Licence", entry.licence),
        ("About the figures", entry.figures_note),
    ]
    return [(name, text) for name, text in facts if text]


def _takes(entry: ModelEntry) -> str:
    told = entry.input
    if not isinstance(told, ModelInput):
        return ", ".join(f"{name} {value}" for name, value in told.model_dump().items())
    by = f"minus {told.mean:g}, divided by {told.std:g}, which are the training split's mean and deviation"
    if told.scaling == "face":
        by = "minus the face's own mean, divided by its own deviation"
    mended = "; dark faces are brightened and noisy ones smoothed first" if told.mend else ""
    return f"one grey face: the middle {told.h} × {told.w} of a crop of {CROP_PX} × {CROP_PX}, {by}{mended}"


def _precision(entry: ModelEntry) -> str:
    if entry.precision != "int8":
        return ""
    beside = (entry.model_extra or {}).get("beside_keras")
    words = "whole numbers of eight bits (int8) after its first stage"
    if not beside:
        return words
    return (
        f"{words}; of {beside['n']:,} faces {100 * beside['same_emotion']:.1f} % get the emotion that the Keras file "
        f"names, with probabilities {100 * beside['mean_gap']:.1f} points apart on average"
    )


def _manifest_tables(entry: ModelEntry) -> list[Table]:
    tables = []
    for split, figures in entry.figures.items():
        rows = [
            (title_of(name), number_words(name, value))
            for name, value in figures.items()
            if not isinstance(value, dict | list)
        ]
        recall = [
            (f"Recall, {name}", number_words("recall", value)) for name, value in figures.get("recall", {}).items()
        ]
        tables.append(Table(f"Published: {split}", ("Figure", "Value"), [*rows, *recall]))
    return tables


def _measured_tables(measured: Evaluated) -> list[Table]:
    part, single = measured.part, measured.part.single
    found = overall_intervals(measured.probabilities, measured.labels)
    without = figures_of(measured.probabilities[single], measured.labels[single]) if single is not None else None
    rows = [
        (FIGURES[name].title, interval_words(name, found[name]),
         "–" if without is None or name not in without else number_words(name, without[name]))
        for name in FIGURES if name in found
    ]  # fmt: skip
    classes = class_intervals(confusion_of(measured.labels, measured.guesses))
    counts = np.bincount(measured.labels, minlength=len(EMOTIONS))
    by_class = [
        (name, f"{counts[i]:,}", *(interval_words(figure, classes[figure][i]) for figure in classes))
        for i, name in enumerate(EMOTIONS)
    ]
    groups = [
        (
            group.name,
            f"{group.n:,}",
            interval_words("accuracy", group.accuracy),
            interval_words("recall", group.recall) if group.recall else "–",
            number_words("recall", group.recall_of_all) if group.recall else "–",
            ", ".join(group.too_few) or "–",
        )
        for group in by_group(measured, picture_groups(part.faces))
    ]
    where = f"{len(part):,} faces of {part.data}, {part.usage}"
    tables = [
        Table(f"Measured on {where}", ("Figure", "Value (95 % interval)", "Without twins of training faces"), rows,
              part.standing),
        Table("By emotion", ("Emotion", "Faces", "Precision", "Recall", "F1"), by_class),
    ]  # fmt: skip
    if groups:
        note = (
            f"Each is a tenth of the faces. Emotions with fewer than {LEAST_OF_EMOTION} faces in it are left out. "
            "The data says nothing about the people in it."
        )
        columns = ("Pictures", "Faces", "Accuracy", "Mean recall", "The same emotions, all faces", "Too few faces of")
        tables.append(Table("By kind of picture", columns, groups, note))
    return tables


def _measured_failures(measured: Evaluated) -> list[str]:
    confusion = confusion_of(measured.labels, measured.guesses)
    failures = [
        f"{100 * one.share:.0f} % of {one.label} faces are called {one.guess} ({one.count:,} of "
        f"{confusion[EMOTIONS.index(one.label)].sum():,})."
        for one in most_confused(confusion)
    ]
    failures += [
        f"Of {group.name}, mean recall is {100 * group.recall.value:.0f} %, of the same emotions on all faces "
        f"{100 * group.recall_of_all:.0f} %."
        for group in by_group(measured, picture_groups(measured.faces))
        if group.recall is not None and group.recall.high < group.recall_of_all
    ]
    sure = int(((measured.confidence >= 0.8) & ~measured.right).sum())
    failures.append(f"{sure:,} of {len(measured.part):,} answers are wrong with a confidence of 80 % or more.")
    return failures


def _manifest_failures(entry: ModelEntry | None) -> list[str]:
    failures = []
    for split, figures in (entry.figures if entry is not None else {}).items():
        recall = {name: value for name, value in figures.get("recall", {}).items() if value is not None}
        if recall:
            weak = sorted(recall, key=recall.__getitem__)[:2]
            named = " and ".join(f"{name} ({100 * recall[name]:.0f} %)" for name in weak)
            failures.append(f"{split}: the fewest are recognised of {named}.")
        if "confusion" in figures:
            failures += [
                f"{split}: {100 * one.share:.0f} % of {one.label} are called {one.guess}."
                for one in most_confused(np.array(figures["confusion"]), 2)
            ]
    return failures


@lru_cache(maxsize=2)
def _template(form: str) -> Template:
    from jinja2 import Environment, StrictUndefined

    # Everything is escaped in HTML: a model's name and data are text that somebody typed.
    rooms = Environment(
        autoescape=form == "html",
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rooms.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    return rooms.from_string((FOLDER / FORMATS[form]).read_text(encoding="utf-8"))

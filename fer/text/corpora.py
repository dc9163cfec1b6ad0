"""Messages that people have labelled: GoEmotions, CARER, and a table of one's own; every label set mapped to our seven.

| ours     | GoEmotions (its official seven-way grouping) | CARER    |
|----------|----------------------------------------------|----------|
| angry    | anger (anger, annoyance, disapproval)        | anger    |
| disgust  | disgust                                      | none     |
| fear     | fear (fear, nervousness)                     | fear     |
| happy    | joy (twelve labels, from joy to relief)      | joy      |
| sad      | sadness (sadness, disappointment, grief, …)  | sadness  |
| surprise | surprise (surprise, realization, confusion…) | surprise |
| neutral  | neutral                                      | none     |

CARER's love has no counterpart and is left out.

Sources:
    Demszky et al. 2020, "GoEmotions: A Dataset of Fine-Grained Emotions" (Apache 2.0).
    Saravia et al. 2018, "CARER: Contextualized Affect Representations for Emotion Recognition" (research, education).
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS, canonical
from fer.errors import DataError
from fer.text.sources import LONGEST_CELL

FloatArray = npt.NDArray[np.float32]

SEVEN_LABELS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
"""Of GoEmotions' seven-way files, in their order (ekman_labels.txt)."""
FINE_LABELS = (
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity", "desire",
    "disappointment", "disapproval", "disgust", "embarrassment", "excitement", "fear", "gratitude", "grief", "joy",
    "love", "nervousness", "optimism", "pride", "realization", "relief", "remorse", "sadness", "surprise", "neutral",
)  # fmt: skip
"""Of its fine files, in their order (labels.txt)."""
_GROUPS = {
    "angry": "anger annoyance disapproval",
    "disgust": "disgust",
    "fear": "fear nervousness",
    "sad": "sadness disappointment embarrassment grief remorse",
    "surprise": "surprise realization confusion curiosity",
    "neutral": "neutral",
}
OURS_OF_FINE = {label: ours for ours, labels in _GROUPS.items() for label in labels.split()}
"""GoEmotions' own grouping; whatever is not named in it belongs to joy, our happy."""
TEXT_COLUMNS = ("text", "message", "sentence", "comment", "content", "review")
LONGEST_MESSAGE = 100_000
"""A longer one is no message: a quotation mark is open, and the rest of the table lies behind it."""
LABEL_COLUMNS = ("emotion", "label", "label_name", "sentiment", "class")


@dataclass(frozen=True)
class LabelledTexts:
    """Messages with what people read in them.

    Attributes:
        texts: As they were typed.
        targets: Shape ``(n, 7)``, float32, rows summing to 1, FER2013's order; several labels share a row evenly.
        fine: The same by ``FINE_LABELS``, shape ``(n, 28)``, or None where the corpus has no finer labels.
        note: What was left out, in a sentence; "" where nothing was.
    """

    texts: list[str]
    targets: FloatArray
    note: str = ""
    fine: FloatArray | None = None

    @property
    def single(self) -> npt.NDArray[np.bool_]:
        """Whether each message has one label alone, shape ``(n,)``."""
        alone: npt.NDArray[np.bool_] = self.targets.max(axis=1) == 1
        return alone

    @property
    def labels(self) -> npt.NDArray[np.intp]:
        """The label of each message, or the first of several, shape ``(n,)``."""
        first: npt.NDArray[np.intp] = self.targets.argmax(axis=1)
        return first

    def rows(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> LabelledTexts:
        """Return some of the messages."""
        places = np.arange(len(self.texts))[chosen]
        fine = None if self.fine is None else self.fine[places]
        return LabelledTexts([self.texts[place] for place in places], self.targets[places], self.note, fine)

    def fine_or_grouped(self) -> FloatArray:
        """Return targets by ``FINE_LABELS``: where there are no finer labels, ours stand for those of the same name."""
        if self.fine is not None:
            return self.fine
        table = np.zeros((len(self.texts), len(FINE_LABELS)), np.float32)
        for column, label in enumerate(FINE_LABELS):
            if (ours := canonical(label)) is not None:
                table[:, column] = self.targets[:, EMOTIONS.index(ours)]
        return table


def fine_groups() -> FloatArray:
    """Return which of our seven each of ``FINE_LABELS`` belongs to, shape ``(28, 7)``, one 1 a row."""
    table = np.zeros((len(FINE_LABELS), len(EMOTIONS)), np.float32)
    for row, label in enumerate(FINE_LABELS):
        table[row, EMOTIONS.index(OURS_OF_FINE.get(label, "happy"))] = 1
    return table


def joined(parts: Sequence[LabelledTexts]) -> LabelledTexts:
    """Put corpora together, one after the other."""
    texts = [text for part in parts for text in part.texts]
    fine = np.concatenate([part.fine_or_grouped() for part in parts])
    return LabelledTexts(texts, np.concatenate([part.targets for part in parts]), "", fine)


def read_goemotions(path: Path, name: str | None = None) -> LabelledTexts:
    """Read a file of GoEmotions: text, label numbers, id; no header.

    Args:
        path: Of a seven-way file, as ekman_train.tsv, or of a fine one, as train.tsv: one in which no number is above 6
            is taken for seven-way.
        name: What it is called in messages; None: as the file.

    Raises:
        DataError: If it is not such a file.
    """
    name = name or path.name
    texts, numbers = [], []
    for place, line in enumerate(_text_of(path, name).splitlines(), 1):
        parts = line.split("\t")
        try:
            found = [int(one) for one in parts[1].split(",")]
            if not all(0 <= one < len(FINE_LABELS) for one in found):
                raise ValueError(parts[1])
        except (IndexError, ValueError) as problem:
            raise DataError(
                f"{name}: line {place} is not a text, a tab and label numbers. Expected GoEmotions' train.tsv or "
                "ekman_train.tsv, or their dev files."
            ) from problem
        texts.append(parts[0])
        numbers.append(found)
    seven = all(one < len(SEVEN_LABELS) for found in numbers for one in found)
    if seven:
        return _labelled(name, texts, [[SEVEN_LABELS[one] for one in found] for found in numbers])
    fine = np.zeros((len(texts), len(FINE_LABELS)), np.float32)
    for place, found in enumerate(numbers):
        fine[place, found] = 1 / len(found)
    # A message with anger and annoyance has one of our labels, and two fine ones.
    targets = (fine @ fine_groups() > 0).astype(np.float32)
    return LabelledTexts(texts, targets / targets.sum(axis=1, keepdims=True), "", fine)


def read_carer(path: Path, name: str | None = None) -> LabelledTexts:
    """Read a file of CARER: ``text;label_name`` with a header; love is left out.

    Raises:
        DataError: If it is not such a file.
    """
    name = name or path.name
    lines = _text_of(path, name).splitlines()
    rows = [line.rpartition(";") for line in lines[1:] if line]
    if not rows or not all(text and label for text, _, label in rows):
        raise DataError(f"{name} is not CARER's text;label_name with a header line. Download it again.")
    return _labelled(name, [text for text, _, _ in rows], [[label] for _, _, label in rows])


def read_labelled(path: Path, name: str | None = None) -> LabelledTexts:
    """Read labelled messages in any of the forms that people have: GoEmotions, CARER, or a table with two columns.

    Args:
        path: Where the file lies.
        name: What it is called in messages; None: as the file.

    Raises:
        DataError: If it is none of them.
    """
    name = name or path.name
    text = _text_of(path, name)
    first = text.split("\n", 1)[0]
    if first.strip() == "text;label_name":
        return read_carer(path, name)
    parts = first.split("\t")
    if len(parts) == 3 and parts[1] and set(parts[1]) <= set("0123456789,"):
        return read_goemotions(path, name)
    delimiter = max(",;\t", key=first.count)
    header, *rows = _table(text, delimiter, name) or [[]]
    names = [cell.strip().lower() for cell in header]
    known = (TEXT_COLUMNS, LABEL_COLUMNS)
    places = [next((names.index(one) for one in columns if one in names), None) for columns in known]
    if None in places:
        raise DataError(
            f"{name}: expected a column called {' or '.join(TEXT_COLUMNS[:2])} and one called "
            f"{' or '.join(LABEL_COLUMNS[:2])}; its columns are {', '.join(names) or 'none'}. Rename two of them."
        )
    pairs = [[row[place] if place is not None and place < len(row) else "" for place in places] for row in rows]
    return _labelled(name, [text for text, _ in pairs], [[label] for _, label in pairs])


def _table(text: str, delimiter: str, name: str) -> list[list[str]]:
    """Return a table's rows, the columns' names first, without empty ones."""
    csv.field_size_limit(LONGEST_CELL)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            longest = max(map(len, row), default=0)
            if longest > LONGEST_MESSAGE:
                raise csv.Error(f"a cell of {longest:,} characters")
            rows.append(row)
    except csv.Error as problem:
        raise DataError(
            f"{name}: row {len(rows) + 1:,} cannot be read ({problem}). A quotation mark may be open; close it, or "
            "export the table again."
        ) from problem
    return [row for row in rows if row]


def _text_of(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise DataError(f"{name} is not text in UTF-8. Save it as UTF-8.") from problem
    except OSError as problem:
        raise DataError(f"{name} cannot be read ({problem.strerror or problem}). Check the path.") from problem


def _labelled(name: str, texts: Iterable[str], labels: Iterable[Sequence[str]]) -> LabelledTexts:
    kept, rows, left_out = [], [], Counter[str]()
    for text, names in zip(texts, labels, strict=True):
        ours = [found for name in names if (found := canonical(name)) is not None]
        left_out.update(name.strip() or "no label" for name in names if canonical(name) is None)
        if ours and text.strip():
            kept.append(text)
            rows.append([ours.count(emotion) / len(ours) for emotion in EMOTIONS])
    if not kept:
        raise DataError(
            f"{name}: none of its labels is one of our seven emotions. Expected {', '.join(EMOTIONS)}, or names "
            f"such as anger and joy; found {', '.join(list(left_out)[:5]) or 'no rows'}."
        )
    note = ""
    if left_out:
        named = ", ".join(f"{label} ({count:,})" for label, count in left_out.most_common(5))
        note = f"{name}: left out, because we have no such emotion: {named}."
    return LabelledTexts(kept, np.array(rows, np.float32), note)

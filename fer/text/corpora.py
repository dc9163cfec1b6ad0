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

FloatArray = npt.NDArray[np.float32]

GOEMOTIONS_LABELS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
"""Of the seven-way files, in their order (ekman_labels.txt)."""
TEXT_COLUMNS = ("text", "message", "sentence", "comment", "content", "review")
LABEL_COLUMNS = ("emotion", "label", "label_name", "sentiment", "class")


@dataclass(frozen=True)
class LabelledTexts:
    """Messages with what people read in them.

    Attributes:
        texts: As they were typed.
        targets: Shape ``(n, 7)``, float32, rows summing to 1, FER2013's order; several labels share a row evenly.
        note: What was left out, in a sentence; "" where nothing was.
    """

    texts: list[str]
    targets: FloatArray
    note: str = ""

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
        return LabelledTexts([self.texts[place] for place in places], self.targets[places], self.note)


def joined(parts: Sequence[LabelledTexts]) -> LabelledTexts:
    """Put corpora together, one after the other."""
    texts = [text for part in parts for text in part.texts]
    return LabelledTexts(texts, np.concatenate([part.targets for part in parts]))


def read_goemotions(path: Path, name: str | None = None) -> LabelledTexts:
    """Read a seven-way file of GoEmotions, as ekman_train.tsv: text, label numbers, id; no header.

    Raises:
        DataError: If it is not such a file.
    """
    name = name or path.name
    texts, labels = [], []
    for number, line in enumerate(_text_of(path, name).splitlines(), 1):
        parts = line.split("\t")
        try:
            text, names = parts[0], [GOEMOTIONS_LABELS[int(one)] for one in parts[1].split(",")]
        except (IndexError, ValueError) as problem:
            raise DataError(
                f"{name}: line {number} is not a text, a tab and numbers from 0 to 6. Expected GoEmotions' "
                "seven-way files (ekman_train.tsv, ekman_dev.tsv)."
            ) from problem
        texts.append(text)
        labels.append(names)
    return _labelled(name, texts, labels)


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
    if len(parts) == 3 and set(parts[1]) <= set("0123456,"):
        return read_goemotions(path, name)
    delimiter = max(",;\t", key=first.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    names = {(field or "").strip().lower(): field for field in rows.fieldnames or []}
    columns = [next((names[one] for one in known if one in names), None) for known in (TEXT_COLUMNS, LABEL_COLUMNS)]
    if None in columns:
        raise DataError(
            f"{name}: expected a column called {' or '.join(TEXT_COLUMNS[:2])} and one called "
            f"{' or '.join(LABEL_COLUMNS[:2])}; its columns are {', '.join(names) or 'none'}. Rename two of them."
        )
    pairs = [(row[columns[0]] or "", row[columns[1]] or "") for row in rows]
    return _labelled(name, [text for text, _ in pairs], [[label] for _, label in pairs])


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

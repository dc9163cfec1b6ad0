"""The two speech corpora, RAVDESS and EmoDB: which emotion, which speaker, and how their labels become our seven.

Sources:
    Livingstone & Russo 2018, "The Ryerson Audio-Visual Database of Emotional Speech and Song" (CC BY-NC-SA 4.0).
    Burkhardt et al. 2005, "A Database of German Emotional Speech" (free to use with citation).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS, canonical
from fer.errors import DataError

SUFFIXES = (".flac", ".wav")
RAVDESS_CODES = {
    "01": "neutral", "02": "calm", "03": "happy", "04": "sad", "05": "angry", "06": "fearful", "07": "disgust",
    "08": "surprised",
}  # fmt: skip
EMODB_CODES = {
    "W": "anger", "L": "boredom", "E": "disgust", "A": "fear", "F": "happiness", "T": "sadness", "N": "neutral",
}  # fmt: skip
"""Boredom is not one of our seven and is left out; there is no surprise in EmoDB."""
_RAVDESS = re.compile(r"03-01-(\d\d)-\d\d-\d\d-\d\d-(\d\d)")
_EMODB = re.compile(r"(\d\d)[ab]\d\d([WLEAFTN])[a-z]?")


@dataclass(frozen=True)
class Clip:
    """One recorded sentence.

    Attributes:
        path: The file.
        corpus: ``ravdess`` or ``emodb``.
        speaker: Unique over both corpora.
        emotion: Index in FER2013's order.
    """

    path: Path
    corpus: str
    speaker: str
    emotion: int


@dataclass(frozen=True)
class Clips:
    """Clips as columns.

    Attributes:
        clips: In the order of all columns.
    """

    clips: tuple[Clip, ...]

    @property
    def emotions(self) -> npt.NDArray[np.int64]:
        """Shape ``(n,)``, FER2013's order."""
        return np.array([clip.emotion for clip in self.clips], np.int64)

    @property
    def speakers(self) -> npt.NDArray[np.str_]:
        """Shape ``(n,)``, unique over both corpora."""
        return np.array([clip.speaker for clip in self.clips])

    @property
    def corpora(self) -> npt.NDArray[np.str_]:
        """Shape ``(n,)``: ``ravdess`` or ``emodb``."""
        return np.array([clip.corpus for clip in self.clips])


def read_corpora(folder: Path) -> Clips:
    """Return the clips of a folder that holds ``ravdess`` and ``emodb``, or one of both.

    Args:
        folder: Files may lie in folders of their own, as RAVDESS comes (``Actor_01/…``).

    Raises:
        DataError: If there is none of both, or a file's name does not follow its corpus's scheme.
    """
    found: list[Clip] = []
    for corpus, parse in PARSERS.items():
        place = folder / corpus
        if place.is_dir():
            found += _clips_of(place, corpus, parse)
    if not found:
        raise DataError(
            f"{folder} holds no speech corpus. Expected the folders ravdess and emodb, or one of both, with "
            f"{' or '.join(SUFFIXES)} files named as the corpora name them."
        )
    return Clips(tuple(found))


def _clips_of(place: Path, corpus: str, parse: Callable[[str], tuple[str, str] | None]) -> list[Clip]:
    clips = []
    for path in sorted(place.rglob("*")):
        if path.suffix.lower() not in SUFFIXES:
            continue
        parsed = parse(path.stem)
        if parsed is None:
            raise DataError(
                f"{path}: this is not how {corpus} names its files, so neither speaker nor emotion is known. "
                "Give the file its own name back, or take it out of the folder."
            )
        speaker, label = parsed
        emotion = canonical(label)
        if emotion is not None:
            clips.append(Clip(path, corpus, f"{corpus}-{speaker}", EMOTIONS.index(emotion)))
    return clips


def parse_ravdess(stem: str) -> tuple[str, str] | None:
    """Return actor and label of a RAVDESS speech file, or None if it is not one.

    >>> parse_ravdess("03-01-06-01-02-01-12"), parse_ravdess("03-02-06-01-02-01-12")
    (('12', 'fearful'), None)
    """
    match = _RAVDESS.fullmatch(stem)
    return (match[2], RAVDESS_CODES[match[1]]) if match and match[1] in RAVDESS_CODES else None


def parse_emodb(stem: str) -> tuple[str, str] | None:
    """Return speaker and label of an EmoDB file, or None if it is not one.

    >>> parse_emodb("03a01Fa"), parse_emodb("notes")
    (('03', 'happiness'), None)
    """
    match = _EMODB.fullmatch(stem)
    return (match[1], EMODB_CODES[match[2]]) if match else None


PARSERS = {"ravdess": parse_ravdess, "emodb": parse_emodb}

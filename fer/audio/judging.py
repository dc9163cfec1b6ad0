"""How good a speech model is on speakers that it never heard: grouped folds, and what a random split would claim.

The figure is the unweighted average recall (UAR): the mean of the recalls of the emotions that a corpus has, so that a
frequent emotion counts no more than a rare one. EmoDB has no surprise: its UAR is over six, and an answer of surprise
is simply wrong.

Sources:
    Schuller et al. 2009, "The INTERSPEECH 2009 Emotion Challenge" (UAR).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.audio.corpora import Clips
from fer.audio.table import FeatureTable
from fer.emotions import EMOTIONS

FloatArray = npt.NDArray[np.float32]
LabelArray = npt.NDArray[np.int64]
FitPredict = Callable[[FloatArray, LabelArray, FloatArray], FloatArray]
"""Takes rows to learn from, their emotions, and rows to answer; returns scores, shape ``(n, 7)``, the highest wins."""

FOLDS = 5


@dataclass(frozen=True)
class Judged:
    """Answers to every clip by a model that did not learn from its speaker.

    Attributes:
        clips: Which.
        scores: Shape ``(n, 7)``.
        folds: Shape ``(n,)``: in which fold each clip was left out.
    """

    clips: Clips
    scores: FloatArray
    folds: LabelArray

    def figures(self) -> dict[str, Any]:
        """Return for each corpus ``n``, ``speakers``, ``uar``, its mean and deviation over folds, accuracy, recalls."""
        return {corpus: self._of(self.clips.corpora == corpus) for corpus in np.unique(self.clips.corpora).tolist()}

    def _of(self, chosen: npt.NDArray[np.bool_]) -> dict[str, Any]:
        truth, guess = self.clips.emotions[chosen], self.scores[chosen].argmax(axis=1)
        folds = self.folds[chosen]
        by_fold = [uar(truth[folds == fold], guess[folds == fold]) for fold in np.unique(folds)]
        return {
            "n": int(chosen.sum()),
            "speakers": len(np.unique(self.clips.speakers[chosen])),
            "uar": round(uar(truth, guess), 4),
            "uar_by_fold": [round(value, 4) for value in by_fold],
            "uar_deviation": round(float(np.std(by_fold)), 4),
            "accuracy": round(float((truth == guess).mean()), 4),
            "recall": recalls(truth, guess),
            "confusion": confusion(truth, guess),
        }


def uar(truth: LabelArray, guess: LabelArray) -> float:
    """Return the unweighted average recall over the emotions that there are.

    >>> uar(np.array([0, 0, 0, 3]), np.array([0, 0, 1, 3]))
    0.8333333333333333
    """
    present = np.unique(truth)
    return float(np.mean([(guess[truth == emotion] == emotion).mean() for emotion in present]))


def recalls(truth: LabelArray, guess: LabelArray) -> dict[str, float | None]:
    """Return each emotion's recall by name; None where the corpus lacks it."""
    return {
        name: round(float((guess[truth == emotion] == emotion).mean()), 4) if (truth == emotion).any() else None
        for emotion, name in enumerate(EMOTIONS)
    }


def confusion(truth: LabelArray, guess: LabelArray) -> list[list[int]]:
    """Return how often each emotion (row) was taken for each (column), in FER2013's order."""
    table = np.zeros((len(EMOTIONS), len(EMOTIONS)), int)
    np.add.at(table, (truth, guess), 1)
    return [[int(count) for count in row] for row in table]


def speaker_folds(clips: Clips, folds: int = FOLDS) -> LabelArray:
    """Return for each clip the fold that leaves its speaker out, shape ``(n,)``; each corpus is in all folds."""
    from sklearn.model_selection import GroupKFold

    found = np.zeros(len(clips.clips), np.int64)
    for corpus in np.unique(clips.corpora):
        rows = np.flatnonzero(clips.corpora == corpus)
        count = min(folds, len(np.unique(clips.speakers[rows])))
        splitter = GroupKFold(count, shuffle=True, random_state=1)
        for fold, (_, left_out) in enumerate(splitter.split(rows, groups=clips.speakers[rows])):
            found[rows[left_out]] = fold
    return found


def random_folds(clips: Clips, folds: int = FOLDS) -> LabelArray:
    """Return folds that know nothing of speakers: the mistake that makes a model look good."""
    from sklearn.model_selection import StratifiedKFold

    found = np.zeros(len(clips.clips), np.int64)
    splitter = StratifiedKFold(folds, shuffle=True, random_state=1)
    for fold, (_, left_out) in enumerate(splitter.split(found, clips.emotions)):
        found[left_out] = fold
    return found


def judge(
    table: FeatureTable, folds: LabelArray, fit_predict: FitPredict, stop: Callable[[], bool] | None = None
) -> Iterator[Judged]:
    """Leave out one fold after the other, learn from all takes of the rest, and answer the clips as they are.

    Args:
        table: Clips and their takes.
        folds: Shape ``(n,)``.
        fit_predict: The model.
        stop: Asked before each fold; once it says so, the generator ends.

    Yields:
        What is judged so far, after each fold; the last one is whole.
    """
    scores = np.zeros((len(folds), len(EMOTIONS)), np.float32)
    for fold in np.unique(folds):
        if stop is not None and stop():
            return
        learned, left_out = folds != fold, folds == fold
        rows = np.concatenate(list(table.takes[:, learned]))
        emotions = np.tile(table.clips.emotions[learned], len(table.takes))
        scores[left_out] = fit_predict(rows, emotions, table.takes[0, left_out])
        done = folds <= fold
        yield Judged(_only(table.clips, done), scores[done], folds[done])


def _only(clips: Clips, chosen: npt.NDArray[np.bool_]) -> Clips:
    return Clips(tuple(clip for clip, wanted in zip(clips.clips, chosen, strict=True) if wanted))

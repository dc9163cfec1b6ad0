"""A published model on a folder of clips, by the very way that the page and the command line go."""

from __future__ import annotations

from typing import Any

import numpy as np

from fer.audio.classify import open_classifier
from fer.audio.corpora import Clips
from fer.audio.judging import Judged
from fer.audio.pipeline import analyze_speech
from fer.errors import InputError


def evaluate_model(clips: Clips, name: str | None = None) -> dict[str, Any]:
    """Return a model's figures by corpus; see ``fer.audio.judging.Judged.figures``.

    Args:
        clips: Of speakers that the model did not learn from, or the figures say nothing.
        name: A speech model; None takes the default.

    Raises:
        InputError: If a clip cannot be read.
        ModelError: If there is no such model.
    """
    classifier = open_classifier(name)
    scores = []
    for clip in clips.clips:
        try:
            scores.append(analyze_speech(clip.path, clip.path.name, classifier).probabilities)
        except InputError as problem:
            raise InputError(f"{clip.path}: {problem}") from problem
    # One network answered all: there are no folds.
    return Judged(clips, np.stack(scores), np.zeros(len(scores), np.int64)).figures()

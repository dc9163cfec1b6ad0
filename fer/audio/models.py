"""Models to compare: the plain baseline, scikit-learn's usual four, and ours; all judged on speakers left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.audio.describe import Description
from fer.audio.functionals import COEFFICIENTS
from fer.audio.judging import FitPredict
from fer.emotions import EMOTIONS

FloatArray = npt.NDArray[np.float32]
LabelArray = npt.NDArray[np.int64]

NETWORK, CNN = "network", "cnn"


@dataclass(frozen=True)
class Candidate:
    """A model that can be compared.

    Attributes:
        title: What people call it.
        says: What it does, in a sentence.
        make: Returns a scikit-learn estimator; None for the networks, which are made with Keras.
        takes: Takes of each clip that it learns from.
        columns: How many of the functionals it sees; None: all.
        description: What it sees of a window.
    """

    title: str
    says: str
    make: Callable[[], Any] | None
    takes: int = 1
    columns: int | None = None
    description: Description = "functionals"


def _svm(strength: float) -> Any:
    from sklearn.svm import SVC

    return SVC(C=strength, gamma="scale", class_weight="balanced")


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.01, max_iter=500, class_weight="balanced")


def _neighbours() -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(15, weights="distance")


def _forest() -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(300, min_samples_leaf=2, class_weight="balanced", random_state=0)


CANDIDATES: dict[str, Candidate] = {
    "baseline": Candidate(
        "MFCC mean and deviation + SVM",
        "The plain baseline: 20 coefficients, their mean and deviation, and a support vector machine.",
        lambda: _svm(5.0),
        columns=2 * COEFFICIENTS,
    ),
    "svm": Candidate(
        "Support vector machine", "Draws the widest margin between emotions, bent by a kernel.", lambda: _svm(4.0)
    ),
    "logistic": Candidate("Logistic regression", "Weighs every functional and adds up.", _logistic),
    "neighbours": Candidate("k nearest neighbours", "Asks the 15 clips that are most alike.", _neighbours),
    "forest": Candidate("Random forest", "Lets 300 trees of yes-no questions vote.", _forest),
    NETWORK: Candidate(
        "Our network",
        "Three small networks together, which learn from augmented takes too.",
        None,
        takes=2,
    ),
    CNN: Candidate(
        "Small CNN on log-mel",
        "Runs its filters along the mel spectrogram, 100 steps of time by 32 bands.",
        None,
        takes=2,
        description="patch",
    ),
}


def scikit_model(candidate: Candidate) -> FitPredict:
    """Return a candidate as ``judge`` takes it: scaled to zero mean and unit variance on the rows it learns from."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    assert candidate.make is not None

    def fit_predict(rows: FloatArray, emotions: LabelArray, asked: FloatArray) -> FloatArray:
        model = make_pipeline(StandardScaler(), candidate.make())  # type: ignore[misc]
        model.fit(rows[:, : candidate.columns], emotions)
        score = model.decision_function if hasattr(model, "decision_function") else model.predict_proba
        answers = np.full((len(asked), len(EMOTIONS)), -np.inf, np.float32)
        # A corpus may lack an emotion: then nobody answers it.
        answers[:, model.classes_] = score(asked[:, : candidate.columns])
        return answers

    return fit_predict

"""A student's own baseline: what the network sees in a relaxed face of theirs is divided out, against "always sad".

Many faces at rest look sad or angry to a network. Thirty seconds of a relaxed face give the mean that it sees there, b.
With r, its mean over neutral faces of its training data, every later answer p becomes p' proportional to
p · (r / b) ^ strength: a student who looks as they did at rest is read as neutral faces are read on average.

Sources:
    Saerens et al. 2002, "Adjusting the Outputs of a Classifier to New a Priori Probabilities" (the quotient of two
    priors; to take a student's mean for one of them is ours).
"""

from __future__ import annotations

import numpy as np

from fer import registry
from fer.classroom.records import FloatArray
from fer.emotions import EMOTIONS
from fer.errors import ModelError

SECONDS = 30.0
"""So much of a face is looked at. Ours."""
READINGS = 15
"""And at least so many answers of the network. Ours: half a second's pace brings sixty, a loaded server fifteen."""
LONGEST_GAP_S = 3.0
"""Between two answers at most this counts as looked at: who goes away and comes back is not at rest meanwhile. Ours."""
LEAST = 0.02
"""Means below are raised to it: a quotient of two numbers near nothing would decide everything. Ours."""
DOUBT_ABOVE = 0.5
"""A baseline whose mean of happy and surprise is above was hardly of a face at rest. Ours."""


def neutral_mean(model: str | None = None) -> FloatArray:
    """Return what a face model answers on average to neutral faces.

    Args:
        model: Its name; None takes the default.

    Returns:
        Shape ``(7,)``, FER2013's order, sum 1, measured by ``python -m fer neutral``.

    Raises:
        ModelError: If there is no such model or it was never measured.
    """
    entry = registry.find(model, "face")
    if entry.neutral is None:
        raise ModelError(
            f"model {entry.name} was never measured on neutral faces, so no baseline can be taken with it. "
            f"Run python -m fer neutral fer2013.csv --name {entry.name} once."
        )
    return np.array([entry.neutral[name] for name in EMOTIONS])


class Baseline:
    """One student's baseline: filled with answers for half a minute, then dividing out. Not safe between threads.

    Attributes:
        readings: How many answers it holds.
    """

    def __init__(self, neutral: FloatArray | None = None) -> None:
        """Begin an empty one.

        Args:
            neutral: The model's mean on neutral faces, shape ``(7,)``; None takes the default model's.

        Raises:
            ModelError: If that model was never measured.
        """
        self._neutral = np.asarray(neutral_mean() if neutral is None else neutral, np.float64)
        if self._neutral.shape != (len(EMOTIONS),):
            raise ValueError(f"expected {len(EMOTIONS)} probabilities, got {self._neutral.shape}")
        self._sum = np.zeros(len(EMOTIONS))
        self._seen_s = 0.0
        self._last_t: float | None = None
        self.readings = 0

    def add(self, probabilities: FloatArray, t: float) -> None:
        """Take in one answer of the network, uncorrected; once it is done, nothing changes it any more.

        Args:
            probabilities: Shape ``(7,)``, FER2013's order, sum 1.
            t: When, in seconds; growing. An answer from before the last one counts, but no time.
        """
        if self.done:
            return
        if self._last_t is not None:
            self._seen_s += min(max(0.0, t - self._last_t), LONGEST_GAP_S)
        self._last_t = t if self._last_t is None else max(t, self._last_t)
        self._sum += probabilities
        self.readings += 1

    @property
    def share(self) -> float:
        """How much of the half minute is done, in [0, 1]."""
        return min(1.0, self._seen_s / SECONDS, self.readings / READINGS)

    @property
    def done(self) -> bool:
        """Whether it is whole."""
        return self.share >= 1

    @property
    def mean(self) -> FloatArray | None:
        """The student's mean probabilities b, shape ``(7,)``; None before it is done."""
        return self._sum / self.readings if self.done else None

    @property
    def doubt(self) -> str:
        """A sentence where the face was hardly at rest, otherwise ""."""
        mean = self.mean
        if mean is None:
            return ""
        lively = {name: float(mean[EMOTIONS.index(name)]) for name in ("happy", "surprise")}
        if sum(lively.values()) <= DOUBT_ABOVE:
            return ""
        most = max(lively, key=lambda name: lively[name])
        return f"For most of the time your face looked {most}. Take the baseline again with a relaxed face."

    def corrected(self, probabilities: FloatArray, strength: float) -> FloatArray:
        """Divide the baseline out.

        Args:
            probabilities: One answer of the network, shape ``(7,)``, sum 1.
            strength: 0 changes nothing, 1 divides the whole baseline out.

        Returns:
            Shape ``(7,)``, sum 1; the same as came in while the baseline is not done.
        """
        mean = self.mean
        if mean is None:
            return probabilities
        quotient = np.maximum(self._neutral, LEAST) / np.maximum(mean, LEAST)
        raised = np.asarray(probabilities, np.float64) * quotient**strength
        return np.asarray(raised / raised.sum(), np.asarray(probabilities).dtype)

"""What a student's own page shows of the seat at one moment: numbers and sentences, no picture."""

from __future__ import annotations

from dataclasses import dataclass

from fer.classroom.hints import Hint
from fer.classroom.records import FloatArray


@dataclass(frozen=True)
class SeatView:
    """What a student's own page shows of the seat.

    Attributes:
        face: Whether a face is seen now.
        probabilities: Smoothed over time and against the student's baseline, shape ``(7,)``, FER2013's order, sum 1;
            None without a face.
        emotion: The most probable one, or "" without a face.
        confidence: Its probability, or 0.
        unsure: Whether the network cannot tell.
        attention: In [0, 1]; None where it is unknown.
        hint: What keeps the face from being read well.
        engagement: By the class's formula, in [0, 1]; None where it is unknown.
        baseline: How much of the baseline is taken, in [0, 1]; None where none was begun.
        doubt: A sentence where the baseline was hardly of a face at rest, or "".
        analysed_hz: Frames of this camera that were looked at, a second.
        frame_s: Since the camera's last frame came; None before the first.
        problem: Why the camera's frames are not looked at, or "".
    """

    face: bool
    probabilities: FloatArray | None
    emotion: str
    confidence: float
    unsure: bool
    attention: float | None
    hint: Hint
    engagement: float | None
    baseline: float | None
    doubt: str
    analysed_hz: float
    frame_s: float | None
    problem: str

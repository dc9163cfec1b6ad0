"""What was seen of one seat within one second, as the row that is stored."""

from __future__ import annotations

import numpy as np

from fer.classroom.engagement import engagement
from fer.classroom.records import ClassSettings, FloatArray, SeatState, SecondRow


class Second:
    """Collects the sights of one seat until its second is over."""

    def __init__(self) -> None:
        self._moods: list[FloatArray] = []
        self._attention: list[float] = []

    def see(self, probabilities: FloatArray, attention: float | None) -> None:
        """Take one sight of the seat's face.

        Args:
            probabilities: Smoothed over time, shape ``(7,)``, FER2013's order, sum 1.
            attention: In [0, 1], or None where it is unknown.
        """
        self._moods.append(probabilities)
        if attention is not None:
            self._attention.append(attention)

    def row(
        self, seat_id: int, t: int, settings: ClassSettings, unsure_below: float, otherwise: SeatState = "no_face"
    ) -> SecondRow:
        """Close the second.

        Args:
            seat_id: Whose.
            t: Which second, by the store's clock.
            settings: By whose formula engagement is worked out.
            unsure_below: The network's threshold: below it a face has no mood that counts.
            otherwise: The state of a second in which no face was seen.
        """
        if not self._moods:
            return SecondRow(seat_id, t, otherwise)
        mood = np.mean(self._moods, axis=0)
        attention = float(np.mean(self._attention)) if self._attention else None
        if float(mood.max()) < unsure_below:
            return SecondRow(seat_id, t, "unsure", mood, attention)
        return SecondRow(seat_id, t, "mood", mood, attention, engagement(mood, attention, settings))

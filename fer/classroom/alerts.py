"""When the teacher is told: a sentence, or nothing.

The half minute is the caller's: both numbers speak of the last ``SUSTAINED_S`` seconds. That no two alerts come within
``APART_S`` seconds, whatever process finds them, is the store's part (``add_event_unless``).
"""

from __future__ import annotations

from fer.classroom.interval import Interval
from fer.classroom.records import AlertSettings

SUSTAINED_S = 30
"""What lasts shorter is no alert. Ours."""
APART_S = 300
"""At most one alert in five minutes: a teacher who is interrupted more often stops looking. Ours."""


def due(engagement_30s: Interval | None, lost_share: float | None, settings: AlertSettings) -> str | None:
    """Return what the teacher should be told now.

    What students say comes before what a network reads in their faces. The interval stands in the sentence, so that the
    teacher sees how much the mean of few seats is worth.

    Args:
        engagement_30s: The class's mean over the last half minute with its interval; None where it is unknown or
            hidden.
        lost_share: Share of those present who clicked "lost" or "too fast" and still mean it, over the last half
            minute, in [0, 1]; None where it is unknown or hidden.
        settings: Whether alerts are on, and the thresholds.

    Returns:
        A sentence, or None.

    >>> due(None, 0.4, AlertSettings())
    '40 % of those present are lost or find it too fast.'
    >>> due(Interval(0.31, 0.24, 0.38, 9), 0.1, AlertSettings())
    'Engagement has been low for half a minute: 0.31 (0.24 to 0.38, 9 seats).'
    """
    if not settings.on:
        return None
    if lost_share is not None and lost_share > settings.lost_share_above:
        return f"{100 * lost_share:.0f} % of those present are lost or find it too fast."
    if engagement_30s is not None and engagement_30s.value < settings.engagement_below:
        mean, low, high = engagement_30s.value, engagement_30s.low, engagement_30s.high
        seats = f"{engagement_30s.n} seat{'s' if engagement_30s.n > 1 else ''}"
        return f"Engagement has been low for half a minute: {mean:.2f} ({low:.2f} to {high:.2f}, {seats})."
    return None

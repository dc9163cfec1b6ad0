"""What the checks found in the data set that is open: the quick ones at once, the others once they were worked out."""

from __future__ import annotations

from fer.dataset.finding import Findings
from fer.dataset.quality import quick_findings
from fer.dataset.room_job import CHECK_STEPS, done_at, read_findings
from fer.ui.dataset_held import Held


def findings_of(held: Held) -> Findings:
    """Return all that is known by now.

    Raises:
        StorageError: If what was worked out is damaged.
    """
    found = held.once("quick_findings", lambda: quick_findings(held.faces), "Looking for identical and blank images")
    for step in CHECK_STEPS:
        at = done_at(held.run, step)
        if at is not None:
            found += held.once(f"{step}.{at}", lambda step=step: read_findings(held.run, step))  # type: ignore[misc]
    return found

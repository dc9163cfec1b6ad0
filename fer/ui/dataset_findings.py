"""What the checks found in the data set that is open: the quick ones at once, the others once they were worked out."""

from __future__ import annotations

from fer.dataset.checks_job import Checks, known_checks
from fer.dataset.finding import Findings
from fer.ui.dataset_held import Held


def checks_of(held: Held) -> Checks:
    """Return all that is known by now.

    Raises:
        ModelError: If there is no network.
    """
    return held.renewed(
        "checks", lambda: known_checks(held.origin, held.opened), "Looking for identical and blank images"
    )


def findings_of(held: Held) -> Findings:
    """Return all findings that are known by now.

    Raises:
        ModelError: If there is no network.
    """
    return checks_of(held).findings

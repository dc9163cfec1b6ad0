"""Which rate the finder takes: where the loss falls by more than batches differ, and not between any two steps."""

from __future__ import annotations

import numpy as np
import pytest

from fer.training.rate_finder import steepest

RATES = np.logspace(-6, 0.5, 100)


def losses(fall: float, noise: float, seed: int, at: float = -2.5) -> np.ndarray:
    """A loss that falls around ``10**at`` and bursts above a rate of 0.3, with the noise of batches."""
    decades = np.log10(RATES)
    curve = 2.1 - fall / (1 + np.exp(-4 * (decades - at))) + np.maximum(0, decades + 0.5) * 4
    return curve + np.random.default_rng(seed).normal(0, noise, len(RATES))


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.1])
def test_the_fall_is_found_amid_the_noise_of_batches(noise: float) -> None:
    found = [steepest(RATES, losses(0.6, noise, seed)) for seed in range(20)]
    assert all(rate is not None for rate in found)
    # Within a factor of four of where the curve is steepest, whatever the batches.
    assert np.abs(np.log10(np.array(found, float)) + 2.5).max() < np.log10(4)


def test_where_nothing_falls_there_is_no_rate() -> None:
    found = [steepest(RATES, losses(0.0, 0.1, seed)) for seed in range(40)]
    assert sum(rate is not None for rate in found) <= 2, "four standard errors"
    assert steepest(RATES[:40], np.linspace(2.0, 2.2, 40)) is None

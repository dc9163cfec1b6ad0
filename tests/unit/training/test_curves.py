"""What a run's lines say: nothing twice after a kill, recall by emotion, and a verdict that says from what."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fer.training.curves import Curves, recall_of, thinned
from fer.training.patience import Patience
from fer.training.recipe_files import check_recipe
from fer.training.verdict import verdict_of

EVEN = [[10 if row == column else 0 for column in range(7)] for row in range(7)]


def epoch(number: int, **figures: Any) -> dict[str, Any]:
    return {"event": "epoch", "epoch": number, "confusion": EVEN, "best": False, **figures}


def test_what_is_done_again_after_a_kill_counts_once() -> None:
    curves = Curves()
    curves.take([{"event": "start", "epoch": 1, "validation": "PublicTest"}])
    curves.take([{"event": "steps", "epoch": e, "step": s} for e in (1, 2) for s in (1, 2)])
    curves.take([epoch(1, best=True), epoch(2)])
    curves.take([{"event": "start", "epoch": 2, "validation": "PublicTest"}, {"event": "steps", "epoch": 2, "step": 9}])
    assert [line["epoch"] for line in curves.epochs] == [1]
    assert [line["step"] for line in curves.steps] == [1, 2, 9]
    curves.take([{"event": "something new"}, {"event": "end", "epoch": 2, "stopped_early": False}])
    assert curves.end is not None and curves.best == curves.epochs[0]


def test_thinning_keeps_the_mean_and_bounds_the_points() -> None:
    lines = [{"step": step, "loss": float(step % 7)} for step in range(10_001)]
    thin = thinned(lines, ["step", "loss"])
    assert 350 < len(thin["step"]) <= 400
    assert np.mean(thin["loss"]) == pytest.approx(3, abs=0.05)
    assert thinned([], ["step"]) == {"step": []}


def test_recall_by_emotion() -> None:
    confusion = [[0] * 7 for _ in range(7)]
    confusion[0][0], confusion[0][3], confusion[1][3] = 3, 1, 2
    recall = recall_of(confusion)
    assert (recall["angry"], recall["disgust"], recall["fear"]) == (0.75, 0.0, None)


def test_a_network_that_is_too_small_is_no_balance() -> None:
    flat = [0.1 + 0.3 * (1 - 0.5**at) for at in range(1, 31)]
    assert judged([value + 0.04 for value in flat], flat, [1.6] * 30) == "underfitting"
    good = [0.3 + 0.4 * (1 - 0.5**at) for at in range(1, 31)]
    assert judged([value + 0.04 for value in good], good, [1.0] * 30) == "balanced"


def test_a_verdict_names_the_network_that_is_kept() -> None:
    curves = Curves()
    losses = [2.0, 1.5, 1.2, 1.4, 1.8, 2.4]
    curves.take(
        epoch(at + 1, seen_accuracy=0.4 + 0.1 * at, validation_accuracy=0.4, validation_loss=loss)
        for at, loss in enumerate(losses)
    )
    curves.take([{"event": "end", "epoch": 6, "stopped_early": False, "kept_epoch": 3}])
    verdict = verdict_of(curves)
    assert verdict is not None and verdict.kind == "overfitting"
    assert verdict.sentence.endswith("What is kept is the network of epoch 3.")


def judged(seen: list[float], validated: list[float], losses: list[float]) -> str:
    curves = Curves()
    curves.take(
        epoch(at + 1, seen_accuracy=s, validation_accuracy=v, validation_loss=x)
        for at, (s, v, x) in enumerate(zip(seen, validated, losses, strict=True))
    )
    verdict = verdict_of(curves)
    assert verdict is not None
    assert verdict.kind == "early" or f"{seen[-1]:.0%}" in verdict.sentence, "it says from what"
    return verdict.kind


RISING = [1.8, 1.6, 1.4, 1.2, 1.1, 1.0]
TURNING = [1.5, 1.2, 1.1, 1.3, 1.6, 2.0]


@pytest.mark.parametrize(
    ("kind", "seen", "validated", "losses"),
    [
        ("early", [0.5] * 3, [0.5] * 3, [1.0] * 3),
        ("not learning", [0.2] * 6, [0.18, 0.17, 0.18, 0.16, 0.18, 0.18], [1.9] * 6),
        ("underfitting", [0.3, 0.4, 0.5, 0.55, 0.58, 0.6], [0.3, 0.38, 0.47, 0.53, 0.56, 0.59], RISING),
        ("overfitting", [0.4, 0.6, 0.8, 0.9, 0.95, 0.99], [0.4, 0.55, 0.6, 0.6, 0.6, 0.59], TURNING),
        ("memorising", [0.4, 0.6, 0.7, 0.75, 0.8, 0.82], [0.4, 0.55, 0.6, 0.62, 0.64, 0.64], RISING),
        ("balanced", [0.6, 0.7, 0.8, 0.9, 0.95, 1.0], [0.6, 0.7, 0.8, 0.9, 0.93, 0.96], RISING),
        ("balanced", [0.6, 0.68, 0.7, 0.7, 0.7, 0.7], [0.6, 0.66, 0.67, 0.67, 0.67, 0.67], [0.9] * 6),
    ],
)
def test_the_verdict(kind: str, seen: list[float], validated: list[float], losses: list[float]) -> None:
    assert judged(seen, validated, losses) == kind


def test_a_run_that_ended_is_not_told_that_it_is_early() -> None:
    curves = Curves()
    curves.take(epoch(at, seen_accuracy=0.5, validation_accuracy=0.5, validation_loss=1.0) for at in (1, 2))
    curves.take([{"event": "end", "epoch": 2, "stopped_early": False, "kept_epoch": 2}])
    verdict = verdict_of(curves)
    assert verdict is not None and verdict.kind == "too short"
    assert verdict.sentence.startswith("2 epochs do not show")


def test_a_baseline_has_no_verdict() -> None:
    curves = Curves()
    assert verdict_of(curves) is None
    curves.take([epoch(1, seen_accuracy=0.5, validation_accuracy=0.5)])
    assert verdict_of(curves) is None


def test_patience_counts_epochs_without_a_better_one() -> None:
    recipe = check_recipe(
        {
            "early_stopping": {"patience": 2, "min_delta": 0.01},
            "schedule": {"kind": "plateau", "factor": 0.1, "patience": 1, "least_rate": 0.0005},
        }
    )
    patience = Patience()
    seen = [(0.5, True, False), (0.505, True, False), (0.504, False, True)]
    for at, (value, best, over) in enumerate(seen):
        assert patience.look(at + 1, value, recipe) is best
        assert patience.is_over(recipe) is over
    assert patience.best_epoch == 2
    assert patience.next_rate(0.1, recipe) == pytest.approx(0.01)
    assert patience.next_rate(0.01, recipe) == 0.01, "it waits again after it was lowered"
    patience.look(4, 0.4, recipe)
    assert patience.next_rate(0.001, recipe) == 0.0005
    assert Patience(**patience.as_state()) == patience


def test_a_falling_loss_is_an_improvement() -> None:
    recipe = check_recipe({"monitor": "validation_loss"})
    patience = Patience()
    assert [patience.look(at, loss, recipe) for at, loss in enumerate([2.0, 1.5, 1.6], 1)] == [True, True, False]

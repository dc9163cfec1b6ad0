"""The precision is left to the machine only where the recipe says so, and a run keeps what it began with."""

from __future__ import annotations

import pytest

from fer.training import precision
from fer.training.recipe import Recipe
from fer.training.recipe_files import check_recipe


def recipe(choice: str) -> Recipe:
    return check_recipe({"precision": choice})


@pytest.mark.parametrize(
    ("bfloat16_s", "taken"), [(0.5, "bfloat16"), (0.8, "bfloat16"), (0.9, "float32"), (20, "float32")]
)
def test_the_clearly_quicker_one_is_taken(monkeypatch: pytest.MonkeyPatch, bfloat16_s: float, taken: str) -> None:
    monkeypatch.setattr(precision, "_seconds", {"float32": 1.0, "bfloat16": bfloat16_s}.__getitem__)
    assert precision.settle(recipe("auto")).precision == taken


@pytest.mark.parametrize("choice", ["float32", "bfloat16"])
def test_what_the_recipe_says_is_not_measured(monkeypatch: pytest.MonkeyPatch, choice: str) -> None:
    monkeypatch.setattr(precision, "measured", lambda: pytest.fail("nothing was to be measured"))
    assert precision.settle(recipe(choice), "float32") == recipe(choice)


def test_a_run_that_goes_on_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "measured", lambda: pytest.fail("nothing was to be measured"))
    assert precision.settle(recipe("auto"), "bfloat16").precision == "bfloat16"

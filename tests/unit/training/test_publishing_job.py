"""What a manifest says of how a model was made, and where its confidences come from."""

from __future__ import annotations

from typing import Any

import pytest
from patterned import patterned_faces

from fer.training.material import prepare
from fer.training.publishing_job import began_words, on_held_out, split_words
from fer.training.recipe_files import check_recipe


@pytest.mark.parametrize(
    ("changes", "public", "calibrated", "sentence"),
    [
        (
            {},
            True,
            True,
            "more were held out, and temperature and unsure_below fitted on PublicTest, since they are few)",
        ),
        ({"held_out": 0.3}, True, True, "84 more were held out, and temperature and unsure_below fitted on them)"),
        (
            {"validation": "held_out"},
            True,
            True,
            "28 more were held out, and temperature and unsure_below fitted on them)",
        ),
        (
            {"start_from": "x"},
            True,
            False,
            "not from what it began with, so temperature and unsure_below were fitted on ",
        ),
        ({"start_from": "x"}, False, False, "fitted on them all the same: there is no PublicTest)"),
        (
            {"start_from": "x", "calibrate_on": "held_out", "held_out_seed": 1, "held_out": 0.3},
            True,
            True,
            "and temperature and unsure_below fitted on them)",
        ),
        ({"held_out": 0}, True, True, "Training (280 faces); temperature and unsure_below fitted on PublicTest"),
    ],
)
def test_it_says_on_which_faces_confidences_are_calibrated(
    changes: dict[str, Any], public: bool, calibrated: bool, sentence: str
) -> None:
    recipe = check_recipe({"held_out": 0.1, **changes})
    assert on_held_out(recipe) == calibrated
    assert sentence in split_words(prepare(patterned_faces(50), recipe), recipe, public)


def test_it_says_what_was_there_before() -> None:
    recipe = check_recipe(
        {"start_from": "x", "start_until": "max_pool_2", "teacher": "y", "teacher_share": 0.7, "teacher_sees": "clear"}
    )
    assert began_words(recipe) == (
        "; began with weights of x up to max_pool_2; 70% of each target came from y, asked about each moved face"
    )

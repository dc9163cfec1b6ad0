"""Parameter counts as the sources give them, and maps that become too small are refused."""

from __future__ import annotations

import pytest

from fer.errors import InputError
from fer.training import architectures as a
from fer.training.plan import Plan, Planner


@pytest.mark.parametrize(
    ("plan", "parameters", "untrained"),
    [
        (a.course_cnn((48, 48, 1)), 3_192_839, 2_432),
        (a.book_cnn((40, 40, 1)), 203_719, 0),
        (a.shallow_net((32, 32, 3), 10), 328_586, 0),
        (a.lenet((28, 28, 1), 10), 1_256_080, 0),
        (a.mini_vgg_net((32, 32, 3), 10), 2_171_178, 1_408),
        (a.mini_vgg_net((32, 32, 3), 10, a.MiniVggNet(batch_norm=False)), 2_168_362, 0),
        (a.mini_xception((64, 64, 1)), 58_423, 1_472),
        (a.mini_xception((48, 48, 1)), 58_423, 1_472),
        (a.residual_cnn((44, 44, 1)), 1_221_319, 2_880),
        (a.softmax((48, 48, 1)), 48 * 48 * 7 + 7, 0),
        (a.mlp((48, 48, 1), 7, a.Mlp(hidden=(10,))), 2304 * 10 + 10 + 10 * 7 + 7, 0),
    ],
    ids=lambda value: value.name if isinstance(value, Plan) else None,
)
def test_parameters_are_those_of_the_source(plan: Plan, parameters: int, untrained: int) -> None:
    assert (plan.parameters, plan.untrained) == (parameters, untrained)


def test_multiplications_of_a_convolution() -> None:
    net = Planner("one", (10, 8, 2))
    net.conv(net.input, 3, 5, stride=2, padding="valid")
    assert net.plan().layers[-1].output == (3, 2, 3)
    assert net.plan().multiplications == 3 * 2 * 5 * 5 * 2 * 3


@pytest.mark.parametrize("name", ["course_cnn", "book_cnn", "mini_xception", "residual_cnn"])
def test_a_window_larger_than_its_map_is_refused_by_its_layer(name: str) -> None:
    with pytest.raises(InputError, match=rf"{name}, layer \d+: a window of \d × \d is larger than the map of \d × \d"):
        getattr(a, name)((4, 4, 1))


@pytest.mark.parametrize("kind", a.TITLES)
def test_every_kind_has_a_title_and_can_be_asked_for(kind: str) -> None:
    from fer.training.recipe_files import check_recipe

    recipe = check_recipe({"architecture": {"kind": kind}, "input_px": 48})
    assert recipe.is_baseline or recipe.plan().layers[-1].output == (7,)


def test_every_layer_has_words() -> None:
    for plan in (a.mini_xception((48, 48, 1)), a.course_cnn((48, 48, 1)), a.mlp((48, 48, 1))):
        assert all(layer.words for layer in plan.layers)

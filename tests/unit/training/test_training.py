"""Training for real on small faces: learning, stopping and going on, every choice, publishing, and what ships."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # all of it trains in one process, at the first test
MODEL_FILES = {"artifacts/model.keras", "artifacts/recipe.yaml", "artifacts/data.json", "artifacts/environment.json"}


@pytest.fixture(scope="module")
def trained(small_training: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    result: dict[str, Any] = small_training("everything", tmp_path_factory.mktemp("training"))
    return result


def same(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> bool:
    """Whether two runs' epochs agree; cores add up in their own order, so not to the last bit."""
    return len(one) == len(other) and all(
        a["confusion"] == b["confusion"]
        and all(a[name] == pytest.approx(b[name], rel=1e-3) for name in a if name != "confusion")
        for a, b in zip(one, other, strict=True)
    )


def test_it_learns(trained: dict[str, Any]) -> None:
    losses = [epoch["loss"] for epoch in trained["parts"]["whole"]]
    assert losses == sorted(losses, reverse=True)
    assert trained["patience"]["whole"][-1]["validation_accuracy"] > 0.6, "four times as good as guessing"


def test_stopped_and_resumed_is_as_if_it_had_not_stopped(trained: dict[str, Any]) -> None:
    parts = trained["parts"]
    assert parts["stopped_as"] == ["stopped", "Stopped. What was done until then is kept."]
    assert 1 <= parts["done_before"] < 4
    assert same(parts["whole"], parts["parts"])
    assert parts["model_gap"] < 1e-3


def test_paused_it_stands_still_and_then_goes_on_as_if_nothing_had_been(trained: dict[str, Any]) -> None:
    assert trained["parts"]["while_paused"] == ["paused, 0 new lines"]
    assert same(trained["parts"]["whole"], trained["parts"]["paused"])


def test_time_that_it_stood_still_is_no_time_of_training(trained: dict[str, Any]) -> None:
    pauses = trained["pauses"]
    assert pauses["stood"] >= 0.75
    assert pauses["clock"] - pauses["seconds"] >= pauses["stood"]
    assert pauses["faces"] == pytest.approx(196, rel=0.01)


def test_a_run_leaves_what_repeats_and_explains_it(trained: dict[str, Any]) -> None:
    parts = trained["parts"]
    assert parts["states"] == ["done", "done", "done"]
    assert set(parts["files"]) >= MODEL_FILES
    assert parts["checkpoints"] == 2, "the last epoch's and the one before"
    starts = parts["environment"]["starts"]
    assert len(starts) == 2, "each start says where it ran"
    assert starts[0]["backend"] == "tensorflow" and starts[0]["packages"]["keras"]
    assert parts["environment"]["faces"] == {
        "training": 196, "held_out": 28, "validation": 56, "left_out_by_the_reader": 0,
    }  # fmt: skip


def test_the_best_epoch_is_kept_beside_the_last(trained: dict[str, Any]) -> None:
    accuracy, best = trained["parts"]["best"]
    assert accuracy == pytest.approx(best, abs=1e-6)


def test_tensorboard_reads_the_same_figures(trained: dict[str, Any]) -> None:
    board, epochs = trained["parts"]["board"], trained["parts"]["whole"]
    for name in ("loss", "accuracy", "validation_loss", "validation_accuracy", "seen_accuracy", "rate"):
        assert board[f"epoch/{name}"] == pytest.approx([line[name] for line in epochs], rel=1e-5)
    assert len(board["step/loss"]) > len(epochs) and min(board["step/faces_per_s"]) > 0


def test_patience_survives_a_stop_and_a_damaged_checkpoint(trained: dict[str, Any]) -> None:
    patience = trained["patience"]
    assert same(patience["whole"], patience["parts"])
    assert patience["model_gap"] < 1e-3
    losses = [epoch["validation_loss"] for epoch in patience["whole"]]
    end = patience["end"]
    assert end["kept_epoch"] == losses.index(min(losses)) + 1
    assert end["stopped_early"] == (len(losses) < 25)
    if end["stopped_early"]:
        assert len(losses) == end["kept_epoch"] + 3, "three epochs without a better one end it"
    rates = {round(epoch["rate"], 6) for epoch in patience["whole"]}
    assert len(rates) > 1, "a plateau lowered the rate"
    assert all(any(rate == pytest.approx(0.01 * 0.5**n) for n in range(9)) for rate in rates)


def test_the_mean_of_cycles_is_kept_with_statistics_of_its_own(trained: dict[str, Any]) -> None:
    cycles = trained["cycles"]
    assert cycles["scaling"] == "face"
    assert cycles["rates"][1] < 0.06, "on the way down"
    assert cycles["rates"][2] == pytest.approx(0.1 * 0.5), "the next cycle begins at half of the highest rate"
    assert cycles["rates"][3] == pytest.approx(0.1 * 0.5 / 2), "half-way down again"
    assert cycles["rates"][4] == pytest.approx(0, abs=1e-6)
    assert cycles["apart"] > 1e-3
    assert cycles["mean_gap"] < 1e-5
    assert cycles["statistics_gap"] < 0.1, "they are those of the mean network's own maps"


def test_cycles_survive_a_stop_between_them(trained: dict[str, Any]) -> None:
    assert same(trained["cycles"]["whole"], trained["cycles"]["parts"])
    assert trained["cycles"]["model_gap"] < 1e-3
    before, after = trained["cycles"]["precisions"]
    assert before == after in ("float32", "bfloat16"), "measured once"


@pytest.mark.parametrize(
    ("optimizer", "rates"),
    [
        ("sgd", [0.01, 0.01]),
        ("momentum", [0.005, 0.0025]),
        ("nesterov", [0.005, 0.0025]),
        ("adagrad", [0.01 / 2, 0.01 / 3]),
        ("rmsprop", [0.01, 0.0]),
        ("adam", [0.01, 0.0]),
        ("adamw", [0.01, 0.0]),
    ],
)
def test_every_optimizer_schedule_and_loss_trains(trained: dict[str, Any], optimizer: str, rates: list[float]) -> None:
    choice = trained["choices"][optimizer]
    assert choice["rates"] == pytest.approx(rates, abs=1e-8), "after each epoch"
    assert all(0 < loss < 4 for loss in choice["losses"])
    if optimizer != "rmsprop":  # L1 and L2 weigh a growing network there
        assert choice["losses"][1] < choice["losses"][0]


def test_keras_builds_what_the_plan_says(trained: dict[str, Any]) -> None:
    for kind, counts in trained["networks"]["counts"].items():
        assert counts["keras"] == counts["plan"], kind
        assert counts["other_shapes"] == [], kind
    assert trained["networks"]["zeros"] == 0, "the initialisation of the recipe reaches every layer"


def test_the_plan_of_the_shipped_network_is_the_shipped_network(trained: dict[str, Any]) -> None:
    assert trained["networks"]["shipped_gap"] < 1e-5


def test_the_finder_finds_a_rate_where_the_loss_falls(trained: dict[str, Any]) -> None:
    found = trained["rates"]
    at = found["rates"].index(found["rate"])
    assert 1e-4 < found["rate"] < 1
    assert found["losses"][at + 1] < found["losses"][at - 1]
    assert found["losses"][-1] > min(found["losses"]), "it ended where the loss rose again"


def test_the_finder_leaves_the_lane_for_short_jobs_in_time(trained: dict[str, Any]) -> None:
    rate, note = trained["rates"]["slow"]
    assert rate is None and "It ended before its first step, after 0 seconds" in note
    rate, note = trained["rates"]["capped"]
    assert 1e-4 < rate < 1
    assert note.startswith("Batches of 64 faces were tried, not of 8,192, which would take too long here.")


def test_a_finders_worker_leaves_its_rate(trained: dict[str, Any]) -> None:
    job = trained["rates"]["job"]
    assert job["told"][0] == "done" and job["lines"] > 10
    assert job["rate"] == pytest.approx(trained["rates"]["rate"], rel=0.3)


def test_no_memory_for_the_finder_is_said_as_in_training(trained: dict[str, Any]) -> None:
    state, message = trained["rates"]["memory"]
    assert state == "failed" and message.startswith("Memory ran out. Try a smaller batch_size (it is 32)")
    assert message.endswith("then start it again.")


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        (
            "no number",
            "the loss is no number any more. Start a new run with a lower optimizer.learning_rate (it is 10)",
        ),
        ("no number at last", "the loss is no number any more. Start a new run"),
        ("other data", "it had 140 rows and has 147"),
        ("one emotion", "Training has 112 faces, all of them happy: there is nothing to tell apart"),
        ("another network", "classmood-face-1 is another network than mlp"),
        ("no room", "The disk is full"),
    ],
)
def test_what_cannot_go_on_ends_with_a_sentence(trained: dict[str, Any], case: str, sentence: str) -> None:
    told = trained["refusals"][case]
    if told is None:
        pytest.skip("this system has no /dev/full to stand for a full disk")
    assert told[0] == "failed"
    assert sentence in told[1]


def test_weights_that_ran_away_are_not_kept(trained: dict[str, Any]) -> None:
    assert trained["refusals"]["kept is finite"] is True


def test_no_memory_is_said_with_what_to_try(trained: dict[str, Any]) -> None:
    state, message = trained["refusals"]["memory"]
    assert state == "failed" and "Memory ran out. Close other programs and go on" in message
    assert "new run with a smaller batch_size (it is 32)" in message


def test_what_is_published_answers_as_keras_does(trained: dict[str, Any]) -> None:
    published = trained["published"]
    assert published["gap"] <= 1e-4
    entry = published["entry"]
    assert entry["input"]["h"] == 24 and entry["output"] == "logits"
    assert 0.2 <= entry["unsure_below"] <= 0.8
    assert sum(entry["neutral"].values()) == pytest.approx(1, abs=1e-3)


def test_a_training_may_begin_with_a_published_networks_weights(trained: dict[str, Any]) -> None:
    assert trained["published"]["start_gap"] == 0


def test_a_training_goes_on_without_the_network_that_it_began_with(trained: dict[str, Any]) -> None:
    state, _, epochs = trained["published"]["without its beginning"]
    assert (state, epochs) == ("done", 4)


def test_another_teacher_under_the_same_name_is_refused(trained: dict[str, Any]) -> None:
    state, message = trained["published"]["another teacher"]
    assert state == "failed" and "second is not any more what taught this run" in message


def test_a_training_may_begin_with_the_weighted_mean_of_two_networks(trained: dict[str, Any]) -> None:
    assert trained["published"]["apart"] > 0.01
    assert trained["published"]["mean_gap"] < 1e-6


def test_faces_that_the_beginning_may_have_learned_calibrate_nothing(trained: dict[str, Any]) -> None:
    entry = trained["published"]["mean_entry"]
    assert "held out, but not from what it began with" in entry["split"]
    assert entry["split"].endswith("began with weights of small (50%) and second (50%)")
    assert entry["figures_note"].startswith("Calibrated on PublicTest.")
    assert "Held-out training faces" not in entry["figures"]


def test_confidences_are_calibrated_on_faces_that_were_held_out(trained: dict[str, Any]) -> None:
    entry = trained["published"]["entry"]
    figures = {name: table["n"] for name, table in entry["figures"].items()}
    assert figures["PublicTest"] == 56
    assert figures["Held-out training faces"] == trained["published"]["held_out"] == 28
    assert entry["split"].startswith("Training (196 faces; 28 more were held out, and temperature")
    assert entry["figures_note"].startswith("Calibrated on held-out training faces.")


def test_the_command_that_is_published_makes_the_same_recipe(trained: dict[str, Any]) -> None:
    import shlex

    from fer.training.recipe_files import read_recipe

    words = shlex.split(trained["published"]["entry"]["command"])
    assert words[:5] == ["python", "-m", "fer", "train", "patterned.npz"]
    recipe = read_recipe(words[words.index("--recipe") + 1], [w for w in words if "=" in w])
    assert recipe.architecture.model_dump() == {
        "kind": "residual_cnn", "widths": (4, 8), "stem": 0, "dropout": 0.1,
    }  # fmt: skip
    assert (recipe.optimizer.kind, recipe.optimizer.weight_decay, recipe.epochs) == ("nesterov", 0.0005, 4)


def test_a_worker_publishes_as_the_button_asks(trained: dict[str, Any]) -> None:
    by_worker = trained["published"]["by worker"]
    assert by_worker["told"][0] == "done"
    assert by_worker["entry"][:2] == ["by-worker", False] and "held-out" in by_worker["entry"][2]
    assert by_worker["listed"] == ["by-worker"] and by_worker["gap"] < 1e-6
    state, message = by_worker["damaged"]
    assert state == "failed" and "model.keras is damaged or missing" in message and "or train again." in message


def test_a_refused_publishing_leaves_the_model_of_that_name_as_it_was(trained: dict[str, Any]) -> None:
    ships, taken, large, elsewhere = trained["published"]["refused"]
    assert ships == "classmood-face-1 is the name of a model that ships with Classmood. Take another name."
    assert taken == "There is a model called small already. Take another name."
    assert "at most 6 MB" in large
    assert "KERAS_BACKEND is torch. Unset it" in elsewhere
    assert trained["published"]["untouched"]


def test_every_shipped_model_answers_as_its_keras_file_does(trained: dict[str, Any]) -> None:
    exact, rounded = trained["shipped"]["float32"], trained["shipped"]["int8"]
    assert "classmood-face-1" in exact
    assert max(exact.values()) <= 1e-4, exact
    assert max(rounded.values(), default=0) <= 0.02, rounded


def test_eight_bits_answer_nearly_as_keras_does(trained: dict[str, Any]) -> None:
    eight = trained["eight"]
    assert eight["entry"]["precision"] == "int8" and trained["published"]["entry"]["precision"] == "float32"
    assert 0 < eight["gap"] <= 0.02 and eight["agree"] >= 0.9, eight
    assert eight["same_keras"] and eight["features"] == [5, 8]
    assert eight["most"] <= 0.2
    beside = eight["entry"]["beside_keras"]
    assert beside["n"] == 56 and beside["same_emotion"] >= 0.9 and 0 < beside["mean_gap"] <= 0.02


def test_the_first_stage_and_the_last_layer_stay_in_float(trained: dict[str, Any]) -> None:
    assert trained["eight"]["in_float"] == ["Conv", "Conv", "Conv", "Gemm"]


def test_a_network_without_anything_to_gain_is_not_called_one_of_eight_bits(trained: dict[str, Any]) -> None:
    assert trained["eight"]["none"] == "Nothing in this network would be computed in eight bits. Publish it in float32."


def test_eight_bits_that_answer_otherwise_are_refused(trained: dict[str, Any]) -> None:
    eight = trained["eight"]
    assert "on average, more than 1e-09. Not published. Publish it in float32." in eight["refused"]
    assert eight["left"] == []


def test_a_model_is_exported_anew_in_its_place(trained: dict[str, Any]) -> None:
    anew = trained["anew"]
    assert (anew["precision"], anew["split"]) == ("float32", 1)
    assert anew["agree"] and anew["gap"] <= 1e-6
    assert anew["note"].startswith("Calibrated on PublicTest.")
    assert anew["refused"] == (
        "expected rows of Training and PublicTest; there are 0 and 56. Take FER2013, or data with both."
    )


def test_a_narrower_network_keeps_the_channels_that_do_something(trained: dict[str, Any]) -> None:
    narrowed = trained["narrowed"]
    assert narrowed["gap"] < 1e-5
    assert narrowed["none"] == ["wider", "deeper", "other"]
    assert narrowed["exact"] and narrowed["itself"]


def test_the_first_layers_may_be_taken_and_left_as_they_are(trained: dict[str, Any]) -> None:
    begun = trained["begun"]
    first = {f"{kind}_{n}" for kind in ("conv", "norm") for n in range(1, 7)}
    assert set(begun["taken"]) == first
    assert set(begun["drawn"]).isdisjoint(first) and {"conv_8", "conv_12", "dense_1"} <= set(begun["drawn"])
    assert set(begun["learning"]) == {f"{kind}_{n}" for kind in ("conv", "norm") for n in range(7, 13)} | {"dense_1"}


def test_a_teacher_may_see_each_face_as_it_was_changed(trained: dict[str, Any]) -> None:
    views = trained["views"]
    assert views["gap"] < 1e-6
    assert views["moved"] > 1e-3
    assert views["several"] < 1e-6
    view, clear = views["worse"]
    assert clear < 1e-6
    assert view > 1e-3
    taught, alone = views["losses"]
    assert abs(taught - alone) > 1e-3

"""The Train page without a browser: choosing, refusing, a real run from start to end, and what others may see."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fer.dataset.clean import choose, clean_text
from fer.dataset.finding import Finding, Findings
from fer.dataset.room import new_room
from fer.errors import FerError
from fer.registry import find
from fer.runs.folder import Run, all_runs
from fer.settings import ROOT, settings
from fer.training.architectures import TITLES
from fer.training.material import DataSource
from fer.training.recipe import LEAST_RATE, MOST_RATE, MOST_SEED
from fer.training.recipe_files import as_yaml, check_recipe, parse_recipe, preset_names, read_recipe
from fer.training.run import new_training_run, source_of
from fer.training.summary import curves_of
from fer.ui.train_augmentation import limits
from fer.ui.train_charts import compare_chart, curve_chart, learning_rate_chart, recall_chart
from fer.ui.train_hosted import refuse_large
from fer.ui.train_recipe import LOSSES, OPTIMIZERS, SCHEDULES, what_goes_with

BASELINE = "architecture: {kind: k_nearest, neighbours: 3}\ninput_px: 24\n"


@pytest.fixture(autouse=True)
def _own_home(home: Path) -> Iterator[None]:
    yield
    for run in all_runs():
        # What a test that failed left at work in this process would take the process with it.
        with suppress(FerError):
            if run.status().pid == os.getpid():
                run.update(state="done")
        run.delete()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Faces of noise, a little brighter with each label."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(7, dtype=np.uint8), 20)
    images = (rng.integers(0, 60, (140, 48, 48)) + 25 * labels[:, None, None]).astype(np.uint8)
    usage = (np.arange(140) >= 105).astype(np.uint8)
    np.savez(tmp_path / "noise.npz", pixels=images, emotion=labels, usage=usage)
    return tmp_path / "noise.npz"


def page(**params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90).run()
    for name, value in params.items():
        app.query_params[name] = value
    app.switch_page("pages/train.py").run()
    assert not app.exception
    return app


def text_of(app: AppTest) -> str:
    shown = [
        *app.markdown,
        *app.caption,
        *app.error,
        *app.warning,
        *app.success,
        *app.info,
        *app.header,
        *app.subheader,
    ]
    return "\n".join(str(element.value) for element in shown)


def began(data: Path, epochs: int = 6, *changes: str) -> Run:
    """Make a run that has done some epochs, as its folder would hold them."""
    run = new_training_run(read_recipe("quick", ["epochs=10", *changes]), DataSource(data=str(data)))
    run.append_metric({"event": "start", "epoch": 1, "validation": "PublicTest"})
    for at in range(1, epochs + 1):
        right = min(9, 2 + at)
        confusion = [
            [right if row == column else (10 - right if column == 0 else 0) for column in range(7)] for row in range(7)
        ]
        line = {"epoch": at, "loss": 2 / at, "accuracy": right / 10, "rate": 0.01, "faces_per_s": 100.0}
        run.append_metric({"event": "steps", "step": at, "at": float(at), **line})
        seen = {"seen_loss": 1.8 / at, "seen_accuracy": right / 10 + 0.05, "seconds": 2.0, "best": True}
        validated = {"validation_loss": 1.9 / at, "validation_accuracy": right / 10, "confusion": confusion}
        run.append_metric({"event": "epoch", **line, **seen, **validated})
    return run


def working(run: Run) -> Run:
    """Give a run a worker that lives: this process."""
    import psutil

    me = psutil.Process()
    run.update(state="running", pid=me.pid, pid_created=me.create_time(), heartbeat=time.time(), progress=0.6,
               message="Epoch 6: 80.0% right.")  # fmt: skip
    return run


def ended(run: Run, state: str = "done", message: str = "") -> Run:
    run.update(state=state, message=message)
    return run


def test_the_network_of_a_recipe_is_shown_with_its_numbers() -> None:
    app = page()
    assert "203,719 parameters" in text_of(app), "the quick recipe is offered for the drawn set"
    app.selectbox(key="train.preset.drawn").set_value("course").run()
    assert "3,192,839 parameters** (2,432 of them not trained" in text_of(app)
    app.selectbox(key="train.course.architecture").set_value("mini_xception").run()
    assert "58,423 parameters" in text_of(app)
    assert '`architecture.kind="mini_xception"`' in text_of(app)
    assert not app.exception
    layers = app.dataframe[0].value
    assert len(layers) > 40 and layers["Comes out"].iloc[-1] == "7"


@pytest.mark.parametrize("kind", ["mlp", "svm"])
def test_another_network_begins_with_no_part_of_a_model(kind: str) -> None:
    base = read_recipe("narrow", ["start_until=max_pool_1", "start_stays=true"])
    option = f"architecture.kind={kind}"
    more = [change for changes in what_goes_with([option], base.as_document()).values() for change in changes]
    assert not parse_recipe(as_yaml(base), "narrow", [option, *more]).start_until


@pytest.mark.parametrize("preset", preset_names())
def test_no_choice_of_a_control_leads_to_a_recipe_that_is_refused(preset: str) -> None:
    base = read_recipe(preset)
    known = base.as_document()
    options = [f"architecture.kind={kind}" for kind in TITLES]
    for part, kinds in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("loss", LOSSES)):
        options += [f"{part}.kind={kind}" for kind in kinds]
    for option in options:
        part, _, kind = option.partition(".kind=")
        if known[part]["kind"] != kind:
            more = [change for changes in what_goes_with([option], known).values() for change in changes]
            parse_recipe(as_yaml(base), preset, [option, *more])
    for end in (0, 1):
        changed = [f"augmentation.{name}={limits(name)[end]}" for name in known["augmentation"]]
        parse_recipe(as_yaml(base), preset, changed)


def test_how_faces_are_changed_dropout_and_class_weights_are_chosen() -> None:
    app = page()
    before = app.get("image")[-1].proto.imgs[0].url
    app.slider(key="train.quick.augmentation.cutout").set_value(1.0).run()
    assert "`augmentation.cutout=1.0`" in text_of(app) and "cutout: 1.0" in app.code[0].value
    assert app.get("image")[-1].proto.imgs[0].url != before, "what is shown follows"
    assert app.slider(key="train.quick.augmentation.noise_sd").disabled, "there is no noise"
    app.selectbox(key="train.quick.architecture").set_value("mlp").run()
    app.slider(key="train.quick.dropout.mlp").set_value(0.5).run()
    app.segmented_control(key="train.quick.weights").set_value("each").run()
    app.number_input(key="train.quick.weight.disgust").set_value(4.0).run()
    assert "`architecture.dropout=0.5`" in text_of(app) and "`loss.class_weights.disgust=4.0`" in text_of(app)
    app.slider(key="train.quick.augmentation.mixup").set_value(0.4).run()
    app.selectbox(key="train.quick.loss").set_value("sparse").run()
    assert "augmentation.mixup" not in text_of(app), "sparse takes one class a face"
    assert "`loss.class_weights.disgust=4.0`" in text_of(app), "the other loss is told, too"
    assert not app.exception and not app.error and not app.button(key="train.begin").disabled
    app.selectbox(key="train.quick.architecture").set_value("svm").run()
    assert not app.exception and not app.error and not app.slider


def test_another_loss_and_another_optimizer_bring_what_goes_with_them() -> None:
    app = page()
    app.selectbox(key="train.preset.drawn").set_value("classmood-face-1").run()
    app.selectbox(key="train.classmood-face-1.loss").set_value("sparse").run()
    assert not app.exception and not app.error and "`loss.label_smoothing=0.0`" in text_of(app)
    assert "Off with it: label smoothing, votes" in text_of(app).replace("\\", "")
    app.selectbox(key="train.classmood-face-1.optimizer").set_value("adam").run()
    assert not app.exception and not app.error
    (rate,) = [box for box in app.number_input if box.label == "Learning rate"]
    assert rate.value == 0.001, "its own, not Nesterov's"
    assert "adam comes with what is usual for it: learning rate 0.001, no weight decay" in text_of(app).replace(
        "\\", ""
    )
    assert not app.button(key="train.begin").disabled


@pytest.mark.parametrize(("rate", "seed"), [(LEAST_RATE, MOST_SEED), (MOST_RATE, 0)])
def test_the_controls_take_what_a_recipe_may_hold(rate: float, seed: int) -> None:
    app = page()
    app.toggle(key="train.as_text").set_value(True).run()
    text = f"optimizer: {{kind: adam, learning_rate: {rate:.8f}}}\nseed: {seed}"
    app.text_area(key="train.text.quick").set_value(text).run()
    assert not app.exception and not app.error
    values = {box.label: box.value for box in app.number_input}
    assert (values["Learning rate"], values["Seed"]) == (rate, seed)


def test_what_is_typed_wrong_is_named_and_nothing_can_begin() -> None:
    app = page()
    app.toggle(key="train.as_text").set_value(True).run()
    app.text_area(key="train.text.quick").set_value("epoch: 3").run()
    assert "There is no field epoch; did you mean epochs?" in app.error[0].value.replace("\\", "")
    assert app.button(key="train.begin").disabled
    app.text_area(key="train.text.quick").set_value("architecture: {kind: course_cnn}\ninput_px: 12").run()
    assert "larger than the map" in app.error[0].value


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    app = page()
    app.segmented_control(key="train.faces").set_value("A file on this computer").run()
    assert app.button(key="train.begin").disabled
    app.text_input(key="train.path").set_value(str(tmp_path / "none.csv")).run()
    assert "there is no such file or folder" in app.error[0].value


@pytest.fixture
def clean_list(data: Path) -> bytes:
    """A list that leaves out the first face of every emotion."""
    opened = DataSource(data=str(data)).open()
    findings = Findings(tuple(Finding("blank", (row,), "Blank.", (row,)) for row in range(7)), 140)
    return clean_text(choose(opened, findings)).encode()


def test_a_clean_list_is_dropped_and_goes_with_the_run(
    data: Path, clean_list: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Run] = []
    monkeypatch.setattr("fer.ui.train_new.start", begun.append)
    app = page()
    app.segmented_control(key="train.faces").set_value("A file on this computer").run()
    app.text_input(key="train.path").set_value(str(data)).run()
    app.file_uploader(key="train.clean_file").set_value(("clean-list.json", b"[1, 2]", "application/json")).run()
    assert "Expected a clean list" in text_of(app) and app.button(key="train.begin").disabled
    app.file_uploader(key="train.clean_file").set_value(("clean-list.json", clean_list, "application/json")).run()
    assert "leaves out 7 of 140 rows; it was made for noise.npz" in text_of(app).replace("\\", "")
    app.text_input(key="train.clean").set_value(str(tmp_path / "none.json")).run()
    assert "Two clean lists came" in text_of(app)
    app.text_input(key="train.clean").set_value("").run()
    app.toggle(key="train.preview").set_value(True).run()
    assert not app.exception and not app.error
    app.button(key="train.begin").click().run()
    (run,) = begun
    assert len(source_of(run).open().faces) == 133
    assert Path(str(source_of(run).clean)).parent == run.folder / "upload"
    run.delete()


def test_a_public_server_takes_a_dropped_clean_list_and_no_path(configure: Callable[..., Any]) -> None:
    configure(FER_HOSTED="true")
    app = page()
    assert "after 24 hours at the latest" in text_of(app) and len(app.file_uploader) == 1
    assert "train.clean" not in {box.key for box in app.text_input}


def test_a_run_from_its_start_to_its_end(data: Path) -> None:
    app = page()
    app.segmented_control(key="train.faces").set_value("A file on this computer").run()
    app.text_input(key="train.path").set_value(str(data)).run()
    app.toggle(key="train.as_text").set_value(True).run()
    app.text_area(key="train.text.fresh").set_value(BASELINE).run()
    assert "fitted in one go" in text_of(app)
    app.button(key="train.begin").click().run()
    run = all_runs()[0]
    assert app.query_params["run"] == run.id
    end = time.monotonic() + 90
    while run.status().living:
        assert time.monotonic() < end, (run.folder / "log.txt").read_text()
        time.sleep(0.1)
    app.run()
    assert "of PublicTest are named rightly (epoch 1)" in text_of(app)
    assert "A baseline is for comparison: it is not published." in text_of(app)
    app.button(key=f"train.delete.{run.id}").click().run()
    assert not run.folder.exists()
    assert not app.exception


def test_what_the_data_set_page_has_open_can_be_learned_from(data: Path) -> None:
    room = new_room(data)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90).run()
    app.session_state["dataset.runs"] = {room.id: room.key()}
    app.switch_page("pages/train.py").run()
    app.segmented_control(key="train.faces").set_value("noise.npz of the Data set page").run()
    assert "What was uploaded is deleted 24 hours after it came" in text_of(app)
    app.toggle(key="train.preview").set_value(True).run()
    assert "First row: angry, disgust" in app.get("image")[-1].proto.imgs[0].caption
    assert not app.exception and not app.error
    assert not app.button(key="train.begin").disabled


def test_a_run_at_work_is_steered(data: Path) -> None:
    run = working(began(data))
    app = page(run=run.id)
    assert "Book CNN on noise.npz" in app.header[0].value.replace("\\", "")
    assert len(app.get("plotly_chart")) == 5
    assert "Overfitting" in text_of(app) or "Underfitting" in text_of(app)
    app.button(key="train.pause").click().run()
    assert run.pause_asked()
    assert app.button(key="train.pause").label == "Go on"
    app.button(key="train.pause").click().run()
    assert not run.pause_asked()
    app.button(key="train.stop").click().run()
    assert run.stop_asked()
    assert app.button(key="train.stop").disabled
    run.update(state="done")


def test_each_curve_shows_what_its_name_says(data: Path) -> None:
    curves = curves_of(began(data, 4))
    accuracy, loss = (curve_chart(curves, name) for name in ("accuracy", "loss"))
    drawn = {trace.name: (list(trace.x), list(trace.y)) for trace in accuracy.data}
    assert drawn == {
        "changed faces, while learning": ([1, 2, 3, 4], [0.3, 0.4, 0.5, 0.6]),
        "learned faces as they are": ([1, 2, 3, 4], pytest.approx([0.35, 0.45, 0.55, 0.65])),
        "PublicTest": ([1, 2, 3, 4], [0.3, 0.4, 0.5, 0.6]),
    }
    by_name = {trace.name: list(trace.y) for trace in loss.data}
    assert by_name["changed faces, while learning"] == pytest.approx([2, 1, 2 / 3, 0.5])
    assert by_name["learned faces as they are"] == pytest.approx([1.8, 0.9, 0.6, 0.45])
    assert by_name["PublicTest"] == pytest.approx([1.9, 0.95, 1.9 / 3, 1.9 / 4])
    assert list(learning_rate_chart(curves).data[0].y) == [0.01] * 4
    recall = {trace.name: list(trace.y) for trace in recall_chart(curves).data}
    # Those of the first emotion are always named rightly in these figures.
    assert recall.pop("▲ angry") == [1.0] * 4 and len(recall) == 6
    assert all(shares == pytest.approx([0.3, 0.4, 0.5, 0.6]) for shares in recall.values())


def test_runs_are_drawn_over_each_other_by_accuracy_and_by_loss(data: Path) -> None:
    runs = {"first": curves_of(began(data, 2)), "second": curves_of(began(data, 3))}
    by_accuracy = {trace.name: list(trace.y) for trace in compare_chart(runs, "accuracy").data}
    assert by_accuracy == {"first": [0.3, 0.4], "second": [0.3, 0.4, 0.5]}
    by_loss = {trace.name: list(trace.y) for trace in compare_chart(runs, "loss").data}
    assert by_loss == {"first": pytest.approx([1.9, 0.95]), "second": pytest.approx([1.9, 0.95, 1.9 / 3])}


def test_speed_time_left_and_the_place_in_the_queue_are_told(data: Path) -> None:
    run = working(began(data))
    run.update(eta_s=125)
    told = page(run=run.id).get("progress")[0].proto.text.replace("\\", "")
    assert "60 % Epoch 6: 80.0% right." in told and "2 minutes left. 100 faces a second." in told.replace("About ", "")
    waiting = new_training_run(read_recipe("quick"), DataSource(data=str(data)))
    place = page(run=waiting.id).get("progress")[0].proto.text.replace("\\", "")
    assert "Waiting: 1 training is before it" in place
    run.update(state="done")


def test_a_baseline_at_work_has_no_pause_and_no_verdict(data: Path) -> None:
    run = working(new_training_run(check_recipe({"architecture": {"kind": "svm"}}), DataSource(data=str(data))))
    run.append_metric({"event": "start", "epoch": 1, "validation": "PublicTest"})
    confusion = [[5 if row == column else 0 for column in range(7)] for row in range(7)]
    figures = {"seen_accuracy": 1.0, "validation_accuracy": 1.0, "confusion": confusion, "seconds": 2.0}
    run.append_metric({"event": "epoch", "epoch": 1, **figures, "best": True})
    app = page(run=run.id)
    assert "train.pause" not in {button.key for button in app.button}
    assert not app.button(key="train.stop").disabled
    ended(run)
    app = page(run=run.id)
    assert "Too early" not in text_of(app) and "Recall by emotion" in text_of(app)


def test_a_short_run_that_ended_is_not_called_early(data: Path) -> None:
    run = ended(began(data, 2))
    run.append_metric({"event": "end", "epoch": 2, "stopped_early": False, "kept_epoch": 2})
    app = page(run=run.id)
    assert "2 epochs do not show whether it learns too little or by heart" in text_of(app)
    assert "Too early to tell" not in text_of(app)


def finding(app: AppTest) -> Run:
    """Give a visit a finder's run that is at work."""
    run = working(new_training_run(read_recipe("quick"), DataSource(data="demo"), "rate_finder"))
    app.session_state["train.finder"] = run.id
    app.run()
    return run


def test_the_finder_is_stopped(data: Path) -> None:
    app = page()
    run = finding(app)
    app.button(key="train.stop_finder").click().run()
    assert run.stop_asked() and app.button(key="train.stop_finder").disabled
    ended(run, "stopped", "Stopped. What was done until then is kept.")
    app.run()
    assert "Stopped. What was done until then is kept." in text_of(app)
    assert "The loss fell at none" not in text_of(app) and app.button(key="train.find")


def test_the_finder_says_what_it_did_otherwise(data: Path) -> None:
    app = page()
    run = ended(finding(app))
    (run.artifacts / "rate.json").write_text(
        '{"schema": 1, "rate": 0.02, "notes": ["Batches of 16 faces were tried."]}'
    )
    app.run()
    assert "Batches of 16 faces were tried." in text_of(app) and "begin there" in text_of(app)


def test_a_found_rate_outlives_a_reload_and_is_for_its_own_recipe() -> None:
    run = ended(new_training_run(read_recipe("quick"), DataSource(data="demo"), "rate_finder"))
    (run.artifacts / "rate.json").write_text('{"schema": 1, "rate": 0.0321, "notes": []}')
    # Another visit: all that it knows is on the disk.
    app = page()
    assert "It fell fastest at **0.032**" in text_of(app) and "another recipe" not in text_of(app)
    app.button(key="train.take_rate").click().run()

    def rate(app: AppTest) -> tuple[str, float]:
        (box,) = [box for box in app.number_input if box.label.startswith("Learning rate")]
        return box.label, box.value

    assert rate(app) == ("Learning rate, as it was found", 0.032)
    app.selectbox(key="train.quick.optimizer").set_value("sgd").run()
    assert rate(app)[0] == "Learning rate", "another optimizer has other rates"
    app.selectbox(key="train.preset.drawn").set_value("course").run()
    assert rate(app) == ("Learning rate", read_recipe("course").optimizer.learning_rate)


def test_a_rate_that_was_found_for_something_else_is_called_so(data: Path) -> None:
    app = page()
    run = ended(finding(app))
    (run.artifacts / "rate.json").write_text('{"schema": 1, "rate": 0.02, "notes": []}')
    app.run()
    assert "another recipe or other data" not in text_of(app)
    app.selectbox(key="train.preset.drawn").set_value("course").run()
    assert "It was asked about another recipe or other data: Book CNN" in text_of(app)


def test_what_is_kept_of_cycles_is_their_mean(data: Path) -> None:
    run = began(data, 6)
    mean = {"validation_accuracy": 0.8765, "validation_loss": 0.4}
    run.append_metric({"event": "end", "epoch": 6, "stopped_early": False, "kept_epoch": 6, "mean_of_cycles": mean})
    app = page(run=ended(run).id)
    assert "87.6% of PublicTest are named rightly (the mean of its cycles)" in text_of(app)
    app = page(**{"train.tab": "Runs"})
    assert "best 80.0% of PublicTest after 6 epochs, kept 87.6%" in text_of(app)


@pytest.mark.parametrize("state", ["stopped", "failed", "interrupted"])
def test_what_ended_too_soon_says_why_and_can_go_on(data: Path, state: str) -> None:
    run = ended(began(data), state, "Memory ran out. Take a smaller batch.")
    app = page(run=run.id)
    assert "Memory ran out" in text_of(app)
    assert app.button(key="train.go_on").label == "Go on"


def test_older_runs_can_be_shown_and_all_count_on_the_disk(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer.ui.train_runs.MOST_SHOWN", 1)
    first, second = ended(began(data, 3)), ended(began(data, 3))
    (first.artifacts / "model.keras").write_bytes(bytes(5_000_000))
    app = page(**{"train.tab": "Runs"})
    assert "5.0 MB on the disk in 2 runs" in text_of(app) and "too kind" in text_of(app)

    def shown(app: AppTest) -> set[str]:
        return {key for button in app.button if (key := str(button.key)).startswith("train.open.")}

    assert len(shown(app)) == 1
    app.toggle(key="train.older").set_value(True).run()
    assert not app.exception and shown(app) == {f"train.open.{run.id}" for run in (first, second)}


def test_finders_and_what_published_are_listed_and_deleted(data: Path) -> None:
    finder = ended(new_training_run(read_recipe("quick"), DataSource(data="demo"), "rate_finder"))
    (finder.artifacts / "rate.json").write_text('{"schema": 1, "rate": 0.0321}')
    publishing = ended(Run.create("publishing", "quick", {"run": finder.id, "name": "mine"}), "failed", "No room.")
    app = page(**{"train.tab": "Runs"})
    said = text_of(app).replace("\\", "")
    assert "Learning-rate finder: Book CNN on the drawn set" in said and "done, found 0.032" in said
    assert "Publishing mine" in said and "failed: No room." in said and "in 2 runs" in said
    for run in (finder, publishing):
        app.button(key=f"train.delete.{run.id}").click().run()
    assert all_runs() == [] and not app.exception


def test_runs_side_by_side(data: Path) -> None:
    ended(began(data, 3))
    better = ended(began(data, 6, "optimizer.learning_rate=0.03"))
    app = page(**{"train.tab": "Runs"})
    table = app.dataframe[0].value
    best = [name for name in table.columns if name.startswith("★")]
    assert len(best) == 1 and better.id[-6:] in best[0]
    assert table.loc["≠ optimizer.learning_rate", best[0]] == "0.03"
    assert set(table.loc["≠ optimizer.learning_rate"]) == {"0.03", "0.002"}
    assert "≠ epochs" not in table.index and "epochs" not in table.index
    app.button_group(key="train.compare_by").set_value("loss").run()
    assert not app.exception and '"text":"loss"' in app.get("plotly_chart")[0].proto.spec
    app.toggle(key="train.whole_recipes").set_value(True).run()
    assert "batch_size" in app.dataframe[0].value.index
    # On other faces it is not the better one.
    identity = {"schema": 1, "name": "others.npz", "sha256": "ab", "left": "cd", "drawn": False}
    (better.artifacts / "data.json").write_text(json.dumps(identity))
    app.run()
    table = app.dataframe[0].value
    assert not [name for name in table.columns if name.startswith("★")] and "others.npz" in set(table.loc["data"])
    assert "cannot be compared" in text_of(app)
    app.button(key=f"train.open.{better.id}").click().run()
    assert app.query_params["run"] == better.id


def test_a_damaged_run_is_listed_and_can_be_deleted(data: Path) -> None:
    broken = began(data)
    (broken.folder / "status.json").write_text("{")
    app = page(**{"train.tab": "Runs"})
    assert "status.json is missing or damaged" in text_of(app).replace("\\", "")
    app.button(key=f"train.delete.{broken.id}").click().run()
    assert not broken.folder.exists()


def test_a_run_whose_config_is_damaged_can_be_deleted_where_it_is_shown(data: Path) -> None:
    broken = began(data)
    (broken.folder / "config.json").write_text("{")
    app = page(run=broken.id)
    assert "config.json" in text_of(app) and not app.exception
    app.button(key=f"train.delete.{broken.id}").click().run()
    assert not broken.folder.exists()


def test_a_name_that_cannot_be_is_refused_and_a_free_one_offered(data: Path) -> None:
    run = ended(began(data))
    (run.artifacts / "model.keras").write_bytes(b"")
    app = page(run=run.id)
    assert app.text_input(key="train.name").value == "my-book-cnn-1"
    app.text_input(key="train.name").set_value("Not A Name")
    publish = next(button for button in app.button if button.label == "Publish")
    publish.click().run()
    assert "has small letters, digits and hyphens" in text_of(app)
    assert len(all_runs()) == 1


def test_it_may_be_published_in_eight_bits_and_as_the_default(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = ended(began(data))
    (run.artifacts / "model.keras").write_bytes(b"")
    begun: list[Run] = []
    monkeypatch.setattr("fer.ui.train_publish.start", begun.append)
    app = page(run=run.id)
    assert not app.toggle(key="train.int8").value
    app.toggle(key="train.int8").set_value(True)
    app.toggle(key="train.default").set_value(True)
    next(button for button in app.button if button.label == "Publish").click().run()
    assert [job.config() for job in begun] == [{"run": run.id, "name": "my-book-cnn-1", "int8": True, "default": True}]


def test_what_was_published_is_offered_at_once(data: Path, home: Path) -> None:
    run = ended(began(data))
    (run.artifacts / "model.keras").write_bytes(b"")
    job = Run.create("publishing", "quick", {"run": run.id, "name": "mine"})
    working(job)
    assert "Epoch 6" in text_of(page(run=run.id)), "what its worker says"
    shipped = find()
    (home / "models").mkdir()
    shutil.copy(shipped.verified("onnx"), home / "models" / "mine.onnx")
    document = json.loads((settings().models / "manifest.json").read_text(encoding="utf-8"))
    entry = next(one for one in document["models"] if one["name"] == shipped.name)
    onnx = {**entry["files"]["onnx"], "path": "mine.onnx"}
    entry |= {"name": "mine", "default": False, "files": {"onnx": onnx}}
    (home / "models" / "manifest.json").write_text(json.dumps({"schema": 1, "models": [entry]}), encoding="utf-8")
    (job.artifacts / "entry.json").write_text(json.dumps(entry), encoding="utf-8")
    ended(job)
    app = page(run=run.id)
    assert "Published as **mine**" in text_of(app) and "no independent test" in text_of(app)
    assert not [button for button in app.button if button.label == "Publish"]
    for place, control in (("photo", "photo.model"), ("live", "live.model")):
        app.switch_page(f"pages/{place}.py").run()
        assert "mine" in app.selectbox(key=control).options, place
    app.switch_page("pages/evaluate.py").run()
    app.text_input(key="dataset.path").set_value(str(data)).run()
    app.button(key="dataset.open_path").click().run()
    assert "mine" in app.multiselect(key="evaluate.models").options and not app.exception


def test_on_a_public_server_each_sees_their_own(data: Path, configure: Callable[..., Any]) -> None:
    run = ended(began(data))
    configure(FER_HOSTED="true")
    app = page(**{"train.tab": "Runs"})
    assert "There is no run yet" in text_of(app)
    app = page(run=run.id)
    assert "There is no such run" in text_of(app)
    app = page(run=run.id, key=run.key())
    assert "publishes nothing" in text_of(app)


def test_a_public_server_trains_little_and_on_drawn_faces_only(configure: Callable[..., Any]) -> None:
    configure(FER_HOSTED="true")
    app = page()
    assert not [control for control in app.get("button_group") if control.key == "train.faces"]
    app.selectbox(key="train.preset.drawn").set_value("course").run()
    app.button(key="train.begin").click().run()
    assert "trains at most 30 epochs; 100 were asked for" in text_of(app)
    assert all_runs() == []


LARGE = "architecture: {kind: residual_cnn, widths: [2048, 2048, 2048, 2048]}\nepochs: 3\n"
WIDE_MAPS = "architecture: {kind: residual_cnn, widths: [256, 256, 256]}\nepochs: 20\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [(LARGE, "networks of at most 5,000,000 parameters; this one has"), (WIDE_MAPS, "million million multiplications")],
)
def test_a_public_server_refuses_large_networks(configure: Callable[..., Any], text: str, sentence: str) -> None:
    configure(FER_HOSTED="true")
    app = page()
    app.toggle(key="train.as_text").set_value(True).run()
    app.text_area(key="train.text.quick").set_value(text).run()
    app.button(key="train.begin").click().run()
    assert sentence in text_of(app) and all_runs() == []


def test_a_public_servers_finder_refuses_large_networks(configure: Callable[..., Any]) -> None:
    configure(FER_HOSTED="true")
    app = page()
    app.toggle(key="train.as_text").set_value(True).run()
    app.text_area(key="train.text.quick").set_value(LARGE).run()
    app.button(key="train.find").click().run()
    assert "networks of at most 5,000,000 parameters" in text_of(app) and all_runs() == []


def test_a_public_server_trains_every_preset_within_its_epochs() -> None:
    for name in preset_names():
        refuse_large(read_recipe(name), epochs=30)


def test_on_a_public_server_going_on_is_a_start(data: Path, configure: Callable[..., Any]) -> None:
    run = ended(began(data, 3, "epochs=100"), "stopped", "Stopped.")
    configure(FER_HOSTED="true")
    app = page(run=run.id, key=run.key())
    app.button(key="train.go_on").click().run()
    assert "trains at most 30 epochs; 100 were asked for" in text_of(app)
    assert run.status().state == "stopped"


def test_the_queue_of_a_public_server_has_an_end(
    data: Path, configure: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(FER_HOSTED="true")
    monkeypatch.setattr("fer.ui.train_hosted.MOST_WAITING", 1)
    others, own = working(began(data)), ended(began(data), "stopped", "Stopped.")
    app = page(run=own.id, key=own.key())
    app.button(key="train.go_on").click().run()
    assert "1 trainings are at work or waiting on this public server" in text_of(app)
    assert own.status().state == "stopped"
    others.update(state="done")


def test_what_is_cut_off_is_not_shown_and_no_training_faces_are_a_sentence(data: Path, tmp_path: Path) -> None:
    app = page()
    app.toggle(key="train.as_text").set_value(True).run()
    app.text_area(key="train.text.quick").set_value(as_yaml(read_recipe("quick", ["input_px=24", "mend=true"]))).run()
    caption = app.get("image")[-1].proto.imgs[0].caption
    assert caption.endswith("changed by chance, then mended; the network sees the middle 24 × 24 pixels.")
    with np.load(data) as pack:
        np.savez(tmp_path / "public.npz", **{**pack, "usage": np.ones_like(pack["usage"])})
    app = page()
    app.segmented_control(key="train.faces").set_value("A file on this computer").run()
    app.text_input(key="train.path").set_value(str(tmp_path / "public.npz")).run()
    app.toggle(key="train.preview").set_value(True).run()
    assert not app.exception and "Training has no face to show" in text_of(app)

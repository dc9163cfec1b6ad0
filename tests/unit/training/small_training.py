"""Train small networks for the tests, in a process of its own: python small_training.py PART FOLDER."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from patterned import patterned_faces, write_npz

from fer.runs import worker
from fer.runs.folder import Run
from fer.training.material import DataSource, prepare
from fer.training.recipe import Recipe
from fer.training.recipe_files import check_recipe
from fer.training.run import CHECKPOINTS, ENVIRONMENT, new_training_run
from fer.training.summary import curves_of

STILL = {
    "flip": 0,
    "rotation_deg": 0,
    "scale": 0,
    "shift_px": 1,
    "contrast": 0,
    "brightness": 0,
    "cutout": 0,
    "blur": 0,
}
SMALL: dict[str, Any] = {
    "architecture": {"kind": "residual_cnn", "widths": [4, 8], "dropout": 0.1},
    "input_px": 24,
    "optimizer": {"kind": "nesterov", "learning_rate": 0.1, "weight_decay": 0.0005},
    "schedule": {"kind": "cosine", "warmup_epochs": 1},
    "epochs": 4,
    "batch_size": 32,
    "held_out": 0.1,
    "average": {"keep": 0.8, "every": 2},
    "precision": "float32",
    "augmentation": STILL,
}
WITHOUT_TIMES = ("loss", "accuracy", "validation_loss", "validation_accuracy", "seen_accuracy", "rate", "confusion")


def recipe(**changes: Any) -> Recipe:
    return check_recipe({**SMALL, **changes})


def trained(made: Recipe, data: Path, before: Callable[[Run], None] = lambda run: None) -> Run:
    """Train by way of a run folder and its worker, in this process."""
    run = new_training_run(made, DataSource(data=str(data)))
    worker.make_ready(run)
    before(run)
    worker.main([str(run.folder)])
    return run


def again(run: Run) -> Run:
    worker.make_ready(run)
    worker.main([str(run.folder)])
    return run


def figures(run: Run) -> list[dict[str, Any]]:
    return [{name: line[name] for name in WITHOUT_TIMES} for line in curves_of(run).epochs]


def told(run: Run) -> list[str]:
    status = run.status()
    return [status.state, status.message]


def in_background(run: Run, act: Callable[[Run], None]) -> threading.Thread:
    thread = threading.Thread(target=act, args=(run,))
    thread.start()
    return thread


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def stopped_early(made: Recipe, data: Path) -> Run:
    """A run that was stopped in its second epoch."""

    def stop(run: Run) -> None:
        until(lambda: any(line.get("event") == "epoch" for line in run.metrics()[0]))
        run.ask_stop()

    thread: list[threading.Thread] = []
    run = trained(made, data, lambda run: thread.append(in_background(run, stop)))
    thread[0].join()
    return run


def whole_and_in_parts(data: Path) -> dict[str, Any]:
    """The same recipe without a break, stopped in its second epoch, and paused."""
    whole = trained(recipe(), data)
    stopped = stopped_early(recipe(), data)
    stopped_as = told(stopped)
    done_before = len(curves_of(stopped).epochs)
    again(stopped)

    seen: list[str] = []

    def pause(run: Run) -> None:
        until(lambda: run.metrics()[0])
        run.ask_pause()
        until(lambda: run.status().state == "paused")
        place = run.metrics()[1]
        time.sleep(0.5)
        seen.append(f"{run.status().state}, {len(run.metrics(place)[0])} new lines")
        run.ask_pause(False)

    thread: list[threading.Thread] = []
    paused = trained(recipe(), data, lambda run: thread.append(in_background(run, pause)))
    thread[0].join()
    return {
        "run": whole.id,
        "data": str(data),
        "whole": figures(whole),
        "stopped_as": stopped_as,
        "done_before": done_before,
        "parts": figures(stopped),
        "paused": figures(paused),
        "while_paused": seen,
        "states": [whole.status().state, stopped.status().state, paused.status().state],
        "files": sorted(str(path.relative_to(whole.folder)) for path in whole.folder.rglob("*") if path.is_file()),
        "checkpoints": len(list((whole.artifacts / CHECKPOINTS).glob("epoch-*.npz"))),
        "model_gap": model_gap(whole, stopped),
        "board": on_the_board(whole),
        "best": best_beside(whole),
        "environment": json.loads((stopped.artifacts / "environment.json").read_text()),
    }


def best_beside(run: Run) -> list[float]:
    """Return the accuracy of best.keras on the validation faces, and that of the best epoch."""
    import keras

    from fer.faces.scale import scale_faces

    material = prepare(DataSource.of(run.config()).open().faces, recipe())
    network = keras.saving.load_model(run.artifacts / "best.keras", compile=False, safe_mode=True)
    guesses = network.predict(scale_faces(np.asarray(material.validation.images), material.spec), verbose=0).argmax(1)
    return [float((guesses == material.validation.labels).mean()), max(curves_of(run).column("validation_accuracy"))]


def on_the_board(run: Run) -> dict[str, list[float]]:
    """Return what TensorBoard itself reads in a run's logs, by tag."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    logs = EventAccumulator(str(run.artifacts / "tensorboard"), size_guidance={"scalars": 0})
    logs.Reload()
    return {tag: [event.value for event in logs.Scalars(tag)] for tag in logs.Tags()["scalars"]}


def model_gap(one: Run, other: Run) -> float:
    import keras

    weights = [keras.saving.load_model(run.artifacts / "model.keras").get_weights() for run in (one, other)]
    return max(float(np.abs(a - b).max()) for a, b in zip(*weights, strict=True))


def patience_in_parts(data: Path) -> dict[str, Any]:
    """Plateaus, early stopping and the best epoch, without a break and with a damaged checkpoint in between."""
    made = recipe(
        architecture={"kind": "mlp", "hidden": [16]},
        optimizer={"kind": "adam", "learning_rate": 0.01},
        schedule={"kind": "plateau", "factor": 0.5, "patience": 1},
        early_stopping={"patience": 3},
        keep="best",
        average=None,
        epochs=25,
        monitor="validation_loss",
    )
    whole = trained(made, data)

    def stop_after_three(run: Run) -> None:
        until(lambda: len(curves_of(run).epochs) >= 3)
        run.ask_stop()

    thread: list[threading.Thread] = []
    parts = trained(made, data, lambda run: thread.append(in_background(run, stop_after_three)))
    thread[0].join()
    newest = max((parts.artifacts / CHECKPOINTS).glob("epoch-*.npz"))
    flip_a_byte(newest)
    again(parts)
    end = curves_of(whole).end
    return {
        "whole": figures(whole),
        "parts": figures(parts),
        "end": end,
        "model_gap": model_gap(whole, parts),
        "log": whole.status().state,
    }


def precisions(run: Run) -> list[str]:
    return [start["precision"] for start in json.loads((run.artifacts / ENVIRONMENT).read_text())["starts"]]


def cycles_in_parts(data: Path) -> dict[str, Any]:
    """Two cycles and the mean of their ends, without a break and with one between them; noise, dark, own scaling."""
    import keras

    from fer.faces.scale import scale_faces
    from fer.training import job, precision
    from fer.training.job import Training

    # So few tell enough of 196 faces.
    job.STEPS_FOR_STATISTICS = 120
    made = recipe(
        architecture={"kind": "residual_cnn", "stem": 4, "widths": [4, 8], "dropout": 0.1},
        scaling="face",
        schedule={"kind": "cosine", "warmup_epochs": 1, "cycles": 2, "first_cycle": 0.6},
        augmentation={**STILL, "dark": 0.5, "noise": 0.5, "cutout": 0.5, "cutout_grey": 0.5},
        keep="cycles",
        epochs=5,
        precision="auto",
    )
    ends: list[list[Any]] = []
    keep_cycle = Training._keep_cycle

    def noted(training: Training) -> None:
        if training.done in (3, 5):
            ends.append([weight.copy() for weight in training._weights()])
        keep_cycle(training)

    Training._keep_cycle = noted  # type: ignore[method-assign]
    whole = trained(made, data)
    Training._keep_cycle = keep_cycle  # type: ignore[method-assign]

    def stop_after_the_first(run: Run) -> None:
        until(lambda: len(curves_of(run).epochs) >= 3)
        run.ask_stop()

    # On a busy machine each run might measure another precision; one that goes on must not measure at all.
    measured, (first,) = precision.measured, precisions(whole)
    precision.measured = lambda: first  # type: ignore[assignment, return-value]
    thread: list[threading.Thread] = []
    parts = trained(made, data, lambda run: thread.append(in_background(run, stop_after_the_first)))
    thread[0].join()
    precision.measured = lambda: "float32" if first == "bfloat16" else "bfloat16"
    again(parts)
    precision.measured = measured
    model = keras.saving.load_model(whole.artifacts / "model.keras")
    learned = [weight.path.split("/")[-1] not in ("moving_mean", "moving_variance") for weight in model.weights]
    mean = [(a + b) / 2 for a, b in zip(*ends, strict=True)]
    material = prepare(DataSource.of(whole.config()).open().faces, made)
    first = keras.Model(model.input, model.get_layer("conv_1").output)
    seen = first.predict(scale_faces(material.training.images, material.spec), verbose=0)
    statistics = model.get_layer("norm_1").moving_mean.numpy()
    own = list(zip(model.get_weights(), mean, learned, strict=True))
    return {
        "rates": [line["rate"] for line in curves_of(whole).epochs],
        "whole": figures(whole),
        "parts": figures(parts),
        "model_gap": model_gap(whole, parts),
        "mean_gap": max(float(np.abs(a - b).max()) for a, b, is_learned in own if is_learned),
        "apart": max(float(np.abs(a - b).max()) for a, b, is_learned in zip(*ends, learned, strict=True) if is_learned),
        "statistics_gap": float(np.abs(statistics - seen.mean(axis=(0, 1, 2))).max() / seen.std()),
        "scaling": material.spec.scaling,
        "precisions": precisions(parts),
    }


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def refusals(data: Path, folder: Path) -> dict[str, Any]:
    """What ends a run with a sentence."""
    from fer.training.checkpoints import Checkpoints

    mlp = {"kind": "mlp", "hidden": [16], "dropout": 0.0}
    no_number = trained(
        recipe(architecture=mlp, optimizer={"kind": "sgd", "learning_rate": 10}, initialisation="normal"), data
    )

    def no_room(run: Run) -> None:
        (run.artifacts / CHECKPOINTS).mkdir()
        # What is written there is refused as on a full disk.
        (run.artifacts / CHECKPOINTS / "epoch-00001.npz.part").symlink_to("/dev/full")

    full = trained(recipe(architecture=mlp), data, no_room) if Path("/dev/full").exists() else None
    other = write_npz(patterned_faces(20), folder / "other.npz")
    swapped = trained(recipe(architecture=mlp, epochs=2), other, lambda run: run.ask_stop())
    again(swapped)
    write_npz(patterned_faces(21), other)
    again(swapped)
    one_label = patterned_faces(20)
    one_label.labels[:] = 3
    alike = trained(recipe(architecture=mlp), write_npz(one_label, folder / "alike.npz"))
    foreign = trained(recipe(architecture=mlp, start_from="classmood-face-1"), data)
    # Every step is an epoch's last: what it breaks shows after it.
    one_step = trained(
        recipe(architecture=mlp, optimizer={"kind": "sgd", "learning_rate": 10}, initialisation="normal", epochs=99,
               batch_size=4096, schedule={"kind": "constant"}), data,
    )  # fmt: skip
    saved = Checkpoints(one_step.artifacts / CHECKPOINTS).newest()
    return {
        "no number": told(no_number),
        "no number at last": told(one_step),
        "kept is finite": saved is None or all(bool(np.isfinite(part).all()) for part in saved.arrays["model"]),
        "no room": told(full) if full else None,
        "memory": out_of_memory(data),
        "other data": told(swapped),
        "one emotion": told(alike),
        "another network": told(foreign),
    }


def out_of_memory(data: Path) -> list[str]:
    """A run whose backend asks for more memory than any machine has."""
    import keras

    from fer.training.job import Training

    own = Training.run
    Training.run = lambda self: keras.ops.zeros((1 << 22, 1 << 22))
    try:
        return told(trained(recipe(), data))
    finally:
        Training.run = own


def every_choice(data: Path) -> dict[str, Any]:
    """One epoch with each optimizer, schedule and loss; the rates at its steps, and what came of it."""
    from fer.dataset.read import read_fer2013
    from fer.training.checkpoints import Checkpoints
    from fer.training.job import Training
    from fer.training.steps import Listener

    faces = read_fer2013(data)
    base: dict[str, Any] = {"architecture": {"kind": "softmax"}, "average": None, "epochs": 2, "batch_size": 64}
    choices: dict[str, dict[str, Any]] = {
        kind: {"optimizer": {"kind": kind, "learning_rate": 0.01}}
        for kind in ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")
    }
    choices["sgd"]["schedule"] = {"kind": "constant"}
    choices["momentum"]["schedule"] = {"kind": "step", "factor": 0.5, "every_epochs": 1}
    choices["momentum"] |= {"teacher": "classmood-face-1", "teacher_share": 0.5}
    choices["nesterov"]["schedule"] = {"kind": "exponential", "factor": 0.5}
    choices["adagrad"]["schedule"] = {"kind": "inverse", "decay": 1.0}
    choices["rmsprop"] |= {"l2": 0.001, "l1": 0.001}
    choices["adam"] |= {"loss": {"kind": "focal"}, "augmentation": {**STILL, "mixup": 0.4}}
    choices["adamw"] |= {"loss": {"kind": "sparse", "label_smoothing": 0, "class_weights": "balanced"}, "votes": 0}
    choices["adamw"]["precision"] = "bfloat16"
    results = {}
    for name, changes in choices.items():
        made = recipe(**{**base, **changes})
        lines: list[dict[str, Any]] = []
        model = Training(prepare(faces, made), made, Checkpoints(data.parent / name), Listener(lines.append)).run()
        assert model is not None
        epochs = [line for line in lines if line["event"] == "epoch"]
        results[name] = {"rates": [line["rate"] for line in epochs], "losses": [line["loss"] for line in epochs]}
    return results


def pauses(data: Path) -> dict[str, Any]:
    """Stand still after every step of a second epoch: the time by the clock, by its line, and standing."""
    from fer.dataset.read import read_fer2013
    from fer.training.checkpoints import Checkpoints
    from fer.training.job import Training
    from fer.training.steps import Listener

    made = recipe(architecture={"kind": "softmax"}, average=None, epochs=2, batch_size=64)
    ended: list[tuple[float, dict[str, Any]]] = []
    stood: list[float] = []

    def report(line: dict[str, Any]) -> None:
        if line["event"] == "epoch":
            ended.append((time.monotonic(), line))

    def stand_still() -> None:
        if ended:
            time.sleep(0.25)
            stood.append(0.25)

    listener = Listener(report, wait_while_paused=stand_still)
    Training(prepare(read_fer2013(data), made), made, Checkpoints(data.parent / "pauses"), listener).run()
    (first, _), (second, line) = ended
    faces = line["faces_per_s"] * line["seconds"]
    return {"clock": second - first, "seconds": line["seconds"], "stood": sum(stood), "faces": faces}


def networks() -> dict[str, Any]:
    """What Keras makes of every plan."""
    import keras

    from fer import registry
    from fer.training.architectures import plan_network
    from fer.training.networks import build_network
    from fer.training.recipe_files import read_recipe

    counts = {}
    for kind, side in PLANS.items():
        plan = plan_network(check_recipe({"architecture": {"kind": kind}, "input_px": 48}).architecture, side, 7)
        model = build_network(plan)
        untrained = sum(int(np.prod(w.shape)) for w in model.non_trainable_weights)
        shapes = {layer.name: list(layer.output.shape[1:]) for layer in model.layers}
        counts[kind] = {
            "keras": [int(model.count_params()), untrained],
            "plan": [plan.parameters, plan.untrained],
            "other_shapes": [layer.name for layer in plan.layers if shapes[layer.name] != list(layer.output)],
        }
    shipped = keras.saving.load_model(registry.find("classmood-face-1").verified("keras"), compile=False)
    ours = build_network(read_recipe("classmood-face-1").plan())
    ours.set_weights(shipped.get_weights())
    images = np.random.default_rng(0).normal(0, 1, (4, 44, 44, 1)).astype(np.float32)
    gap = float(np.abs(shipped.predict(images, verbose=0) - ours.predict(images, verbose=0)).max())
    zeros = build_network(read_recipe("quick").plan(), initialisation="zeros").get_weights()
    return {"counts": counts, "shipped_gap": gap, "zeros": float(max(np.abs(w).max() for w in zeros))}


PLANS = {
    "residual_cnn": (44, 44, 1),
    "course_cnn": (48, 48, 1),
    "book_cnn": (40, 40, 1),
    "shallow_net": (32, 32, 3),
    "lenet": (28, 28, 1),
    "mini_vgg_net": (32, 32, 3),
    "mini_xception": (64, 64, 1),
    "mlp": (48, 48, 1),
    "softmax": (48, 48, 1),
}


def rates(data: Path) -> dict[str, Any]:
    from fer.dataset.read import read_fer2013
    from fer.training import rate_finder
    from fer.training.rate_finder import find_rate

    made = recipe(architecture={"kind": "mlp", "hidden": [32]}, augmentation={**STILL, "shift_px": 0})
    lines: list[dict[str, Any]] = []
    material = prepare(read_fer2013(data), made)
    rate = find_rate(material, made, lines.append).rate
    slow = find_rate(material, made, lambda line: None, most_s=0)
    large = made.model_copy(update={"batch_size": 8192})
    enough, rate_finder.MOST_WORK = rate_finder.MOST_WORK, 64 * made.plan().multiplications
    capped = find_rate(material, large, lambda line: None)
    rate_finder.MOST_WORK = enough
    return {
        "rate": rate,
        "slow": [slow.rate, *slow.notes],
        "capped": [capped.rate, *capped.notes],
        "memory": finder_out_of_memory(made, data),
        "job": finder_job(made, data),
        "rates": [line["rate"] for line in lines],
        "losses": [line["smoothed"] for line in lines],
    }


def finder_job(made: Recipe, data: Path) -> dict[str, Any]:
    """What a finder's worker leaves in its run folder."""
    from fer.training.summary import found_rate

    run = new_training_run(made, DataSource(data=str(data)), "rate_finder")
    worker.make_ready(run)
    worker.main([str(run.folder)])
    return {"told": told(run), "rate": found_rate(run).rate, "lines": len(run.metrics()[0])}


def finder_out_of_memory(made: Recipe, data: Path) -> list[str]:
    from fer.training import rate_finder

    def no_memory(*told: Any) -> None:
        raise MemoryError

    find, rate_finder.find_rate = rate_finder.find_rate, no_memory
    run = new_training_run(made, DataSource(data=str(data)), "rate_finder")
    worker.make_ready(run)
    worker.main([str(run.folder)])
    rate_finder.find_rate = find
    return told(run)


def publish_and_compare(run_id: str) -> dict[str, Any]:
    import keras

    from fer.errors import InputError, ModelError
    from fer.faces.classify import calibrated, open_classifier
    from fer.faces.scale import scale_faces
    from fer.settings import settings
    from fer.training import publish as exporting
    from fer.training import publishing_job
    from fer.training.compiling import compiled
    from fer.training.publishing_job import publish_run

    # The data here is small: 28 faces are held out.
    exporting.LEAST_CALIBRATING = publishing_job.LEAST_CALIBRATING = 20
    run, folder = Run.open(run_id), settings().home / "models"
    entry = publish_run(run, "small")
    second = trained(recipe(seed=5, epochs=1, schedule={"kind": "constant"}), Path(run.config()["data"]))
    publish_run(second, "second")
    third = trained(recipe(start_from={"small": 0.5, "second": 0.5}, epochs=2), Path(run.config()["data"]))
    mean_entry = publish_run(third, "mean")
    material = prepare(DataSource.of(run.config()).open().faces, recipe())
    files = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    refused, most = [], exporting.LARGEST_BYTES
    try:
        publish_run(run, "classmood-face-1", overwrite=True)
    except InputError as problem:
        refused.append(str(problem))
    for replace in (False, True):
        try:
            exporting.LARGEST_BYTES = 10
            publish_run(run, "small", overwrite=replace)
        except (InputError, ModelError) as problem:
            refused.append(str(problem))
        finally:
            exporting.LARGEST_BYTES = most
    on_tensorflow, keras.backend.backend = keras.backend.backend, lambda: "torch"
    try:
        publish_run(run, "elsewhere")
    except ModelError as problem:
        refused.append(str(problem))
    finally:
        keras.backend.backend = on_tensorflow
    untouched = files == {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    public = material.validation
    model = keras.saving.load_model(folder / "small.keras", compile=False, safe_mode=True)
    theirs = calibrated(
        model.predict(scale_faces(public.images, material.spec), verbose=0), "logits", entry["temperature"]
    )
    ours = open_classifier("small").probabilities(public.images)
    begun = compiled(recipe(start_from="small"), 1).get_weights()
    other = keras.saving.load_model(folder / "second.keras", compile=False, safe_mode=True).get_weights()
    mean = compiled(recipe(start_from={"small": 0.25, "second": 0.75}), 1).get_weights()
    parts = zip(mean, model.get_weights(), other, strict=True)
    data = Path(run.config()["data"])
    by_worker = published_by_worker(run)
    begun_with, taught = (
        stopped_early(made, data) for made in (recipe(start_from="second"), recipe(teacher="second", teacher_share=0.5))
    )
    publish_run(third, "second", overwrite=True)
    again(taught)
    # What it began with is gone; its own checkpoint is there.
    folder.rename(folder.with_name("away"))
    again(begun_with)
    folder.with_name("away").rename(folder)
    return {
        "another teacher": told(taught),
        "by worker": by_worker,
        "without its beginning": [*told(begun_with), len(curves_of(begun_with).epochs)],
        "mean_entry": mean_entry,
        "mean_gap": max(float(np.abs(c - 0.25 * a - 0.75 * b).max()) for c, a, b in parts),
        "apart": max(float(np.abs(a - b).max()) for a, b in zip(other, model.get_weights(), strict=True)),
        "start_gap": max(float(np.abs(a - b).max()) for a, b in zip(begun, model.get_weights(), strict=True)),
        "entry": entry,
        "gap": float(np.abs(theirs - ours).max()),
        "refused": refused,
        "untouched": untouched,
        "held_out": len(material.held_out),
    }


def published_by_worker(run: Run) -> dict[str, Any]:
    """Publish with a worker, as the page's button does; then once more from a network whose file is damaged."""
    from fer import registry
    from fer.faces.classify import open_classifier
    from fer.training.publishing import ENTRY, new_publishing_run

    jobs = [new_publishing_run(run, "by-worker", int8=False), new_publishing_run(run, "damaged")]
    worker.make_ready(jobs[0])
    worker.main([str(jobs[0].folder)])
    entry = json.loads((jobs[0].artifacts / ENTRY).read_text())
    answers = open_classifier("by-worker").probabilities(patterned_faces(2).images)
    whole = (run.artifacts / "model.keras").read_bytes()
    flip_a_byte(run.artifacts / "model.keras")
    worker.make_ready(jobs[1])
    worker.main([str(jobs[1].folder)])
    (run.artifacts / "model.keras").write_bytes(whole)
    return {
        "told": told(jobs[0]),
        "entry": [entry["name"], entry["default"], entry["figures_note"]],
        "listed": [entry.name for entry in registry.models("face") if entry.name in ("by-worker", "damaged")],
        "gap": float(np.abs(answers - open_classifier("small").probabilities(patterned_faces(2).images)).max()),
        "damaged": told(jobs[1]),
    }


def in_eight_bits(run_id: str) -> dict[str, Any]:
    """Publish a network again in eight bits, and hold it against its Keras file."""
    import keras

    from fer.errors import ModelError
    from fer.faces.classify import open_classifier
    from fer.faces.features import open_features
    from fer.settings import settings
    from fer.training import publish as exporting
    from fer.training.publishing_job import publish_run

    run, folder = Run.open(run_id), settings().home / "models"
    entry = publish_run(run, "eight", int8=True)
    images = DataSource.of(run.config()).open().faces.split("PublicTest").images
    ours = open_classifier("eight").probabilities(images)
    theirs = open_classifier("small").probabilities(images)
    exact, exporting.NEAR = exporting.NEAR, 1e-9
    try:
        publish_run(run, "refused", int8=True)
        refused = ""
    except ModelError as problem:
        refused = str(problem)
    exporting.NEAR = exact
    same_keras = [keras.saving.load_model(folder / f"{name}.keras").get_weights() for name in ("eight", "small")]
    return {
        "entry": entry,
        "gap": float(np.abs(ours - theirs).max(axis=1).mean()),
        "most": float(np.abs(ours - theirs).max()),
        "agree": float((ours.argmax(1) == theirs.argmax(1)).mean()),
        "refused": refused,
        "left": sorted(path.name for path in folder.glob("refused*")),
        "features": list(open_features("eight").describe(images[:5]).features.shape),
        "in_float": floats_of(folder / "eight.onnx"),
        "none": nothing_in_eight_bits(folder),
        "same_keras": all(np.array_equal(a, b) for a, b in zip(*same_keras, strict=True)),
    }


def exported_anew(run_id: str) -> dict[str, Any]:
    """Turn the model in eight bits back to float32, and ask for it with data that cannot do it."""
    from fer.errors import DataError
    from fer.faces.classify import Classifier, open_classifier
    from fer.registry import find
    from fer.training.exporting import AGAIN, export_again

    faces = DataSource.of(Run.open(run_id).config()).open().faces
    public = faces.split("PublicTest")
    refused = ""
    try:
        export_again("eight", public)
    except DataError as problem:
        refused = str(problem)
    twice = [export_again("eight", faces) for _ in range(2)][-1]
    entry = find("eight")
    ours = Classifier(entry, entry.verified("onnx")).probabilities(public.images)
    # Each is calibrated by its own temperature: compared is what lies before it.
    return {
        "precision": entry.precision,
        "agree": bool((ours.argmax(1) == open_classifier("small").probabilities(public.images).argmax(1)).all()),
        "gap": twice["beside_keras"]["mean_gap"],
        "split": twice["split"].count(AGAIN),
        "note": twice["figures_note"],
        "refused": refused,
    }


def floats_of(onnx_file: Path) -> list[str]:
    """The kinds of a network's layers with weights that are kept in float32, in order."""
    import onnx

    graph = onnx.load(str(onnx_file)).graph
    weights = {
        tensor.name for tensor in graph.initializer if tensor.data_type == onnx.TensorProto.FLOAT and tensor.dims
    }
    return [node.op_type for node in graph.node if node.op_type in ("Conv", "Gemm") and node.input[1] in weights]


def nothing_in_eight_bits(folder: Path) -> str:
    from fer.errors import ModelError
    from fer.training.eight_bits import in_eight_bits
    from fer.training.networks import build_network
    from fer.training.publish import export_onnx

    file = folder / "softmax.part"
    export_onnx(build_network(recipe(architecture={"kind": "softmax"}).plan()), file)
    try:
        in_eight_bits(file, file, np.zeros((3, 24, 24, 1), np.float32))
    except ModelError as problem:
        return str(problem)
    finally:
        file.unlink()
    return ""


def narrowed_networks() -> dict[str, Any]:
    """Narrow a network in which some channels do nothing, and ask others for what they have not."""
    from fer.training.narrowing import narrowed
    from fer.training.networks import build_network

    def plan(*widths: int, **more: Any) -> Any:
        return recipe(architecture={"kind": "residual_cnn", "widths": widths, "dropout": 0.1, **more}).plan()

    wide, plans = build_network(plan(6, 9, stem=5)), plan(4, 5, stem=3)
    rng = np.random.default_rng(0)
    wide.set_weights([rng.uniform(0.2, 1, weight.shape) for weight in wide.weights])
    # Of the layers' channels only the last ones do something.
    does = {5: 3, 6: 4, 9: 5}
    for layer in wide.layers:
        if layer.name.startswith("norm"):
            gamma, beta, mean, variance = layer.get_weights()
            idle = len(gamma) - does[len(gamma)]
            gamma[:idle] = beta[:idle] = 0
            layer.set_weights([gamma, beta, mean, variance])
    # All channels of the last stage spread alike, but only the last ones are read.
    last = [layer for layer in wide.layers if layer.name.startswith("norm") and layer.output.shape[-1] == 9][-2:]
    for layer in last:
        layer.set_weights([np.ones(9), np.zeros(9), *layer.get_weights()[2:]])
    dense = wide.layers[-1]
    kernel, bias = dense.get_weights()
    kernel[:4] = 0
    dense.set_weights([kernel, bias])
    narrow = build_network(plans)
    narrow.set_weights(narrowed(wide, narrow, plans))
    images = rng.normal(size=(5, 24, 24, 1)).astype(np.float32)
    small, large = (model.predict(images, verbose=0) for model in (narrow, wide))
    others = {
        "wider": plan(7, 9, stem=5),
        "deeper": plan(4, 5, 5, stem=3),
        "other": recipe(architecture={"kind": "mlp", "hidden": [4], "dropout": 0}).plan(),
    }
    return {
        "gap": float(np.abs(small - large).max() / np.abs(large).max()),
        "none": [name for name, other in others.items() if narrowed(wide, build_network(other), other) is None],
        "exact": narrowed(wide, narrow, plans, exact=True) is None,
        "itself": all(
            np.array_equal(a, b)
            for a, b in zip(narrowed(wide, wide, plan(6, 9, stem=5), exact=True), wide.get_weights(), strict=True)
        ),
    }


def begun_in_part() -> dict[str, Any]:
    """The first layers of a model that ships, left as they are, before ones that are drawn."""
    from fer.training.compiling import compiled
    from fer.training.recipe_files import read_recipe
    from fer.training.teacher import keras_model

    first = read_recipe("classmood-face-3").model_copy(update={"start_from": "classmood-face-3"})
    part = first.model_copy(update={"start_until": "max_pool_2", "start_stays": True})
    begun, drawn = (compiled(made, 10) for made in (part, first.model_copy(update={"start_from": ""})))
    own = keras_model("classmood-face-3")

    def same(name: str, other: Any) -> bool:
        theirs = other.get_layer(name).get_weights()
        return all(np.array_equal(a, b) for a, b in zip(begun.get_layer(name).get_weights(), theirs, strict=True))

    with_weights = [layer.name for layer in begun.layers if layer.weights]
    taken = [name for name in with_weights if same(name, own)]
    return {
        "taken": sorted(taken),
        "drawn": sorted(name for name in with_weights if same(name, drawn)),
        "learning": sorted(layer.name for layer in begun.layers if layer.trainable_weights),
    }


def taught_by_views(data: Path) -> dict[str, Any]:
    """What a teacher who sees each changed face makes of the targets, and a run with such a teacher."""
    from fer.dataset.read import read_fer2013
    from fer.training.batches import Batches
    from fer.training.targets import targets_of
    from fer.training.teacher import Teacher

    made = recipe(
        teacher="classmood-face-1", teacher_sees="view", teacher_share=0.75, loss={"label_smoothing": 0.07},
        augmentation={**STILL, "shift_px": 0}, epochs=1, schedule={"kind": "constant"},
    )  # fmt: skip
    material = prepare(read_fer2013(data), made)
    targets, teacher = targets_of(material.training, made), Teacher(made.teacher)
    batches = Batches(material.training.images, targets, None, made, material.spec, 0, teacher)
    rows, batch = batches.order[:32], batches[0][1]
    images = material.training.images[rows]
    answers = teacher.probabilities(images)
    expected = 0.25 * targets[rows] + 0.75 * (0.93 * answers + 0.01)
    shifted = made.model_copy(update={"augmentation": made.augmentation.model_copy(update={"shift_px": 6.0})})
    moved = Batches(material.training.images, targets, None, shifted, material.spec, 0, teacher)[0][1]
    noisy = made.model_copy(update={"augmentation": made.augmentation.model_copy(update={"cutout": 1.0, "noise": 1.0})})
    views = [
        Batches(material.training.images, targets, None, seen, material.spec, 0, teacher)[0][1]
        for seen in (noisy, noisy.model_copy(update={"teacher_sees": "clear"}))
    ]
    first, second = (Teacher(f"classmood-face-{number}").probabilities(images) for number in (1, 2))
    both = Teacher({"classmood-face-1": 0.2, "classmood-face-2": 0.6}).probabilities(images)
    taught, alone = trained(made, data), trained(made.model_copy(update={"teacher": ""}), data)
    return {
        "gap": float(np.abs(batch - expected).max()),
        "moved": float(np.abs(moved - expected).max()),
        "several": float(np.abs(both - (first + 3 * second) / 4).max()),
        "worse": [float(np.abs(seen - expected).max()) for seen in views],
        "losses": [figures(run)[0]["loss"] for run in (taught, alone)],
    }


def compare_shipped(folder: Path) -> dict[str, dict[str, float]]:
    """Return how far Keras and ONNX Runtime are apart for every model that ships, by what it computes in."""
    import keras

    from fer import registry
    from fer.faces.classify import Classifier, calibrated
    from fer.faces.scale import scale_faces

    images = patterned_faces(20).images
    gaps: dict[str, dict[str, float]] = {"float32": {}, "int8": {}}
    for entry in registry.models("face"):
        classifier = Classifier(entry, entry.verified("onnx"))
        model = keras.saving.load_model(entry.verified("keras"), compile=False, safe_mode=True)
        raw = model.predict(scale_faces(images, classifier.spec), verbose=0)
        theirs = calibrated(raw, entry.output, entry.temperature)
        apart = np.abs(theirs - classifier.probabilities(images)).max(axis=1)
        # Eight bits round: what counts there is how far they are apart on average.
        gaps[entry.precision][entry.name] = float(apart.max() if entry.precision == "float32" else apart.mean())
    return gaps


def one_step(folder: Path) -> dict[str, Any]:
    """One step of one recipe on the backend that KERAS_BACKEND names."""
    import keras

    from fer.training.checkpoints import Checkpoints
    from fer.training.job import Training
    from fer.training.steps import Listener

    made = recipe(
        architecture={"kind": "residual_cnn", "widths": [4], "dropout": 0},
        epochs=1,
        held_out=0,
        batch_size=64,
        schedule={"kind": "constant"},
    )
    material = prepare(patterned_faces(8), made)
    lines: list[dict[str, Any]] = []
    training = Training(material, made, Checkpoints(folder / "checkpoints"), Listener(lines.append))
    # Weights that no backend draws: the same numbers everywhere.
    rng = np.random.default_rng(0)
    weights = [np.abs(rng.normal(0, 0.1, w.shape)) for w in training.model.weights]
    training.model.set_weights(weights)
    assert training.run() is not None
    resumed = Training(material, made, Checkpoints(folder / "checkpoints"), Listener(lambda line: None))
    return {
        "backend": keras.backend.backend(),
        "loss": next(line["loss"] for line in lines if line["event"] == "steps"),
        "moved": max(float(np.abs(a - b).max()) for a, b in zip(weights, resumed.model.get_weights(), strict=True)),
        "resumed_at": resumed.done,
    }


def everything(folder: Path) -> dict[str, Any]:
    data = write_npz(patterned_faces(40), folder / "patterned.npz")
    parts = whole_and_in_parts(data)
    return {
        "networks": networks(),
        "parts": parts,
        "published": publish_and_compare(parts["run"]),
        "eight": in_eight_bits(parts["run"]),
        "anew": exported_anew(parts["run"]),
        "narrowed": narrowed_networks(),
        "begun": begun_in_part(),
        "views": taught_by_views(data),
        "patience": patience_in_parts(data),
        "cycles": cycles_in_parts(data),
        "choices": every_choice(data),
        "pauses": pauses(data),
        "rates": rates(data),
        "refusals": refusals(data, folder),
        "shipped": compare_shipped(folder),
    }


if __name__ == "__main__":
    part = {"everything": everything, "one_step": one_step}[sys.argv[1]]
    print("RESULT" + json.dumps(part(Path(sys.argv[2]))))

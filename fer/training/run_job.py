"""What a training's worker does with its run folder."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fer.dataset.opening import Opened
from fer.dataset.stages import StopAskedError, telling
from fer.errors import InputError
from fer.registry import find
from fer.runs.files import replace_text
from fer.runs.folder import Run
from fer.runs.progress import Progress
from fer.settings import settings
from fer.training.checkpoints import Checkpoints
from fer.training.environment import environment
from fer.training.material import Material, identity_of, prepare, refuse_other
from fer.training.precision import settle
from fer.training.recipe import Recipe, models_words, shares_of
from fer.training.recipe_files import as_yaml
from fer.training.run import BEST, CHECKPOINTS, ENVIRONMENT, IDENTITY, MODEL, data_of, json_of, recipe_of, source_of
from fer.training.steps import Listener
from fer.training.tensor_board import TensorBoardLog

PAUSED = "Paused. Runs behind it wait; stop it to let them begin: at most the epoch at work is lost."
LOOK_S = 0.2
TRAINING_MEMORY = (
    "Close other programs and go on: it does so after the last whole epoch. Or start a new run with a smaller "
    "batch_size (it is {batch}) or a smaller network."
)
BASELINE_MEMORY = "Close other programs and start it again, or start a new run with fewer faces."
BASELINE_STOPPED = "Stopped. A baseline is fitted in one go: nothing of it is kept."
MOST_PAUSED_S = 15 * 60
"""On a public server, where trainings of others wait behind one that is paused."""
PAUSED_HOSTED = (
    f"Paused. This public server stops it after {MOST_PAUSED_S // 60} minutes of waiting; at most the epoch at work is "
    "lost."
)
PAUSED_TOO_LONG = (
    f"It was paused for {MOST_PAUSED_S // 60} minutes, so this public server stopped it to let others begin. "
    "Go on: at most the epoch at work was lost."
)


def run(run: Run) -> bool:
    """Train as the run's config says; return whether it came to its end.

    Leaves ``artifacts/model.keras``, ``best.keras`` of the best epoch unless the recipe keeps that anyway, and figures
    of every few steps and every epoch.

    Raises:
        DataError: If the data cannot be used, or is not what the run began with.
        InputError: If memory or numbers run out.
    """
    import cv2

    # The network has the cores; OpenCV's own threads would only get in each other's way.
    cv2.setNumThreads(1)
    recipe = recipe_of(run)
    reading = Progress(run)
    opened = source_of(run).open(lambda share, words: reading(None, f"{words}."))
    _same_data(run, opened)
    material = prepare(opened.faces, recipe)
    recipe = settle(recipe, _precision_before(run))
    _write_down(run, recipe, opened, material)
    advice = BASELINE_MEMORY if recipe.is_baseline else TRAINING_MEMORY.format(batch=recipe.batch_size)
    with TensorBoardLog(run.artifacts / "tensorboard") as board, memory_said(advice):
        if recipe.is_baseline:
            return _fit(run, recipe, material)
        return _train(run, recipe, material, board)


def _fit(run: Run, recipe: Recipe, material: Material) -> bool:
    from fer.training.baselines import fit_baseline

    try:
        fit_baseline(material, recipe, run.append_metric, telling(run))
    except StopAskedError:
        # Where a reason stands, it is what the run ends with.
        if run.folder.exists():
            run.ask_stop(run.stop_reason() or BASELINE_STOPPED)
        return False
    return True


def _train(run: Run, recipe: Recipe, material: Material, board: Any) -> bool:
    from fer.training.job import Training

    run.update(message="Building the network.")
    checkpoints = Checkpoints(run.artifacts / CHECKPOINTS)
    _same_teacher(run, recipe)
    saved = checkpoints.newest()
    done = saved.epoch if saved else 0
    words = f"Going on after epoch {done}." if done else "The first epoch."
    if done < checkpoints.epochs_done():
        words = f"The checkpoint of epoch {checkpoints.epochs_done()} is damaged. {words}"
    training = Training(
        material, recipe, checkpoints, _listener(run, Progress(run, done / recipe.epochs), words, board)
    )
    model = training.run()
    if model is None:
        return False
    for name, network in ((BEST, training.best_network()), (MODEL, model)):
        if network is not None:
            beside = run.artifacts / f"new-{name}"
            network.save(beside)
            os.replace(beside, run.artifacts / name)
    return True


def _listener(run: Run, progress: Progress, words: str, board: Any) -> Listener:
    said, waited = {"message": words}, {"s": 0.0}

    def report(line: dict[str, Any]) -> None:
        run.append_metric(line)
        board.take(line)
        if line["event"] == "epoch":
            said["message"] = f"Epoch {line['epoch']}: {line['validation_accuracy']:.1%} right."

    def wait_while_paused() -> None:
        if not run.pause_asked():
            return
        before = run.status()
        began = time.monotonic()
        hosted = settings().hosted
        run.update(state="paused", eta_s=None, message=PAUSED_HOSTED if hosted else PAUSED)
        most_s = MOST_PAUSED_S if hosted else math.inf
        while run.pause_asked() and not run.stop_asked():
            # All pauses together: else each click would hold the lane anew.
            if waited["s"] + time.monotonic() - began > most_s:
                run.ask_stop(PAUSED_TOO_LONG)
            time.sleep(LOOK_S)
        waited["s"] += time.monotonic() - began
        progress.leave_out(time.monotonic() - began)
        run.update(state="running", message=before.message)

    return Listener(report, lambda share: progress(share, said["message"]), run.stop_asked, wait_while_paused)


def _same_data(run: Run, opened: Opened) -> None:
    now = identity_of(opened)
    then = data_of(run)
    if then is not None:
        refuse_other(then, now)
    replace_text(run.artifacts / IDENTITY, json.dumps(now, indent=1))


def _same_teacher(run: Run, recipe: Recipe) -> None:
    """Make sure that a run goes on with the teacher that it began with.

    Raises:
        InputError: If another model has its name now.
        ModelError: If it is gone.
    """
    # This start is the last of them.
    then = next((start["teacher_sha256"] for start in _starts(run) if "teacher_sha256" in start), None)
    now = _teacher(recipe).get("teacher_sha256")
    if then != now:
        raise InputError(
            f"{models_words(recipe.teacher)} is not any more what taught this run (sha256 {str(then)[:12]}…, now "
            f"{str(now)[:12]}…). Publish that model under its name again, or start a new run."
        )


def _teacher(recipe: Recipe) -> dict[str, str]:
    files = [find(name, "face").files["onnx"] for name in shares_of(recipe.teacher)]
    return {"teacher_sha256": " ".join(file.sha256 for file in files)} if files else {}


def _write_down(run: Run, recipe: Recipe, opened: Opened, material: Material) -> None:
    replace_text(run.artifacts / "recipe.yaml", as_yaml(recipe_of(run)))
    starts = _starts(run)
    faces = {
        "training": len(material.training),
        "held_out": len(material.held_out),
        "validation": len(material.validation),
        "left_out_by_the_reader": len(opened.problems),
    }
    start = {**environment(), "precision": recipe.precision, **_teacher(recipe)}
    document = {"schema": 1, "starts": [*starts, start], "faces": faces, "notes": list(material.notes)}
    replace_text(run.artifacts / ENVIRONMENT, json.dumps(document, indent=1))


def _starts(run: Run) -> list[dict[str, Any]]:
    starts: list[dict[str, Any]] = (json_of(run.artifacts / ENVIRONMENT) or {"starts": []})["starts"]
    return starts


def _precision_before(run: Run) -> str | None:
    starts = _starts(run)
    return starts[0].get("precision") if starts else None


@contextmanager
def memory_said(advice: str) -> Iterator[None]:
    """Turn what each backend raises when memory runs out into a sentence.

    Args:
        advice: What to do then.

    Raises:
        InputError: In its place.
    """
    try:
        yield
    except Exception as problem:
        name, text = type(problem).__name__, str(problem)
        if not (
            isinstance(problem, MemoryError)
            or name in ("ResourceExhaustedError", "OutOfMemoryError")
            or "RESOURCE_EXHAUSTED" in text
            or "failed to allocate" in text.lower()
        ):
            raise
        raise InputError(f"Memory ran out. {advice}") from problem

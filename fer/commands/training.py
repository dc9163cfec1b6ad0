"""``python -m fer train``, ``runs``, ``publish`` and ``neutral``: what the Train page does, without the page."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer.errors import FerError, InputError, StorageError

if TYPE_CHECKING:
    from fer.runs.folder import Run
    from fer.runs.status import Status

LOOK_S = 0.5
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Sets one value of the recipe, as epochs=20. Repeat it for more."),
]


def train(
    data: Annotated[
        str | None, typer.Argument(help="fer2013.csv, an .npz, a folder of faces, or demo: faces that we draw.")
    ] = None,
    votes: Annotated[Path | None, typer.Option(help="FER+'s fer2013new.csv.")] = None,
    clean: Annotated[
        Path | None, typer.Option(help="A clean list of 'python -m fer dataset DATA --clean FILE': rows to leave out.")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(help="A YAML or JSON file, or a preset: quick, course, fresh (default) ….")
    ] = None,
    run: Annotated[str | None, typer.Option(metavar="ID", help="The run to go on with, for --resume.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with --run, or with the last unfinished run.")
    ] = False,
    changes: Changes = None,
) -> None:
    """Train in a run folder under FER_HOME; Ctrl+C stops it after the step at work, --resume goes on."""
    from fer.dataset.origin import DEMO
    from fer.runs.worker import start
    from fer.training.material import DataSource
    from fer.training.recipe_files import default_preset, read_recipe
    from fer.training.run import new_training_run
    from fer.training.summary import curves_of

    if resume:
        if recipe or changes or votes or clean:
            raise InputError(
                "--resume goes on with the run's own recipe, votes and clean list. For others start a new run."
            )
        chosen = _to_resume(run, data)
    elif run:
        raise InputError(f"--run names a run to go on with: add --resume, or leave --run {run} out for a new one.")
    elif data is None:
        raise InputError("Name the data to learn from: fer2013.csv, an .npz, a folder, or demo.")
    else:
        read = read_recipe(recipe or default_preset(data == DEMO), changes or [])
        files = {name: str(path) for name, path in (("votes", votes), ("clean", clean)) if path}
        chosen = new_training_run(read, DataSource(data=data, **files))
    typer.echo(f"run {chosen.id} in {chosen.folder}")
    _, place = chosen.metrics()
    start(chosen)
    status = follow(chosen, place)
    typer.echo(f"{status.state}{': ' if status.message else ''}{status.message}")
    if (curves := curves_of(chosen)).epochs and curves.note:
        typer.echo(curves.note)
    if status.state == "done":
        typer.echo(f"Publish it with: python -m fer publish {chosen.id} --name NAME")
    elif status.state in ("stopped", "interrupted"):
        typer.echo(f"Go on with: python -m fer train --resume --run {chosen.id}")
    # What was stopped, somebody wanted to stop; a script must not go on as if the others had come to their end.
    raise typer.Exit(2 if status.state in ("failed", "interrupted") else 0)


def _to_resume(run_id: str | None, data: str | None) -> Run:
    from fer.dataset.origin import DEMO
    from fer.runs.folder import Run, all_runs
    from fer.training.material import identity_of, refuse_other
    from fer.training.run import KIND, data_of, source_of

    if run_id:
        run = Run.open(run_id)
    else:
        unfinished = [run for run in all_runs() if run.kind == KIND and _is_unfinished(run)]
        if not unfinished:
            raise InputError("There is no unfinished training to go on with. 'python -m fer runs' lists all.")
        run = unfinished[-1]
    if run.kind != KIND:
        raise InputError(f"run {run.id} is no training. Name one of 'python -m fer runs'.")
    if run.status().state == "done":
        raise InputError(f"run {run.id} is done: there is nothing to go on with. Start a new one.")
    then = data_of(run)
    if data is not None and then is not None:
        path = data if data == DEMO else str(Path(data).resolve())
        refuse_other(then, identity_of(source_of(run).model_copy(update={"data": path}).open()))
    return run


def _is_unfinished(run: Run) -> bool:
    try:
        return run.status().state in ("stopped", "interrupted", "failed")
    except StorageError as problem:
        typer.echo(f"Left out: {problem}", err=True)
        return False


def follow(run: Run, place: int = 0) -> Status:
    """Print what a run does until its worker is gone; Ctrl+C asks it to stop and waits.

    Args:
        run: The run.
        place: Where in its metrics to begin, as ``Run.metrics`` gives it.
    """
    asked = False
    while True:
        try:
            status = run.status()
            lines, place = run.metrics(place)
            for line in lines:
                if line.get("event") == "epoch":
                    typer.echo(epoch_words(line))
            if not status.living:
                return status
            if sys.stderr.isatty():
                typer.echo(f"\r{status.progress:4.0%} {status.message[:70]:70}", nl=False, err=True)
            time.sleep(LOOK_S)
        except KeyboardInterrupt:
            if asked:
                raise
            asked = True
            typer.echo("Stopping; the last whole epoch is kept.", err=True)
            run.ask_stop()


def epoch_words(line: dict[str, Any]) -> str:
    """Return an epoch's figures as one line.

    >>> epoch_words({"epoch": 3, "seen_accuracy": 0.71, "validation_accuracy": 0.655, "seconds": 61.2})
    'epoch   3: validation 65.5 %, learned faces 71.0 %, 61 s'
    """
    loss = f", loss {line['loss']:.3f}" if "loss" in line else ""
    return (
        f"epoch {line['epoch']:3}: validation {100 * line['validation_accuracy']:.1f} %, learned faces "
        f"{100 * line['seen_accuracy']:.1f} %{loss}, {line['seconds']:.0f} s"
    )


def runs(
    run: Annotated[str | None, typer.Argument(metavar="[ID]", help="One run, with its verdict.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Ask it to stop.")] = False,
    pause: Annotated[bool, typer.Option("--pause", help="Ask it to wait; once more lets it go on.")] = False,
    delete: Annotated[bool, typer.Option("--delete", help="Delete its folder and all that is in it.")] = False,
) -> None:
    """List the runs there are (trainings, learning-rate finders, what published them …), or say more about one."""
    from fer.runs.folder import Run, all_runs, runs_folder

    if run is None:
        if stop or pause or delete:
            raise InputError("Name the run to stop, pause or delete.")
        for each in all_runs():
            typer.echo(_one_line(each))
        total = sum(each.bytes_used() for each in all_runs())
        typer.echo(f"{total / 1e6:.1f} MB in {runs_folder()}")
        return
    chosen = Run.open(run)
    if pause:
        _refuse_pause(chosen)
    if stop:
        chosen.ask_stop()
    if pause:
        chosen.ask_pause(not chosen.pause_asked())
    if delete:
        chosen.delete()
        typer.echo(f"{run} is deleted.")
        return
    _say_more(chosen)


def _refuse_pause(run: Run) -> None:
    """Make sure that a run can be paused: others would not look.

    Raises:
        InputError: If it cannot.
    """
    from fer.training.run import KIND, recipe_of

    if run.kind != KIND:
        raise InputError(f"run {run.id} is no training: only trainings can be paused. Stop it with --stop, or wait.")
    if (recipe := recipe_of(run)).is_baseline:
        raise InputError(
            f"run {run.id} is a baseline ({recipe.architecture.kind}): it is fitted in one go and cannot be paused. "
            "Stop it with --stop, or wait."
        )


def _one_line(run: Run) -> str:
    from fer.training.publishing import JOB
    from fer.training.run import KIND, RATE_FINDER, recipe_of
    from fer.training.summary import curves_of, found_rate

    try:
        status = run.status()
        words = f"{run.id}  {status.state:11}"
        if run.kind == KIND:
            recipe, curves = recipe_of(run), curves_of(run)
            best = max(curves.column("validation_accuracy"), default=None)
            words += f" {recipe.architecture.kind}, epoch {len(curves.epochs)} of {recipe.epochs}"
            words += f", best {best:.1%} on {curves.validation}" if best is not None else ""
            words += f", kept {curves.kept:.1%}" if curves.kept is not None else ""
        elif run.kind == RATE_FINDER:
            rate = found_rate(run).rate
            words += f" learning-rate finder, {recipe_of(run).architecture.kind}"
            words += f", found {rate:.2g}" if rate is not None else ""
        elif run.kind == JOB:
            words += f" publishing {run.config().get('run')} as {run.config().get('name')}"
        return words + f", {run.bytes_used() / 1e6:.1f} MB"
    except FerError as problem:
        return f"{run.id}  {problem}"


def _say_more(run: Run) -> None:
    from fer.training.curves import recall_of
    from fer.training.run import KIND
    from fer.training.summary import curves_of, found_rate
    from fer.training.verdict import verdict_of

    typer.echo(_one_line(run))
    if message := run.status().message:
        typer.echo(message)
    if run.kind != KIND:
        for note in found_rate(run).notes:
            typer.echo(note)
        return
    curves = curves_of(run)
    for line in curves.epochs:
        typer.echo(epoch_words(line))
    if curves.epochs:
        recall = recall_of(curves.epochs[-1]["confusion"])
        typer.echo("recall: " + ", ".join(f"{n} {'-' if r is None else f'{r:.0%}'}" for n, r in recall.items()))
        if verdict := verdict_of(curves):
            typer.echo(f"{verdict.kind}: {verdict.sentence} {verdict.advice}".rstrip())
        if curves.note:
            typer.echo(curves.note)


def publish(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The id of a finished training.")],
    name: Annotated[str, typer.Option(help="What the model is called.")],
    folder: Annotated[Path | None, typer.Option(help="Holds manifest.json; FER_HOME/models by default.")] = None,
    licence: Annotated[str | None, typer.Option(help="Of the weights; by default as the training data's.")] = None,
    default: Annotated[bool, typer.Option("--default", help="Take it when no model is named.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of a model of that name.")] = False,
    int8: Annotated[bool, typer.Option("--int8", help="Serve it in eight bits: quicker, a little less exact.")] = False,
) -> None:
    """Export a run's network to ONNX, calibrate it on held-out faces, measure it, and enter it in a manifest."""
    from fer.runs.folder import Run
    from fer.training.publishing_job import LICENCE, publish_run

    entry = publish_run(
        Run.open(run),
        name,
        folder=folder,
        default=default,
        overwrite=replace,
        licence=licence or LICENCE,
        int8=int8,
    )
    _say(entry)


def export(
    name: Annotated[str, typer.Argument(metavar="MODEL", help="A face model that has a Keras file.")],
    data: Annotated[Path, typer.Argument(help="FER2013 in any form; its PublicTest calibrates and measures.")],
    folder: Annotated[Path | None, typer.Option(help="Holds manifest.json; the model's own by default.")] = None,
    int8: Annotated[bool, typer.Option("--int8", help="Serve it in eight bits: quicker, a little less exact.")] = False,
) -> None:
    """Export a model's Keras file anew, in float32 or in eight bits, calibrate and measure it, in its old place."""
    from fer.dataset.opening import open_dataset

    faces = open_dataset(data).faces
    # Only now: Keras takes seconds to load.
    from fer.training.exporting import export_again

    _say(export_again(name, faces, int8=int8, folder=folder))


def _say(entry: dict[str, Any]) -> None:
    for split, figures in entry["figures"].items():
        words = f"{figures['accuracy']:.1%} right of {figures['n']:,}, ECE {figures['ece']:.1%}"
        typer.echo(f"{entry['name']}, {split}: {words}")
    typer.echo(f"{entry['figures_note']} Temperature {entry['temperature']}, unsure below {entry['unsure_below']}.")
    if entry["precision"] == "int8":
        beside = entry["beside_keras"]
        typer.echo(f"Eight bits name {beside['same_emotion']:.1%} of {beside['n']:,} faces as the Keras file does.")


def neutral(
    data: Annotated[Path, typer.Argument(help="fer2013.csv, or its compact form fer2013.npz.")],
    name: Annotated[str | None, typer.Option(help="A face model; the default one if none is named.")] = None,
    usage: Annotated[str, typer.Option(help="Training is what baselines are held against; others are printed.")] = "",
) -> None:
    """Measure what a model answers to neutral faces, and write it into its manifest (Training split)."""
    from fer import registry
    from fer.dataset.faceset import USAGES
    from fer.dataset.read import read_fer2013
    from fer.training import neutral as measuring

    if usage not in ("", *USAGES):
        raise InputError(f"--usage is one of {', '.join(USAGES)}; {usage!r} came.")
    entry = registry.find(name, "face")
    mean = measuring.measure(entry.name, read_fer2013(data), usage or measuring.USAGE)
    if not usage:
        measuring.enter(entry.folder / "manifest.json", entry.name, mean)
    typer.echo(f"{entry.name}: " + ", ".join(f"{emotion} {share:.4f}" for emotion, share in mean.items()))

"""``python -m fer evaluate`` and ``evaluate-video``: how good a model is on labelled faces, and on a recording."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from fer.commands.output import check_place, progress_line, say, write_json
from fer.errors import InputError

if TYPE_CHECKING:
    from fer.dataset.opening import Opened
    from fer.dataset.origin import Origin
    from fer.dataset.reading import Progress
    from fer.evaluation.evaluated import BoolArray, Part
    from fer.evaluation.keras_file import KerasFile
    from fer.evaluation.served import FloatArray

JsonTo = Annotated[str | None, typer.Option("--json", metavar="FILE|-", help="Results; - is standard output.")]
ModelName = Annotated[str | None, typer.Option("--model", help="A face model of 'python -m fer models'.")]
KerasPath = Annotated[Path | None, typer.Option("--keras", metavar="FILE", help="A .keras file of your own instead.")]
Labels = Annotated[
    str | None, typer.Option(help="That file's classes in its order, with commas; FER2013's order by default.")
]
Mean = Annotated[float | None, typer.Option(help="What it was trained to subtract from grey values 0..255.")]
Std = Annotated[float | None, typer.Option(help="What the difference was divided by.")]


def evaluate(
    data: Annotated[Path, typer.Argument(help="FER2013 as CSV, .npz or folders, any images by class, or demo.")],
    usage: Annotated[
        str, typer.Option(help="Training, PublicTest, PrivateTest, test (the last two together) or all.")
    ] = "test",
    model: ModelName = None,
    keras_path: KerasPath = None,
    labels: Labels = None,
    mean: Mean = None,
    std: Std = None,
    compare: Annotated[str | None, typer.Option(help="A second face model, held against the first.")] = None,
    groups: Annotated[
        Path | None, typer.Option(help="A CSV with a column group, a row for each face of DATA: figures by group.")
    ] = None,
    json_to: JsonTo = None,
) -> None:
    """Measure a face model on labelled faces, in one pass: accuracy, calibration, every class, confusion, time."""
    from fer.dataset.stages import part_of
    from fer.evaluation.comparison import comparison_of
    from fer.evaluation.evaluated import part_of_data
    from fer.evaluation.evaluating import answers, measured
    from fer.evaluation.judged import judged_of
    from fer.evaluation.served import judged_model

    if keras_path is not None and model is not None:
        raise InputError("--model and --keras were both given. Name one of them.")
    file = keras_file_of(keras_path, labels, mean, std)
    check_place(json_to)
    with progress_line() as progress:
        opened = open_data(data, usage, part_of(progress, 0.0, 0.1))
        part = part_of_data(opened, usage)
        named = _groups_of(groups, opened, part)
        progress(0.1, "Loading the network")
        cores = os.cpu_count() or 1
        other = judged_model(compare, cores) if compare is not None else None
        # A file's time a face is measured in this process, which has one core for it (fer.evaluation.keras_network).
        judged = judged_of(model, threads=cores) if file is None else judged_of(file)
        answered = answers(judged, part.faces.images, part_of(progress, 0.1, 0.5 if other else 1.0))
        result = measured(judged, answered, part.faces, opened.faces)
        if named:
            result["groups"] = _by_group(judged.name, answered, part, named)
        if other is not None:
            result["comparison"] = comparison_of(judged.name, answered, other, part, part_of(progress, 0.5, 1.0))
    notes = [*opened.notes, *judged.notes, *result.pop("notes")]
    document = {"schema": 1, "model": judged.name, "data": opened.name, "usage": usage, **result, "notes": notes}
    write_json(document, json_to)
    for line in _lines(document, len(opened.problems)):
        say(line, json_to)


def keras_file_of(path: Path | None, labels: str | None, mean: float | None, std: float | None) -> KerasFile | None:
    """Return the Keras file that ``--keras`` names and the options beside it describe; None where none is named.

    Raises:
        InputError: If they describe nothing, or cannot be.
    """
    if path is None:
        if labels is not None or mean is not None or std is not None:
            raise InputError("--labels, --mean and --std describe a file that --keras names; no file was named.")
        return None
    # Written so that NaN fails too.
    if std is not None and not 0 < std < math.inf:
        raise InputError(f"--std must be above 0, as 255; {std:g} came.")
    if mean is not None and not math.isfinite(mean):
        raise InputError(f"--mean must be a number, as 128; {mean:g} came.")
    from fer.evaluation.keras_file import KerasFile

    return KerasFile(path=str(path), labels=labels.split(",") if labels else None, mean=mean, std=std)


def _groups_of(path: Path | None, opened: Opened, part: Part) -> dict[str, BoolArray]:
    """Return the groups that a file names as masks of a part's rows; none where no file is named.

    Raises:
        DataError: If it cannot be read, or is no such table.
    """
    if path is None:
        return {}
    from fer.errors import DataError
    from fer.evaluation.groups import masks_of, named_groups

    try:
        content = path.read_bytes()
    except OSError as problem:
        why = problem.strerror or problem
        raise DataError(f"{path} cannot be read ({why}). --groups names a CSV with a column group.") from problem
    return masks_of(named_groups(content, path.name, len(opened.faces))[part.rows])


def _by_group(name: str, answered: FloatArray, part: Part, masks: dict[str, BoolArray]) -> dict[str, Any]:
    """Return figures by group, see ``fer.evaluation.groups.Group``."""
    from dataclasses import asdict

    from fer.evaluation.evaluated import Candidate, Evaluated
    from fer.evaluation.groups import by_group

    found = by_group(Evaluated(Candidate(name, name, 0.0), part, answered, 0.0, 0.0), masks)
    return {group.name: asdict(group) for group in found}


def open_data(data: Path, usage: str, progress: Progress | None = None) -> Opened:
    """Open a data set, or ``demo``; one that does not say which faces test is measured whole or not at all.

    Raises:
        DataError: If it cannot be read.
        InputError: If its faces have no usage, and another than ``all`` is asked for.
    """
    from fer.dataset.opening import open_dataset, open_demo
    from fer.dataset.origin import DEMO
    from fer.errors import SplitNeededError

    if str(data) == DEMO:
        return open_demo(progress=progress)
    try:
        return open_dataset(data, progress=progress)
    except SplitNeededError:
        if usage != "all":
            raise InputError(
                f"{data.name} does not say which of its faces train and which test. Measure them all by --usage all."
            ) from None
        from fer.dataset.splitting import SplitRule

        return open_dataset(data, split_missing=SplitRule(), progress=progress)


def origin_of(data: Path) -> Origin:
    """Return where the data of a command comes from, beside which results are kept."""
    from fer.dataset.origin import DEMO, Origin

    return Origin(data=DEMO) if str(data) == DEMO else Origin(data=str(data.expanduser().resolve()))


def _lines(result: dict[str, Any], problems: int) -> list[str]:
    """Say the result in a few lines for people."""
    worst = min(result["per_class"].items(), key=lambda one: one[1]["f1"] if one[1]["n"] else 2)
    lines = [
        f"{result['model']} on {result['n']:,} faces of {result['data']} ({result['usage']}), one pass:",
        f"  accuracy {result['accuracy']:.1%}, top-2 {result['top2']:.1%}, balanced {result['balanced_accuracy']:.1%}, "
        f"macro F1 {result['macro_f1']:.1%}, calibration error {result['ece']:.1%}",
        f"  weakest: {worst[0]}, recall {worst[1]['recall']:.1%}; {result['ms_per_face']:.2f} ms a face on one core",
    ]
    for group in result.get("groups", {}).values():
        lines.append(f"  {group['name']} ({group['n']:,} faces): accuracy {_ranged(group['accuracy'])}")
    if problems:
        lines.append(f"  {problems:,} rows could not be used and were left out.")
    if (other := result.get("comparison")) is not None:
        difference = other["difference"]
        lines.append(
            f"  {other['model']}: accuracy {other['accuracy']:.1%}, {difference['value']:+.1%} "
            f"({difference['low']:+.1%} to {difference['high']:+.1%}); McNemar p = {other['p_value']:.3g}"
        )
    return [*lines, *(f"  {note}" for note in result["notes"])]


def _ranged(interval: dict[str, float]) -> str:
    return f"{interval['value']:.1%} ({interval['low']:.1%} to {interval['high']:.1%})"


def evaluate_video(
    recording: Annotated[Path, typer.Argument(help="A gallery recording.")],
    truth: Annotated[
        Path, typer.Option(help="Its CSV: seat, x, y, w, h, start_s, end_s, emotion; one row a seat and time.")
    ],
    detector: Annotated[str, typer.Option(help="auto, yunet or haar.")] = "auto",
    model: ModelName = None,
    fps: Annotated[float, typer.Option(help="Frames to analyse a second; 0 takes every frame.")] = 5.0,
    json_to: JsonTo = None,
) -> None:
    """Measure the whole way from a recording of a gallery to moods: who is found, and how they are read."""
    from fer.evaluation.gallery import evaluate_gallery
    from fer.faces.pipeline import open_analyzer

    if fps < 0:
        raise InputError(f"--fps must be 0 (every frame) or more; {fps:g} came.")
    check_place(json_to)
    analyzer = open_analyzer(cast(Any, detector), model, threads=min(4, os.cpu_count() or 1))
    result = evaluate_gallery(recording, truth, analyzer, fps or None)
    document = {"schema": 1, "input": str(recording), "truth": str(truth), **result}
    write_json(document, json_to)
    say(
        f"{recording}: {_share(result['recall'])} of the seats found, {_share(result['accuracy'])} of those read as "
        f"they are labelled, {_share(result['accuracy_smoothed'])} after smoothing; "
        f"{result['false_alarms_per_frame']:.2f} false alarms a frame; {result['frames']} frames, "
        f"{result['fps']:.1f} a second.",
        json_to,
    )


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.1%}"

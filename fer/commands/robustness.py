"""``python -m fer robustness``: how much of its accuracy a model keeps when pictures get worse."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer.commands.evaluate import JsonTo, KerasPath, Labels, Mean, Std, keras_file_of, open_data, origin_of
from fer.commands.output import check_place, progress_line, say, write_json
from fer.errors import InputError

if TYPE_CHECKING:
    from fer.evaluation.keras_file import KerasFile

LEAST_FACES = 7
"""One of each emotion."""


def robustness(
    data: Annotated[Path, typer.Argument(help="FER2013 as CSV, .npz or folders, any faces by class, or demo.")],
    model: Annotated[
        list[str] | None, typer.Option(help="A face model of 'python -m fer models'; may be given several times.")
    ] = None,
    usage: Annotated[
        str, typer.Option(help="Training, PublicTest, PrivateTest, test (the last two together) or all.")
    ] = "test",
    faces: Annotated[int, typer.Option(help="Faces to measure on, each emotion with its share; 0 takes all.")] = 700,
    seed: Annotated[int, typer.Option(help="Of the sample, and of what the changes leave to chance.")] = 0,
    keras_path: KerasPath = None,
    labels: Labels = None,
    mean: Mean = None,
    std: Std = None,
    json_to: JsonTo = None,
) -> None:
    """Measure models on faces that get smaller, darker, noisier, turned, covered and more, step by step."""
    from fer.evaluation.evaluated import candidate_of
    from fer.evaluation.evaluating import rows_of, standing_of
    from fer.evaluation.judged import judged_of
    from fer.evaluation.robustness import Asked, measure_robustness, robustness_as_json
    from fer.registry import find

    if faces and faces < LEAST_FACES:
        raise InputError(f"--faces is 0 (all), or at least {LEAST_FACES}; {faces} came.")
    file = keras_file_of(keras_path, labels, mean, std)
    check_place(json_to)
    names: list[str | None] = [*(model or [])] if model or file is not None else [None]
    entries = [find(name, "face") for name in names]
    models: list[tuple[str | KerasFile, str]] = [(entry.name, candidate_of(entry).digest) for entry in entries]
    if file is not None:
        digest = file.digest_of(file.checksum())
        models.append((file.model_copy(update={"digest": digest}), digest))
    with progress_line() as progress:
        opened, origin = open_data(data, usage, progress), origin_of(data)
    standing = standing_of(rows_of(opened.faces, usage, opened.name))
    most = faces or len(opened.faces)
    found: list[dict[str, Any]] = []
    for asked, digest in models:
        name = asked if isinstance(asked, str) else asked.name
        with progress_line(name) as progress:
            judged = judged_of(asked, os.cpu_count() or 1)
            measured = measure_robustness(judged, Asked(digest, usage, most, seed), origin, opened, progress)
        found.append({
            "model": name, "n": measured[0].n, "changes": robustness_as_json(measured), "notes": list(judged.notes),
        })  # fmt: skip
    notes = [*opened.notes, *([standing] if standing else [])]
    document = {"schema": 1, "data": opened.name, "usage": usage, "seed": seed, "models": found, "notes": notes}
    write_json(document, json_to)
    for one in found:
        for line in _lines(one, opened.name, usage):
            say(line, json_to)
    for note in notes:
        say(note, json_to)


def _lines(one: dict[str, Any], data: str, usage: str) -> list[str]:
    """Say one model's result in a line for each change, the one that costs most first."""
    lines = [f"{one['model']} on {one['n']:,} faces of {data} ({usage}); accuracy, step by step:"]
    for change in sorted(one["changes"], key=lambda change: -change["lost"]):
        steps = ", ".join(f"{step['step']}: {step['accuracy']:.1%}" for step in change["steps"])
        lines.append(f"  {change['title']} ({change['axis']}): {steps}")
    return [*lines, *(f"  {note}" for note in one["notes"])]

"""``python -m fer robustness``: how much of its accuracy a model keeps when pictures get worse."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from fer.commands.evaluate import JsonTo
from fer.commands.output import check_place, say, write_json
from fer.errors import InputError

Progress = Callable[[float, str], None]

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
    json_to: JsonTo = None,
) -> None:
    """Measure models on faces that get smaller, darker, noisier, turned, covered and more, step by step."""
    from fer.dataset.origin import DEMO, Origin
    from fer.dataset.splitting import SplitRule
    from fer.evaluation.evaluated import candidate_of
    from fer.evaluation.robustness import Asked, measure_robustness, robustness_as_json
    from fer.evaluation.served import judged_model
    from fer.registry import find

    if faces and faces < LEAST_FACES:
        raise InputError(f"--faces is 0 (all), or at least {LEAST_FACES}; {faces} came.")
    check_place(json_to)
    entries = [find(name, "face") for name in model] if model else [find(None, "face")]
    origin = Origin(data=DEMO) if str(data) == DEMO else Origin(data=str(data.resolve()), split=SplitRule())
    opened = origin.open()
    most = faces or len(opened.faces)
    found: list[dict[str, Any]] = []
    for entry in entries:
        judged = judged_model(entry.name, os.cpu_count() or 1)
        asked = Asked(candidate_of(entry).digest, usage, most, seed)
        measured = measure_robustness(judged, asked, origin, opened, _progress_of(entry.name))
        _end_progress()
        found.append({"model": entry.name, "n": measured[0].n, "changes": robustness_as_json(measured)})
    document = {"schema": 1, "data": opened.name, "usage": usage, "seed": seed, "models": found}
    write_json(document, json_to)
    for one in found:
        for line in _lines(one, opened.name, usage):
            say(line, json_to)


def _progress_of(name: str) -> Progress:
    """Return a progress that says on a terminal how far it is, and nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda share, doing: None
    return lambda share, doing: typer.echo(f"\r{name} {share:4.0%} {doing:<60.60}", nl=False, err=True)


def _end_progress() -> None:
    if sys.stderr.isatty():
        typer.echo("\r" + " " * 100 + "\r", nl=False, err=True)


def _lines(one: dict[str, Any], data: str, usage: str) -> list[str]:
    """Say one model's result in a line for each change, the one that costs most first."""
    lines = [f"{one['model']} on {one['n']:,} faces of {data} ({usage}); accuracy, step by step:"]
    for change in sorted(one["changes"], key=lambda change: -change["lost"]):
        steps = ", ".join(f"{step['step']}: {step['accuracy']:.1%}" for step in change["steps"])
        lines.append(f"  {change['title']} ({change['axis']}): {steps}")
    return lines

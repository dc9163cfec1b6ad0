"""The worker's job of a room: what takes longer than a page should, worked out one step after the other.

A page asks for a step; a worker takes up what is asked for until nothing is left. Each step's result is a file in
``artifacts``, so that a reload, a second tab and the next visit find it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from fer.dataset.finding import Findings
from fer.dataset.opening import Opened
from fer.dataset.quality import near_findings, quick_findings
from fer.dataset.room import open_room
from fer.errors import InputError, StorageError
from fer.runs.files import read_text, replace_text
from fer.runs.folder import Run
from fer.runs.progress import Progress
from fer.runs.worker import start

CHECK_STEPS = ("near",)
"""Steps whose result is a set of findings."""


class Stopped(Exception):  # noqa: N818
    """The visitor asked to stop."""


def ask_for(run: Run, step: str) -> None:
    """Have a step worked out; one that is asked for already is fine.

    Raises:
        StorageError: If the room cannot be written.
    """
    if step not in STEPS:
        raise ValueError(f"there is no step {step!r}, only {', '.join(STEPS)}")
    try:
        _asked_folder(run).mkdir(exist_ok=True)
        (_asked_folder(run) / step).touch()
    except OSError as problem:
        raise StorageError(f"{run.folder} cannot be written ({problem.strerror or problem}).") from problem
    keep_working(run)


def keep_working(run: Run) -> None:
    """Start a worker where something is asked for and none is at work: one may have ended just before it was asked.

    Raises:
        StorageError: If the room cannot be written.
    """
    if asked_for(run) and not run.status().living:
        try:
            start(run)
        except InputError:
            # Another tab was first.
            return


def asked_for(run: Run) -> list[str]:
    """Return the steps that are asked for and not done."""
    return [step for step in STEPS if (_asked_folder(run) / step).exists()]


def done_at(run: Run, step: str) -> int | None:
    """Return when a step's result was written, in nanoseconds since 1970, or None where there is none."""
    try:
        return _result(run, step).stat().st_mtime_ns
    except OSError:
        return None


def read_findings(run: Run, step: str) -> Findings:
    """Return what a check found.

    Raises:
        StorageError: If it is damaged.
    """
    try:
        return Findings.from_json(json.loads(read_text(_result(run, step))))
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise StorageError(f"{run.id}: the findings of {step} are damaged. Work them out again.") from problem


def run(run: Run) -> bool:
    """Work out what is asked for; see ``fer.runs.jobs.Work``.

    Raises:
        FerError: If the data set cannot be read or a step cannot be done; nothing is asked for any more then.
    """
    opened = open_room(run)
    try:
        while steps := asked_for(run):
            if run.stop_asked():
                return False
            _work(run, opened, steps[0])
            (_asked_folder(run) / steps[0]).unlink(missing_ok=True)
    except Stopped:
        return False
    finally:
        # What failed or was stopped is asked for anew by whoever wants it.
        for step in asked_for(run):
            (_asked_folder(run) / step).unlink(missing_ok=True)
    return True


def _work(run: Run, opened: Opened, step: str) -> None:
    tell = Progress(run)

    def progress(share: float, words: str) -> None:
        if run.stop_asked():
            raise Stopped
        tell(share, words)

    replace_text(_result(run, step), STEPS[step](opened, progress))


def _near(opened: Opened, progress: Callable[[float, str], None]) -> str:
    found = near_findings(opened.faces, quick_findings(opened.faces), progress)
    return json.dumps(found.as_json(opened.faces, {"name": opened.name, "sha256": opened.sha256}))


STEPS: dict[str, Callable[[Opened, Callable[[float, str], None]], str]] = {"near": _near}
"""What can be asked for, in the order in which it is worked out."""


def _asked_folder(run: Run) -> Path:
    return run.folder / "asked"


def _result(run: Run, step: str) -> Path:
    return run.artifacts / f"{step}.json"

"""What status.json says, and whether the worker that wrote it still lives."""

from __future__ import annotations

import time
from typing import Any, Literal

import psutil
from pydantic import BaseModel, ConfigDict, Field

Lane = Literal["train", "quick"]
State = Literal["queued", "running", "paused", "done", "failed", "stopped", "interrupted"]

LIVING: tuple[State, ...] = ("queued", "running", "paused")
"""States that need a worker process; without one the run was interrupted."""
STALE_S = 60.0
"""A worker beats every second; one that was silent for this time hangs or is gone."""
START_S = 90.0
"""A worker that did not report this long after it was started never will: a loaded machine needs some seconds."""
SAME_PROCESS_S = 5.0
"""psutil reckons a start from the system's clock, which may be set while a worker runs: it writes the start anew with
each beat."""

INTERRUPTED = (
    "The work was interrupted: its process is gone. The machine was switched off or restarted, or memory or the disk "
    "ran out. What was done until then is kept. Start it again."
)


class Status(BaseModel):
    """status.json.

    Attributes:
        schema_version: 1; called ``schema`` in the file.
        kind: What is done, a name of ``fer.runs.jobs.JOBS``.
        lane: Which lane it waits in; one run a lane works at a time.
        state: See ``State``; ``interrupted`` is also what a reader sees when the worker is gone.
        pid: The worker's process, or None before it reported.
        pid_created: When that process began, in seconds since 1970, so that another with the same number is not
            taken for it.
        created: When the run was created, in seconds since 1970: the order in its lane.
        started: When the work began, in seconds since 1970, or None.
        heartbeat: When the worker, or who started it, last gave a sign of life, in seconds since 1970.
        beat: The same in ``time.monotonic()``, which all processes of a machine share until it is restarted: setting
            the clock does not move it, and it rests while a laptop is closed. None in runs of earlier versions.
        progress: Share that is done, in [0, 1].
        eta_s: Seconds left, or None where that cannot be told yet.
        message: One sentence for the person at the screen, or "".
    """

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    schema_version: Literal[1] = Field(1, alias="schema")
    kind: str
    lane: Lane
    state: State = "queued"
    pid: int | None = None
    pid_created: float | None = None
    created: float
    started: float | None = None
    heartbeat: float
    beat: float | None = None
    progress: float = Field(0.0, ge=0, le=1)
    eta_s: float | None = None
    message: str = ""

    @property
    def living(self) -> bool:
        """Whether a worker has it in hand or will."""
        return self.state in LIVING


def sign_of_life() -> dict[str, float]:
    """Return the fields by which a run says that somebody has it in hand now."""
    return {"heartbeat": time.time(), "beat": time.monotonic()}


def identity_of_process() -> dict[str, Any]:
    """Return the fields that name this process, as psutil sees it now."""
    me = psutil.Process()
    return {"pid": me.pid, "pid_created": me.create_time()}


def as_it_is(written: Status) -> Status:
    """Return a status as it really is: what only looks alive becomes ``interrupted``."""
    if not written.living or has_worker(written):
        return written
    return written.model_copy(update={"state": "interrupted", "eta_s": None, "message": INTERRUPTED})


def has_worker(status: Status) -> bool:
    """Whether the worker gave a sign of life lately and its process is there."""
    if status.pid is None:
        return silent_s(status) < START_S
    return silent_s(status) < STALE_S and process_of(status) is not None


def silent_s(status: Status) -> float:
    """Return for how long nobody has given a sign of life."""
    if status.beat is not None and (since := time.monotonic() - status.beat) >= 0:
        return since
    # The machine was restarted since.
    return time.time() - status.heartbeat


def process_of(status: Status) -> psutil.Process | None:
    """Return the worker's process, or None if it is gone and, maybe, its number given to another."""
    if status.pid is None or status.pid_created is None:
        return None
    try:
        process = psutil.Process(status.pid)
        same = abs(process.create_time() - status.pid_created) < SAME_PROCESS_S
        # A dead child that nobody has waited for keeps its number.
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        # Ours can always be looked at.
        return None

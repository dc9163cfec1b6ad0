"""The worker: a process of its own that does one run's work, at low priority, whatever becomes of the page.

    python -m fer.runs.worker FOLDER

It reports by the files of the folder alone, and ends when the work does.
"""

from __future__ import annotations

import errno
import faulthandler
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from fer.errors import FerError, InputError, StorageError
from fer.runs.folder import Run
from fer.runs.jobs import work_of
from fer.runs.queue import slot
from fer.runs.status import Lane, identity_of_process, sign_of_life
from fer.settings import ROOT, settings

BEAT_S = 1.0
LAST_WORD_S = 300.0
LOCK = "worker.lock"
LET_GO_S = 2.0
BUSY = "run {id} is being worked on already. Stop it before you start it again."
FULL = (errno.ENOSPC, errno.EDQUOT)
STOPPED = "Stopped. What was done until then is kept."
NICENESS: dict[Lane, int] = {"train": 15, "quick": 10}
"""On a busy machine the page comes first, then what someone waits for, then training."""
AUTOGROUP = Path("/proc/self/autogroup")
"""Where Linux keeps the niceness of a session as a whole (sched(7))."""
PATHS_IN_ENVIRONMENT = ("FER_MODELS", "FER_YUNET_PATH")

log = logging.getLogger(__name__)
_children: list[subprocess.Popen[bytes]] = []


def start(run: Run, program: Sequence[str] = ("-m", "fer.runs.worker")) -> None:
    """Start a worker for a run: one that was just created, or one that ended and is to go on.

    Args:
        run: Its state becomes ``queued``; a job that finds artifacts of an earlier start decides what to keep.
        program: Python's arguments; another program may register jobs of its own before it calls ``main``.

    Raises:
        InputError: If the run is being worked on already.
        StorageError: If its folder cannot be written.
    """
    make_ready(run)
    # One that ended stays in the process table until it is asked for.
    _children[:] = [child for child in _children if child.poll() is None]
    try:
        with (run.folder / "log.txt").open("ab") as out:
            _children.append(_spawn([sys.executable, *program, str(run.folder.resolve())], out))
    except OSError as problem:
        sentence = f"The work could not be started ({problem.strerror or problem}). Try again later."
        run.update(state="failed", message=sentence)
        raise StorageError(sentence) from problem


def make_ready(run: Run) -> None:
    """Put a run that was just created, or that ended, back to ``queued``: whoever calls ``main`` next does its work.

    Raises:
        InputError: If the run is being worked on already.
        StorageError: If its folder cannot be written.
    """
    status = run.status()
    if status.living and status.pid is not None:
        raise InputError(BUSY.format(id=run.id))
    try:
        # One that hangs, or lost its status to a full disk, still holds it; one that was killed lets go in a moment.
        with FileLock(run.folder / LOCK).acquire(timeout=LET_GO_S):
            pass
        for asked in ("stop", "pause"):
            (run.folder / asked).unlink(missing_ok=True)
    except Timeout as problem:
        raise InputError(BUSY.format(id=run.id)) from problem
    except OSError as problem:
        raise StorageError(
            f"{run.folder} cannot be written ({problem.strerror or problem}). Mend its permissions, and start it again."
        ) from problem
    fresh = {"pid": None, "pid_created": None, "started": None, "progress": 0, "eta_s": None, "message": ""}
    run.update(state="queued", **sign_of_life(), **fresh)


def _spawn(command: list[str], out: Any) -> subprocess.Popen[bytes]:
    """Start a process that outlives ours."""
    environment = {**os.environ, "FER_HOME": str(settings().home.resolve())}
    # The worker runs in the repository: what was relative to our folder would be elsewhere there.
    for name in PATHS_IN_ENVIRONMENT:
        if environment.get(name):
            environment[name] = str(Path(environment[name]).resolve())
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, close_fds=True, **detached
    )


def main(arguments: list[str]) -> int:
    """Do the work of one run folder.

    Args:
        arguments: The folder's path, alone.

    Returns:
        0 if the run ended as it should, also when it was stopped; 1 if it failed.
    """
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    run = Run(Path(arguments[0]))
    if not run.folder.is_dir():
        # Deleted before its worker was up; a lock file would bring the folder back.
        return 0
    try:
        # Two starts at once: the second finds the folder taken and leaves.
        with FileLock(run.folder / LOCK).acquire(timeout=0):
            return _work(run)
    except Timeout:
        log.warning("another worker has %s in hand", run.id)
        return 1
    except (OSError, StorageError) as problem:
        log.warning("%s", problem)
        return 0 if not run.folder.exists() else 1


def _work(run: Run) -> int:
    me = psutil.Process()
    lane = run.status().lane
    _lower_priority(me, lane)
    run.update(**identity_of_process(), **sign_of_life())
    ended = threading.Event()
    beat = threading.Thread(target=_beat, args=(run, ended), name="heartbeat", daemon=True)
    beat.start()
    try:
        outcome = guarded(lambda: _in_lane(run, lane))
    finally:
        # No beat may come after the last word.
        ended.set()
        beat.join()
    _say_last(run, {"eta_s": None, **outcome})
    return 1 if outcome["state"] == "failed" else 0


def _say_last(run: Run, outcome: dict[str, Any]) -> None:
    """Write how a run ended. On a full disk it waits for room: else the run would read as if its process had died."""
    until = time.monotonic() + LAST_WORD_S
    while True:
        try:
            run.update(**sign_of_life(), **outcome)
            return
        except StorageError as problem:
            full = isinstance(problem.__cause__, OSError) and problem.__cause__.errno in FULL
            if not full or time.monotonic() > until:
                raise
            log.warning("the end of %s could not be noted yet: %s", run.id, problem)
        time.sleep(BEAT_S)


def _in_lane(run: Run, lane: Lane) -> dict[str, Any]:
    with slot(run, lane) as my_turn:
        if not my_turn:
            return {"state": "stopped", "message": "Cancelled before it began."}
        run.update(state="running", started=time.time(), message="")
        if not work_of(run.kind)(run):
            return {"state": "stopped", "message": run.stop_reason() or STOPPED}
    return {"state": "done", "progress": 1.0, "message": ""}


def guarded(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do work, and put whatever goes wrong into a sentence; the traceback goes to the log alone.

    Args:
        work: Returns the fields of the run's last status.

    Returns:
        Those, or ``state`` failed with a ``message`` that says what to do.
    """
    try:
        return work()
    except FerError as problem:
        log.info("failed: %s", problem)
        sentence = str(problem)
    except Exception as problem:
        log.exception("failed")
        sentence = _sentence_for(problem)
    return {"state": "failed", "message": sentence}


def _sentence_for(problem: Exception) -> str:
    number = problem.errno if isinstance(problem, OSError) else None
    # OpenCV raises an error of its own when memory runs out.
    if isinstance(problem, MemoryError) or number == errno.ENOMEM or "Insufficient memory" in str(problem):
        return "Memory ran out. Close other programs, or take a smaller input or fewer steps, and start it again."
    if number in FULL:
        return f"The disk is full: {settings().home} has no room left. Delete runs or other files, and start it again."
    if isinstance(problem, OSError):
        return f"A file could not be read or written ({problem.strerror or problem}). Mend that, and start it again."
    return (
        f"The work ended because of a fault in Classmood ({type(problem).__name__}). Start it again; if it fails "
        "again, send us the run's log.txt."
    )


def _lower_priority(me: psutil.Process, lane: Lane) -> None:
    """Give way to everything else, if this process is a worker's own; a test or notebook stays as it is."""
    try:
        if sys.platform == "win32":
            me.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        elif os.getsid(0) == me.pid:
            # Some containers start everything at a low priority; raising it again is not allowed.
            me.nice(max(NICENESS[lane], int(me.nice())))
            _lower_session(NICENESS[lane])
    except psutil.AccessDenied as problem:
        log.warning("the priority could not be lowered: %s", problem)


def _lower_session(niceness: int) -> None:
    """Lower our session's share: where Linux shares the processor by sessions, niceness counts only within one."""
    try:
        if AUTOGROUP.exists():
            AUTOGROUP.write_text(str(niceness), encoding="ascii")
    except OSError as problem:
        log.info("the session's priority could not be lowered: %s", problem)


def _beat(run: Run, ended: threading.Event) -> None:
    while not ended.wait(BEAT_S):
        try:
            run.update(**identity_of_process(), **sign_of_life())
        except StorageError as problem:
            # A full disk may have room again at the next beat; a folder that is gone ends the work by itself.
            log.warning("no heartbeat: %s", problem)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

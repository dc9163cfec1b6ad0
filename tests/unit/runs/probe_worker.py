"""A worker with jobs of its own, so that tests drive real processes: python probe_worker.py FOLDER."""

from __future__ import annotations

import errno
import sys
import time

from fer.errors import InputError
from fer.runs.folder import Run
from fer.runs.jobs import JOBS, Job
from fer.runs.worker import main


def work(run: Run) -> bool:
    """Do what the run's config says: wait for the stop file, fail in some way, or count starts."""
    config = run.config()
    match config.get("do"):
        case "wait":
            while not run.stop_asked():
                run.append_metric({"t": time.time()})
                time.sleep(0.05)
            return False
        case "sentence":
            raise InputError("The tape is torn. Mend it.")
        case "fault":
            raise RuntimeError("a secret detail")
        case "memory":
            raise MemoryError
        case "disk":
            raise OSError(errno.ENOSPC, "No space left on device")
    starts = run.artifacts / "starts.txt"
    with starts.open("a") as out:
        out.write("started\n")
    return True


if __name__ == "__main__":
    JOBS["probe"] = Job("__main__:work", holds_upload=True)
    sys.exit(main(sys.argv[1:]))

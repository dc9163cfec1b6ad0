"""The checks of FER2013: how long they take, what they find, and what a crowd says of it.

    python -m benchmarks.dataset_checks [--structural]

The structural checks run in this process; those with detector and network as the page runs them, in a worker of the
lane ``quick`` with a FER_HOME of its own. FER+'s votes judge the findings; no check sees them.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.gallery import SHARED
from fer.dataset.checks_job import Checks, known_checks, new_checks_run
from fer.dataset.finding import Findings
from fer.dataset.maps_job import MapConfig, new_map_run
from fer.dataset.opening import Opened
from fer.dataset.origin import Origin
from fer.dataset.quality import near_findings, quick_findings, summary
from fer.runs import worker
from fer.runs.folder import Run

DATA = SHARED / "data" / "fer2013" / "fer2013.npz"
VOTES = SHARED / "data" / "fer2013" / "fer2013new.csv"


def timed(name: str, work: Callable[[], Findings]) -> Findings:
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    print(f"| {name} | {time.perf_counter() - wall:.1f} | {time.process_time() - cpu:.1f} |", flush=True)
    return found


def structural(opened: Opened) -> None:
    print("| structural checks | s | CPU s |\n|---|---|---|")
    quick = timed("identical images and blanks", lambda: quick_findings(opened.faces))
    near = timed("the same photograph twice", lambda: near_findings(opened.faces, quick))
    counts = summary(opened.faces, quick + near)
    for kind in ("duplicates", "near_duplicates", "blank", "nearly_blank"):
        print(f"{kind}: {counts[kind]}")


def wait_for(run: Run) -> float:
    """Return the seconds until a run's worker is gone, and print when its stages begin."""
    began, said = time.perf_counter(), ""
    while run.status().living:
        status = run.status()
        if status.message != said:
            said = status.message
            print(f"  {time.perf_counter() - began:6.1f} s  {status.progress:4.0%}  {said}", flush=True)
        time.sleep(0.2)
    return time.perf_counter() - began


def in_worker(name: str, run: Run) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    worker.start(run)
    took = wait_for(run)
    for child in worker._children:
        child.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{name}: {run.status().state} in {took:.1f} s, {cpu:.1f} s of CPU {run.status().message}", flush=True)


def stopping(origin: Origin) -> None:
    run = new_checks_run(origin)
    worker.start(run)
    while run.status().progress < 0.1:
        time.sleep(0.1)
    asked = time.perf_counter()
    run.ask_stop()
    while run.status().living:
        time.sleep(0.02)
    print(f"asked to stop, it was {run.status().state} after {time.perf_counter() - asked:.1f} s", flush=True)


def judge(opened: Opened, checks: Checks) -> None:
    for kind, count in checks.findings.counts().items():
        print(f"{kind}: {count}")
    faces, votes = opened.faces, opened.faces.votes
    assert votes is not None
    voted, disagrees = votes.sum(axis=1) > 0, votes.argmax(axis=1) != faces.labels
    suspects = checks.findings.rows_of("suspect_label")
    for code, usage in enumerate(("Training", "PublicTest")):
        rows = suspects[faces.usage[suspects] == code]
        everyone = voted & (faces.usage == code)
        share, base = disagrees[rows][voted[rows]].mean(), disagrees[everyone].mean()
        print(
            f"{usage}: {len(rows)} suspect labels of {(faces.usage == code).sum()}; the crowd's first choice is "
            f"another for {share:.1%} of them, for {base:.1%} of all"
        )
    with VOTES.open(encoding="utf-8") as file:
        no_face = np.array([int(row["NF"]) for row in csv.DictReader(file)])[: len(faces)]
    rows = checks.findings.rows_of("not_a_face")
    print(
        f"not a face: {len(rows)}; {(no_face[rows] == 10).sum()} of them by all ten votes, {(no_face[rows] > 0).sum()} "
        f"by one at least; all ten votes call {(no_face == 10).sum()} images so"
    )


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--structural", action="store_true", help="only the structural checks")
    only = ask.parse_args().structural
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="classmood-checks-") as home:
        os.environ["FER_HOME"] = home
        os.environ.setdefault("FER_YUNET_PATH", str(next(Path(SHARED / "data" / "detectors").glob("*.onnx"))))
        origin = Origin(data=str(DATA), votes=str(VOTES))
        opened = origin.open()
        structural(opened)
        if only:
            return
        stopping(origin)
        in_worker("all checks, in a worker", new_checks_run(origin))
        judge(opened, known_checks(origin, opened))
        for space in ("features", "pixels"):
            in_worker(f"map of {space}", new_map_run(MapConfig(origin=origin, space=space)))
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()

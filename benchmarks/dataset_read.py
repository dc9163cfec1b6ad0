"""How long FER2013's CSV takes to read, beside pandas and a split per row, each in a process of its own.

    python -m benchmarks.dataset_read [--csv FILE] [--times 3]

The CSV is made by the shared tool unless one is given. Ours opens it cold (nothing kept: parsed, checked, hashed, and
the arrays written for later) and warm (memory-mapped); what pandas reads is compared byte for byte with ours. The file
itself is in the system's cache for all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parent.parent
AT_LEAST, MOST_MB, MOST_WARM_S = 5.0, 1200, 0.2


def ours(path: Path) -> Any:
    from fer.dataset.opening import open_dataset

    return lambda: open_dataset(path).faces.images


def with_pandas(path: Path) -> Any:
    import pandas as pd

    def read() -> Any:
        frame = pd.read_csv(path)
        return np.stack([np.array(text.split(), dtype=np.uint8).reshape(48, 48) for text in frame["pixels"]])

    return read


WAYS: dict[str, Callable[[Path], Any]] = {"ours": ours, "pandas": with_pandas}


def child(way: str, path: Path) -> None:
    """Read once and print seconds, CPU seconds, the highest resident memory and a checksum."""
    import resource
    import zlib

    read = WAYS[way](path)  # imports do not count
    wall, cpu = time.perf_counter(), time.process_time()
    images = read()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    check = zlib.crc32(np.ascontiguousarray(images).data)
    print(json.dumps({"wall_s": wall, "cpu_s": cpu, "peak_mb": peak, "rows": len(images), "check": check}))


def measured(way: str, path: Path, home: Path) -> dict[str, float]:
    environment = {**os.environ, "FER_HOME": str(home)}
    command = [sys.executable, "-m", "benchmarks.dataset_read", "--child", way, "--csv", str(path)]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return dict(json.loads(run.stdout.splitlines()[-1]))


def shared_csv(folder: Path) -> Path:
    shared = Path(os.environ.get("FER_SHARED") or ROOT.parent / "shared")
    path = folder / "fer2013.csv"
    subprocess.run([sys.executable, shared / "tools" / "make_fer2013.py", "--csv", path], check=True)
    return path


def middle(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: median(run[key] for run in runs) for key in runs[0]}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--csv", type=Path)
    ask.add_argument("--times", type=int, default=3)
    ask.add_argument("--child", choices=WAYS, help=argparse.SUPPRESS)
    args = ask.parse_args()
    if args.child:
        child(args.child, args.csv)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        path = args.csv or shared_csv(folder)
        path.read_bytes()
        runs: dict[str, list[dict[str, float]]] = {"cold": [], "warm": [], "pandas": []}
        busy = [psutil.cpu_percent()]
        for number in range(args.times):
            home = folder / f"home-{number}"
            runs["cold"].append(measured("ours", path, home))
            runs["warm"].append(measured("ours", path, home))
            runs["pandas"].append(measured("pandas", path, home))
            busy.append(psutil.cpu_percent())
        size = path.stat().st_size / 1e6
    if len({run["check"] for kind in runs.values() for run in kind}) != 1:
        sys.exit("the ways do not read the same faces")
    cold, warm, pandas = (middle(runs[kind]) for kind in ("cold", "warm", "pandas"))
    print(
        f"{path.name}: {size:,.0f} MB, {cold['rows']:,.0f} rows; the median of {args.times}; machine {busy[1:]} % busy"
    )
    print("| | seconds | CPU seconds | peak memory |\n|---|---|---|---|")
    for name, run in (("ours, cold", cold), ("pandas, split per row", pandas), ("ours, warm", warm)):
        print(f"| {name} | {run['wall_s']:.3f} | {run['cpu_s']:.3f} | {run['peak_mb']:,.0f} MB |")
    ratio, cpu_ratio = pandas["wall_s"] / cold["wall_s"], pandas["cpu_s"] / cold["cpu_s"]
    print(f"\ncold: {ratio:.1f} times faster ({cpu_ratio:.1f} by CPU time); asked for {AT_LEAST:g}")
    good = ratio >= AT_LEAST and cold["peak_mb"] < MOST_MB and warm["wall_s"] < MOST_WARM_S
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

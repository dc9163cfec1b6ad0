"""How long the drawn set takes to 90 %, as a visitor of a public server has it: the preset quick, nothing kept before.

    python -m benchmarks.training_demo [--share 0.9] [--cores 2]

From the click on Train (the run's folder is made, a worker starts at low priority, reads what a new home lacks: the
faces are drawn) to the end of the first epoch that names so many of PublicTest rightly, and to the end of the run. The
worker is kept to so many cores where the system can do that. Beside other programs it waits for them; its processor
seconds are the most that it would take alone, on one core.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

LOOK_S = 0.1
AT_MOST_S = 60.0


def looks(run: Any, began: float) -> Iterator[tuple[float, float, list[dict[str, Any]]]]:
    """Look at a run until it ends: seconds since it began, its processor seconds, the epochs that it did."""
    import psutil

    from fer.training.summary import curves_of

    used = 0.0
    while True:
        status = run.status()
        if status.state == "failed":
            sys.exit(status.message)
        if status.living and status.pid is not None:
            try:
                spent = psutil.Process(status.pid).cpu_times()
                used = spent.user + spent.system
            except psutil.NoSuchProcess:
                pass  # it has just ended: what it had used before stays
        yield time.monotonic() - began, used, curves_of(run).epochs
        if not status.living:
            return
        time.sleep(LOOK_S)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--share", type=float, default=0.9)
    ask.add_argument("--cores", type=int, default=2)
    args = ask.parse_args()
    if hasattr(os, "sched_setaffinity"):
        # The worker gets the cores of who started it.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.cores])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ |= {"FER_HOME": folder, "FER_HOSTED": "true"}
        from fer.dataset.origin import DEMO
        from fer.runs.worker import start
        from fer.training.material import DataSource
        from fer.training.recipe_files import read_recipe
        from fer.training.run import new_training_run

        began = time.monotonic()
        run = new_training_run(read_recipe("quick"), DataSource(data=DEMO))
        start(run)
        reached: tuple[float, float, int] | None = None
        try:
            for after_s, used_s, epochs in looks(run, began):
                if reached is None and epochs and epochs[-1]["validation_accuracy"] >= args.share:
                    reached = (after_s, used_s, len(epochs))
        finally:
            run.delete()
    print("| | epochs | seconds by the clock | processor seconds | of PublicTest |\n|---|---|---|---|---|")
    if reached is not None:
        at = epochs[reached[2] - 1]["validation_accuracy"]
        print(f"| {args.share:.0%} reached | {reached[2]} | {reached[0]:.1f} | {reached[1]:.1f} | {at:.1%} |")
    last = epochs[-1]["validation_accuracy"] if epochs else 0.0
    print(f"| the end | {len(epochs)} | {after_s:.1f} | {used_s:.1f} | {last:.1%} |")
    print(f"\n{args.share:.0%} within {AT_MOST_S:.0f} s by the clock was asked for")
    sys.exit(0 if reached is not None and reached[0] <= AT_MOST_S else 1)


if __name__ == "__main__":
    main()

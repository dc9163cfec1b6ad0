"""How far ten minutes of two cores bring our network and the course CNN on FER2013, each by its own preset.

    python -m benchmarks.training_minutes fer2013.npz [--votes FILE] [--minutes 10] [--epochs 5] [--recipe fresh]

Runs as the Train page starts them, one after the other, from weights drawn by the seed, and neither has a teacher. What
is counted is processor time (minutes times two cores), from the worker's start, so that other work on the machine
changes little; after it the last whole epoch counts. Ours gets a cosine over --epochs, so that its learning rate has
come down by then.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CORES = 2
LOOK_S = 1.0


def far_in(run: Any, budget_s: float) -> tuple[list[dict[str, Any]], float]:
    """Return the epochs that a run did within its processor time, and the processor seconds when the last one ended."""
    import psutil

    from fer.runs.worker import start
    from fer.training.summary import curves_of

    start(run)
    done: list[dict[str, Any]] = []
    used_then = 0.0
    while True:
        time.sleep(LOOK_S)
        status = run.status()
        if status.state == "failed":
            sys.exit(status.message)
        if not status.living:
            return done, used_then
        if status.pid is None:
            continue
        spent = psutil.Process(status.pid).cpu_times()
        used = spent.user + spent.system
        epochs = curves_of(run).epochs
        if len(epochs) > len(done) and used <= budget_s:
            done, used_then = epochs, used
        if used > budget_s:
            return done, used_then


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("data", type=Path)
    ask.add_argument("--votes", type=Path)
    ask.add_argument("--minutes", type=float, default=10)
    ask.add_argument("--epochs", type=int, default=5)
    ask.add_argument("--recipe", default="fresh", help="ours; small where the processor has no bfloat16")
    args = ask.parse_args()
    votes = str(args.votes) if args.votes else None
    print("| recipe | epochs | epochs a minute | accuracy on PublicTest |\n|---|---|---|---|")
    ours = [f"epochs={args.epochs}", "schedule.cycles=1", "keep=last", "teacher=''"]
    for preset, changes in ((args.recipe, ours), ("course", [])):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            os.environ["FER_HOME"] = folder
            from fer.settings import settings
            from fer.training.material import DataSource
            from fer.training.recipe_files import read_recipe
            from fer.training.run import new_training_run

            settings.cache_clear()
            source = DataSource(data=str(args.data), votes=votes)
            run = new_training_run(read_recipe(preset, changes), source)
            try:
                epochs, used_s = far_in(run, args.minutes * 60 * CORES)
            finally:
                run.delete()
        if not epochs:
            print(f"| {preset} | 0 | | |")
            continue
        pace = len(epochs) / (used_s / CORES / 60)
        print(f"| {preset} | {len(epochs)} | {pace:.2f} | {epochs[-1]['validation_accuracy']:.1%} |", flush=True)


if __name__ == "__main__":
    main()

"""How much slower a photo is answered while a training runs: the same photo, with the training at work and paused.

    python -m benchmarks.training_beside [--rounds 3] [--photos 15]

The training is a real one (the course CNN on the drawn set) in a worker as the page starts it; between rounds it
is paused, so that other work on the machine meets both alike. What is timed is what the photo page does with a photo:
decode, find faces, classify.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

AT_MOST = 2.0


def wait_for(condition: object, patience_s: float = 300) -> None:
    end = time.monotonic() + patience_s
    while not condition():  # type: ignore[operator]
        if time.monotonic() > end:
            sys.exit("the training did not come to work")
        time.sleep(0.2)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--photos", type=int, default=15)
    args = ask.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ["FER_HOME"] = folder
        import cv2

        from fer.dataset.demo import demo_class
        from fer.faces.images import read_photo
        from fer.faces.pipeline import open_analyzer
        from fer.runs.worker import start
        from fer.training.material import DataSource
        from fer.training.recipe_files import read_recipe
        from fer.training.run import new_training_run

        photo = Path(folder) / "class.png"
        cv2.imwrite(str(photo), demo_class().image_bgr)
        analyzer = open_analyzer("auto")

        def answers_s() -> list[float]:
            times = []
            for _ in range(args.photos):
                began = time.perf_counter()
                analyzer.analyze(read_photo(photo).image_bgr)
                times.append(time.perf_counter() - began)
            return times

        answers_s()
        run = new_training_run(read_recipe("course", ["epochs=500"]), DataSource(data="demo"))
        start(run)
        try:
            wait_for(lambda: len(run.metrics()[0]) > 2)
            busy: list[float] = []
            calm: list[float] = []
            for _ in range(args.rounds):
                busy += answers_s()
                run.ask_pause()
                wait_for(lambda: run.status().state == "paused")
                calm += answers_s()
                run.ask_pause(False)
                wait_for(lambda: run.status().state == "running")
        finally:
            run.delete()
    print("| | median ms | 95 % ms |\n|---|---|---|")
    for name, times in (("training paused", calm), ("training at work", busy)):
        print(
            f"| {name} | {1000 * statistics.median(times):.0f} | {1000 * sorted(times)[int(0.95 * len(times))]:.0f} |"
        )
    ratio = statistics.median(busy) / statistics.median(calm)
    print(f"\n{ratio:.2f} times as long; at most {AT_MOST:g} asked for")
    sys.exit(0 if ratio <= AT_MOST else 1)


if __name__ == "__main__":
    main()

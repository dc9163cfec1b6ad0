"""Speech: ours against the plain baseline on speakers left out, and the time to analyse a minute of sound.

    python -m benchmarks.speech ../shared/data/speech --home FOLDER

The folder (FER_HOME by default) keeps the features that training made: without them the first run makes them, which
takes minutes.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np


def judged(data: Path) -> None:
    from fer.audio.comparison import compare_models
    from fer.audio.corpora import read_corpora

    names = ["baseline", "logistic", "neighbours", "forest", "svm", "network"]
    rows = list(compare_models(read_corpora(data), names, lambda share, words: None, lambda: False))
    print("\n| model | corpus | UAR, speakers left out | over folds | ours / baseline | a random split claims | s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        for corpus, figures in row["figures"].items():
            ratio = figures["uar"] / rows[0]["figures"][corpus]["uar"]
            cells = [
                row["title"], corpus, f"{figures['uar']:.3f}", f"± {figures['uar_deviation']:.3f}", f"{ratio:.2f}",
                f"{row['random_split'][corpus]:.3f}", f"{row['seconds']:.1f}",
            ]  # fmt: skip
            print(f"| {' | '.join(cells)} |")


def timed() -> None:
    """Analyse one minute of speech with one thread; the first call is told apart."""
    import io

    from fer.audio.samples import SAMPLES
    from fer.audio.spectra import wav_of

    minute = np.resize(np.concatenate([sample.sound().samples for sample in SAMPLES]), 60 * 16_000)
    upload = wav_of(minute)
    began = time.perf_counter()
    from fer.audio.pipeline import analyze_speech

    analyze_speech(io.BytesIO(upload), "a minute")
    first_s = time.perf_counter() - began
    walls, cores = [], []
    for _ in range(5):
        wall, core = time.perf_counter(), time.process_time()
        found = analyze_speech(io.BytesIO(upload), "a minute")
        walls.append(time.perf_counter() - wall)
        cores.append(time.process_time() - core)
    print(
        f"\none minute of speech, {len(found.windows)} windows: first call {first_s:.2f} s (imports and the model), "
        f"then {min(walls):.2f} s at best, {np.median(walls):.2f} s in the middle of 5 ({np.median(cores):.2f} s of a "
        "core)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="A folder with ravdess and emodb in it.")
    parser.add_argument("--home", type=Path, help="FER_HOME with the features that training kept.")
    parser.add_argument("--time-only", action="store_true", help="Only the time of a minute.")
    arguments = parser.parse_args()
    if arguments.home is not None:
        os.environ["FER_HOME"] = str(arguments.home)
    print(f"load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())} on {os.cpu_count()} cores")
    timed()
    if not arguments.time_only:
        judged(arguments.data)


if __name__ == "__main__":
    main()

"""Frames a second, faces found and accuracy on gallery recordings: ours, the naive way, and PyPI's ``fer``.

    python -m benchmarks.gallery_speed [--peer PYTHON] [--seconds 20]

PYTHON is the interpreter of a virtual environment that holds the peer:
    pip install "setuptools<81" tensorflow-cpu "opencv-contrib-python-headless<5" pandas tqdm requests pillow
    pip install "moviepy<2" matplotlib ffmpeg-python && pip install --no-deps fer==25.10.3
Each way analyses the same frames in a process of its own, one after the other in one run; decoding does not count.
The peer and the naive way do the first 60 frames, ours all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.gallery import Gallery, make_gallery, match
from fer.emotions import canonical
from fer.registry import find

WORKERS = Path(__file__).with_name("workers.py")
SETTLED_S = 1.0
FOLDER = Path(tempfile.gettempdir()) / "classmood-galleries"


def run_worker(python: str, what: str, gallery: Gallery, frames: int, *more: str) -> dict[str, Any]:
    """Run one way over a recording and return what it printed."""
    command = [python, str(WORKERS), what, str(gallery.path), str(frames), *more]
    # The peer is called fer as well: our repository must not be on its path.
    environment = {key: value for key, value in os.environ.items() if what != "peer" or key != "PYTHONPATH"}
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=tempfile.gettempdir()
    )
    if result.returncode:
        sys.exit(f"{what} failed:\n{result.stderr[-2000:]}")
    return json.loads(result.stdout.split("RESULT")[1])  # type: ignore[no-any-return]


def judge(gallery: Gallery, result: dict[str, Any]) -> dict[str, float]:
    """Work out recall, false alarms, accuracy and frames a second.

    ``smoothed`` leaves out the first second after each change, as the smoothing needs it.
    """
    seats = found = false_alarms = right = smoothed_n = smoothed_right = 0
    for number, faces in enumerate(result["frames"]):
        time_s = number / gallery.fps
        tiles = gallery.at(time_s)
        truth = {tile.seat: tile for tile in tiles if tile.emotion}
        matched, false = match(tiles, [(face["centre"][0], face["centre"][1]) for face in faces])
        seats, found, false_alarms = seats + len(truth), found + len(matched), false_alarms + false
        for seat, index in matched.items():
            right += canonical(faces[index]["emotion"]) == truth[seat].emotion
            if "smoothed" in faces[index] and time_s - truth[seat].start_s >= SETTLED_S:
                smoothed_n += 1
                smoothed_right += faces[index]["smoothed"] == truth[seat].emotion
    return {
        "fps": len(result["frames"]) / result["seconds"],
        "recall": found / seats,
        "false alarms a frame": false_alarms / len(result["frames"]),
        "accuracy": right / max(1, found),
        "accuracy smoothed": smoothed_right / smoothed_n if smoothed_n else float("nan"),
    }


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--peer", help="Python of the peer's virtual environment")
    ask.add_argument("--seconds", type=int, default=20)
    ask.add_argument("--seeds", type=int, default=1, help="recordings for each number of seats")
    args = ask.parse_args()
    entry = find()
    keras_file = str(entry.verified("keras"))
    for seats in (25, 49):
        for seed in range(args.seeds):
            gallery = make_gallery(FOLDER, seats, seconds=args.seconds, seed=seed)
            frames = args.seconds * gallery.fps
            rows = {
                "ours, every frame": judge(gallery, run_worker(sys.executable, "ours", gallery, frames)),
                "ours, every frame, closer look": judge(gallery, run_worker(sys.executable, "closer", gallery, frames)),
                "ours, resting between": judge(gallery, run_worker(sys.executable, "resting", gallery, frames)),
                "naive (Haar, Keras predict)": judge(
                    gallery, run_worker(sys.executable, "naive", gallery, 60, keras_file)
                ),
            }
            if args.peer:
                rows["PyPI fer 25.10.3"] = judge(gallery, run_worker(args.peer, "peer", gallery, 60))
            print(f"\n{seats} seats, 1280 x 720, seed {seed}, model {entry.name}")
            print("| way | frames/s | ours / it | recall | false alarms a frame | accuracy of found | smoothed |")
            print("|---|---|---|---|---|---|---|")
            for name, row in rows.items():
                every = rows["ours, every frame"]["fps"] / row["fps"]
                rest = rows["ours, resting between"]["fps"] / row["fps"]
                print(
                    f"| {name} | {row['fps']:.1f} | {every:.1f}x, resting {rest:.1f}x | {row['recall']:.3f} "
                    f"| {row['false alarms a frame']:.2f} | {row['accuracy']:.3f} | {row['accuracy smoothed']:.3f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()

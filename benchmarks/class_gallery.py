"""A class of 49 real faces on a shared screen: stills in, rows a second out, against the naive way in the same run.

    python -m benchmarks.class_gallery [--seats 49] [--seconds 20]

A recording of 1280 x 720 with its truth (the data folder's make_gallery.py) becomes JPEG stills as the browser sends
them. "The class" decodes each still, finds, follows and classifies its faces, gives them places and seats, and makes
the rows of each second; encoding and the recording's own decoding do not count, nor does the database. The naive way
(the cascade and Keras ``predict`` for every face, our network) gets the decoded frames, the first 60 of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import psutil

from benchmarks.gallery import Gallery, make_gallery
from benchmarks.gallery_speed import FOLDER, judge, run_worker
from fer.classroom import sessions
from fer.classroom.gallery import LONGEST_PX
from fer.classroom.gallery_rows import GalleryRows
from fer.classroom.records import ClassSettings
from fer.classroom.store import Store
from fer.faces.detect import GALLERY
from fer.faces.frames import EVERY_FRAME, RESTING, FrameAnalyzer, Pace
from fer.faces.pipeline import open_analyzer
from fer.faces.stills import read_still
from fer.registry import find

QUALITY = 75
SETTLED_S = 3.0


def class_rows(gallery: Gallery, stills: list[bytes], hz: float, pace: Pace, threads: int) -> dict[str, float]:
    """Turn stills into rows; return frames a second, and how the rows agree with the truth."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{(Path(folder) / 'class.db').as_posix()}")
        row = sessions.open_class(store, ClassSettings(mode="gallery", attested=True, purpose="own")).row
        frames = FrameAnalyzer(open_analyzer("yunet", threads=threads), pace, GALLERY, 2.5)
        frames.step(read_still(stills[0], longest_px=LONGEST_PX), -9.0)
        rows, seen, there, closed = GalleryRows(store, row), 0.0, 0, 0
        started, cpu = time.perf_counter(), psutil.Process().cpu_times()
        for number, jpeg in enumerate(stills):
            time_s = number / hz
            if int(time_s) > closed:
                counted = rows.close(closed)
                if closed >= SETTLED_S:
                    seen += sum(second.state in ("mood", "unsure") for second in counted)
                    there += sum(tile.emotion != "" for tile in gallery.at(closed))
                closed = int(time_s)
            image = read_still(jpeg, longest_px=LONGEST_PX)
            rows.look(frames.step(image, time_s), frames.landmarks_xy, time_s)
        took, after = time.perf_counter() - started, psutil.Process().cpu_times()
        seats = len(store.seats(row.id))
        store.close()
    cpu_s = after.user + after.system - cpu.user - cpu.system
    return {"fps": len(stills) / took, "cpu": cpu_s / (len(stills) / hz), "seen": seen / there, "seats": seats}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--seats", type=int, default=49)
    ask.add_argument("--seconds", type=int, default=20)
    args = ask.parse_args()
    gallery = make_gallery(FOLDER, args.seats, seconds=args.seconds)
    stills = [
        cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes() for _, image in gallery.frames()
    ]
    every = gallery.fps // 2
    cores = psutil.cpu_count() or 1
    fast = class_rows(gallery, stills, gallery.fps, EVERY_FRAME, cores)
    rests = class_rows(gallery, stills, gallery.fps, RESTING, cores)
    cv2.setNumThreads(1)
    served = class_rows(gallery, stills[::every], gallery.fps / every, RESTING, 1)
    keras_file = str(find().verified("keras"))
    naive = judge(gallery, run_worker(sys.executable, "naive", gallery, 60, keras_file))
    print(
        f"{args.seats} seats, 1280 x 720, {np.mean([len(jpeg) for jpeg in stills]) / 1e3:.0f} KB a still, {cores} cores"
    )
    print("| way | frames/s | against naive | faces of the truth in the rows | seats made |")
    print("|---|---|---|---|---|")
    for name, row in (("class, every frame in full", fast), ("class, resting between", rests)):
        ratio = row["fps"] / naive["fps"]
        print(f"| {name} | {row['fps']:.1f} | {ratio:.0f}x | {row['seen']:.3f} | {row['seats']:.0f} |")
    print(f"| naive | {naive['fps']:.1f} | | {naive['recall']:.3f} a frame | |")
    print(
        f"\nAs served ({gallery.fps / every:.1f} stills a second, one thread): at most {served['fps']:.1f} frames a "
        f"second, {100 * served['cpu']:.0f} % of one core, {served['seen']:.3f} in the rows, {served['seats']:.0f} "
        "seats."
    )


if __name__ == "__main__":
    main()

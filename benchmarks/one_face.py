"""Milliseconds of every step for one face in a 640 x 480 frame, on one core.

    python -m benchmarks.one_face [--frames 200]

The frame holds one PublicTest face as a webcam would show it (make_gallery.py, one seat). Drawing is what the live view
adds on top.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from benchmarks.gallery import make_gallery
from fer.faces.crop import crop_faces
from fer.faces.detect import WEBCAM
from fer.faces.draw import draw_faces
from fer.faces.pipeline import open_analyzer


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--frames", type=int, default=200)
    args = ask.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    folder = Path(tempfile.gettempdir()) / "classmood-galleries"
    gallery = make_gallery(folder, 1, seconds=15, hold=5, width=640, height=480)
    images = [image for _, image in gallery.frames()][: args.frames]
    analyzer = open_analyzer("yunet")
    spent: dict[str, list[float]] = {"detect": [], "crop": [], "classify": [], "all steps": [], "draw": []}

    def timed(name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        started = time.perf_counter()
        result = work(*arguments)
        spent[name].append(1e3 * (time.perf_counter() - started))
        return result

    for image in images:
        found = timed("detect", analyzer.detector.detect, image, WEBCAM)
        crops = timed("crop", crop_faces, image, found, analyzer.framing)
        timed("classify", analyzer.classifier.probabilities, crops)
        faces = timed("all steps", analyzer.analyze, image, WEBCAM)
        timed("draw", draw_faces, image, faces)
    print(f"{len(images)} frames of 640 x 480, one face, one core")
    print("| step | median ms | 95 % ms |\n|---|---|---|")
    for name, values in spent.items():
        print(f"| {name} | {statistics.median(values):.2f} | {statistics.quantiles(values, n=20)[18]:.2f} |")


if __name__ == "__main__":
    main()

"""Does a long recording need more memory than a short one? The worker's resident memory while it works.

A 1280 x 720 recording of drawn people is made, another picture every 20 s, and analysed by the real worker, as the page
does it: tables, mood, annotated MP4. The naive way, all analysed frames in a list, is computed, not run.

    python -m benchmarks.recording_memory [--minutes 60] [--fps 2] [--source-fps 25] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import psutil

from fer.dataset.demo import demo_class
from fer.emotions import EMOTIONS
from fer.faces.recording_job import new_recording_run
from fer.faces.video import read_info
from fer.runs.worker import start

WIDTH, HEIGHT = 1280, 720
HOLD_S = 20
PICTURES = 6
LIMIT_MB = 1500
LOOK_S = 0.25


def make_recording(path: Path, minutes: float, fps: int) -> None:
    """Write a recording of still pictures, which encode quickly; B-frames and sound are left out."""
    moods_of = [tuple(EMOTIONS[(n + k) % len(EMOTIONS)] for k in range(8)) for n in range(PICTURES)]
    frames = [
        av.VideoFrame.from_ndarray(demo_class(moods, seed=n).image_bgr, format="bgr24").reformat(format="yuv420p")
        for n, moods in enumerate(moods_of)
    ]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "crf": "28"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size = 10 * fps
        for n in range(round(minutes * 60 * fps)):
            frame = frames[n // (HOLD_S * fps) % PICTURES]
            frame.pts, frame.time_base = n, Fraction(1, fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def analyse(path: Path, fps: float) -> tuple[list[tuple[float, float]], float, int]:
    """Analyse in a worker; return (share, resident MB) over time, the seconds it took, and the frames it looked at."""
    run = new_recording_run(path, path.name, fps)
    began = time.monotonic()
    start(run)
    curve: list[tuple[float, float]] = []
    while (status := run.status()).living:
        if status.pid is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                curve.append((status.progress, psutil.Process(status.pid).memory_info().rss / 1e6))
        time.sleep(LOOK_S)
    seconds = time.monotonic() - began
    if status.state != "done":
        sys.exit(f"the run {status.state}: {status.message}")
    with (run.artifacts / "frames.jsonl").open() as lines:
        frames = sum(1 for _ in lines)
    for file in sorted(run.artifacts.iterdir()):
        if file.suffix != ".jpg":
            print(f"  {file.name}: {file.stat().st_size / 1e6:,.1f} MB")
    run.delete()
    return curve, seconds, frames


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--minutes", type=float, default=60)
    ask.add_argument("--fps", type=float, default=2, help="frames analysed a second")
    ask.add_argument("--source-fps", type=int, default=25)
    ask.add_argument("--keep", type=Path, help="keep the recording in this folder, and use it again")
    args = ask.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"drawn-{args.minutes:g}min-{args.source_fps}fps.mp4"
        if not path.exists():
            began = time.monotonic()
            make_recording(path, args.minutes, args.source_fps)
            print(f"made {path.name} in {time.monotonic() - began:.0f} s, {path.stat().st_size / 1e6:,.1f} MB")
        info = read_info(path)
        print(f"{info.width} x {info.height}, {info.fps:g} frames a second, {(info.duration_s or 0) / 60:.1f} minutes")
        curve, seconds, frames = analyse(path, args.fps)
    naive = frames * WIDTH * HEIGHT * 3 / 1e6
    peak = max(megabytes for _, megabytes in curve)
    print(f"{frames:,} frames looked at in {seconds:,.0f} s, {frames / seconds:.1f} a second")
    print(f"| peak of the worker's resident memory, at most {LIMIT_MB:,} MB | all frames in a list | ratio |")
    print(f"|---|---|---|\n| {peak:,.0f} MB | {naive:,.0f} MB | {naive / peak:.1f} |")
    print("\n| share done | resident MB |\n|---|---|")
    for share in (0.1, 0.25, 0.5, 0.75, 0.99):
        there = [megabytes for done, megabytes in curve if done >= share]
        if there:
            print(f"| {100 * share:.0f} % | {there[0]:,.0f} |")
    sys.exit(0 if peak < LIMIT_MB else 1)


if __name__ == "__main__":
    main()

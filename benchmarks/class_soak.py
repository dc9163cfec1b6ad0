"""Half an hour of a class: does anything grow?

    python -m benchmarks.class_soak [--minutes 30] [--streams 25] [--by aiortc]

One line a minute, and at the end what memory, threads and open files gained from the sixth minute on (from the second
one in runs of less than ten). Ends with code 1 where memory grew by more than 5 %, or threads or files by more than 2.
"""

from __future__ import annotations

import argparse
import sys
import time

import psutil

from benchmarks.class_room import ClassRoom, Figures

TITLES = ("minute", "streams", "analysed/s", "p50 ms", "p95 ms", "dropped", "rows/s", "CPU %", "others' CPU %",
          "memory MB", "threads", "files")  # fmt: skip
GROWTH = 0.05
FEW = 2


def grown(figures: list[Figures]) -> list[str]:
    """Return what grew over a run, in words; the beginning, in which caches fill, is left out."""
    settled = figures[5 if len(figures) >= 10 else 1 :]
    if len(settled) < 2:
        return []
    third = max(1, len(settled) // 3)
    found = []
    for name, may in (("memory_mb", None), ("threads", FEW), ("files", FEW)):
        first = sum(getattr(one, name) for one in settled[:third]) / third
        last = sum(getattr(one, name) for one in settled[-third:]) / third
        print(f"{name}: {first:.1f} at first, {last:.1f} at last ({last - first:+.1f})")
        if last - first > (GROWTH * first if may is None else may):
            found.append(name)
    return found


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--minutes", type=int, default=30)
    ask.add_argument("--streams", type=int, default=25)
    ask.add_argument("--by", choices=["aiortc", "callback"], default="aiortc")
    args = ask.parse_args()
    load = ", ".join(f"{value:.1f}" for value in psutil.getloadavg())
    head = f"{args.streams} cameras by {args.by}, {args.minutes} minutes, {psutil.cpu_count()} cores"
    print(f"{head}, load before: {load}\n", flush=True)
    room = ClassRoom(args.streams, args.by)
    time.sleep(10)
    print(f"| {' | '.join(TITLES)} |\n" + "|---" * len(TITLES) + "|", flush=True)
    figures = []
    for minute in range(1, args.minutes + 1):
        one = room.measure(60)
        figures.append(one)
        print(
            f"| {minute} | {one.streams} | {one.analysed_hz:.1f} | {one.p50_ms:.0f} | {one.p95_ms:.0f} | {one.dropped} "
            f"| {one.rows_hz:.1f} | {one.cpu:.0f} | {one.others_cpu:.0f} | {one.memory_mb:.1f} | {one.threads} "
            f"| {one.files} |",
            flush=True,
        )
    room.close()
    print()
    if found := grown(figures):
        sys.exit(f"grew: {', '.join(found)}")
    print("nothing grew")


if __name__ == "__main__":
    main()

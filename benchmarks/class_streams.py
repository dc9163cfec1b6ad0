"""Classes of 1, 10, 25 and 50 cameras at two analysed frames a second: how long from frame to number, at what cost.

    python -m benchmarks.class_streams [--streams 1 10 25 50] [--by aiortc callback] [--seconds 20]

Each row is a server process of its own. ``aiortc``: WebRTC clients in another process on the same machine send real
faces, VP8 of 320 x 240 at 5 frames a second, and are received as the join page receives them, so receiving and
decoding count. ``callback``: the same frames, decoded already, are fed to the camera's callback. The clock runs from
there to the number in the student's seat. Seats, a row for each every second, store (SQLite) and writer are the app's;
pages that draw are not there.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict

import psutil

from benchmarks.class_cameras import coded_faces
from benchmarks.class_room import FOLDER, ClassRoom, seated

AIM_MS = 300
COLUMNS = (
    ("analysed_hz", "analysed/s", ".1f"),
    ("rate_hz", "each/s", ".2f"),
    ("p50_ms", "p50 ms", ".0f"),
    ("p95_ms", "p95 ms", ".0f"),
    ("most_ms", "longest ms", ".0f"),
    ("dropped", "dropped", "d"),
    ("rows_hz", "rows/s", ".1f"),
    ("moods", "with a mood", ".2f"),
    ("cpu", "CPU %", ".0f"),
    ("cameras_cpu", "clients' CPU %", ".0f"),
    ("others_cpu", "others' CPU %", ".0f"),
    ("memory_mb", "memory MB", ".0f"),
    ("loop_late_ms", "loop late ms", ".0f"),
)


def run_one(streams: int, by: str, seconds: float) -> None:
    """Measure one row in this process, and print it as JSON."""
    room = ClassRoom(streams, by)
    end_s = time.monotonic() + 60
    while not all(seated(seat) for seat in room.live) and time.monotonic() < end_s:
        time.sleep(0.2)
    # The first seconds hold connecting and the first, cold frames.
    time.sleep(6)
    print("RESULT" + json.dumps(asdict(room.measure(seconds))), flush=True)
    room.close()


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--streams", type=int, nargs="+", default=[1, 10, 25, 50])
    ask.add_argument("--by", choices=["aiortc", "callback"], nargs="+", default=["aiortc", "callback"])
    ask.add_argument("--seconds", type=float, default=20.0)
    ask.add_argument("--one", action="store_true", help="measure the first of each in this process")
    args = ask.parse_args()
    if args.one:
        run_one(args.streams[0], args.by[0], args.seconds)
        return
    coded_faces(FOLDER)
    load = ", ".join(f"{value:.1f}" for value in psutil.getloadavg())
    print(f"{psutil.cpu_count()} cores, load before: {load}; {args.seconds:.0f} s each; aim: p95 <= {AIM_MS} ms\n")
    print("| streams | by | " + " | ".join(title for _, title, _ in COLUMNS) + " |")
    print("|---" * (len(COLUMNS) + 2) + "|", flush=True)
    for by in args.by:
        for streams in args.streams:
            command = [sys.executable, "-m", "benchmarks.class_streams", "--one", "--streams", str(streams)]
            command += ["--by", by, "--seconds", str(args.seconds)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"{streams} streams by {by} failed:\n{done.stderr[-3000:]}")
            figures = json.loads(done.stdout.split("RESULT")[1])
            cells = [format(figures[name], how) for name, _, how in COLUMNS]
            print(f"| {figures['streams']} | {by} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()

"""How long the data set page takes from choosing FER2013's CSV to its first charts, in a real Chromium.

    python -m benchmarks.dataset_page --csv FILE

A fresh server with an empty FER_HOME each time, so nothing is kept and no module is loaded; the page is open and waits
for a file. The CSV is opened by its path and then by an upload. The clock runs from the click, or from the file's
choice, to what a visitor can see. The memory is the server's, at its highest.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
AT_MOST_S = 10.0
CHOOSING_S = 5.0
"""A visitor looks at the page for a moment before a file is chosen."""
CHROMIUM = os.environ.get("FER_CHROMIUM", "/usr/bin/chromium")
SEEN = ("tabs", "first chart", "whole overview")


@contextmanager
def fresh_server() -> Iterator[tuple[str, psutil.Process]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.headless=true"]
        command += ["--server.address=127.0.0.1", f"--server.port={port}"]
        environment = {**os.environ, "FER_HOME": home, "PYTHONPATH": str(ROOT)}
        out = subprocess.DEVNULL
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}", psutil.Process(server.pid)
        finally:
            server.terminate()
            server.wait(20)


def wait_for(address: str, patience_s: float = 90) -> None:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("the server did not answer")


def measured(page: Any, url: str, csv: Path, upload: bool) -> dict[str, float]:
    page.goto(f"{url}/dataset")
    page.get_by_role("button", name="Open the drawn set").wait_for()
    if not upload:
        page.get_by_text("Or a file or folder on this computer").click()
        page.get_by_role("textbox", name="Path").fill(str(csv))
        page.get_by_role("textbox", name="Path").press("Tab")
    page.wait_for_timeout(1000 * CHOOSING_S)
    began = time.perf_counter()
    if upload:
        page.locator("input[type=file]").first.set_input_files(str(csv))
    else:
        page.get_by_role("button", name="Open", exact=True).click()
    seconds = {}
    for what, place in zip(
        SEEN,
        (
            page.get_by_role("tab", name="Overview"),
            page.locator(".js-plotly-plot text", has_text=" %").first,
            page.get_by_text("info()"),
        ),
        strict=True,
    ):
        place.wait_for()
        seconds[what] = time.perf_counter() - began
    return seconds


def main() -> None:
    from playwright.sync_api import sync_playwright

    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--csv", type=Path, required=True)
    csv = ask.parse_args().csv.resolve()
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    columns = " | ".join(f"{what}, s" for what in SEEN)
    print(f"| CSV of {csv.stat().st_size / 1e6:,.0f} MB, cold | {columns} | server, MB |")
    print("|---|---|---|---|---|")
    charts = []
    with sync_playwright() as playwright:
        for upload in (False, True):
            browser = playwright.chromium.launch(headless=True, executable_path=CHROMIUM, args=flags)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(180_000)
            with fresh_server() as (url, server):
                seconds = measured(page, url, csv, upload)
                peak = getattr(server.memory_info(), "peak_wset", 0) or peak_bytes(server.pid)
            browser.close()
            way = "uploaded" if upload else "by its path"
            print(f"| {way} | {' | '.join(f'{seconds[what]:.1f}' for what in SEEN)} | {peak / 1e6:,.0f} |", flush=True)
            charts.append(seconds["first chart"])
    busy = psutil.getloadavg()[0]
    print(
        f"\nfirst charts within {AT_MOST_S:g} s: {'yes' if max(charts) <= AT_MOST_S else 'no'}; load average {busy:.1f}"
    )


def peak_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return 1024 * int(line.split()[1])
    return 0


if __name__ == "__main__":
    main()

"""What a page costs to import, cold: a fresh process for each page, which imports all that the page's file names.

    python -m benchmarks.page_import [--times 3] [PAGE …]

Streamlit itself is told apart: the server has it already when a page is opened.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CODE = """
import importlib, sys, time
began = time.perf_counter()
import streamlit
streamlit.write
middle = time.perf_counter()
for name in sys.argv[1:]:
    importlib.import_module(name)
print(middle - began, time.perf_counter() - middle, time.process_time())
"""


def modules_of(page: Path) -> list[str]:
    """Return our modules that a page's file names, also those that it imports only for one of its tabs."""
    tree = ast.parse(page.read_text(encoding="utf-8"))
    found = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    # As load_page("fer.ui.…") names it.
    found += [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [name for name in found if re.fullmatch(r"fer\.[a-z_.]+", name)]


def seconds_of(page: Path) -> tuple[float, float, float]:
    """Return the seconds for Streamlit and for the page in a fresh process, and the processor's seconds for both."""
    command = [sys.executable, "-c", CODE, *modules_of(page)]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return float(answer[0]), float(answer[1]), float(answer[2])


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("pages", nargs="*", help="Names without .py; all by default.")
    ask.add_argument("--times", type=int, default=3, help="The best of so many is told.")
    args = ask.parse_args()
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| page | Streamlit, s | the page, s | both, s of a core |\n|---|---|---|---|")
    for page in sorted((ROOT / "pages").glob("*.py")):
        if args.pages and page.stem not in args.pages:
            continue
        found = [seconds_of(page) for _ in range(args.times)]
        own_s, page_s, core_s = (min(column) for column in zip(*found, strict=True))
        print(f"| {page.stem} | {own_s:.2f} | {page_s:.2f} | {core_s:.2f} |", flush=True)


if __name__ == "__main__":
    main()

"""Files that other processes watch: replaced as a whole, deleted with patience."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

TRIES = 20
PAUSE_S = 0.05


def replace_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new, never a part.

    Raises:
        OSError: If the folder cannot be written or is gone.
    """
    # Heartbeat and job write from two threads: each has a name of its own.
    part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        _patiently(lambda: os.replace(part, path))
    finally:
        part.unlink(missing_ok=True)


def read_text(path: Path) -> str:
    """Read a file that another process may be replacing.

    Raises:
        OSError: If it is not there or cannot be read.
        UnicodeDecodeError: If it is not text.
    """
    texts: list[str] = []
    _patiently(lambda: texts.append(path.read_text(encoding="utf-8")))
    return texts[-1]


def delete_folder(folder: Path) -> None:
    """Delete a folder; one that is not there is fine.

    Raises:
        OSError: If something in it cannot be deleted.
    """

    def delete() -> None:
        if folder.exists():
            shutil.rmtree(folder)

    # A worker that is ending may write one more file into the folder while it is emptied.
    _patiently(delete, OSError)


def _patiently(act: Callable[[], object], again_after: type[OSError] = PermissionError) -> None:
    """Try again for a second: on Windows a file that someone has open cannot be replaced, read or deleted."""
    for left in reversed(range(TRIES)):
        try:
            act()
            return
        except again_after:
            if not left or (os.name != "nt" and again_after is PermissionError):
                raise
            time.sleep(PAUSE_S)

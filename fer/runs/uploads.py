"""Copy what a visitor uploads into a run's folder, where it is deleted with the run."""

from __future__ import annotations

import re
import shutil
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from fer.errors import StorageError
from fer.runs.folder import runs_folder

ROOM_LEFT_BYTES = 200_000_000
CHUNK_BYTES = 1 << 20
MOST_CHARACTERS = 80
_UNFIT = re.compile(r"[^\w.()\[\] +=@-]")


def keep_upload(upload: BinaryIO, path: Path, what: str) -> None:
    """Write an upload to a place in a run's folder.

    Args:
        upload: From its beginning to its end.
        path: Where to; its folder is there.
        what: As in "The recording has 300 MB".

    Raises:
        StorageError: If there is no room for it, or it cannot be written.
    """
    size = upload.seek(0, 2)
    upload.seek(0)
    free = shutil.disk_usage(path.parent).free
    if free < size + ROOM_LEFT_BYTES:
        raise StorageError(
            f"{what} has {size / 1e6:,.0f} MB, and {runs_folder()} has room for {free / 1e6:,.0f} MB. "
            "Delete runs or other files, or set FER_HOME to a larger disk."
        )
    try:
        with path.open("wb") as out:
            shutil.copyfileobj(upload, out, CHUNK_BYTES)
    except OSError as problem:
        raise StorageError(f"{path} cannot be written ({problem.strerror or problem}).") from problem


def file_name(name: str) -> str:
    """Return a name under which an upload can be kept on every system; browsers may send anything.

    >>> file_name("fer2013.csv"), file_name("../../etc/passwd"), file_name("a:b?.zip"), file_name("..")
    ('fer2013.csv', 'passwd', 'a_b_.zip', 'upload')
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    return _UNFIT.sub("_", last)[-MOST_CHARACTERS:].strip(". ") or "upload"

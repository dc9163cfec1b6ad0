"""Packed data: .zip and .gz, read where they lie, nothing of them ever extracted, and bombs refused.

A bomb is refused by what it says (members, sizes, ratio) before a byte is unpacked, and by what really comes out of it
while it is unpacked: a header may lie.
"""

from __future__ import annotations

import gzip
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from fer.dataset.table import Readable
from fer.errors import DataError

MOST_MEMBERS = 250_000
MOST_BYTES = 4_000_000_000
"""Unpacked, all members together; FER2013 as CSV is 301 MB."""
MOST_RATIO = 100
"""A CSV of faces packs about 3:1, JPEGs 1:1."""
SMALL_BYTES = 64_000_000
"""Up to here no ratio is asked for: a short file of one grey packs a thousand to one."""
DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, UnicodeError)
"""What Python's readers raise for damaged, cut off, encrypted and unusually packed files."""
BOMB = "It may be a zip bomb and was not unpacked. Download it again from where you trust it"


class DamagedError(DataError):
    """A packed file, or one member of it, that cannot be unpacked; what else is packed with it may be whole."""


def as_share(done: int, whole: int) -> float:
    """Return a share of 0 to 1; nothing of nothing is all.

    >>> as_share(1, 4), as_share(0, 0)
    (0.25, 1.0)
    """
    return min(1.0, done / whole) if whole else 1.0


class Guarded:
    """A stream that stops where more comes out of it than may."""

    def __init__(self, stream: Readable, name: str, most_bytes: int, packed_bytes: Callable[[], int]):
        self._stream, self._name, self._most_bytes, self._packed_bytes = stream, name, most_bytes, packed_bytes
        self.given = 0

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes.

        Raises:
            DamagedError: If it cannot be unpacked.
            DataError: If it gives more than it may.
        """
        try:
            block = self._stream.read(size)
        except (*DAMAGES, gzip.BadGzipFile) as problem:
            raise damaged(self._name, problem) from problem
        self.given += len(block)
        _check_amount(self._name, self.given, self._packed_bytes(), self._most_bytes)
        return block


def damaged(name: str, problem: BaseException) -> DamagedError:
    """Return the sentence for a packed file that cannot be unpacked."""
    if "password" in str(problem) or "encrypted" in str(problem):
        return DamagedError(f"{name} is locked with a password. Pack it without one.")
    return DamagedError(f"{name} is damaged or cut off ({problem}). Download it again.")


def _check_amount(name: str, unpacked: int, packed: int, most_bytes: int) -> None:
    if unpacked > most_bytes:
        raise DataError(f"{name} unpacks to more than {most_bytes / 1e6:,.0f} MB. {BOMB}.")
    if unpacked > SMALL_BYTES and unpacked > MOST_RATIO * packed:
        raise DataError(f"{name} unpacks to more than {MOST_RATIO} times its size. {BOMB}.")


@contextmanager
def open_plain(path: Path) -> Iterator[tuple[Readable, Callable[[], float]]]:
    """Open a file that is not packed, with how far it has been read."""
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        yield file, lambda: as_share(file.tell(), size)


@contextmanager
def open_gzip(path: Path) -> Iterator[tuple[Readable, Callable[[], float]]]:
    """Open a .gz file, with how far it has been read.

    Raises:
        DataError: While it is read, if it is damaged or a bomb.
    """
    with path.open("rb") as file, gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
        size = os.fstat(file.fileno()).st_size
        yield Guarded(unpacked, path.name, MOST_BYTES, file.tell), lambda: as_share(file.tell(), size)


class Archive:
    """A .zip file whose members have been looked at: none climbs out, none is a bomb by what it says.

    Attributes:
        name: The file's own name.
        members: What can be read, with ``/``, in the order of their names.
    """

    def __init__(self, file: BinaryIO, name: str):
        self.name = name
        try:
            self._pack = zipfile.ZipFile(file)
        except DAMAGES as problem:
            raise damaged(name, problem) from problem
        infos = self._pack.infolist()
        _check_members(name, infos)
        # Some programs on Windows write its own separator.
        named = {info.filename.replace("\\", "/"): info for info in infos if not info.is_dir()}
        self._infos = {member: named[member] for member in sorted(named) if not is_clutter(member)}
        self.members = list(self._infos)

    def bytes_of(self, member: str) -> int:
        """Return the size that a member says it has."""
        return self._infos[member].file_size

    @contextmanager
    def opened(self, member: str) -> Iterator[tuple[Guarded, Callable[[], float]]]:
        """Open a member, with how far it has been read.

        Raises:
            DamagedError: If it cannot be unpacked, now or while it is read.
            DataError: While it is read, if it gives more than it may.
        """
        info = self._infos[member]
        name = f"{self.name}: {member}"
        try:
            stream = self._pack.open(info)
        except DAMAGES as problem:
            raise damaged(name, problem) from problem
        with stream:
            guarded = Guarded(stream, name, info.file_size, lambda: max(1, info.compress_size))
            yield guarded, lambda: as_share(guarded.given, info.file_size)

    def read(self, member: str) -> bytes:
        """Return a member's bytes.

        Raises:
            DamagedError, DataError: As :meth:`opened`.
        """
        with self.opened(member) as (stream, _):
            return b"".join(iter(lambda: stream.read(1 << 20), b""))

    def close(self) -> None:
        """Let go of the file."""
        self._pack.close()


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a .zip file after a look at what it says it holds.

    Raises:
        DataError: If it is damaged, holds paths that climb out, or may be a bomb.
    """
    with path.open("rb") as file:
        archive = Archive(file, path.name)
        try:
            yield archive
        finally:
            archive.close()


def _check_members(name: str, infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MOST_MEMBERS:
        raise DataError(f"{name} holds {len(infos):,} files; at most {MOST_MEMBERS:,} are taken. {BOMB}.")
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in info.filename.partition("/")[0]:
            raise DataError(
                f"{name} holds {info.filename[:80]!r}, a path that climbs out of it. It was not read; "
                "download it again from where you trust it."
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            raise DataError(f"{name} holds the link {info.filename[:80]!r}, which leads elsewhere. Pack its file.")
    unpacked, packed = (sum(getattr(info, size) for info in infos) for size in ("file_size", "compress_size"))
    _check_amount(name, unpacked, packed, MOST_BYTES)


def is_archive(name: str) -> bool:
    """Tell whether a name is a packed file's.

    >>> is_archive("faces.ZIP"), is_archive("a.jpg")
    (True, False)
    """
    return name.lower().endswith((".zip", ".gz", ".tar", ".tgz", ".7z", ".rar", ".bz2", ".xz"))


def is_clutter(name: str) -> bool:
    """Tell whether a file is what systems leave behind and nobody put there.

    >>> is_clutter("__MACOSX/train/._a.jpg"), is_clutter("train/Thumbs.db"), is_clutter("train/happy/a.jpg")
    (True, True, False)
    """
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or any(part.startswith(".") for part in parts) or parts[-1] in _CLUTTER


_CLUTTER = {"Thumbs.db", "desktop.ini", "Icon\r"}

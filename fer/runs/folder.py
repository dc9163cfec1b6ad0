"""One run's folder: what was asked for, how far it is, what it measured and made.

    FER_HOME/runs/<UTC>-<kind>-<6 hex>/
        config.json     what was asked for; written once
        status.json     how far it is; replaced as a whole
        metrics.jsonl   what it measured; only ever appended to
        log.txt         what the worker printed, tracebacks too
        stop            there once it was asked to stop; says why, where that was not somebody's wish
        pause           there while it is asked to pause
        artifacts/      what it made

While a worker lives it alone writes there; everyone else reads, and asks it to stop by the stop file.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from pydantic import ValidationError

from fer.errors import InputError, StorageError
from fer.runs.files import delete_folder, read_text, replace_text
from fer.runs.status import LIVING, Lane, Status, as_it_is, process_of, sign_of_life
from fer.settings import settings

RUN_ID = re.compile(r"(\d{8}T\d{6}Z)-([a-z][a-z0-9_]{0,31})-[0-9a-f]{6}")
END_WITHIN_S = 10.0
SCHEMA = 1
"""Of config.json and status.json."""


def runs_folder() -> Path:
    """Return the folder that holds all runs; it may not be there yet."""
    return settings().home / "runs"


class Run:
    """One run, by its folder. Cheap to make; nothing is read before it is asked for.

    Attributes:
        folder: Where it lies.
        id: The folder's name.
        kind: What is done, as its id says it.
    """

    def __init__(self, folder: Path):
        match = RUN_ID.fullmatch(folder.name)
        if match is None:
            raise InputError(f"{folder.name[:80]!r} is not the name of a run. Start a new one.")
        self.folder = folder
        self.id = folder.name
        self.kind = match[2]
        self._lock = threading.Lock()

    @classmethod
    def create(cls, kind: str, lane: Lane, config: dict[str, Any]) -> Run:
        """Make a run's folder. Its state is ``queued``; ``fer.runs.worker.start`` sets it going.

        Args:
            kind: Small letters, digits and underscores.
            lane: ``train`` for hours of work, ``quick`` for minutes.
            config: What was asked for, as JSON holds it; the job reads it back by ``config()``.

        Raises:
            StorageError: If FER_HOME cannot be written.
        """
        now = time.time()
        name = f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}-{kind}-{secrets.token_hex(3)}"
        run = cls(runs_folder() / name)
        document = {"schema": SCHEMA, "kind": kind, "lane": lane, "key": secrets.token_urlsafe(16), "config": config}
        status = Status(kind=kind, lane=lane, created=now, **sign_of_life())
        try:
            runs_folder().mkdir(parents=True, exist_ok=True)
            # Others on this computer may read neither the upload nor the key. Windows has no such modes.
            run.folder.mkdir(mode=0o700)
            run.artifacts.mkdir()
            replace_text(run.folder / "config.json", json.dumps(document, indent=1))
            run._write(status)
        except OSError as problem:
            raise StorageError(
                f"{runs_folder()} cannot be written ({problem.strerror or problem}). "
                "Free some space or mend its permissions, or set FER_HOME to another folder."
            ) from problem
        return run

    @classmethod
    def open(cls, run_id: str, key: str | None = None) -> Run:
        """Return the run of that name.

        Args:
            run_id: Its id; one that comes from an address may hold anything.
            key: The run's own secret; None where the caller need not prove that the run is theirs.

        Raises:
            InputError: If there is no such run or the key is not its key: the same sentence for both.
        """
        run = cls(runs_folder() / Path(run_id).name) if RUN_ID.fullmatch(run_id) else None
        if run is None or not run.folder.is_dir() or not (key is None or run._is_key(key)):
            raise InputError(
                "There is no such run (any more). What is uploaded is deleted after "
                f"{settings().keep_uploads_h:g} hours. Start a new one."
            )
        return run

    @property
    def artifacts(self) -> Path:
        """The folder of what the run made."""
        return self.folder / "artifacts"

    @property
    def created_at(self) -> datetime:
        """When it was created, as its name says it."""
        return datetime.strptime(self.id.split("-", 1)[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    def config(self) -> dict[str, Any]:
        """Return what was asked for.

        Raises:
            StorageError: If config.json is missing, damaged or of another version.
        """
        config = self._document().get("config")
        if not isinstance(config, dict):
            raise self._damaged("config.json", "it has no config")
        return config

    def key(self) -> str:
        """Return the run's secret: who shows it owns the run.

        Raises:
            StorageError: If config.json is missing, damaged or of another version.
        """
        return str(self._document().get("key", ""))

    def _is_key(self, key: str) -> bool:
        return hmac.compare_digest(self.key().encode(), key.encode())

    def status(self) -> Status:
        """Return how far it is; a run whose worker is gone reads as ``interrupted``.

        Raises:
            StorageError: If status.json is missing, damaged or of another version.
        """
        return as_it_is(self._written())

    def update(self, **fields: Any) -> Status:
        """Change fields of the status. While a worker lives, it alone does so.

        Raises:
            StorageError: If status.json is damaged, or the folder cannot be written or is gone.
            ValueError: If there is no such field, or it cannot have that value.
        """
        unknown = fields.keys() - Status.model_fields.keys()
        if unknown:
            raise ValueError(f"a status has no {', '.join(sorted(unknown))}")
        with self._lock:
            status = Status.model_validate({**self._written().model_dump(), **fields})
            try:
                self._write(status)
            except OSError as problem:
                raise StorageError(
                    f"{self.folder} cannot be written ({problem.strerror or problem}). Free some space or mend its "
                    "permissions."
                ) from problem
        return status

    def append_metric(self, metric: dict[str, Any]) -> None:
        """Append one line to metrics.jsonl.

        Raises:
            OSError: If it cannot be written.
        """
        with (self.folder / "metrics.jsonl").open("a+b") as out:
            # What a full disk or a power cut left half written stays a line of its own: it would spoil this one.
            out.seek(-1 if out.seek(0, os.SEEK_END) else 0, os.SEEK_END)
            parted = out.read() not in (b"", b"\n")
            out.write(b"\n" * parted + json.dumps(metric).encode() + b"\n")

    def metrics(self, after: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Return the metrics that came after a place.

        Args:
            after: 0, or what the last call returned: only what is new is read.

        Returns:
            The metrics, and the place after them. A line that is half written is left for the next call; a damaged
            one is left out.
        """
        try:
            with (self.folder / "metrics.jsonl").open("rb") as source:
                source.seek(after)
                new = source.read()
        except FileNotFoundError:
            return [], after
        whole = new[: new.rfind(b"\n") + 1]
        return [row for row in map(_json_object, whole.splitlines()) if row is not None], after + len(whole)

    def ask_stop(self, why: str = "") -> None:
        """Ask the worker to stop soon and to keep what it has.

        Args:
            why: A sentence for the person at the screen, where nobody wished it.

        Raises:
            StorageError: If the folder cannot be written.
        """
        try:
            (self.folder / "stop").touch()
            if why:
                replace_text(self.folder / "stop", why)
        except OSError as problem:
            raise StorageError(f"{self.folder} cannot be written ({problem.strerror or problem}).") from problem

    def stop_reason(self) -> str:
        """Return why the worker was asked to stop; "" where somebody wished it, or it was not asked."""
        try:
            return read_text(self.folder / "stop")
        except (OSError, UnicodeDecodeError):
            return ""

    def stop_asked(self) -> bool:
        """Whether the worker should stop; also true once the folder is gone."""
        return (self.folder / "stop").exists() or not self.folder.exists()

    def ask_pause(self, pause: bool = True) -> None:
        """Ask the worker to wait, or to go on; a kind of work that cannot wait does not look.

        Raises:
            StorageError: If the folder cannot be written.
        """
        try:
            if pause:
                (self.folder / "pause").touch()
            else:
                (self.folder / "pause").unlink(missing_ok=True)
        except OSError as problem:
            raise StorageError(f"{self.folder} cannot be written ({problem.strerror or problem}).") from problem

    def pause_asked(self) -> bool:
        """Whether the worker should wait."""
        return (self.folder / "pause").exists()

    def bytes_used(self) -> int:
        """Return how much of the disk the folder takes; files that go while it is looked at count nothing."""
        total = 0
        for path in self.folder.rglob("*"):
            with suppress(OSError):
                total += path.stat().st_size if path.is_file() else 0
        return total

    def delete(self) -> None:
        """End the worker, if there is one, and delete the folder with all that is in it.

        Raises:
            StorageError: If something in it cannot be deleted.
        """
        try:
            if self.folder.exists():
                self._end_worker()
            delete_folder(self.folder)
        except OSError as problem:
            raise StorageError(
                f"{self.folder} cannot be deleted ({problem.strerror or problem}). Delete the folder by hand."
            ) from problem

    def _end_worker(self) -> None:
        try:
            written = self._written()
        except StorageError:
            return
        process = process_of(written) if written.state in LIVING else None
        if process is None:
            # One that is only just starting sees that its folder is gone.
            return
        (self.folder / "stop").touch()
        try:
            process.wait(END_WITHIN_S)
        except psutil.TimeoutExpired:
            process.kill()
            psutil.wait_procs([process], END_WITHIN_S)

    def _document(self) -> dict[str, Any]:
        try:
            document = json.loads(read_text(self.folder / "config.json"))
        except (OSError, ValueError) as problem:
            raise self._damaged("config.json", problem) from problem
        self._refuse_other_version("config.json", document)
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise self._damaged("config.json", f"expected an object with schema {SCHEMA}")
        return document

    def _written(self) -> Status:
        try:
            document = json.loads(read_text(self.folder / "status.json"))
        except (OSError, ValueError) as problem:
            raise self._damaged("status.json", problem) from problem
        self._refuse_other_version("status.json", document)
        try:
            return Status.model_validate(document)
        except ValidationError as problem:
            raise self._damaged("status.json", problem.errors()[0]["msg"]) from problem

    def _refuse_other_version(self, file: str, document: Any) -> None:
        schema = document.get("schema") if isinstance(document, dict) else None
        if isinstance(schema, int) and schema != SCHEMA:
            raise StorageError(
                f"run {self.id}: another version of Classmood wrote its {file} (schema {schema}; this one reads "
                f"{SCHEMA}). Open it with that version, or start a new run."
            )

    def _write(self, status: Status) -> None:
        replace_text(self.folder / "status.json", status.model_dump_json(by_alias=True))

    def _damaged(self, file: str, why: object) -> StorageError:
        if isinstance(why, OSError):
            why = os.strerror(why.errno) if why.errno else why
        return StorageError(f"run {self.id}: {file} is missing or damaged ({why}). Delete the run and start a new one.")


def all_runs() -> list[Run]:
    """Return the runs there are, oldest first by the second; folders with other names are left out."""
    try:
        folders = [entry for entry in runs_folder().iterdir() if RUN_ID.fullmatch(entry.name)]
    except OSError:
        return []
    return [Run(folder) for folder in sorted(folders)]


def _json_object(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None

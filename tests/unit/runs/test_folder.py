"""Run folders: what is written is read back, and what is damaged, foreign or unwritable is said in a sentence."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import psutil
import pytest

from fer.errors import InputError, StorageError
from fer.runs.folder import RUN_ID, Run, all_runs, runs_folder
from fer.runs.status import sign_of_life
from fer.settings import settings


@pytest.fixture
def run(home: Path) -> Run:
    return Run.create("recording", "quick", {"fps": 5, "name": "Übung.mp4"})


def test_a_new_run_holds_what_the_contract_says(run: Run) -> None:
    assert RUN_ID.fullmatch(run.id) and run.folder.parent == runs_folder() and run.artifacts.is_dir()
    config = json.loads((run.folder / "config.json").read_text(encoding="utf-8"))
    status = json.loads((run.folder / "status.json").read_text(encoding="utf-8"))
    assert config["schema"] == status["schema"] == 1
    names = {"kind", "lane", "state", "pid", "started", "heartbeat", "progress", "eta_s", "message"}
    assert names <= status.keys()
    assert (status["kind"], status["lane"], status["state"]) == ("recording", "quick", "queued")
    assert run.config() == {"fps": 5, "name": "Übung.mp4"}
    assert [again.id for again in all_runs()] == [run.id]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_nobody_else_may_enter_a_run(home: Path) -> None:
    before = os.umask(0)
    try:
        run = Run.create("recording", "quick", {})
    finally:
        os.umask(before)
    assert run.folder.stat().st_mode & 0o777 == 0o700


def test_update_changes_only_what_it_is_told_and_leaves_no_part_behind(run: Run) -> None:
    run.update(progress=0.25, message="Reading")
    run.update(eta_s=12.0)
    status = run.status()
    assert (status.progress, status.message, status.eta_s, status.state) == (0.25, "Reading", 12.0, "queued")
    assert not list(run.folder.glob("*.part"))


@pytest.mark.parametrize("fields", [{"progress": 1.5}, {"state": "asleep"}, {"progres": 0.5}])
def test_a_wrong_field_is_a_programmers_mistake(run: Run, fields: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        run.update(**fields)
    assert run.status().progress == 0


def test_metrics_are_read_from_where_the_last_reading_ended(run: Run) -> None:
    assert run.metrics() == ([], 0)
    run.append_metric({"epoch": 1})
    run.append_metric({"epoch": 2})
    rows, place = run.metrics()
    assert rows == [{"epoch": 1}, {"epoch": 2}]
    assert run.metrics(place) == ([], place)
    run.append_metric({"epoch": 3})
    assert run.metrics(place)[0] == [{"epoch": 3}]


def test_a_half_written_metric_waits_and_a_damaged_one_is_left_out(run: Run) -> None:
    path = run.folder / "metrics.jsonl"
    path.write_bytes(b'{"epoch": 1}\nrubbish\n{"epoch": 2')
    rows, place = run.metrics()
    assert rows == [{"epoch": 1}]
    with path.open("ab") as out:
        out.write(b"}\n")
    assert run.metrics(place)[0] == [{"epoch": 2}]


@pytest.mark.parametrize(
    "run_id",
    ["", "..", "../../etc", "20260101T000000Z-recording-abcdef/..", "/etc/passwd", "20260101T000000Z-recording-abcdef"],
)
def test_a_name_from_an_address_that_is_no_run_gets_a_sentence(home: Path, run_id: str) -> None:
    with pytest.raises(InputError, match="no such run"):
        Run.open(run_id)


def test_only_who_has_the_key_opens_a_run_by_key(run: Run) -> None:
    assert Run.open(run.id, run.key()).id == run.id
    for wrong in ("", "wrong", "ünicode", run.key() + "x"):
        with pytest.raises(InputError, match="no such run"):
            Run.open(run.id, wrong)


@pytest.mark.parametrize("text", ["", "{", '{"schema": 1}', '{"schema": "2"}', "[]", "\x00\x01"])
def test_a_damaged_status_is_said_in_a_sentence(run: Run, text: str) -> None:
    (run.folder / "status.json").write_text(text)
    with pytest.raises(StorageError, match=rf"{run.id}: status.json is missing or damaged .* new one\."):
        run.status()
    run.delete()
    assert not run.folder.exists()


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 1, "config": 3}'])
def test_a_damaged_config_is_said_in_a_sentence(run: Run, text: str) -> None:
    (run.folder / "config.json").write_text(text)
    with pytest.raises(StorageError, match=r"config.json is missing or damaged"):
        run.config()


@pytest.mark.parametrize("file", ["status.json", "config.json"])
def test_what_another_version_wrote_is_not_called_damaged(run: Run, file: str) -> None:
    document = json.loads((run.folder / file).read_text(encoding="utf-8"))
    (run.folder / file).write_text(json.dumps({**document, "schema": 2}), encoding="utf-8")
    with pytest.raises(StorageError) as refused:
        run.status() if file == "status.json" else run.config()
    assert f"{run.id}: another version of Classmood wrote its {file} (schema 2; this one reads 1)" in str(refused.value)
    assert "damaged" not in str(refused.value) and "Delete" not in str(refused.value)


def test_a_stop_may_say_why(run: Run) -> None:
    assert run.stop_reason() == ""
    run.ask_stop("It was paused too long.")
    run.ask_stop()
    assert run.stop_asked() and run.stop_reason() == "It was paused too long."


def test_bytes_that_are_no_text_are_said_in_a_sentence(run: Run) -> None:
    (run.folder / "status.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StorageError, match=r"status.json is missing or damaged"):
        run.status()


def test_a_home_that_cannot_be_written_is_said_in_a_sentence(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file where the folder should be: even root cannot make a folder there.
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    monkeypatch.setenv("FER_HOME", str(blocked))
    settings.cache_clear()
    with pytest.raises(StorageError, match=r"cannot be written .* set FER_HOME to another folder"):
        Run.create("recording", "quick", {})
    assert all_runs() == []


def test_a_worker_that_is_gone_reads_as_interrupted(run: Run) -> None:
    me = psutil.Process()
    alive = {"state": "running", "pid": me.pid, "pid_created": me.create_time(), "heartbeat": time.time()}
    run.update(**alive)
    assert run.status().state == "running"
    run.update(beat=time.monotonic() - 3600)
    assert run.status().state == "interrupted", "it hangs"
    run.update(beat=None, heartbeat=time.time() - 3600)
    assert run.status().state == "interrupted", "it hangs, by a status of an earlier version"
    run.update(**{**alive, "pid_created": me.create_time() - 3600})
    assert run.status().state == "interrupted", "the number was given to another process"
    run.update(**{**alive, "state": "done", "heartbeat": 0})
    assert run.status().state == "done", "a run that ended needs no worker"


def test_a_clock_that_is_set_and_a_laptop_that_was_closed_interrupt_nothing(run: Run) -> None:
    me = psutil.Process()
    run.update(state="running", pid=me.pid, pid_created=me.create_time(), **sign_of_life())
    run.update(heartbeat=time.time() - 3600)
    assert run.status().state == "running", "by the clock an hour went by, but the machine was asleep"
    run.update(heartbeat=time.time() + 3600)
    assert run.status().state == "running"
    # After a restart the count begins anew: the clock decides.
    run.update(beat=time.monotonic() + 1000, heartbeat=time.time() - 3600)
    assert run.status().state == "interrupted"


def test_a_line_that_is_half_written_spoils_none_after_it(run: Run) -> None:
    run.append_metric({"epoch": 1})
    with (run.folder / "metrics.jsonl").open("a") as out:
        out.write('{"event": "steps", "epo')
    run.append_metric({"event": "start", "epoch": 2})
    run.append_metric({"epoch": 2})
    assert run.metrics()[0] == [{"epoch": 1}, {"event": "start", "epoch": 2}, {"epoch": 2}]


def test_a_run_that_nobody_started_reads_as_interrupted_after_a_while(run: Run) -> None:
    assert run.status().state == "queued"
    run.update(beat=time.monotonic() - 3600)
    assert run.status().state == "interrupted"


def test_stop_is_asked_by_a_file_and_a_deleted_run_counts_as_stopped(run: Run) -> None:
    assert not run.stop_asked()
    run.ask_stop()
    assert (run.folder / "stop").is_file() and run.stop_asked()
    run.delete()
    assert run.stop_asked() and not run.folder.exists()
    run.delete()


def test_deleting_never_ends_a_process_that_is_not_the_worker(run: Run) -> None:
    run.update(state="running", pid=os.getpid(), pid_created=psutil.Process().create_time() - 3600)
    run.delete()
    assert not run.folder.exists()

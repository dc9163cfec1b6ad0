"""The worker as a real process: how it ends, what it says, and that one lane holds one."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from fer.errors import FerError, InputError, StorageError
from fer.runs import folder, worker
from fer.runs.files import replace_text
from fer.runs.folder import Run
from fer.runs.progress import Progress
from fer.runs.queue import next_in, place_in_queue
from fer.runs.worker import guarded, main, start

Probe = Callable[..., Run]
Until = Callable[..., object]


def test_a_worker_does_its_work_apart_from_us_and_at_low_priority(probe: Probe, until: Until) -> None:
    run = probe("wait")
    status = until(run, lambda s: s.state == "running")
    worker = psutil.Process(status.pid)
    assert worker.nice() > psutil.Process().nice() or worker.nice() >= 10
    assert status.started is not None
    if sys.platform != "win32":
        assert os.getsid(status.pid) != os.getsid(0), "it would end with our terminal"
    shares = Path(f"/proc/{status.pid}/autogroup")
    if shares.exists():
        assert shares.read_text().split()[-1] == "10", "Linux would give its session as much as ours"
    until(run, lambda _: len(run.metrics()[0]) > 2)
    first = run.status().heartbeat
    until(run, lambda s: s.heartbeat > first)
    run.ask_stop()
    ended = until(run, lambda s: s.state == "stopped")
    assert "kept" in ended.message


def test_a_killed_worker_leaves_an_interrupted_run_that_can_be_started_again(probe: Probe, until: Until) -> None:
    run = probe("wait")
    status = until(run, lambda s: s.state == "running")
    psutil.Process(status.pid).kill()
    ended = until(run, lambda s: s.state == "interrupted")
    assert "Start it again" in ended.message
    start(run, [str(Path(__file__).with_name("probe_worker.py"))])
    again = until(run, lambda s: s.state == "running")
    assert again.pid != status.pid


def test_work_that_is_done_says_so(probe: Probe, until: Until) -> None:
    run = probe()
    status = until(run, lambda s: s.state == "done")
    assert (status.progress, status.eta_s, status.message) == (1.0, None, "")
    assert (run.artifacts / "starts.txt").read_text() == "started\n"


@pytest.mark.parametrize(
    ("do", "sentence"),
    [
        ("sentence", "The tape is torn. Mend it."),
        ("fault", r"a fault in Classmood \(RuntimeError\)"),
        ("memory", "Memory ran out. Close other programs"),
        ("disk", "The disk is full: .* no room left"),
    ],
)
def test_work_that_fails_says_why_and_keeps_the_traceback_to_the_log(
    probe: Probe, until: Until, do: str, sentence: str
) -> None:
    run = probe(do)
    status = until(run, lambda s: s.state == "failed")
    assert re.search(sentence, status.message) and "Traceback" not in status.message
    assert "a secret detail" not in status.message
    log = (run.folder / "log.txt").read_text()
    assert ("Traceback" in log) == (do != "sentence")


def test_the_second_run_of_a_lane_waits_and_can_be_cancelled(probe: Probe, until: Until) -> None:
    first = probe("wait")
    until(first, lambda s: s.state == "running")
    second, third = probe("wait"), probe("count")
    until(second, lambda s: s.pid is not None)
    until(third, lambda s: s.pid is not None)
    assert [place_in_queue(run) for run in (first, second, third)] == [0, 1, 2]
    assert second.status().state == third.status().state == "queued"
    second.ask_stop()
    assert "Cancelled before it began" in until(second, lambda s: s.state == "stopped").message
    assert place_in_queue(third) == 1
    first.ask_stop()
    until(third, lambda s: s.state == "done")


def test_the_lanes_do_not_wait_for_each_other(probe: Probe, until: Until) -> None:
    quick, train = probe("wait", "quick"), probe("wait", "train")
    until(quick, lambda s: s.state == "running")
    until(train, lambda s: s.state == "running")


def test_the_longest_waiting_comes_first(home: Path) -> None:
    first, second = Run.create("probe", "quick", {}), Run.create("probe", "quick", {})
    assert next_in("quick").id == first.id and place_in_queue(second) == 1
    (first.folder / "status.json").write_text("{")
    assert next_in("quick").id == second.id and place_in_queue(second) == 0, "a damaged run blocks nobody"
    assert next_in("train") is None


def test_on_a_full_disk_a_run_waits_to_say_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(run: Run) -> bool:
        # From here on nothing can be written, until room is made.
        monkeypatch.setattr(folder, "replace_text", full)
        Progress(run)(0.5, "half-way")
        raise OSError(errno.ENOSPC, "No space left on device")

    def full(path: Path, text: str) -> None:
        tries.append(path.name)
        if len(tries) > 8:
            monkeypatch.setattr(folder, "replace_text", written)
        raise OSError(errno.ENOSPC, "No space left on device")

    tries: list[str] = []
    written = folder.replace_text
    monkeypatch.setattr(worker, "BEAT_S", 0.01)
    monkeypatch.setattr(worker, "work_of", lambda kind: work)
    run = Run.create("probe", "quick", {})
    assert main([str(run.folder)]) == 1 and len(tries) == 9
    status = run.status()
    assert (status.state, status.progress) == ("failed", 0) and "The disk is full" in status.message


def test_a_worker_whose_start_moved_with_the_clock_is_found_again(probe: Probe, until: Until) -> None:
    run = probe("wait")
    status = until(run, lambda s: s.state == "running")
    document = json.loads((run.folder / "status.json").read_text())
    document["pid_created"] -= 3600
    replace_text(run.folder / "status.json", json.dumps(document))
    if run.status().state == "interrupted":
        with pytest.raises(InputError, match="being worked on already"):
            start(run)
    assert until(run, lambda s: s.state == "running").pid == status.pid


def test_a_run_in_work_is_not_started_twice(probe: Probe, until: Until) -> None:
    run = probe("wait")
    until(run, lambda s: s.state == "running")
    with pytest.raises(InputError, match="being worked on already"):
        start(run)
    # Even where two starts meet, the folder's lock lets one worker in.
    assert main([str(run.folder)]) == 1
    assert run.status().state == "running"


def test_a_folder_that_is_read_only_is_said_in_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run.create("probe", "quick", {})
    run.ask_stop()
    run.update(state="stopped")

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    # Root may write anywhere: what the system would do is done here.
    with (
        monkeypatch.context() as read_only,
        pytest.raises(StorageError, match=r"cannot be written \(Permission denied"),
    ):
        read_only.setattr(Path, "unlink", refuse)
        start(run)
    assert run.status().state == "stopped"


def test_a_deleted_run_takes_its_worker_with_it(probe: Probe, until: Until) -> None:
    run = probe("wait")
    worker = psutil.Process(until(run, lambda s: s.state == "running").pid)
    run.delete()
    assert not run.folder.exists()
    gone, _ = psutil.wait_procs([worker], 30)
    assert gone and not run.folder.exists()


def test_a_run_that_was_deleted_before_its_worker_was_up_stays_deleted(home: Path) -> None:
    run = Run.create("probe", "quick", {})
    run.delete()
    assert main([str(run.folder)]) == 0 and not run.folder.exists()


def test_an_unknown_kind_fails_with_a_sentence(home: Path) -> None:
    before = psutil.Process().nice()
    run = Run.create("knitting", "quick", {})
    assert main([str(run.folder)]) == 1
    assert psutil.Process().nice() == before, "only a worker's own process gives way"
    assert run.status().state == "failed" and "no job called knitting" in run.status().message


def test_a_worker_that_cannot_be_started_is_said_in_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run.create("probe", "quick", {})
    monkeypatch.setattr(sys, "executable", str(home / "no-python"))
    with pytest.raises(FerError, match="could not be started"):
        start(run)
    assert run.status().state == "failed"


@pytest.mark.parametrize("problem", [MemoryError(), OSError(errno.ENOMEM, "Cannot allocate memory")])
def test_memory_that_the_system_lacks_is_told_apart(problem: Exception) -> None:
    def work() -> dict[str, object]:
        raise problem

    assert "Memory ran out" in guarded(work)["message"]


def test_the_worker_loads_neither_streamlit_nor_a_training_library() -> None:
    code = "import sys, fer.runs.worker; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"streamlit", "keras", "tensorflow", "cv2"} & set(answer.stdout.split())

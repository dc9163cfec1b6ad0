"""A recording's run from upload to artifacts, in a real worker process."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import psutil
import pytest

from fer.errors import InputError, StorageError
from fer.faces.recording_job import new_recording_run
from fer.faces.video import read_info
from fer.runs import uploads
from fer.runs.folder import Run, all_runs
from fer.runs.status import Status
from fer.runs.worker import main, start

Clip = Callable[..., Path]


def until(run: Run, condition: Callable[[Status], object]) -> Status:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        status = run.status()
        if condition(status):
            return status
        time.sleep(0.05)
    pytest.fail(f"{run.status()}\n{(run.folder / 'log.txt').read_text()}")


def test_an_upload_becomes_artifacts_in_a_worker(shared: Path, yunet: Path) -> None:
    with (shared / "data" / "faces" / "test.mp4").open("rb") as upload:
        run = new_recording_run(upload, "=lesson.mp4", 2)
    start(run)
    status = until(run, lambda s: not s.living)
    assert (status.state, status.message) == ("done", "")
    summary = json.loads((run.artifacts / "summary.json").read_text(encoding="utf-8"))
    assert summary["schema"] == 1 and summary["complete"] and summary["input"] == "=lesson.mp4"
    assert summary["tracks"] and len(summary["mood"]) == 5
    document = json.loads((run.artifacts / "recording.json").read_text(encoding="utf-8"))
    assert len(document["inputs"][0]["frames"]) == summary["frames"] == 10
    assert "'=lesson.mp4" in (run.artifacts / "faces.csv").read_text(encoding="utf-8")
    assert read_info(run.artifacts / "annotated.mp4").frames == 10
    assert list(run.artifacts.glob("track-*.jpg"))
    assert (run.folder / "upload.mp4").is_file()
    run.delete()
    assert not run.folder.exists()


def test_the_annotated_recording_is_as_long_as_one_that_has_fewer_frames_than_asked_for(
    clip: Clip, yunet: Path
) -> None:
    path = clip("slow.mp4", frames=4, fps=2)
    run = new_recording_run(path, path.name, 10)
    assert main([str(run.folder)]) == 0
    # Its last frame lasts half a second, too, not a tenth.
    assert read_info(run.artifacts / "annotated.mp4").duration_s == pytest.approx(2.0, abs=0.05)


def test_moments_come_with_their_pictures(shared: Path, yunet: Path, tmp_path: Path) -> None:
    path = tmp_path / "class.mp4"
    make = [sys.executable, str(shared / "tools" / "make_gallery.py"), "--seats", "4", "--hold", "10", "--empty", "0"]
    subprocess.run([*make, "--seconds", "20", "--fps", "2", "--out", str(path)], check=True, capture_output=True)
    run = new_recording_run(path, path.name, 2)
    assert main([str(run.folder)]) == 0
    summary = json.loads((run.artifacts / "summary.json").read_text(encoding="utf-8"))
    moments = summary["moments"]
    # Every seat shows another face from 10 s on; the smoothing may put the border a second later.
    assert len(moments) == 1 and 9 <= moments[0]["time_s"] <= 11
    assert cv2.imread(str(run.artifacts / moments[0]["picture"])).shape == (720, 1280, 3)
    assert not (run.folder / "upload.mp4").exists(), "a file on this computer is read where it is"


def test_a_run_that_is_stopped_keeps_readable_artifacts(clip: Clip, yunet: Path) -> None:
    path = clip("long.mp4", frames=3000, fps=30)
    run = new_recording_run(path, path.name, 30)
    start(run)
    until(run, lambda s: s.progress > 0)
    run.ask_stop()
    assert until(run, lambda s: not s.living).state == "stopped"
    summary = json.loads((run.artifacts / "summary.json").read_text(encoding="utf-8"))
    assert not summary["complete"] and 0 < summary["frames"] < 3000
    assert read_info(run.artifacts / "annotated.mp4").frames == summary["frames"]
    document = json.loads((run.artifacts / "recording.json").read_text(encoding="utf-8"))
    assert len(document["inputs"][0]["frames"]) == summary["frames"]


def test_a_run_whose_worker_was_killed_can_be_started_again(clip: Clip, yunet: Path) -> None:
    path = clip("long.mp4", frames=3000, fps=30)
    run = new_recording_run(path, path.name, 30)
    start(run)
    status = until(run, lambda s: s.progress > 0)
    psutil.Process(status.pid).kill()
    until(run, lambda s: s.state == "interrupted")
    assert (run.artifacts / "faces.csv").read_text().startswith("input,time_s")
    start(run)
    until(run, lambda s: s.progress > 0)
    run.ask_stop()
    assert until(run, lambda s: not s.living).state == "stopped"


def test_started_again_nothing_of_the_first_start_is_left(clip: Clip, yunet: Path) -> None:
    upload = io.BytesIO(clip("a.mp4").read_bytes())
    run = new_recording_run(upload, "a.mp4", 2)
    assert main([str(run.folder)]) == 0
    first = {path.name for path in run.artifacts.iterdir()}
    (run.artifacts / "moment-9.jpg").touch()
    assert main([str(run.folder)]) == 0
    assert {path.name for path in run.artifacts.iterdir()} == first >= {"summary.json", "faces.csv"}
    (run.folder / "upload.mp4").write_bytes(b"damaged")
    assert main([str(run.folder)]) == 1
    assert not (run.artifacts / "summary.json").exists(), "the old results would stand beside the new failure"


@pytest.mark.parametrize("data", [b"", b"no recording\n" * 50])
def test_a_bad_upload_gets_its_sentence_at_once_and_leaves_nothing(home: Path, data: bytes) -> None:
    with pytest.raises(InputError, match=r"Lesson 3\.mov"):
        new_recording_run(io.BytesIO(data), "Lesson 3.mov", 2)
    assert all_runs() == []


@pytest.mark.parametrize("problem", [MemoryError(), KeyboardInterrupt()])
def test_an_upload_that_breaks_off_leaves_nothing(clip: Clip, home: Path, problem: BaseException) -> None:
    class Broken(io.BytesIO):
        def readinto(self, buffer: object) -> int:
            raise problem

        read = readinto

    with pytest.raises(type(problem)):
        new_recording_run(Broken(clip("a.mp4").read_bytes()), "a.mp4", 2)
    assert all_runs() == []


def test_a_file_name_from_outside_never_becomes_a_path(clip: Clip, home: Path) -> None:
    upload = io.BytesIO(clip("a.mp4").read_bytes())
    run = new_recording_run(upload, "../../evil.exe", 2)
    assert (run.folder / "upload").is_file() and run.config()["name"] == "../../evil.exe"
    assert not (home / "evil.exe").exists()


def test_a_disk_without_room_gets_a_sentence(clip: Clip, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(home)._replace(free=1000)
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda _: full)
    with pytest.raises(StorageError, match="has room for 0 MB"):
        new_recording_run(io.BytesIO(clip("a.mp4").read_bytes()), "a.mp4", 2)
    assert all_runs() == []


def test_a_recording_that_vanished_fails_with_a_sentence(clip: Clip, yunet: Path) -> None:
    path = clip("a.mp4")
    run = new_recording_run(path, path.name, 2)
    path.unlink()
    assert main([str(run.folder)]) == 1
    assert run.status().state == "failed" and "cannot be read" in run.status().message

"""Uploads are deleted once their time is over; what holds no upload stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fer.runs import sweep as module
from fer.runs.folder import Run
from fer.runs.jobs import JOBS, Job
from fer.runs.progress import Progress, seconds_left


def test_old_uploads_go_and_young_ones_and_trainings_stay(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(JOBS, "lesson", Job("none:none", holds_upload=False))
    upload, lesson = Run.create("recording", "quick", {}), Run.create("lesson", "train", {})
    assert module.sweep() == 0
    assert module.sweep(datetime.now(UTC) + timedelta(hours=23)) == 0
    assert module.sweep(datetime.now(UTC) + timedelta(hours=25)) == 1
    assert not upload.folder.exists() and lesson.folder.exists()


def test_on_a_public_server_old_trainings_go_too(configure: Callable[..., None]) -> None:
    training = Run.create("training", "train", {})
    assert module.sweep(datetime.now(UTC) + timedelta(hours=25)) == 0
    configure(FER_HOSTED="true")
    assert module.sweep(datetime.now(UTC) + timedelta(hours=25)) == 1
    assert not training.folder.exists()


def test_an_old_upload_with_a_damaged_status_goes_too(home: Path) -> None:
    run = Run.create("recording", "quick", {})
    (run.folder / "status.json").write_text("rubbish")
    assert module.sweep(datetime.now(UTC) + timedelta(hours=25)) == 1


def test_the_sweeper_starts_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_sweeper", None)
    module.keep_sweeping(3600)
    first = module._sweeper
    module.keep_sweeping(3600)
    assert first is module._sweeper and first is not None and first.daemon


def test_the_status_is_told_now_and_then_only(home: Path) -> None:
    run = Run.create("recording", "quick", {})
    tell = Progress(run)
    tell(0.1, "Looking")
    tell(0.2, "Looking")
    assert run.status().progress == 0.1 and run.status().message == "Looking"


def test_time_left_is_the_rest_at_the_same_pace() -> None:
    assert seconds_left(60, 0.75) == 20
    assert seconds_left(60, 0) is None and seconds_left(0.1, 0.5) is None


def test_a_pause_is_left_out_of_the_time_left(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("fer.runs.progress.time.monotonic", lambda: now)
    run = Run.create("recording", "quick", {})
    tell = Progress(run)
    now += 600 + 8 * 3600
    tell.leave_out(8 * 3600)
    tell(0.2, "Going on")
    assert json.loads((run.folder / "status.json").read_text())["eta_s"] == 2400

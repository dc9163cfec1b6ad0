"""The recording part of the photo page, in each state that a run can be in."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from fer.faces.recording_job import new_recording_run
from fer.faces.video_writer import VideoWriter
from fer.runs.folder import Run, all_runs
from fer.runs.worker import main
from fer.settings import ROOT, settings

pytestmark = pytest.mark.usefixtures("yunet")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    from skimage import data

    path = tmp_path / "lesson.mp4"
    with VideoWriter(path, 2) as out:
        for n in range(24):
            out.write(n / 2, data.astronaut()[:, :, ::-1].copy())
    return new_recording_run(path, path.name, 2)


def page_of(run: Run | None, key: str | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    if run is not None:
        app.query_params["run"] = run.id
        app.query_params["key"] = run.key() if key is None else key
    app.switch_page("pages/photo.py").run()
    app.button_group(key="photo.source").set_value("Recording").run()
    assert not app.exception
    return app


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def test_the_empty_page_says_how_to_begin(home: Path) -> None:
    app = page_of(None)
    assert app.button(key="recording.begin").disabled and not app.button(key="recording.sample").disabled
    assert any("Drop a recording above" in text.value for text in app.markdown)
    assert any("24 hours" in caption.value for caption in app.caption)


def test_a_path_on_this_computer_is_offered_unless_hosted(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page_of(None)
    app.text_input(key="recording.path").set_value("/no/such/file.mp4").run()
    app.button(key="recording.begin").click().run()
    assert "cannot be read" in app.error[0].value and [r.id for r in all_runs()] == [run.id]
    monkeypatch.setenv("FER_HOSTED", "1")
    settings.cache_clear()
    assert not page_of(None).text_input


def test_results_are_shown(home: Path, run: Run) -> None:
    assert main([str(run.folder)]) == 0
    app = page_of(run)
    headings = [heading.value for heading in app.header]
    assert headings == ["lesson.mp4", "Mood over time", "Moments that stand out", "Face by face", "Take it with you"]
    assert not app.error and "recording.again" not in keys(app)


def test_work_in_progress_shows_how_far_it_is_and_can_be_cancelled(home: Path, run: Run) -> None:
    import psutil

    me = psutil.Process()
    alive = {"pid": me.pid, "pid_created": me.create_time(), "heartbeat": time.time()}
    run.update(state="running", progress=0.4, eta_s=70, message="Looking at 0:05", **alive)
    app = page_of(run)
    assert not run.stop_asked()
    app.button(key="recording.cancel").click().run()
    assert run.stop_asked() and app.button(key="recording.cancel").disabled
    run.update(state="stopped")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "failed", "message": "The disk is full."}, "The disk is full"),
        ({"state": "stopped", "message": "Cancelled before it began."}, "Cancelled before it began"),
        ({"state": "running", "pid": 4194000, "pid_created": 1.0}, "was interrupted"),
    ],
)
def test_a_run_that_did_not_end_well_can_be_started_again(
    home: Path, run: Run, fields: dict[str, object], words: str
) -> None:
    run.update(**fields)
    app = page_of(run)
    said = [message.value for message in [*app.error, *app.warning]]
    assert len(said) == 1 and words in said[0].replace("\\", "")
    assert {"recording.again", "recording.another", "recording.delete"} <= keys(app)


def test_a_damaged_run_gets_a_sentence_and_can_be_deleted(home: Path, run: Run) -> None:
    (run.folder / "status.json").write_text("{")
    app = page_of(run)
    assert "missing or damaged" in app.error[0].value
    app.button(key="recording.delete").click().run()
    assert not run.folder.exists() and not app.exception
    assert "recording.begin" in keys(app)


def test_another_recording_leaves_the_first_where_it_is(home: Path, run: Run) -> None:
    run.update(state="failed", message="No.")
    app = page_of(run)
    app.button(key="recording.another").click().run()
    assert "recording.begin" in keys(app) and run.folder.exists() and "run" not in app.query_params
    app.button(key=f"recording.back.{run.id}").click().run()
    assert app.query_params["run"] == run.id and "No" in app.error[0].value


def test_going_to_another_page_loses_no_recording(home: Path, run: Run) -> None:
    run.update(state="failed", message="No.")
    app = page_of(run)
    app.switch_page("pages/live.py").run()
    app.query_params.clear()
    app.switch_page("pages/photo.py").run()
    app.button_group(key="photo.source").set_value("Recording").run()
    assert any("lesson" in text.value for text in app.markdown) and "recording.begin" in keys(app)
    app.button(key=f"recording.delete.{run.id}").click().run()
    assert not run.folder.exists() and not app.exception and not app.error
    assert f"recording.back.{run.id}" not in keys(app)


def test_a_recording_that_was_deleted_elsewhere_is_offered_no_more(home: Path, run: Run) -> None:
    run.update(state="failed", message="No.")
    app = page_of(run)
    run.delete()
    app.run()
    assert "no such run" in app.info[0].value and f"recording.back.{run.id}" not in keys(app)


def test_a_recording_whose_config_is_damaged_can_still_be_deleted(home: Path, run: Run) -> None:
    run.update(state="failed", message="No.")
    app = page_of(run)
    (run.folder / "config.json").write_text("{")
    app.run()
    app.button(key=f"recording.delete.{run.id}").click().run()
    assert not run.folder.exists() and not app.exception


def test_a_worker_that_cannot_be_started_leaves_a_run_that_can_be_deleted(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fer.ui.page_runs
    from fer.errors import StorageError

    def refuse(run: Run) -> None:
        raise StorageError("The worker could not be started.")

    monkeypatch.setattr(fer.ui.page_runs, "start", refuse)
    app = page_of(None)
    app.text_input(key="recording.path").set_value(run.config()["path"]).run()
    app.button(key="recording.begin").click().run()
    assert "could not be started" in app.error[0].value
    begun = next(other for other in all_runs() if other.id != run.id)
    assert app.query_params["run"] == begun.id


def test_an_upload_leaves_the_memory_once_the_run_has_its_copy(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fer.ui.page_runs

    managers: list[MemoryUploadedFileManager] = []
    make = MemoryUploadedFileManager.__init__

    def note(self: MemoryUploadedFileManager, *arguments: str) -> None:
        make(self, *arguments)
        managers.append(self)

    monkeypatch.setattr(MemoryUploadedFileManager, "__init__", note)
    # The worker would free nothing: only this process holds the upload.
    monkeypatch.setattr(fer.ui.page_runs, "start", lambda run: None)
    app = page_of(None)
    film = Path(run.config()["path"]).read_bytes()
    app.file_uploader(key="recording.file").upload("lesson.mp4", film, "video/mp4").run()
    assert [len(file.data) for held in managers[-1].file_storage.values() for file in held.values()] == [len(film)]
    app.button(key="recording.begin").click().run()
    begun = next(other for other in all_runs() if other.id != run.id)
    assert (begun.folder / "upload.mp4").read_bytes() == film
    assert not any(managers[-1].file_storage.values())
    assert app.query_params["run"] == begun.id and not app.exception and not app.error


def test_without_the_key_nothing_is_shown(home: Path, run: Run) -> None:
    app = page_of(run, key="guess")
    assert f"recording.back.{run.id}" not in keys(app)
    assert "no such run" in app.info[0].value and "recording.begin" in keys(app)

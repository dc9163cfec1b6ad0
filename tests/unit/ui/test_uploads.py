"""An upload leaves Streamlit's own store, and a Streamlit that has changed only keeps it longer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import streamlit.runtime.scriptrunner
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from fer.ui.uploads import drop_upload


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    """Streamlit's own store with a file of this visit and one of another's."""
    manager = MemoryUploadedFileManager("/upload")
    for session_id in ("mine", "theirs"):
        manager.add_file(session_id, UploadedFileRec("a", "lesson.mp4", "video/mp4", b"film"))
    context = SimpleNamespace(session_id="mine", uploaded_file_mgr=manager)
    monkeypatch.setattr(streamlit.runtime.scriptrunner, "get_script_run_ctx", lambda: context)
    return manager


def test_an_upload_is_dropped_and_no_other_visits(manager: MemoryUploadedFileManager) -> None:
    drop_upload("a")
    assert not manager.get_files("mine", ["a"]) and manager.get_files("theirs", ["a"])
    drop_upload("a")


def test_a_changed_streamlit_is_logged_and_nothing_more(
    manager: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(MemoryUploadedFileManager, "remove_file")
    drop_upload("a")
    assert "stays in memory until its visit ends" in caplog.text


def test_an_upload_that_is_gone_already_is_left_alone(manager: MemoryUploadedFileManager) -> None:
    drop_upload("unknown")
    assert manager.get_files("mine", ["a"])

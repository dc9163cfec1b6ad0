"""A data set's room: what it keeps, where, what is chosen in it, and that it goes as a whole."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fer.dataset.checks_job import new_checks_run
from fer.dataset.faceset import FaceSet
from fer.dataset.origin import DEMO
from fer.dataset.room import begin_work, choose_split, choose_votes, delete_room, new_room, origin_of, work_of_room
from fer.dataset.splitting import SplitRule
from fer.errors import DataError, SplitNeededError, StorageError
from fer.runs.folder import all_runs
from fer.runs.queue import next_in
from fer.runs.worker import main


@pytest.fixture
def table(faces: FaceSet, csv_of: Callable[..., str]) -> bytes:
    return csv_of(faces).encode()


def test_an_upload_is_kept_under_its_own_name_and_read_there(home: Path, table: bytes, faces: FaceSet) -> None:
    room = new_room(io.BytesIO(table), "C:\\data\\my: faces.csv")
    assert (room.folder / "upload" / "my_ faces.csv").read_bytes() == table
    opened = origin_of(room).open()
    assert opened.name == "my_ faces.csv" and len(opened.faces) == len(faces)
    assert (room.folder / "datasets").is_dir() and not (home / "datasets").exists()


def test_a_room_holds_nobody_up_and_its_worker_reads_it(table: bytes) -> None:
    room = new_room(io.BytesIO(table), "fer2013.csv")
    assert room.status().state == "done" and next_in("quick") is None
    assert main([str(room.folder)]) == 0 and room.status().state == "done"


def test_a_path_is_read_where_it_lies_and_the_drawn_set_nowhere(tmp_path: Path, table: bytes) -> None:
    path = tmp_path / "fer2013.csv"
    path.write_bytes(table)
    room = new_room(path)
    assert origin_of(room).data == str(path) and not (room.folder / "upload").exists()
    delete_room(room)
    assert path.read_bytes() == table
    assert origin_of(new_room(None)).data == DEMO


def test_a_split_is_chosen_once_and_remembered(faces: FaceSet, csv_of: Callable[..., str]) -> None:
    bare = csv_of(faces, "emotion,pixels", "{emotion},{pixels}").encode()
    room = new_room(io.BytesIO(bare), "bare.csv")
    with pytest.raises(SplitNeededError):
        origin_of(room).open()
    choose_split(room, SplitRule(0.3, 0.3, 5))
    assert origin_of(room).split == SplitRule(0.3, 0.3, 5)
    assert len(origin_of(room).open().faces) == len(faces)


def test_votes_that_do_not_fit_are_not_kept(table: bytes) -> None:
    room = new_room(io.BytesIO(table), "fer2013.csv")
    opened = origin_of(room).open()
    with pytest.raises(DataError, match="lacks the columns"):
        choose_votes(room, opened.faces, io.BytesIO(b"a,b\n1,2\n"), "fer2013new.csv")
    assert origin_of(room).votes is None and not list((room.folder / "upload" / "votes").iterdir())


def test_whatever_works_for_a_room_goes_with_it(table: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr("fer.dataset.room.start", lambda run: started.append(run.id))
    room = new_room(io.BytesIO(table), "fer2013.csv")
    assert work_of_room(room, "checks") is None
    first, second = (new_checks_run(origin_of(room)) for _ in range(2))
    begin_work(room, "checks", first)
    begin_work(room, "checks", second)
    assert started == [first.id, second.id]
    assert not first.folder.exists(), "of each kind one is kept"
    found = work_of_room(room, "checks")
    assert found is not None and found.id == second.id
    delete_room(room)
    assert all_runs() == []


def test_damaged_choices_are_told_of(table: bytes) -> None:
    room = new_room(io.BytesIO(table), "fer2013.csv")
    (room.folder / "choices.json").write_text(json.dumps({"schema": 2}))
    with pytest.raises(StorageError, match=r"choices\.json is damaged"):
        origin_of(room)

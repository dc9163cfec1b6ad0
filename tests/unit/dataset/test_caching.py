"""What was read once is kept, whole or not at all, and only as long as the file is what it was."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer.dataset import caching, opening
from fer.dataset.faceset import FaceSet
from fer.dataset.opening import Opened, open_dataset
from fer.dataset.splitting import SplitRule
from fer.errors import DataError
from fer.settings import ROOT, settings

Writer = Callable[..., str]


@pytest.fixture
def table(tmp_path: Path, faces: FaceSet, csv_of: Writer) -> Path:
    path = tmp_path / "fer2013.csv"
    path.write_text(csv_of(faces))
    return path


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the tables that were really read, in their order."""
    names: list[str] = []
    real = opening.read_table

    def read(stream, name, share_done, progress):
        names.append(name)
        return real(stream, name, share_done, progress)

    monkeypatch.setattr(opening, "read_table", read)
    return names


def kept(home: Path) -> list[Path]:
    return sorted((home / "datasets").glob("*.json"))


def test_the_second_opening_maps_what_the_first_one_kept(
    table: Path, home: Path, faces: FaceSet, assert_same: Callable[..., None], readings: list[str]
):
    table.write_text(table.read_text() + "9,1,Training\n")
    first, second = open_dataset(table), open_dataset(table)
    assert readings == ["fer2013.csv"]
    for got in (first, second):
        assert_same(got.faces, faces)
        assert got.faces.source.tolist() == [f"row {n}" for n in range(1, 10)]
        assert [problem.source for problem in got.problems] == ["row 10"]
        assert not got.faces.images.flags.writeable
    assert first.sha256 == second.sha256 and (first.kind, first.name, first.notes) == (second.kind, second.name, ())
    (entry,) = kept(home)
    assert json.loads(entry.read_text())["sha256"] == first.sha256


def test_the_hash_is_the_files_own(table: Path):
    import hashlib

    assert open_dataset(table).sha256 == hashlib.sha256(table.read_bytes()).hexdigest()


def test_a_changed_file_is_noticed_even_with_its_old_time_and_size(table: Path, home: Path, readings: list[str]):
    first = open_dataset(table)
    about = table.stat()
    changed = table.read_text().replace("\n6,", "\n5,")
    assert len(changed) == about.st_size
    table.write_text(changed)
    os.utime(table, ns=(about.st_atime_ns, about.st_mtime_ns))
    second = open_dataset(table)
    assert len(readings) == 2 and second.sha256 != first.sha256
    assert first.faces.labels[6] == 6 and second.faces.labels[6] == 5
    # The older arrays are gone, but whoever has them mapped still has them.
    assert len(kept(home)) == 1 and len(list((home / "datasets").glob("*-*"))) == 1
    assert first.faces.images.sum() == second.faces.images.sum()


def test_a_changed_folder_is_noticed(tmp_path: Path, faces: FaceSet):
    import cv2

    folder = tmp_path / "set" / "train" / "happy"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "1.png"), faces.images[0])
    assert len(open_dataset(tmp_path / "set").faces) == 1
    cv2.imwrite(str(folder / "2.png"), faces.images[1])
    assert len(open_dataset(tmp_path / "set").faces) == 2


def test_the_split_is_not_kept_so_another_one_may_be_asked_for(
    tmp_path: Path, faces: FaceSet, csv_of: Writer, readings: list[str]
):
    path = tmp_path / "train.csv"
    path.write_text(csv_of(faces, "emotion,pixels", "{emotion},{pixels}"))
    all_training = open_dataset(path, split_missing=SplitRule(0, 0)).faces
    halves = open_dataset(path, split_missing=SplitRule(0.4, 0.4)).faces
    assert len(readings) == 1
    assert all_training.usage.tolist() == [0] * 9 and set(halves.usage.tolist()) == {0, 1, 2}


@pytest.mark.parametrize("when", ["grows", "is replaced"])
def test_a_file_that_changes_while_it_is_read(
    table: Path, home: Path, when: str, monkeypatch: pytest.MonkeyPatch, faces: FaceSet, csv_of: Writer
):
    from fer.dataset import table as tables

    monkeypatch.setattr(tables, "BLOCK_BYTES", 4096)
    changes: list[str] = []

    def change(share: float, doing: str) -> None:
        if share > 0.5 and not changes:
            changes.append(doing)
            if when == "grows":
                with table.open("a") as file:
                    file.write(csv_of(faces).partition("\n")[2])
            else:
                other = table.with_name("other")
                other.write_text(csv_of(faces))
                os.replace(other, table)

    with pytest.raises(DataError, match=r"fer2013\.csv changed while it was read\. Open it again"):
        open_dataset(table, progress=change)
    assert changes and kept(home) == []
    assert len(open_dataset(table).faces) == (18 if when == "grows" else 9)


def test_what_ends_in_the_middle_leaves_nothing(table: Path, home: Path):
    class Gone(BaseException):
        """As Streamlit ends a script whose visitor left."""

    def leave(share: float, doing: str) -> None:
        raise Gone

    with pytest.raises(Gone):
        open_dataset(table, progress=leave)
    assert kept(home) == []
    assert len(open_dataset(table).faces) == 9


@pytest.mark.parametrize("damage", ["json", "schema", "gone", "short", "shape", "labels"])
def test_a_damaged_entry_is_made_anew(table: Path, home: Path, readings: list[str], damage: str):
    open_dataset(table)
    (entry,) = kept(home)
    about = json.loads(entry.read_text())
    arrays = home / "datasets" / about["folder"]
    if damage == "json":
        entry.write_text("{")
    elif damage == "schema":
        entry.write_text(json.dumps(about | {"schema": 2}))
    elif damage == "gone":
        (arrays / "labels.npy").unlink()
    elif damage == "short":
        (arrays / "images.npy").write_bytes((arrays / "images.npy").read_bytes()[:-100])
    elif damage == "shape":
        np.save(arrays / "images.npy", np.zeros((9, 44, 44), np.uint8))
    else:
        np.save(arrays / "labels.npy", np.full(9, 7, np.uint8))
    assert open_dataset(table).faces.labels.tolist() == [0, 1, 2, 3, 4, 5, 6, 3, 3]
    assert len(readings) == 2
    open_dataset(table)
    assert len(readings) == 2


def test_two_visits_at_once_do_the_work_once(table: Path, readings: list[str], monkeypatch: pytest.MonkeyPatch):
    begun, go_on = threading.Event(), threading.Event()
    real = opening.read_table

    def read_slowly(*arguments):
        begun.set()
        assert go_on.wait(20)
        return real(*arguments)

    monkeypatch.setattr(opening, "read_table", read_slowly)
    got: list[Opened] = []
    waits: list[str] = []

    def wait(share: float, doing: str) -> None:
        waits.append(doing)
        if "waiting" in doing:
            go_on.set()

    first = threading.Thread(target=lambda: got.append(open_dataset(table)))
    first.start()
    assert begun.wait(20)
    second = threading.Thread(target=lambda: got.append(open_dataset(table, progress=wait)))
    second.start()
    for thread in (first, second):
        thread.join(20)
    assert len(got) == 2 and len(readings) == 1
    assert any("Somebody else is opening it" in doing for doing in waits)


def test_two_processes_at_once_do_the_work_once(table: Path, home: Path, tmp_path: Path):
    code = f"""
import sys, time
from pathlib import Path
from fer.dataset import opening
real = opening.read_table
def read(*arguments):
    with open({str(tmp_path / "reads")!r}, "a") as file: file.write("x")
    time.sleep(0.5)
    return real(*arguments)
opening.read_table = read
print(len(opening.open_dataset(Path({str(table)!r})).faces))
"""
    both = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate(timeout=60)[0].strip() for process in both] == [b"9", b"9"]
    assert (tmp_path / "reads").read_text() == "x"


def test_a_home_that_cannot_be_entered(table: Path, as_nobody: Callable[[str], str]):
    said = as_nobody(
        "from pathlib import Path\nfrom fer.dataset.opening import open_dataset\n"
        f"got = open_dataset(Path({str(table)!r})); print(len(got.faces), got.notes)"
    )
    assert said.startswith("9 ") and "The reading could not be kept" in said and "as long the next time" in said


def test_a_folder_that_cannot_be_written(table: Path, home: Path, as_nobody: Callable[[str], str], tmp_path: Path):
    # Somebody else's: it may be looked into, and an entry may even be there.
    open_dataset(table)
    other = tmp_path / "other.csv"
    shutil.copy(table, other)
    code = f"""
import os
from pathlib import Path
os.environ["FER_HOME"] = {str(tmp_path / "theirs")!r}
from fer.dataset.opening import open_dataset
for path in ({str(table)!r}, {str(other)!r}):
    got = open_dataset(Path(path)); print(len(got.faces), got.notes)
"""
    theirs = tmp_path / "theirs"
    shutil.copytree(home, theirs)
    (theirs / "datasets").chmod(0o555)
    try:
        first, second = as_nobody(code).splitlines()
    finally:
        (theirs / "datasets").chmod(0o755)
    assert first == "9 ()"
    assert second.startswith("9 ") and "The reading could not be kept" in second


def test_a_full_disk(table: Path, home: Path):
    resource = pytest.importorskip("resource", reason="Windows has no limits of this kind")
    assert resource is not None
    # The system itself refuses to write more than 8 KB into a file, as it refuses on a full disk.
    code = f"""
import resource
from pathlib import Path
from fer.dataset.opening import open_dataset
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
got = open_dataset(Path({str(table)!r})); print(len(got.faces), int(got.faces.images.sum()), got.notes)
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("9 ") and "The reading could not be kept" in run.stdout
    left = [path.name for path in (home / "datasets").iterdir() if not path.name.endswith(".lock")]
    assert left == []


def test_what_a_visitor_uploaded_is_kept_with_the_upload(home: Path, table: Path):
    upload = home / "runs" / "20260101T000000Z-upload-abcdef" / "artifacts" / "fer2013.csv"
    upload.parent.mkdir(parents=True)
    shutil.copy(table, upload)
    assert open_dataset(upload).notes == ()
    assert not (home / "datasets").exists()
    assert len(list((home / "runs" / "20260101T000000Z-upload-abcdef" / "datasets").glob("*.json"))) == 1


def test_what_is_gone_or_too_much_is_tidied_away(
    tmp_path: Path, home: Path, table: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(caching, "MOST_ENTRIES", 3)
    for n in range(4):
        copy = tmp_path / f"{n}.csv"
        shutil.copy(table, copy)
        open_dataset(copy)
    names = {Path(json.loads(entry.read_text())["path"]).name for entry in kept(home)}
    assert names == {"1.csv", "2.csv", "3.csv"}
    (tmp_path / "2.csv").unlink()
    (tmp_path / "3.csv").unlink()
    open_dataset(table)
    names = {Path(json.loads(entry.read_text())["path"]).name for entry in kept(home)}
    assert names == {"1.csv", "fer2013.csv"}
    assert len([path for path in settings().home.glob("datasets/*-*") if path.is_dir()]) == 2


def test_drawn_faces_are_drawn_once(home: Path, monkeypatch: pytest.MonkeyPatch):
    from fer.dataset import demo

    said: list[str] = []
    first = opening.open_demo(3, progress=lambda share, doing: said.append(doing))
    assert "Drawing faces" in said
    monkeypatch.setattr(demo, "face_gray", None)
    second = opening.open_demo(3)
    assert (first.kind, first.name) == ("demo", "drawn faces") and first.faces.drawn and second.faces.drawn
    assert first.sha256 == second.sha256 and "drawn" in second.notes[0]
    np.testing.assert_array_equal(first.faces.images, second.faces.images)
    assert np.bincount(second.faces.labels).tolist() == [3] * 7
    with pytest.raises(TypeError):
        opening.open_demo(3, seed=1)

"""Archives that mean harm, or are damaged: refused with the reason, and nothing of them is kept."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer.dataset import archives
from fer.dataset.faceset import FaceSet
from fer.dataset.opening import open_dataset
from fer.errors import DataError

Writer = Callable[..., str]


def packed(members: dict[str, bytes | str], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as pack:
        for name, data in members.items():
            pack.writestr(name, data)
    return out.getvalue()


def refused(path: Path, data: bytes, home: Path) -> str:
    path.write_bytes(data)
    with pytest.raises(DataError) as raised:
        open_dataset(path)
    assert path.name in str(raised.value)
    assert list((home / "datasets").glob("*.json")) == []
    return str(raised.value)


@pytest.mark.parametrize(
    "name", ["../fer2013.csv", "train/../../fer2013.csv", "/etc/fer2013.csv", "..\\fer2013.csv", "C:\\fer2013.csv"]
)
def test_paths_that_climb_out(tmp_path: Path, home: Path, name: str):
    said = refused(tmp_path / "a.zip", packed({"good.csv": "emotion,pixels\n", name: "x"}), home)
    assert "a path that climbs out of it. It was not read" in said
    assert not (tmp_path.parent / "fer2013.csv").exists()


def test_links(tmp_path: Path, home: Path):
    link = zipfile.ZipInfo("fer2013.csv")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        pack.writestr(link, "/etc/passwd")
    assert "holds the link 'fer2013.csv', which leads elsewhere" in refused(tmp_path / "a.zip", out.getvalue(), home)


def test_a_bomb_by_what_it_says(tmp_path: Path, home: Path):
    bomb = packed({"fer2013.csv": b"emotion,pixels,Usage\n" + b"0" * (archives.SMALL_BYTES + 1)})
    assert len(bomb) < 100_000
    assert "unpacks to more than 100 times its size. It may be a zip bomb" in refused(tmp_path / "a.zip", bomb, home)


def test_a_bomb_of_many_files(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    said = refused(tmp_path / "a.zip", packed({f"happy/{n}.jpg": b"x" for n in range(4)}), home)
    assert "holds 4 files; at most 3 are taken" in said


def test_a_bomb_of_members_that_overlap(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch):
    # Many names for the same bytes, as in the known 42 KB bombs: what is said for all of them counts.
    monkeypatch.setattr(archives, "MOST_BYTES", 1000)
    data = packed({"happy/a.jpg": bytes(400)}, zipfile.ZIP_STORED)
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        info = pack.infolist()[0]
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as pack:
        for n in range(3):
            twin = zipfile.ZipInfo(f"happy/{n}.jpg")
            twin.file_size = twin.compress_size = info.file_size
            twin.CRC, twin.header_offset = info.CRC, info.header_offset
            pack.filelist.append(twin)
            pack.NameToInfo[twin.filename] = twin
        pack._didModify = True
    assert "unpacks to more than 0 MB" in refused(tmp_path / "a.zip", out.getvalue(), home)


def lie(data: bytes, name: str, size: int) -> bytes:
    """Make an archive say another unpacked size of a member, in both of its headers."""
    changed = bytearray(data)
    for mark, place, name_at in ((b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)):
        at = changed.find(mark)
        while at >= 0:
            if changed[at + name_at : at + name_at + len(name)] == name.encode():
                changed[at + place : at + place + 4] = struct.pack("<I", size)
            at = changed.find(mark, at + 1)
    return bytes(changed)


def test_a_bomb_by_its_real_size(tmp_path: Path, home: Path):
    bomb = packed({"fer2013.csv": b"emotion,pixels,Usage\n" + b"0" * (archives.SMALL_BYTES + 1)})
    said = refused(tmp_path / "a.zip", lie(bomb, "fer2013.csv", 1000), home)
    assert "is damaged or cut off" in said or "unpacks to more than" in said


def test_a_gzip_bomb_stops_where_it_may_no_longer_go_on(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch):
    # Its header says nothing of its size.
    data = gzip.compress(b"emotion,pixels,Usage\n" + b"0" * (archives.SMALL_BYTES + 4_000_000))
    given: list[int] = []
    real = archives._check_amount
    monkeypatch.setattr(archives, "_check_amount", lambda *about: (given.append(about[1]), real(*about)))
    assert "unpacks to more than 100 times its size" in refused(tmp_path / "f.csv.gz", data, home)
    assert max(given) <= archives.SMALL_BYTES + 2_000_000


@pytest.mark.parametrize("keep", [0.3, 0.9])
@pytest.mark.parametrize("form", ["zip", "gz"])
def test_cut_off(tmp_path: Path, home: Path, faces: FaceSet, csv_of: Writer, form: str, keep: float):
    text = csv_of(faces).encode()
    data = gzip.compress(text) if form == "gz" else packed({"fer2013.csv": text})
    said = refused(tmp_path / f"fer2013.{form}", data[: int(keep * len(data))], home)
    assert "is damaged or cut off" in said and "Download it again" in said


@pytest.mark.parametrize("form", ["zip", "gz"])
def test_a_bit_that_fell_over(tmp_path: Path, home: Path, faces: FaceSet, csv_of: Writer, form: str):
    text = csv_of(faces).encode()
    data = bytearray(gzip.compress(text) if form == "gz" else packed({"fer2013.csv": text}))
    data[len(data) // 2] ^= 0x10
    assert "fer2013" in refused(tmp_path / f"fer2013.{form}", bytes(data), home)


def test_locked_with_a_password(tmp_path: Path, home: Path):
    data = bytearray(packed({"fer2013.csv": "emotion,pixels\n"}, zipfile.ZIP_STORED))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + place] |= 1
    assert "is locked with a password" in refused(tmp_path / "a.zip", bytes(data), home)


def test_archives_inside_are_named_and_left_alone(tmp_path: Path, home: Path):
    inner = packed({"fer2013.csv": "emotion,pixels\n"})
    said = refused(tmp_path / "a.zip", packed({"inner.zip": inner, "notes.txt": "x"}), home)
    assert "holds no table and no images. It holds inner.zip, a packed file inside: unpack that" in said


def test_empty_and_two_tables(tmp_path: Path, home: Path):
    assert "is an empty archive" in refused(tmp_path / "a.zip", packed({}), home)
    assert "is an empty archive" in refused(tmp_path / "b.zip", packed({"__MACOSX/._x": "x", ".DS_Store": "y"}), home)
    said = refused(tmp_path / "c.zip", packed({"train.csv": "x", "test.csv": "y"}), home)
    assert "holds 2 tables (test.csv, train.csv). Expected one named fer2013.csv" in said


def test_a_small_file_may_pack_well(tmp_path: Path):
    # One grey for all: a thousand to one, and no bomb.
    gray = " ".join(["7"] * 2304)
    text = "emotion,pixels,Usage\n" + f"3,{gray},Training\n" * 500
    (tmp_path / "a.zip").write_bytes(packed({"fer2013.csv": text}))
    assert len(open_dataset(tmp_path / "a.zip").faces) == 500


def test_the_arrays_of_numpy_are_guarded_too(tmp_path: Path, home: Path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (10**9, 48, 48)})
    said = refused(
        tmp_path / "f.npz", packed({f"{n}.npy": header.getvalue() for n in ("pixels", "emotion", "usage")}), home
    )
    assert "pixels is cut off" in said

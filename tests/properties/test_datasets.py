"""Whatever bytes a file holds, opening it gives faces or a sentence, and what it gives is whole."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fer.dataset.export import write_csv
from fer.dataset.faceset import FaceSet
from fer.dataset.ferplus import read_ferplus
from fer.dataset.opening import open_dataset
from fer.dataset.splitting import SplitRule
from fer.errors import DataError

# Pillow tells of every odd tag; what matters is what comes out.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Three faces as a table, plain and packed, as packed images, and as arrays."""
    folder = tmp_path_factory.mktemp("forms")
    images = np.random.default_rng(0).integers(0, 256, (3, 48, 48), np.uint8)
    faces = FaceSet(images, np.array([0, 3, 6], np.uint8), np.array([0, 1, 2], np.uint8))
    write_csv(faces, folder / "f.csv")
    np.savez(folder / "f.npz", pixels=faces.images, emotion=faces.labels, usage=faces.usage)
    table, arrays = (folder / "f.csv").read_bytes(), (folder / "f.npz").read_bytes()
    packs = []
    for members in (
        {"fer2013.csv": table},
        {f"{place}/1.png": cv2.imencode(".png", images[0])[1].tobytes() for place in ("train/sad", "test/happy", "x")},
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
            for name, data in members.items():
                pack.writestr(name, data)
        packs.append(out.getvalue())
    return [table, gzip.compress(table, mtime=0), *packs, arrays]


def opens_or_says_why(data: bytes, path: Path) -> None:
    path.write_bytes(data)
    try:
        faces = open_dataset(path, split_missing=SplitRule()).faces
    except DataError as problem:
        assert path.name in str(problem) or str(path) in str(problem)
        return
    n = len(faces)
    assert n > 0 and faces.images.shape == (n, 48, 48) and faces.images.dtype == np.uint8
    assert faces.labels.max() <= 6 and faces.usage.max() <= 2 and len(faces.source) == n


@settings(max_examples=120)
@given(
    form=st.integers(0, 4),
    places=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=6),
    values=st.lists(st.integers(0, 255), min_size=6, max_size=6),
    keep=st.one_of(st.just(1.0), st.floats(0, 1)),
    near=st.sampled_from(["anywhere", "beginning", "end"]),
)
def test_a_damaged_file(
    forms: list[bytes], tmp_path_factory: pytest.TempPathFactory, form: int, places: list[float], values: list[int],
    keep: float, near: str,
) -> None:  # fmt: skip
    data = bytearray(forms[form])
    for place, value in zip(places, values, strict=False):
        reach = len(data) if near == "anywhere" else min(200, len(data))
        at = int(place * reach)
        data[-1 - at if near == "end" else at] = value
    opens_or_says_why(bytes(data[: int(keep * len(data))]), tmp_path_factory.getbasetemp() / "damaged.bin")


@settings(max_examples=80)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda text: text.encode("utf-8"))))
@example(b"PK\x05\x06" + bytes(18))
@example(b"\x1f\x8b")
@example(b"emotion,pixels\n0," + b"1 " * 2304)
@example(b"emotion,pixels,Usage\n\xff,\xff,\xff")
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.bin"
    opens_or_says_why(data, path)
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"any\.bin"):
        read_ferplus(path)

"""Small sets of faces and the tables that people would have of them; every test here has a FER_HOME of its own."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.network_view import described
from fer.dataset.samples import stratified_rows
from fer.emotions import EMOTIONS
from fer.faces.features import Description, open_features


@pytest.fixture(autouse=True)
def _own_home(home: Path) -> None:
    """What one test keeps of its readings is not another's."""


@pytest.fixture
def faces() -> FaceSet:
    """Nine faces of noise: every emotion, every usage."""
    rng = np.random.default_rng(0)
    return FaceSet(
        rng.integers(0, 256, (9, 48, 48), np.uint8),
        np.array([0, 1, 2, 3, 4, 5, 6, 3, 3], np.uint8),
        np.array([0, 0, 0, 0, 0, 1, 1, 2, 2], np.uint8),
    )


@pytest.fixture(scope="session")
def csv_of() -> Callable[..., str]:
    """``csv_of(faces, header, row) -> text``: a table as Python's own tools would write it."""

    def write(
        faces: FaceSet, header: str = "emotion,pixels,Usage", row: str = "{emotion},{pixels},{usage}", end: str = "\n"
    ) -> str:
        lines = [
            row.format(
                emotion=label, name=EMOTIONS[label], pixels=" ".join(map(str, image.ravel())), usage=USAGES[usage]
            )
            for image, label, usage in zip(faces.images, faces.labels, faces.usage, strict=True)
        ]
        return end.join([header, *lines]) + end

    return write


@pytest.fixture(scope="session")
def assert_same() -> Callable[[FaceSet, FaceSet], None]:
    """``assert_same(got, expected)``: the same faces, labels and usages, as bytes."""

    def check(got: FaceSet, expected: FaceSet) -> None:
        parts = (got.images, expected.images), (got.labels, expected.labels), (got.usage, expected.usage)
        for ours, theirs in parts:
            np.testing.assert_array_equal(ours, theirs)
            assert ours.dtype == np.uint8

    return check


@pytest.fixture(scope="session")
def some_real(fer2013: Path) -> dict[str, np.ndarray]:
    """300 real rows from both splits, as the shared file holds them."""
    with np.load(fer2013) as pack:
        usage = pack["usage"]
        rows = np.concatenate([np.flatnonzero(usage == 0)[:200], np.flatnonzero(usage == 1)[:100]])
        return {name: pack[name][rows] for name in ("pixels", "emotion", "usage")}


@pytest.fixture(scope="session")
def kaggles_forms(shared: Path, some_real: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real rows as people have them, written by the shared tool: fer2013.csv, icml_face_data.csv, archive.zip."""
    spec = importlib.util.spec_from_file_location("make_fer2013", shared / "tools" / "make_fer2013.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    folder = tmp_path_factory.mktemp("forms")
    tool.write_csv(folder / "fer2013.csv", some_real, icml=False)
    tool.write_csv(folder / "icml_face_data.csv", some_real, icml=True)
    tool.write_folders(folder / "archive.zip", some_real)
    return folder


@pytest.fixture(scope="session")
def real_faces(fer2013: Path) -> FaceSet:
    """FER2013's Training and PublicTest rows, as the shared file holds them."""
    with np.load(fer2013) as pack:
        return FaceSet(pack["pixels"], pack["emotion"].astype(np.uint8), pack["usage"].astype(np.uint8))


@pytest.fixture(scope="session")
def some_faces(real_faces: FaceSet) -> FaceSet:
    """840 of them with the same shares of emotions, from both splits: enough for a network's view of the classes."""
    return real_faces.take(stratified_rows(real_faces.labels, 840))


@pytest.fixture(scope="session")
def network_view(some_faces: FaceSet) -> Description:
    """What the network that ships sees in ``some_faces``."""
    return described(some_faces.images, open_features(threads=2))


@pytest.fixture(scope="session")
def flawed() -> FaceSet:
    """Clouds of noise with planted flaws: each has a structure of its own, as photographs have.

    Row 0 is again in 3 (PublicTest, another label) and 5; 1 is again in 4 (the same label); 6 and 7 are black, 8 white
    with a little text; 9 is row 2 cut two pixels beside, darker, with a line through it, in PrivateTest.
    """
    rng = np.random.default_rng(3)
    clouds = np.stack([cv2.GaussianBlur(rng.normal(size=(48, 48)), (0, 0), 2.5) for _ in range(24)])
    images = np.clip(128 + 400 * clouds, 0, 255).astype(np.uint8)
    labels, usage = (np.arange(24) % 7).astype(np.uint8), np.zeros(24, np.uint8)
    labels[[0, 3, 5]] = 3, 4, 3
    labels[4] = labels[1]
    usage[3], usage[9] = 1, 2
    images[3] = images[5] = images[0]
    images[4] = images[1]
    images[6:8], images[8] = 0, 255
    images[8, 20:23, 4:44] = np.arange(40) * 6
    images[9] = (np.roll(images[2], (2, -1), (0, 1)) * 0.8).astype(np.uint8)
    images[9, 30] = 200
    labels[9] = labels[2]
    return FaceSet(images, labels, usage)

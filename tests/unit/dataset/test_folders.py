"""Faces as image files: Kaggle's folders and their zip, and anybody's images by class."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.folders import sort_files
from fer.dataset.opening import open_dataset
from fer.dataset.splitting import SplitRule
from fer.emotions import EMOTIONS
from fer.errors import DataError, SplitNeededError
from fer.faces.crop import FRAMINGS, crop_faces
from fer.faces.detect import WEBCAM, open_detector
from fer.faces.images import read_photo


def write_image(path: Path, gray: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), gray)


def noise(side: int = 48, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side), np.uint8)


def unpacked(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as pack:
        for name in pack.namelist():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(pack.read(name))
    return folder


def test_kaggles_zip_and_the_same_as_a_folder(
    kaggles_forms: Path, some_real: dict[str, np.ndarray], tmp_path: Path, assert_same: Callable[..., None]
):
    zipped = open_dataset(kaggles_forms / "archive.zip")
    folder = open_dataset(unpacked(kaggles_forms / "archive.zip", tmp_path / "archive"))
    assert (zipped.kind, folder.kind) == ("zip", "folder")
    assert_same(zipped.faces, folder.faces)
    assert zipped.sha256 == folder.sha256 and zipped.problems == folder.problems == ()
    # The tool writes each row's number into its file's name: so every face is found again, whatever the order.
    names = {
        f"{'train' if usage == 0 else 'test'}/{EMOTIONS[emotion]}/{USAGES[usage]}_{row * 2654435761 % 10**8}.jpg": row
        for row, (emotion, usage) in enumerate(zip(some_real["emotion"], some_real["usage"], strict=True))
    }
    rows = np.array([names[name] for name in zipped.faces.source])
    assert sorted(rows) == list(range(300))
    np.testing.assert_array_equal(zipped.faces.labels, some_real["emotion"][rows])
    np.testing.assert_array_equal(zipped.faces.usage, some_real["usage"][rows])
    off = np.abs(zipped.faces.images.astype(int) - some_real["pixels"][rows])
    assert off.mean() < 2, "JPEG of quality 95 changes pixels by little"


@pytest.mark.parametrize(
    ("names", "usages"),
    [
        (["train/happy/Training_1.jpg", "test/happy/PublicTest_1.jpg", "test/happy/PrivateTest_1.jpg"], [2, 1, 0]),
        (["train/happy/PrivateTest_1.jpg"], [2]),
        (["train/happy/1.jpg", "test/happy/1.jpg"], [1, 0]),
        (["a/b/Train/Happy/1.jpg", "a/b/Validation/Happy/1.jpg", "a/b/Test/Happy/1.jpg"], [2, 0, 1]),
        (["happy/train/1.jpg", "happy/test/1.jpg"], [1, 0]),
        (["happy/1.jpg"], [255]),
    ],
)
def test_usages(names: list[str], usages: list[int]):
    pictures, problems = sort_files(sorted(names))
    assert [picture.usage for picture in pictures] == usages and problems == []
    assert {picture.label for picture in pictures} == {EMOTIONS.index("happy")}


def test_classes_go_by_name_and_never_by_order(tmp_path: Path):
    folders = ["anger", "Disgusted", "FEAR", "happiness", "neutral", "sadness", "surprised"]
    for number, folder in enumerate(folders):
        write_image(tmp_path / "set" / folder / "1.png", np.full((48, 48), number, np.uint8))
    faces = open_dataset(tmp_path / "set", split_missing=SplitRule()).faces
    got = {str(source): EMOTIONS[label] for source, label in zip(faces.source, faces.labels, strict=True)}
    expected = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
    assert got == {f"{folder}/1.png": emotion for folder, emotion in zip(folders, expected, strict=True)}


def test_what_is_no_image_of_the_seven_is_named(tmp_path: Path):
    root = tmp_path / "set"
    write_image(root / "train/happy/good.png", noise())
    for n in range(3):
        write_image(root / f"train/contempt/{n}.png", noise())
    write_image(root / "loose.png", noise())
    (root / "train/happy/broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    (root / "train/happy/empty.png").write_bytes(b"")
    (root / "train/happy/text.jpg").write_text("hello")
    (root / "readme.txt").write_text("hello")
    (root / "more.zip").write_bytes(b"PK")
    (root / "train/happy/Thumbs.db").write_bytes(b"x")
    (root / ".DS_Store").write_bytes(b"x")
    got = open_dataset(root)
    assert got.faces.source.tolist() == ["train/happy/good.png"]
    assert {(problem.kind, problem.source) for problem in got.problems} == {
        ("class", "train/contempt"),
        ("class", "(no folder)"),
        ("not_an_image", "train/happy/broken.jpg"),
        ("not_an_image", "train/happy/empty.png"),
        ("not_an_image", "train/happy/text.jpg"),
        ("not_an_image", "readme.txt"),
        ("nested_archive", "more.zip"),
    }
    said = {problem.source: problem.message for problem in got.problems}
    assert said["train/contempt"].startswith("train/contempt: 3 images left out")


def test_a_folder_of_something_else(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty is an empty folder"):
        open_dataset(tmp_path / "empty")
    write_image(tmp_path / "set" / "cats" / "1.png", noise())
    with pytest.raises(DataError, match=r"set holds no images of the seven emotions\. Its folders are: cats\."):
        open_dataset(tmp_path / "set")
    (tmp_path / "bad" / "happy").mkdir(parents=True)
    (tmp_path / "bad" / "happy" / "1.jpg").write_text("x")
    with pytest.raises(DataError, match=r"none of its 1 images can be used\. happy/1\.jpg is not an image"):
        open_dataset(tmp_path / "bad")


def test_without_usages_it_asks_how_to_split(tmp_path: Path):
    write_image(tmp_path / "set" / "happy" / "1.png", noise())
    with pytest.raises(SplitNeededError, match="does not say which of its images train and which test"):
        open_dataset(tmp_path / "set")


@pytest.mark.parametrize("mode", ["grey", "colour", "alpha"])
def test_an_image_of_48_pixels_stays_as_it_is(tmp_path: Path, mode: str):
    gray = noise()
    image = {"grey": gray, "colour": np.dstack([gray] * 3), "alpha": np.dstack([gray] * 3 + [np.full_like(gray, 255)])}
    write_image(tmp_path / "set" / "train" / "sad" / "1.png", image[mode])
    np.testing.assert_array_equal(open_dataset(tmp_path / "set").faces.images[0], gray)


def test_other_sizes_pass_through_the_pipelines_own_crop(shared: Path, yunet: Path, tmp_path: Path):
    data = shared / "data" / "faces"
    folder = tmp_path / "set" / "train"
    (folder / "happy").mkdir(parents=True)
    (folder / "neutral").mkdir()
    (folder / "happy" / "justin.jpg").write_bytes((data / "justin.jpg").read_bytes())
    (folder / "neutral" / "nobody.jpg").write_bytes((data / "no-faces.jpg").read_bytes())
    tight = np.tile(np.linspace(0, 255, 100).astype(np.uint8), (96, 1))
    write_image(folder / "happy" / "tight.png", tight)
    got = open_dataset(tmp_path / "set")
    assert got.faces.source.tolist() == ["train/happy/justin.jpg", "train/happy/tight.png"]
    image = read_photo(data / "justin.jpg").image_bgr
    detector = open_detector("yunet")
    expected = crop_faces(image, detector.detect(image, WEBCAM), FRAMINGS["yunet"])
    assert len(expected) == 1
    np.testing.assert_array_equal(got.faces.images[0], expected[0])
    # No face is seen in a slope of grey: small as it is, it is taken whole, from edge to edge.
    assert got.faces.images[1][:, 0].max() < 12 and got.faces.images[1][:, -1].min() > 243
    (problem,) = got.problems
    assert (problem.kind, problem.source) == ("no_face", "train/neutral/nobody.jpg")
    assert "1 image of another size than 48 x 48: the face that yunet found was cut out" in got.notes[0]
    assert "In 1 small one none was found; it was taken whole" in got.notes[0]


def test_a_damaged_image_in_a_zip_leaves_the_others(tmp_path: Path, faces: FaceSet):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as pack:
        for n in range(3):
            pack.writestr(f"train/sad/{n}.png", cv2.imencode(".png", faces.images[n])[1].tobytes())
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    got = open_dataset(path)
    assert got.faces.source.tolist() == ["train/sad/0.png", "train/sad/2.png"]
    assert [problem.source for problem in got.problems] == ["train/sad/1.png"]
    assert "a.zip: train/sad/1.png is damaged or cut off" in got.problems[0].message


def test_a_huge_image_is_refused_from_its_header(tmp_path: Path, configure: Callable[..., None]):
    configure(FER_MAX_MEGAPIXELS=0.01)
    write_image(tmp_path / "set" / "train" / "sad" / "1.png", noise())
    write_image(tmp_path / "set" / "train" / "sad" / "large.png", noise(200))
    got = open_dataset(tmp_path / "set")
    assert len(got.faces) == 1 and "at most 0.01 megapixels" in got.problems[0].message


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from fer.dataset import folders

    monkeypatch.setattr(folders, "MOST_FILES", 2)
    for n in range(3):
        write_image(tmp_path / "set" / "happy" / f"{n}.png", noise())
    with pytest.raises(DataError, match="holds more than 2 files"):
        open_dataset(tmp_path / "set")


def test_a_zip_from_windows(tmp_path: Path, faces: FaceSet):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as pack:
        data = cv2.imencode(".png", faces.images[0])[1].tobytes()
        info = zipfile.ZipInfo("archive/train/fear/1.png")
        info.filename = "archive\\train\\fear\\1.png"
        pack.writestr(info, data)
    got = open_dataset(tmp_path / "a.zip")
    assert got.faces.source.tolist() == ["archive/train/fear/1.png"]
    np.testing.assert_array_equal(got.faces.images[0], faces.images[0])

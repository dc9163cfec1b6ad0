"""The command line, as a person types it: in processes of its own."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fer import registry
from fer.emotions import EMOTIONS

ROOT = Path(__file__).resolve().parents[2]


def fer(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fer", *map(str, arguments)]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    assert "Traceback" not in result.stderr, result.stderr
    return result


@pytest.fixture
def faces(shared: Path) -> Path:
    return shared / "data" / "faces"


def test_photos_as_json_follow_the_contract(yunet: Path, faces: Path) -> None:
    result = fer("analyze", faces / "justin.jpg", faces / "no-faces.jpg", "--json", "-")
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["schema"] == 1
    justin, nobody = document["inputs"]
    assert set(justin) == {"input", "width", "height", "detector", "model", "faces"}
    assert (justin["width"], justin["height"], justin["detector"]) == (381, 384, "yunet")
    (face,) = justin["faces"]
    assert set(face) == {"box", "score", "emotion", "confidence", "unsure", "probabilities"}
    assert face["emotion"] == "happy" and face["unsure"] is False
    assert list(face["probabilities"]) == list(EMOTIONS)
    assert sum(face["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    assert all(isinstance(value, int) for value in face["box"])
    assert nobody["faces"] == []


def test_a_recording_as_json_csv_and_video(yunet: Path, faces: Path, tmp_path: Path) -> None:
    targets = [tmp_path / name for name in ("out.json", "out.csv", "out.mp4")]
    flags = [part for pair in zip(("--json", "--csv", "--video"), targets, strict=True) for part in pair]
    result = fer("analyze", faces / "test.mp4", "--fps", "5", *flags)
    assert result.returncode == 0, result.stderr
    (recording,) = json.loads(targets[0].read_text(encoding="utf-8"))["inputs"]
    assert recording["fps"] == pytest.approx(25, abs=0.5) and recording["analyzed_fps"] == 5
    assert recording["duration_s"] == pytest.approx(4.6, abs=0.1)
    assert len(recording["frames"]) == 23
    face = recording["frames"][5]["faces"][0]
    assert face["track"] == 1
    assert set(face["smoothed"]) == {"emotion", "confidence", "unsure", "probabilities"}
    rows = list(csv.DictReader(io.StringIO(targets[1].read_text(encoding="utf-8"))))
    assert len(rows) == sum(len(frame["faces"]) for frame in recording["frames"])
    assert targets[2].stat().st_size > 10_000


def test_one_bad_input_does_not_stop_the_others(yunet: Path, faces: Path, tmp_path: Path) -> None:
    broken = tmp_path / "notes.jpg"
    broken.write_text("not a photo")
    result = fer("analyze", broken, tmp_path / "gone.png", faces / "justin.jpg", "--json", "-")
    assert result.returncode == 2
    first, second, third = json.loads(result.stdout)["inputs"]
    assert set(first) == {"input", "error"} and "not an image" in first["error"]
    assert "gone.png" in second["error"]
    assert len(third["faces"]) == 1
    assert len(result.stderr.strip().splitlines()) == 2, "a sentence for each"


def test_a_folder_gives_its_files_in_name_order(yunet: Path, faces: Path, tmp_path: Path) -> None:
    for name in ("b.jpg", "a.jpg"):
        (tmp_path / name).write_bytes((faces / "justin.jpg").read_bytes())
    (tmp_path / "readme.txt").write_text("left out")
    document = json.loads(fer("analyze", tmp_path, "--json", "-").stdout)
    assert [Path(element["input"]).name for element in document["inputs"]] == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["justin.jpg", "--detector", "dlib"], "there is no detector called dlib"),
        (["justin.jpg", "--model", "nope"], "no face model is called nope"),
        (["justin.jpg", "--video", "out.mp4"], "--video takes exactly one recording"),
        (["justin.jpg", "--json", "no-such-folder/out.json"], "cannot be written"),
        (["test.mp4", "--video", "no-such-folder/out.mp4"], "no-such-folder/out.mp4 cannot be written (No such file"),
        (["test.mp4", "--video", "tests"], "tests cannot be written (Is a directory)"),
        (["test.mp4", "--fps", "-1"], "--fps must be 0"),
    ],
)
def test_wrong_options_end_in_a_sentence(yunet: Path, faces: Path, arguments: list[str], sentence: str) -> None:
    result = fer("analyze", faces / arguments[0], *arguments[1:])
    assert result.returncode == 2
    assert sentence in result.stderr


def test_a_folder_that_gives_nothing_does_not_stop_the_others(yunet: Path, faces: Path, tmp_path: Path) -> None:
    result = fer("analyze", tmp_path, faces / "justin.jpg", "--json", "-")
    assert result.returncode == 2 and "holds no photos or recordings" in result.stderr
    empty, justin = json.loads(result.stdout)["inputs"]
    assert set(empty) == {"input", "error"} and empty["input"] == str(tmp_path)
    assert len(justin["faces"]) == 1


def test_a_folder_that_may_not_be_entered_is_an_error_of_its_own(as_nobody: Callable[[str], str], home: Path) -> None:
    out = as_nobody(
        "from fer.cli import Path, _files_of; import fer.faces.images, fer.faces.video\n"
        f"print(_files_of([Path({str(home)!r}), Path({str(home / 'a.jpg')!r}), Path('b.jpg')]))"
    )
    assert out.count("cannot be read (Permission denied). Check its permissions.") == 2
    assert "('b.jpg'), '')" in out


@pytest.mark.parametrize("flag", ["--json", "--csv"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_ends_in_a_sentence(yunet: Path, faces: Path, flag: str) -> None:
    result = fer("analyze", faces / "justin.jpg", flag, "/dev/full")
    assert result.returncode == 2
    (sentence,) = result.stderr.strip().splitlines()
    assert "(No space left on device)" in sentence and "the room on its disk" in sentence


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_standard_output_ends_in_a_sentence(yunet: Path, faces: Path) -> None:
    command = [sys.executable, "-m", "fer", "analyze", str(faces / "justin.jpg"), "--json", "-"]
    with open("/dev/full", "wb") as full:
        result = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 2
    (sentence,) = result.stderr.strip().splitlines()
    assert sentence.startswith("The results cannot be read or written (No space left on device)")


def test_without_a_folder_for_temporary_files_a_sentence_says_so(
    yunet: Path, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import sys, tempfile; from fer.cli import main\n"
        "tempfile.tempdir = '/no/such/folder'; sys.argv = ['fer', 'analyze', sys.argv[1]]; main()"
    )
    command = [sys.executable, "-c", code, str(faces / "test.mp4")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 2 and "Traceback" not in result.stderr
    assert "cannot be read or written (No such file or directory)" in result.stderr


@pytest.mark.parametrize("flag", ["--json", "--csv", "--video"])
def test_an_input_is_never_overwritten(yunet: Path, faces: Path, tmp_path: Path, flag: str) -> None:
    path = tmp_path / "class.mp4"
    path.write_bytes((faces / "test.mp4").read_bytes())
    before = path.read_bytes()
    (tmp_path / "inner").mkdir()
    result = fer("analyze", path, flag, tmp_path / "inner" / ".." / "class.mp4")
    assert result.returncode == 2 and "is one of the inputs and would be overwritten" in result.stderr
    assert path.read_bytes() == before


def test_what_is_written_on_the_way_is_no_input_either(yunet: Path, faces: Path, tmp_path: Path) -> None:
    path = tmp_path / "class.part.mp4"
    path.write_bytes((faces / "test.mp4").read_bytes())
    result = fer("analyze", path, "--video", tmp_path / "class.mp4")
    assert result.returncode == 2 and "class.part.mp4 is one of the inputs" in result.stderr and path.exists()


def test_a_video_may_be_called_after_a_time(yunet: Path, faces: Path, tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no such names")
    command = [sys.executable, "-m", "fer", "analyze", str(faces / "test.mp4"), "--fps", "1", "--video", "10:30.mp4"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "10:30.mp4").stat().st_size > 1000


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_names_that_the_terminal_cannot_show(yunet: Path, faces: Path, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "Łódź😀.jpg"
    path.write_bytes((faces / "justin.jpg").read_bytes())
    (element,) = json.loads(fer("analyze", path, "--json", "-", PYTHONIOENCODING=encoding).stdout)["inputs"]
    assert element["input"] == str(path) and len(element["faces"]) == 1
    result = fer("analyze", path, PYTHONIOENCODING=encoding)
    assert result.returncode == 0 and "1 face: happy" in result.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes names that are no text")
def test_a_name_that_is_no_text(yunet: Path, faces: Path, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg"))
    path.write_bytes((faces / "justin.jpg").read_bytes())
    result = fer("analyze", tmp_path, "--json", "-", "--csv", tmp_path / "out.csv")
    assert result.returncode == 0, result.stderr
    (element,) = json.loads(result.stdout)["inputs"]
    assert element["input"] == str(path)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's pipes")
def test_a_reader_that_left_is_no_traceback(yunet: Path, faces: Path) -> None:
    command = [sys.executable, "-m", "fer", "analyze", str(faces / "justin.jpg"), "--json", "-"]
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert result.returncode == 1 and result.stderr == ""


def test_without_network_haar_answers_and_says_so_once(home: Path, faces: Path) -> None:
    result = fer("analyze", faces / "justin.jpg", faces / "no-faces.jpg", "--json", "-", FER_HOME=str(home))
    assert result.returncode == 0
    assert [element["detector"] for element in json.loads(result.stdout)["inputs"]] == ["haar", "haar"]
    assert result.stderr.count("Haar") == 1


def test_yunet_by_name_without_network_is_refused(home: Path, faces: Path) -> None:
    result = fer("analyze", faces / "justin.jpg", "--detector", "yunet", FER_HOME=str(home))
    assert result.returncode == 2 and "FER_YUNET_PATH" in result.stderr


def test_models_are_listed_and_verified() -> None:
    result = fer("models", "--verify")
    assert result.returncode == 0, result.stderr
    assert "taken by default" in result.stdout and "verified" in result.stdout
    assert "DAMAGED" not in result.stdout


def test_a_damaged_model_is_found(tmp_path: Path) -> None:
    models = Path(os.environ.get("FER_MODELS", ROOT / "models"))
    for file in models.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    onnx = tmp_path / registry.find(kind="face").files["onnx"].path
    data = bytearray(onnx.read_bytes())
    data[len(data) // 2] ^= 1
    onnx.write_bytes(data)
    result = fer("models", "--verify", FER_MODELS=str(tmp_path))
    assert result.returncode == 2 and "DAMAGED" in result.stdout
    result = fer("analyze", ROOT / "README.md", FER_MODELS=str(tmp_path))
    assert result.returncode == 2 and "damaged" in result.stderr

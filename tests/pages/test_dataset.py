"""The data set page without a browser: every way in, every tab, bad files, checks, the clean list, deletion."""

from __future__ import annotations

import gzip
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from fer.dataset.demo import demo_faces
from fer.dataset.export import write_csv
from fer.dataset.faceset import FaceSet
from fer.dataset.twins import image_digest
from fer.emotions import EMOTIONS
from fer.runs.folder import Run, all_runs
from fer.settings import ROOT
from fer.ui import dataset_faces, face_grid
from fer.ui.dataset import TABS

PATIENCE_S = 120


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, FaceSet]:
    """Two hundred and ten drawn faces, drawn once for all tests, and a file that holds them."""
    faces = demo_faces(30)
    path = tmp_path_factory.mktemp("drawn") / "drawn.npz"
    np.savez_compressed(path, pixels=faces.images, emotion=faces.labels, usage=faces.usage)
    return path, faces


@pytest.fixture
def small(drawn: tuple[Path, FaceSet]) -> FaceSet:
    """Seventy rows, ten of each emotion: a twin across splits, a twin with another label, a blank one."""
    faces = drawn[1]
    rows = np.concatenate([np.flatnonzero(faces.labels == label)[:10] for label in range(len(EMOTIONS))])
    images, labels = np.array(faces.images[rows]), np.array(faces.labels[rows])
    usage = np.where(np.arange(len(rows)) % 10 == 9, 1, 0).astype(np.uint8)
    images[[9, 11]] = images[[8, 30]]
    labels[9] = labels[8]
    images[20] = 0
    return FaceSet(images, labels, usage)


@pytest.fixture
def table(small: FaceSet, tmp_path: Path) -> bytes:
    """Those rows as fer2013.csv."""
    write_csv(small, tmp_path / "made.csv")
    return (tmp_path / "made.csv").read_bytes()


def dataset_page(address: dict[str, str] | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE_S).run()
    for name, value in (address or {}).items():
        app.query_params[name] = value
    app.switch_page("pages/dataset.py").run()
    assert not app.exception
    return app


def dropped(data: bytes, name: str = "fer2013.csv", app: AppTest | None = None) -> AppTest:
    app = app or dataset_page()
    app.file_uploader(key="dataset.file").set_value((name, data, "text/csv")).run()
    assert not app.exception
    return app


def to_tab(app: AppTest, tab: str) -> AppTest:
    app.session_state["dataset.tab"] = tab
    app.run()
    assert not app.exception and not app.error, (tab, [error.value for error in app.error])
    return app


def words(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.header, *app.subheader]
    return " ".join(part.value for part in parts).replace("\\", "")


def errors(app: AppTest) -> str:
    return " ".join(error.value for error in app.error).replace("\\", "")


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def downloads(app: AppTest) -> set[str]:
    return {button.label for button in app.get("download_button")}


def click_face(monkeypatch: pytest.MonkeyPatch, key: str, row: int) -> None:
    """Have the next pass find that a face of a grid was clicked: without a browser nobody can."""
    real = face_grid._grid

    def grid(**arguments: object) -> object:
        answer = real(**arguments)
        return {"face": row} if arguments["key"] == key else answer

    monkeypatch.setattr(face_grid, "_grid", grid)


def test_the_empty_page_says_how_to_begin(home: Path) -> None:
    app = dataset_page()
    assert "Drop **fer2013.csv**" in words(app) and "24 hours" in words(app)
    assert {"dataset.drawn", "dataset.open_path", "dataset.fetch"} <= keys(app)


def test_a_hosted_server_offers_no_path_and_no_download(
    configure: Callable[..., None], drawn: tuple[Path, FaceSet], home: Path
) -> None:
    configure(FER_HOSTED="true")
    (home / "data").mkdir()
    shutil.copy(drawn[0], home / "data" / "fer2013.npz")
    app = dataset_page()
    assert keys(app) == {"dataset.drawn"} and not app.text_input


def test_the_drawn_set_is_called_drawn_and_every_tab_shows_it(
    home: Path, drawn: tuple[Path, FaceSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Fewer faces than the page draws, and drawn before: that takes ten seconds.
    monkeypatch.setattr("fer.dataset.demo.demo_faces", lambda *_: drawn[1])
    app = dataset_page()
    app.button(key="dataset.drawn").click().run()
    assert not app.exception and not app.error
    assert "**210 faces**" in words(app) and "drawn by Classmood" in words(app)
    found = {tab: words(to_tab(app, tab)) for tab in TABS}
    assert "Identical images" in found["Overview"] and "Faces of each emotion" in found["Overview"]
    assert "of 210 faces" in found["Faces"]
    assert "What to leave out" in found["Checks"]
    assert "grey value" in found["Statistics"]
    assert "Lay out" not in found["Map"] and "dataset.begin_map" in keys(to_tab(app, "Map"))
    assert "Most typical" in found["Typical and odd"]
    assert "nobody voted on drawn faces" in found["Label noise"]


@pytest.mark.parametrize("statistic", ["Light and sharpness", "Mean faces", "Eigenfaces"])
def test_each_statistic_is_shown_with_its_data(home: Path, table: bytes, statistic: str) -> None:
    app = to_tab(dropped(table), "Statistics")
    app.button_group(key="dataset.statistic").set_value(statistic).run()
    assert not app.exception and not app.error
    assert downloads(app) & {"Data as CSV", "Each face as CSV"}


def test_the_slider_rebuilds_a_face_from_more_or_fewer_components(home: Path, table: bytes) -> None:
    app = to_tab(dropped(table), "Statistics")
    app.button_group(key="dataset.statistic").set_value("Eigenfaces").run()
    app.slider(key="dataset.components").set_value(0).run()
    assert "0 numbers instead of 2,304 tell **0.0 %**" in words(app)
    app.slider(key="dataset.components").set_value(60).run()
    assert "60 numbers instead of 2,304" in words(app) and not app.exception


def test_a_table_with_problems_is_read_and_each_is_named(home: Path, table: bytes) -> None:
    lines = table.decode().splitlines()
    lines[17] = lines[17].replace(" ", ",", 1)
    lines[18] = "9" + lines[18][1:]
    lines[19] = lines[19].rsplit(",", 1)[0] + ",Elsewhere"
    app = dropped("\n".join(lines).encode())
    assert "**67 faces**" in words(app)
    assert "What could not be read" in words(app)
    assert all(f"Row {row} has" in words(app) for row in (17, 18, 19)), words(app)
    assert "All as CSV" in downloads(app)


def test_what_is_known_from_pandas_is_there(home: Path, small: FaceSet, table: bytes) -> None:
    app = dropped(table)
    head, tail = (frame.value for frame in app.dataframe if "source" in frame.value)
    assert head["source"].tolist() == [f"row {n}" for n in range(1, 6)]
    assert tail.index.tolist() == [65, 66, 67, 68, 69]
    assert head["pixels"][0].startswith(" ".join(map(str, small.images[0].ravel()[:3])))
    assert "70 entries" in app.code[0].value and "emotion" in app.code[0].value


def test_missing_usages_are_asked_for_and_shared_out(home: Path, table: bytes) -> None:
    bare = "\n".join(line.rsplit(",", 1)[0] for line in table.decode().splitlines())
    app = dropped(bare.encode())
    assert "has no Usage column" in words(app) and not app.error
    app.number_input(key="dataset.public").set_value(20)
    next(button for button in app.button if button.label == "Share them out").click().run()
    assert not app.exception and not app.error
    assert "**70 faces**: " in words(app) and "PublicTest" in words(app) and "PrivateTest" in words(app)
    # A reload finds it shared out as before.
    again = dataset_page({name: app.query_params[name] for name in ("run", "key")})
    assert "**70 faces**: " in words(again)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.csv", b"", "empty"),
        ("head.csv", b"emotion,pixels,Usage\n", "head.csv"),
        ("notes.csv", b"Dear diary\n" * 50, "notes.csv"),
        ("cut.zip", b"PK\x03\x04" + bytes(40), "cut.zip"),
        ("cut.csv.gz", gzip.compress(b"emotion,pixels,Usage\n" * 99, mtime=0)[:40], "cut.csv.gz"),
        ("a_b*[c].npz", b"\x93NUMPY" + bytes(30), "single array"),
    ],
)
def test_a_bad_file_gets_a_sentence_and_leaves_nothing(home: Path, name: str, data: bytes, said: str) -> None:
    app = dropped(data, name)
    assert said in errors(app) and len(app.error) == 1
    assert all_runs() == [] and "run" not in app.query_params
    assert "dataset.drawn" in keys(app)


def test_a_path_that_is_none_gets_a_sentence(home: Path) -> None:
    app = dataset_page()
    app.text_input(key="dataset.path").set_value("/no/such/fer2013.csv").run()
    app.button(key="dataset.open_path").click().run()
    assert "there is no such file" in errors(app) and all_runs() == []


def test_an_upload_leaves_memory_and_lies_in_its_own_folder(
    home: Path, table: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    managers: list[MemoryUploadedFileManager] = []
    make = MemoryUploadedFileManager.__init__

    def note(self: MemoryUploadedFileManager, *arguments: str) -> None:
        make(self, *arguments)
        managers.append(self)

    monkeypatch.setattr(MemoryUploadedFileManager, "__init__", note)
    app = dropped(table, "../my faces?.csv")
    (run,) = all_runs()
    assert (run.folder / "upload" / "my faces_.csv").read_bytes() == table
    assert not any(managers[-1].file_storage.values())
    assert not (home / "datasets").exists(), "what is made of an upload lies with it"
    assert app.query_params["run"] == run.id


def test_filters_choose_faces_and_one_is_looked_at(
    home: Path, small: FaceSet, table: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = to_tab(dropped(table), "Faces")
    app.button_group(key="dataset.emotions").set_value(["happy", "sad"]).run()
    assert "**20** of 70 faces" in words(app)
    app.selectbox(key="dataset.usage").set_value("PublicTest").run()
    assert "**2** of 70 faces" in words(app)
    app.button_group(key="dataset.emotions").set_value([]).run()
    app.selectbox(key="dataset.usage").set_value("any").run()
    app.selectbox(key="dataset.kind").set_value("blank").run()
    assert "**1** of 70 faces" in words(app)
    app.button_group(key="dataset.emotions").set_value(["angry"]).run()
    assert "No face fits all of these filters" in words(app)
    app.button_group(key="dataset.emotions").set_value([]).run()
    click_face(monkeypatch, "dataset.grid", 20)
    app.run()
    assert not app.exception and not app.error
    assert "**row 21**, Training" in words(app) and "What the network says" in words(app)
    assert "48 × 48 grey values from 0 to 0" in words(app)
    (pixels,) = (frame.value for frame in app.dataframe if frame.value.shape == (48, 48))
    assert not pixels.to_numpy().any()


def test_a_face_is_found_by_its_rows_number(home: Path, table: bytes) -> None:
    app = to_tab(dropped(table), "Faces")
    app.text_input(key="dataset.wanted").set_value("17")
    next(button for button in app.button if button.label == "Show it").click().run()
    assert "**row 17**" in words(app) and not app.exception
    app = to_tab(app, "Overview")
    app = to_tab(app, "Faces")
    app.text_input(key="dataset.wanted").set_value("4711")
    next(button for button in app.button if button.label == "Show it").click().run()
    assert "There is no such face" in words(app)


TURNED = {"row": 40, "source": "row 41", "reason": "Suspect label: looks sad"}


def image_of(faces: FaceSet, row: int) -> str:
    return image_digest(faces.images[row]).hex()[:12]


def test_a_clean_list_leaves_out_what_is_chosen(
    home: Path, table: bytes, monkeypatch: pytest.MonkeyPatch, small: FaceSet
) -> None:
    lists: list[str] = []
    monkeypatch.setattr("fer.ui.dataset_clean.download_made", lambda make, *rest: lists.append(make()), raising=True)
    app = to_tab(dropped(table), "Checks")
    # The twin of the test's image, one of the twins with two labels, the blank one.
    assert "This leaves out **3** of 70 faces; 67 stay" in words(app)
    document = json.loads(lists[-1])
    assert document["data"]["name"] == "fer2013.csv" and document["data"]["rows"] == 70
    assert {entry["source"] for entry in document["left_out"]} == {"row 9", "row 31", "row 21"}
    app.button_group(key="dataset.leave_out").set_value(["blank"]).run()
    assert "This leaves out **1** of 70 faces" in words(app)
    app.selectbox(key="dataset.look").set_value("blank").run()
    click_face(monkeypatch, "dataset.singles", 20)
    app.run()
    app.checkbox(key="dataset.keep_face").check().run()
    monkeypatch.undo()
    assert "This leaves out **0** of 70 faces" in words(to_tab(app, "Checks"))


def test_the_rows_of_another_list_are_added(
    home: Path, table: bytes, monkeypatch: pytest.MonkeyPatch, small: FaceSet
) -> None:
    """As the Evaluate page gives one, or somebody made before; rows of other data are refused."""
    lists: list[str] = []
    monkeypatch.setattr("fer.ui.dataset_clean.download_made", lambda make, *rest: lists.append(make()), raising=True)
    for image, n in ((image_of(small, 40), 4), ("0" * 12, 3)):
        app = to_tab(dropped(table), "Checks")
        document = json.loads(lists[-1])
        other = {**document, "left_out": [document["left_out"][0], {**TURNED, "image": image}]}
        upload = app.file_uploader(key="dataset.other_clean")
        upload.set_value(("clean-list.json", json.dumps(other).encode(), "application/json")).run()
        assert f"This leaves out **{n}** of 70 faces" in words(app)
        added = {entry["row"]: entry["reason"] for entry in json.loads(lists[-1])["left_out"]}
        assert added.get(40) == ("Suspect label: looks sad" if n == 4 else None) and len(added) == n
        assert ("shows another image than this data there" in errors(app)) == (n == 3)


def test_the_long_checks_run_in_a_worker_and_their_findings_are_shown(home: Path, yunet: Path, table: bytes) -> None:
    app = to_tab(dropped(table), "Checks")
    app.button(key="dataset.begin_checks").click().run()
    assert not app.exception and not app.error
    room = Run.open(app.query_params["run"])
    (work,) = (run for run in all_runs() if run.kind == "dataset_checks")
    until = time.monotonic() + PATIENCE_S
    while work.status().living:
        assert time.monotonic() < until, work.status()
        time.sleep(0.2)
    assert work.status().state == "done", (work.folder / "log.txt").read_text()
    app = to_tab(app, "Checks")
    assert "dataset.begin_checks" not in keys(app) and "dataset.stop_checks" not in keys(app)
    kinds = next(frame.value for frame in app.dataframe if "Finding" in frame.value)
    assert "The same photograph twice" in kinds["Finding"].tolist() or "Not a face?" in kinds["Finding"].tolist()
    # With it the network has looked at every face.
    app = to_tab(app, "Typical and odd")
    app.button_group(key="dataset.typical_way").set_value("What the network sees").run()
    assert "Most typical" in words(app) and not app.error
    app.button(key="dataset.delete").click().run()
    assert not room.folder.exists() and not work.folder.exists() and "dataset.drawn" in keys(app)


def test_work_that_was_stopped_says_so_and_can_go_on(home: Path, table: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer.dataset.room.start", lambda run: None)
    app = to_tab(dropped(table), "Map")
    app.button(key="dataset.begin_map").click().run()
    (work,) = (run for run in all_runs() if run.kind == "dataset_map")
    assert "dataset.stop_map_features" in keys(app)
    app.button(key="dataset.stop_map_features").click().run()
    assert work.stop_asked() and app.button(key="dataset.stop_map_features").disabled
    work.update(state="stopped", message="Stopped. What was done until then is kept.")
    app = to_tab(app, "Map")
    assert "Stopped" in app.warning[0].value and "dataset.begin_map" in keys(app)


def test_a_click_that_comes_with_another_choice_counts_for_that_choice(
    home: Path, table: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fer.dataset.room.start", lambda run: None)
    app = to_tab(dropped(table), "Map")
    # One pass of the page hears of both, as where the button is pressed before the choice was drawn.
    app.button_group(key="dataset.map_space").set_value("pixels")
    app.button(key="dataset.begin_map").click().run()
    assert not app.exception
    (work,) = (run for run in all_runs() if run.kind == "dataset_map")
    assert work.config()["space"] == "pixels" and "dataset.stop_map_pixels" in keys(app)


def test_ferplus_is_joined_where_it_fits_and_refused_where_not(home: Path, small: FaceSet, table: bytes) -> None:
    head = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    usages = ["PublicTest" if code else "Training" for code in small.usage]
    rows = [f"{usage},fer{n:07d}.png,0,4,0,0,6,0,0,0,0,0" for n, usage in enumerate(usages)]
    app = to_tab(dropped(table), "Label noise")
    wrong = "\n".join([head, *reversed(rows)])
    app.file_uploader(key="dataset.noise_file").set_value(("fer2013new.csv", wrong.encode(), "text/csv")).run()
    assert "the usages differ" in errors(app)
    right = "\n".join([head, *rows])
    app.file_uploader(key="dataset.noise_file").set_value(("fer2013new.csv", right.encode(), "text/csv")).run()
    assert not app.error and not app.exception
    # All ten votes say angry before happy: only the ten angry faces are named so.
    assert f"**{100 * 10 / 70:.1f} %** of 70 faces" in words(app)
    assert "with FER+" in words(app)


def test_without_the_key_nothing_is_shown(home: Path, table: bytes) -> None:
    app = dropped(table)
    stranger = dataset_page({"run": app.query_params["run"], "key": "guess"})
    assert "There is no such run" in words(stranger) and "70 faces" not in words(stranger)
    assert "run" not in stranger.query_params


def test_another_data_set_leaves_the_first_where_it_is_until_it_is_deleted(home: Path, table: bytes) -> None:
    app = dropped(table)
    (run,) = all_runs()
    app.button(key="dataset.another").click().run()
    assert "**fer2013.csv** is still here" in words(app) and "run" not in app.query_params
    app.button(key=f"dataset.back.{run.id}").click().run()
    assert "**70 faces**" in words(app)
    app.button(key="dataset.another").click().run()
    app.button(key=f"dataset.delete.{run.id}").click().run()
    assert not run.folder.exists() and "is still here" not in words(app)


def test_a_damaged_room_gets_a_sentence_and_can_be_deleted(home: Path, table: bytes) -> None:
    app = dropped(table)
    (run,) = all_runs()
    (run.folder / "choices.json").write_text("{")
    app = dataset_page({"run": run.id, "key": app.query_params["key"]})
    assert "choices.json is damaged" in errors(app)
    app.button(key="dataset.delete").click().run()
    assert not run.folder.exists() and not app.exception


def test_rows_are_found_by_number_name_or_part_of_it() -> None:
    blank = np.zeros((3, 48, 48), np.uint8)
    names = np.array(["train/happy/a17.jpg", "train/sad/17.jpg", "test/sad/b.jpg"])
    faces = FaceSet(blank, np.zeros(3, np.uint8), np.zeros(3, np.uint8), names)
    assert dataset_faces.find_row(faces, "train/sad/17.jpg") == 1
    assert dataset_faces.find_row(faces, "17.jpg") == 0
    assert dataset_faces.find_row(faces, "c.jpg") is None

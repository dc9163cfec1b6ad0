"""The Evaluate page without a browser: every tab, two models, cells and thresholds, what is wrong, and what is kept."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fer.dataset.demo import demo_faces
from fer.dataset.faceset import FaceSet
from fer.dataset.origin import Origin
from fer.emotions import EMOTIONS
from fer.errors import InputError, ModelError
from fer.evaluation.brought import BroughtConfig, brought_model, labels_from, new_evaluation_run
from fer.faces.classify import open_classifier
from fer.registry import find, models
from fer.runs.folder import all_runs
from fer.settings import ROOT, settings
from fer.ui import confusion_grid, evaluate_choice
from fer.ui.evaluate import TABS


@pytest.fixture(scope="session")
def drawn() -> FaceSet:
    faces = demo_faces(30)
    usage = np.array(faces.usage)
    usage[np.flatnonzero(usage == 0)[::2]] = 1
    return FaceSet(faces.images, faces.labels, usage)


@pytest.fixture(autouse=True)
def _own_home(home: Path) -> Iterator[None]:
    yield
    for run in all_runs():
        run.delete()


@pytest.fixture
def data(drawn: FaceSet, tmp_path: Path) -> Path:
    np.savez(tmp_path / "faces.npz", pixels=drawn.images, emotion=drawn.labels, usage=drawn.usage)
    return tmp_path / "faces.npz"


@pytest.fixture
def second_model(home: Path) -> str:
    """A model beside the one that ships: the same network, whose answers go to the next emotion."""
    entry = find()
    folder = home / "models"
    folder.mkdir(parents=True)
    shutil.copy(entry.verified("onnx"), folder / "turned.onnx")
    document = json.loads((settings().models / "manifest.json").read_text(encoding="utf-8"))
    own = next(one for one in document["models"] if one["name"] == entry.name)
    onnx = {**own["files"]["onnx"], "path": "turned.onnx"}
    turned = {**own, "name": "turned", "default": False, "files": {"onnx": onnx},
              "labels": [*EMOTIONS[1:], EMOTIONS[0]]}  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps({"schema": 1, "models": [turned]}), encoding="utf-8")
    return "turned"


def page() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    app.switch_page("pages/evaluate.py").run()
    assert not app.exception
    return app


def opened(data: Path) -> AppTest:
    app = page()
    app.text_input(key="dataset.path").set_value(str(data)).run()
    app.button(key="dataset.open_path").click().run()
    assert not app.exception and not app.error, [one.value for one in app.error]
    return app


def to_tab(app: AppTest, tab: str) -> AppTest:
    app.session_state["evaluate.tab"] = tab
    app.run()
    assert not app.exception and not app.error, (tab, [one.value for one in app.error])
    return app


def words(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.info, *app.header, *app.subheader, *app.error, *app.get("html")]
    return (
        " ".join(str(getattr(part, "value", None) or part.proto.body) for part in shown)
        .replace("\\", "")
        .replace("\u00a0", " ")
    )


def test_the_empty_page_leads_to_data() -> None:
    app = page()
    assert "First the faces" in words(app)
    assert "dataset.drawn" in {button.key for button in app.button}


def test_every_tab_shows_the_model_on_these_faces(data: Path, drawn: FaceSet) -> None:
    app = opened(data)
    n = int((drawn.usage == 1).sum())
    found = {title: words(to_tab(app, title)) for title, _ in TABS}
    assert f"{find().name} on {n} faces" in found["Overview"]
    assert "Top-2" in found["Overview"] and "Calibration error" in found["Overview"]
    assert "PublicTest was looked at" in found["Overview"], "the selection set is called so"
    assert "Recall" in found["Per emotion"] and "The area" in found["Per emotion"]
    assert "are called" in found["Confusion"]
    assert "of the faces get an answer" in found["Calibration"]
    assert "Wrong answers" in found["Mistakes"]
    assert "Choose a second model" in found["Compare"]
    assert "Join FER+" in found["Crowd"]
    assert "written from its manifest" in found["Model card"]


def test_a_second_opening_asks_nobody(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = words(opened(data))

    def refuse(*_: object) -> None:
        raise AssertionError("a model was asked again")

    monkeypatch.setattr(evaluate_choice, "judged_model", refuse)
    assert "Accuracy" in first and words(opened(data)) == first


def test_a_cell_that_is_chosen_shows_its_faces(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = to_tab(opened(data), "Confusion")
    assert "labelled" in words(app).lower()
    real, sent = confusion_grid._grid, []

    def grid(**arguments: object) -> object:
        answer = real(**arguments)
        sent.append(arguments["data"])
        return {"cell": [3, 3]} if len(sent) == 1 else answer

    monkeypatch.setattr(confusion_grid, "_grid", grid)
    app.run()
    assert "Labelled ● happy, answered ● happy" in words(app)
    faces = np.load(data)
    answers = open_classifier().probabilities(faces["pixels"][(faces["usage"] == 1) & (faces["emotion"] == 3)])
    right = np.sort(answers.max(1)[answers.argmax(1) == 3])[::-1]
    cards = next(str(part.proto.body) for part in app.get("html") if "cm-faces" in str(part.proto.body))
    said = [int(percent) for percent in re.findall(r"(\d+)\s%; labelled happy", cards)]
    assert len(said) == min(12, len(right)) == cards.count("<article") == cards.count("cm-bars")
    assert said == [round(100 * float(share)) for share in right[:12]], "the surest come first"
    cells = sent[0]["cells"]
    assert len(cells) == 7 and "labelled happy, answered happy" in cells[3][3]["told"]
    app.button_group(key="evaluate.count_by").set_value("Counts").run()
    shown = [[int(cell["text"].replace(",", "")) for cell in row] for row in sent[-1]["cells"]]
    assert np.sum(shown) == int((np.load(data)["usage"] == 1).sum())


def test_nonsense_from_a_browser_chooses_no_cell(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for nonsense in ([7, 0], ["a", 1], {"x": 1}, [1], [-1, 2], None):
        monkeypatch.setattr(confusion_grid, "_grid", lambda nonsense=nonsense, **_: {"cell": nonsense})
        assert confusion_grid.confusion_grid(np.eye(7, dtype=int), "Counts", (0, 0), "evaluate.confusion") is None


def test_the_threshold_says_what_it_withholds(data: Path) -> None:
    app = to_tab(opened(data), "Calibration")
    slider = app.slider(key="evaluate.threshold")
    assert slider.value == round(100 * find().unsure_below), "it begins where the live view stands"
    slider.set_value(0).run()
    assert "**100.0 %** of the faces get an answer" in words(app)
    slider.set_value(100).run()
    assert "none is left" in words(app)


def test_what_reads_faces_elsewhere_is_what_is_evaluated(data: Path, second_model: str) -> None:
    assert opened(data).multiselect(key="evaluate.models").value == [find().name]
    manifest = settings().home / "models" / "manifest.json"
    document = json.loads(manifest.read_text(encoding="utf-8"))
    document["models"][0] |= {"default": True, "calibrated_on": "held_out"}
    manifest.write_text(json.dumps(document), encoding="utf-8")
    app = opened(data)
    assert find().name == second_model
    assert app.multiselect(key="evaluate.models").value == [second_model]
    assert "Fitted on one half" not in words(to_tab(app, "Calibration")), "its confidences never saw these faces"


def test_a_temperature_that_these_faces_chose_is_called_so(data: Path) -> None:
    app = opened(data)
    chosen = next(one.name for one in models("face") if one.calibrated_on == "PublicTest")
    app.multiselect(key="evaluate.models").set_value([chosen]).run()
    told = words(to_tab(app, "Calibration"))
    assert "was fitted on FER2013's PublicTest. Fitted on one half of these faces" in told


def test_two_models_are_held_against_each_other(data: Path, second_model: str) -> None:
    app = opened(data)
    app.multiselect(key="evaluate.models").set_value([find().name, second_model]).run()
    told = words(to_tab(app, "Compare"))
    assert f"{second_model} against {find().name}" in told and "McNemar" in told
    assert f"**{find().name}** is right more often" in told and "Chance alone hardly does that" in told
    assert f"Only {second_model} is right" in str(app.button_group(key="evaluate.differ").options)
    app.button_group(key="evaluate.looked_at").set_value(second_model).run()
    assert f"{second_model} on" in words(to_tab(app, "Overview"))


def test_suspect_labels_become_a_clean_list(drawn: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.array(drawn.labels)
    sure = open_classifier().probabilities(np.asarray(drawn.images))
    looked_at = np.flatnonzero((np.array(drawn.usage) == 1) & (sure.argmax(1) == labels))
    turned = looked_at[np.argsort(sure[looked_at].max(1))[-8:]]
    labels[turned] = (labels[turned] + 3) % len(EMOTIONS)
    np.savez(tmp_path / "turned.npz", pixels=drawn.images, emotion=labels, usage=drawn.usage)
    lists: list[str] = []
    monkeypatch.setattr("fer.ui.evaluate_mistakes.download_made", lambda make, *rest: lists.append(make()))
    app = to_tab(opened(tmp_path / "turned.npz"), "Mistakes")
    app.button_group(key="evaluate.mistakes").set_value("Suspect labels").run()
    assert not app.exception and "look suspect" in words(app)
    found = json.loads(lists[-1])
    assert found["data"]["rows"] == len(drawn)
    rows = {entry["row"] for entry in found["left_out"]}
    # The drawn faces are no easy ones: others are suspect, too.
    assert set(turned.tolist()) <= rows and len(rows) < len(looked_at) / 2
    assert f"This leaves out **{len(rows)}** of {len(drawn)} faces" in words(app)
    (box, *_) = [box for box in app.checkbox if str(box.key).startswith("evaluate.suspects.keep.")]
    kept = int(str(box.key).rsplit(".", 1)[1])
    box.check().run()
    assert {entry["row"] for entry in json.loads(lists[-1])["left_out"]} == rows - {kept}
    app.button_group(key="evaluate.mistakes").set_value("Closest calls").run()
    assert "nearly as probable" in words(app)


def test_one_row_and_one_class_are_shown_all_the_same(drawn: FaceSet, tmp_path: Path) -> None:
    happy = np.flatnonzero(drawn.labels == 3)
    for rows in (happy[:1], happy[:6]):
        path = tmp_path / f"happy-{len(rows)}.npz"
        np.savez(path, pixels=drawn.images[rows], emotion=drawn.labels[rows], usage=np.ones(len(rows), np.uint8))
        app = opened(path)
        for title, _ in TABS:
            to_tab(app, title)
        assert "No face here is labelled angry" in words(to_tab(app, "Per emotion"))


def test_a_file_that_is_none_and_classes_that_are_others_are_named(data: Path, tmp_path: Path) -> None:
    app = opened(data)
    app.text_input(key="evaluate.keras_path").set_value(str(tmp_path / "none.keras")).run()
    app.button(key="evaluate.keras_begin").click().run()
    assert "there is no such file" in words(app)
    app.text_input(key="evaluate.keras_labels").set_value("happy, sad").run()
    app.button(key="evaluate.keras_begin").click().run()
    assert "expected the seven, each once" in words(app)
    with pytest.raises(InputError, match="expected a .keras file"):
        new_evaluation_run(BroughtConfig(origin=Origin(data="demo"), usage="all", path="model.h5"))
    assert labels_from("Anger, disgust,fear,joy,neutral,sadness, surprise")[3] == "joy"


def test_a_damaged_result_of_a_brought_file_is_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.keras").write_bytes(b"x")
    config = BroughtConfig(origin=Origin(data=str(data)), usage="all", path=str(tmp_path / "mine.keras"))
    run = new_evaluation_run(config)
    assert brought_model(run) is None
    (run.artifacts / "model.json").write_text("{}")
    with pytest.raises(ModelError, match="Bring the file again"):
        brought_model(run)


def test_a_public_server_takes_no_file(configure: Callable[..., None], drawn: FaceSet, data: Path) -> None:
    configure(FER_HOSTED="true")
    app = page()
    app.file_uploader(key="dataset.file").set_value(("faces.npz", data.read_bytes(), "application/zip")).run()
    assert not app.exception and not app.error
    assert "Accuracy" in words(app)
    assert "evaluate.keras_begin" not in {button.key for button in app.button}
    assert "all" not in app.button_group(key="evaluate.usage").options

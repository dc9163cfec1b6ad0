"""The tabs Explain and Robustness without a browser: real workers, a real model, drawn faces, a photo, and refusals."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fer.dataset.demo import demo_faces
from fer.dataset.network_view import WHAT
from fer.dataset.results import Kept
from fer.dataset.room import begin_work, new_room, origin_of
from fer.evaluation import changes
from fer.evaluation.brought import Brought, BroughtConfig, brought_model, new_evaluation_run
from fer.evaluation.evaluated import Candidate, ask, part_of_data
from fer.evaluation.explanation import Explanation, explanation_key, keep_explanation
from fer.evaluation.served import Judged
from fer.faces.detect import Detections
from fer.runs.folder import Run, all_runs
from fer.settings import ROOT
from fer.ui import evaluate, evaluate_face

PATIENCE_S = 250
ROOMS = (("Explain", "fer.ui.evaluate_explain"), ("Robustness", "fer.ui.evaluate_robustness"))


@pytest.fixture(scope="session")
def drawn_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty-two drawn faces, thirty-five of them for training."""
    faces = demo_faces(6)
    path = tmp_path_factory.mktemp("rooms") / "drawn.npz"
    np.savez(path, pixels=faces.images, emotion=faces.labels, usage=(np.arange(42) % 6 == 5).astype(np.uint8))
    return path


@pytest.fixture
def room(home: Path, drawn_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setattr(evaluate, "TABS", ROOMS)
    yield new_room(drawn_file)
    for run in all_runs():
        run.delete()


def page(room: Run, tab: str, model: str = "") -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE_S).run()
    app.query_params["run"], app.query_params["key"] = room.id, room.key()
    app.switch_page("pages/evaluate.py").run()
    if model:
        app.session_state["evaluate.models"] = [model]
        app.run()
    app.session_state["evaluate.tab"] = tab
    app.run()
    assert not app.exception and not app.error, [error.value for error in app.error]
    return app


def words(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.subheader, *app.warning, *app.error, *app.get("html")]
    return " ".join(str(getattr(part, "value", "") or getattr(part.proto, "body", "")) for part in parts).replace(
        "\\", ""
    )


def press(app: AppTest, kind: str) -> AppTest:
    """Press the button that has a kind of work begun, and wait until its worker ended."""
    (button,) = [button for button in app.button if button.key.startswith(f"dataset.begin_{kind}")]
    button.click().run()
    assert not app.exception
    end = time.monotonic() + PATIENCE_S
    while any(run.status().living for run in all_runs() if run.kind == kind):
        assert time.monotonic() < end
        time.sleep(0.2)
    app.run()
    states = {run.status().state: run.status().message for run in all_runs() if run.kind == kind}
    assert set(states) == {"done"} and not app.exception and not app.error, states
    return app


def test_a_face_is_explained_and_its_neighbours_shown(room: Run):
    app = page(room, "Explain")
    assert "surest right" in words(app) and "What spoke for it" not in words(app)
    press(app, "explaining")
    shown = words(app)
    for expected in ("Grad-CAM: where the last maps, 5 × 5 places", "Occlusion: how much less probable",
                     "Integrated gradients: what each pixel adds", "Orange speaks for it", "none proves"):  # fmt: skip
        assert expected in shown
    assert [box.label for box in app.expander][-2:] == ["The first layer's 16 filters",
                                                   "What each of 19 layers makes of this face"]  # fmt: skip
    app.selectbox(key="evaluate.explained_layer").select_index(3).run()
    app.session_state["evaluate.explained_emotion"] = "fear"
    app.run()
    assert "speak for fear" in words(app) and not app.exception
    press(app, "describing")
    assert "Nearest in the numbers that its last layer reads" in words(app) and "is usual" in words(app)


def test_a_row_is_taken_by_its_name_and_a_wrong_one_told_of(room: Run):
    app = page(room, "Explain")
    app.text_input(key="evaluate.explain_wanted").set_value("3")
    next(button for button in app.button if button.label == "Take it").click().run()
    assert "row 3, labelled" in words(app)
    app.text_input(key="evaluate.explain_wanted").set_value("row 900")
    next(button for button in app.button if button.label == "Take it").click().run()
    assert "There is no row 900" in words(app) and not app.exception


def test_a_photo_of_ones_own_is_cut_out_and_forgotten(
    room: Run, shared: Path, yunet: Path, monkeypatch: pytest.MonkeyPatch
):
    looked_at = []
    real = evaluate_face.crop_faces

    def crop(image: np.ndarray, found: Detections, framing: object) -> np.ndarray:
        looked_at.append(len(found))
        return real(image, found, framing)

    monkeypatch.setattr(evaluate_face, "crop_faces", crop)
    app = page(room, "Explain")
    app.session_state["evaluate.face_source"] = evaluate_face.PHOTO_OF_MINE
    app.run()
    assert "let go at once" in words(app)
    photo = shared / "data" / "faces" / "justin.jpg"
    app.file_uploader[-1].set_value((photo.name, photo.read_bytes(), "image/jpeg")).run()
    assert "justin.jpg, face 1" in words(app) and looked_at == [1]
    held = app.session_state["dataset.held"]
    assert held.made[evaluate_face.CROPS][1].shape == (1, 48, 48)
    app.button(key="evaluate.forget_photo").click().run()
    assert evaluate_face.CROPS not in held.made
    none = shared / "data" / "faces" / "no-faces.jpg"
    app.file_uploader[-1].set_value((none.name, none.read_bytes(), "image/jpeg")).run()
    assert "no face was found" in words(app) and not app.exception
    app.file_uploader[-1].set_value(("a.jpg", b"no photo", "image/jpeg")).run()
    assert "not an image" in words(app) and not app.exception
    # Nothing of it lies on the disk.
    assert not [path for path in room.folder.rglob("*") if "justin" in path.name or path.suffix == ".jpg"]


def test_robustness_is_measured_by_a_worker(room: Run):
    app = page(room, "Robustness")
    assert "asked about 7 faces" in words(app)
    press(app, "robustness")
    shown = words(app)
    assert "right as they are. Points lost on average" in shown and "95 % intervals" in shown
    assert len(app.get("plotly_chart")) == len(changes.CHANGES)
    assert "Behind a mask" in shown and "Lit from one side" in shown
    # A second visit finds what was measured.
    again = page(room, "Robustness")
    assert len(again.get("plotly_chart")) == len(changes.CHANGES)
    assert not [button for button in again.button if "robustness" in button.key]


@pytest.fixture
def mine(room: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Candidate:
    """A file that was brought and has answered, as its worker leaves it; no worker starts (tests/unit/evaluation)."""
    monkeypatch.setattr("fer.dataset.room.start", lambda run: None)
    (tmp_path / "mine.keras").write_bytes(b"only a worker opens it")
    origin = origin_of(room)
    config = BroughtConfig(origin=origin, usage="PublicTest", path=str(tmp_path / "mine.keras"))
    run = new_evaluation_run(config)
    found = Brought(name="mine.keras", digest=config.digest_of("0" * 64), megabytes=1.0)
    (run.artifacts / "model.json").write_text(found.model_dump_json())
    begin_work(room, "evaluation-mine", run)
    run.update(state="done")
    model = brought_model(run)
    assert model is not None

    def answers(faces: np.ndarray) -> np.ndarray:
        return np.tile(np.array([0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1], np.float32), (len(faces), 1))

    opened = origin.open()
    ask(model, Judged("mine.keras", answers, answers), origin, opened, part_of_data(opened, "PublicTest"))
    return model


def begun(app: AppTest, kind: str) -> dict:
    """Press the button that has a kind of work begun; return what its worker is told."""
    next(button for button in app.button if button.key.startswith(f"dataset.begin_{kind}")).click().run()
    assert not app.exception
    (run,) = [run for run in all_runs() if run.kind == kind]
    run.update(state="done")
    return run.config()


def test_a_file_that_was_brought_is_explained_like_what_ships(room: Run, mine: Candidate):
    app = page(room, "Explain", mine.name)
    assert "What mine.keras says" in words(app) and "less than a minute" in words(app)
    told = mine.file.model_dump(mode="json")
    config = begun(app, "explaining")
    assert config["model"] == told and told["digest"] == mine.digest
    assert begun(app, "describing")["model"] == told
    opened = origin_of(room).open()
    row = app.session_state["dataset.held"].faces.source.tolist().index("row 30")
    face, parts = np.array(opened.faces.images[row]), np.zeros((7, 48, 48), np.float32)
    keep_explanation(room, explanation_key(mine, face), Explanation(
        np.full(7, 1 / 7, np.float32), parts, integrated=parts, notes=("mine.keras has no convolutions: a sentence.",)
    ))  # fmt: skip
    features = np.arange(84, dtype=np.float32).reshape(42, 2)
    arrays = {"features": features, "probabilities": np.full((42, 7), 1 / 7, np.float32)}
    Kept(origin_of(room), opened).keep_arrays(WHAT, arrays, model=mine.view_digest)
    app.text_input(key="evaluate.explain_wanted").set_value("30")
    next(button for button in app.button if button.label == "Take it").click().run()
    shown = words(app)
    assert "row 30, labelled" in shown and "Integrated gradients: what each pixel adds" in shown
    assert "mine.keras has no convolutions" in shown and "Grad-CAM: where" not in shown
    assert "Nearest in the numbers that its last layer reads" in shown and not app.exception


def test_a_file_that_was_brought_is_measured_like_what_ships(room: Run, mine: Candidate):
    app = page(room, "Robustness", mine.name)
    assert "**mine.keras** is asked about 7 faces" in words(app)
    config = begun(app, "robustness")
    assert config["model"]["path"] == mine.file.path and config["usage"] == "PublicTest"


def test_a_public_server_shows_no_file_that_was_brought(
    room: Run, mine: Candidate, monkeypatch: pytest.MonkeyPatch, configure: Callable[..., None]
):
    configure(FER_HOSTED="true")
    app = page(room, "Explain")
    assert mine.name not in app.multiselect(key="evaluate.models").options

"""The photo page: photos, bad files, the samples, the options, the downloads."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from fer.emotions import EMOTIONS
from fer.errors import InputError
from fer.faces.images import Photo
from fer.faces.pipeline import Face, FaceAnalyzer
from fer.settings import ROOT, settings
from fer.ui.photo_results import Dropped, _look

pytestmark = pytest.mark.usefixtures("yunet")


def photo_page(source: str = "Photos") -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    app.switch_page("pages/photo.py").run()
    if source != "Photos":
        app.button_group(key="photo.source").set_value(source).run()
    assert not app.exception
    return app


def dropped(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    app.file_uploader(key="photo.files").set_value([(name, data, "image/jpeg") for name, data in files]).run()
    assert not app.exception
    return app


def png(image_rgb: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image_rgb).save(out, "PNG")
    return out.getvalue()


def downloads(app: AppTest) -> dict[str, str]:
    """Which buttons offer a download."""
    return {button.label: button.proto.url for button in app.get("download_button")}


def text_of(app: AppTest) -> str:
    return " ".join(part.value for part in app.markdown)


def cards(app: AppTest) -> str:
    return " ".join(part.proto.body for part in app.get("html"))


def test_an_empty_page_says_how_to_begin():
    app = photo_page()
    assert "Drop one or several photos" in text_of(app)
    assert "Sample" in text_of(app)
    assert not app.get("html") or "cm-face" not in cards(app).split("</style>")[-1]


def test_a_photo_of_one_happy_person(shared: Path):
    app = dropped(photo_page(), ("justin.jpg", (shared / "data/faces/justin.jpg").read_bytes()))
    assert not app.error
    assert "1 face, happy" in text_of(app)
    assert 'aria-label="Face 1"' in cards(app) and "Face 2" not in cards(app)
    table = app.dataframe[0].value
    assert table["Emotion"].tolist() == ["● happy"]
    assert set(EMOTIONS) <= set(table.columns)
    assert {"Download CSV", "Download JSON", "Picture with marks"} <= set(downloads(app))


def test_a_photo_without_faces_says_what_may_help(shared: Path):
    app = dropped(photo_page(), ("no-faces.jpg", (shared / "data/faces/no-faces.jpg").read_bytes()))
    assert "No face found" in text_of(app) and "What may help" in text_of(app)
    assert not app.dataframe


def test_bad_files_get_their_sentence_and_the_others_go_on(shared: Path):
    app = dropped(
        photo_page(),
        ("notes.jpg", b"not a photo at all"),
        ("justin.jpg", (shared / "data/faces/justin.jpg").read_bytes()),
        ("empty.png", b""),
        ("cut.jpg", (shared / "data/faces/justin.jpg").read_bytes()[:9000]),
    )
    sentences = [error.value.replace("\\", "") for error in app.error]
    assert [sentence.split()[0] for sentence in sentences] == ["notes.jpg", "empty.png", "cut.jpg"]
    assert "0 bytes" in sentences[1]
    assert "1 face, happy" in text_of(app)


@pytest.mark.parametrize("fault", [MemoryError("no 192 MB"), cv2.error("insufficient memory")])
def test_one_photos_unforeseen_fault_leaves_the_others(
    fault: Exception, shared: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    analyze = FaceAnalyzer.analyze
    photos = iter(range(3))

    def fail_at_the_second(self: FaceAnalyzer, image_bgr: np.ndarray) -> list[Face]:
        if next(photos) == 1:
            raise fault
        return analyze(self, image_bgr)

    monkeypatch.setattr(FaceAnalyzer, "analyze", fail_at_the_second)
    data = (shared / "data/faces/justin.jpg").read_bytes()
    app = dropped(photo_page(), ("one.jpg", data), ("two.jpg", data), ("three.jpg", data))
    assert text_of(app).count("1 face, happy") == 2
    (error,) = app.error
    assert error.value.startswith("two.jpg") and str(fault) not in error.value
    logged = next(record for record in caplog.records if record.name == "fer.ui.messages")
    assert logged.getMessage().split()[1].rstrip(":") in error.value


def test_no_more_than_two_photos_are_decoded_at_a_time(monkeypatch: pytest.MonkeyPatch):
    busy, most, lock = 0, 0, threading.Lock()
    two_in = threading.Barrier(2)

    def decode() -> Photo:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        # Two get in together, or this breaks.
        two_in.wait(20)
        with lock:
            busy -= 1
        raise InputError("enough")

    drop = Dropped("a.jpg", "a", decode)
    visitors = [threading.Thread(target=_look, args=(drop, None)) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join(60)
    assert most == 2 and busy == 0


def test_a_huge_picture_is_refused_from_its_header():
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    app = dropped(photo_page(), ("huge.png", out.getvalue()))
    assert "64 megapixels" in app.error[0].value and "Scale it down" in app.error[0].value


def test_names_are_shown_as_they_are(shared: Path):
    data = (shared / "data/faces/no-faces.jpg").read_bytes()
    app = dropped(photo_page(), ("*bold*[x](http:a)<b>.jpg", data))
    shown = app.header[0].value
    assert "\\*bold\\*" in shown and "\\[x\\]" in shown and "\\<b\\>" in shown


def test_a_note_about_the_photo_is_shown():
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    app = dropped(photo_page(), ("moving.gif", out.getvalue()))
    assert "first of its 2 frames" in app.info[0].value


def test_the_drawn_class_is_called_drawn_and_found():
    app = photo_page("Sample")
    assert "draws itself" in " ".join(caption.value for caption in app.caption)
    assert "6 faces" in text_of(app)
    assert cards(app).count("<article") == 6


def test_the_astronaut_is_a_real_face_that_needs_no_network():
    app = photo_page("Sample")
    app.button_group(key="photo.sample").set_value("An astronaut").run()
    assert not app.exception
    assert "1 face" in text_of(app) and "Eileen Collins" in " ".join(caption.value for caption in app.caption)


def test_a_higher_threshold_calls_faces_unsure_everywhere():
    app = photo_page("Sample")
    slider = next(slider for slider in app.slider if slider.key.startswith("photo.unsure_below"))
    before = app.dataframe[0].value
    slider.set_value(95).run()
    table = app.dataframe[0].value
    unsure = table["Confidence"] < 95
    assert unsure.sum() > (before["Unsure"] == "unsure").sum()
    assert table["Unsure"].tolist() == ["unsure" if one else "" for one in unsure]
    assert f"{unsure.sum()} unsure" in text_of(app)
    assert cards(app).count("<strong>Unsure</strong>") == unsure.sum()


def test_haar_can_be_chosen():
    app = photo_page("Sample")
    app.selectbox(key="photo.detector").set_value("haar").run()
    assert not app.error
    assert any("Haar cascade" in caption.value for caption in app.caption)


def test_without_yunet_the_page_says_that_haar_stands_in(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FER_YUNET_PATH")
    settings.cache_clear()
    app = photo_page("Sample")
    assert any("Haar cascade" in info.value for info in app.info)
    assert "faces" in text_of(app)
    app.selectbox(key="photo.detector").set_value("yunet").run()
    assert "YuNet" in app.error[0].value
    assert not app.exception


def test_a_damaged_network_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "models"
    folder.mkdir()
    manifest = json.loads((settings().models / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest))
    for entry in manifest["models"]:
        (folder / entry["files"]["onnx"]["path"]).write_bytes(b"not a network")
    monkeypatch.setenv("FER_MODELS", str(folder))
    settings.cache_clear()
    app = photo_page("Sample")
    assert "damaged" in app.error[0].value
    assert not app.exception


def test_other_photos_are_forgotten(shared: Path):
    data = (shared / "data/faces/justin.jpg").read_bytes()
    app = dropped(photo_page(), ("one.jpg", data), ("two.jpg", data))
    assert len(app.session_state["photo.results"]) == 2
    dropped(app, ("three.jpg", data))
    assert [result.name for result in app.session_state["photo.results"].values()] == ["three.jpg"]


@pytest.mark.parametrize("way", ["pages/home.py", "pages/live.py", "Camera", "Recording", "taken away"])
def test_photos_are_forgotten_when_they_no_longer_show(way: str, shared: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("streamlit_webrtc.component.get_this_session_info", lambda: None)
    removed: list[str] = []
    monkeypatch.setattr(
        MemoryUploadedFileManager, "remove_file", lambda _manager, session_id, file_id: removed.append(file_id)
    )
    app = dropped(photo_page(), ("one.jpg", (shared / "data/faces/justin.jpg").read_bytes()))
    assert len(app.session_state["photo.results"]) == 1
    held = app.session_state["photo.uploads"]
    app.run()
    assert removed == [] and app.session_state["photo.uploads"] == held
    if way == "taken away":
        app.file_uploader(key="photo.files").set_value([]).run()
    elif way.startswith("pages/"):
        app.switch_page(way).run()
    else:
        app.button_group(key="photo.source").set_value(way).run()
    assert not app.exception
    assert "photo.results" not in app.session_state and "photo.uploads" not in app.session_state
    assert set(removed) == held


def test_a_turned_photo_is_shown_upright(shared: Path):
    photo = Image.open(shared / "data/faces/justin.jpg").rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    photo.save(out, "JPEG", exif=exif, quality=95)
    app = dropped(photo_page(), ("turned.jpg", out.getvalue()))
    assert "1 face, happy" in text_of(app)


def test_many_photos_say_where_to_go():
    app = photo_page()
    small = png(np.zeros((8, 8, 3), np.uint8))
    dropped(app, *((f"{i}.png", small) for i in range(42)))
    assert "first 40" in app.info[0].value
    assert len(app.header) == 41

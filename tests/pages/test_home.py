"""Home: what is ready, said truly, and nothing heavy loaded."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fer.settings import ROOT, settings
from fer.ui.home import parts

HEAVY = ["cv2", "onnxruntime", "skimage", "av", "streamlit_webrtc", "tensorflow", "keras", "sklearn", "scipy"]


def states() -> dict[str, str]:
    return {part.name: part.state for part in parts()}


def home_page() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not app.exception
    return app


def test_home_says_what_it_is_and_how_to_start(home: Path):
    app = home_page()
    assert app.title[0].value == "A face in, a mood out"
    assert not app.error
    assert {link.proto.page for link in app.get("page_link")} == {
        "class",
        "join",
        "past",
        "live",
        "photo",
        "dataset",
        "train",
        "evaluate",
        "models",
        "speech",
        "text",
    }
    assert [header.value for header in app.header][-2:] == ["What is ready", "Use it responsibly"]


def test_home_warns_before_use(home: Path):
    text = " ".join(note.value for note in home_page().markdown)
    assert "Barrett" in text and "Art. 5(1)(f)" in text and "in memory" in text


def test_what_is_ready_is_ready(yunet: Path, home: Path):
    (home / "data").mkdir()
    (home / "data" / "fer2013.csv").touch()
    assert states() == {"Network": "ready", "Face detector": "ready", "FER2013": "ready"}
    network = next(part for part in parts() if part.name == "Network")
    assert "PublicTest" in network.detail


def test_without_yunet_and_data_home_says_what_happens_instead(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FER_YUNET_PATH", raising=False)
    settings.cache_clear()
    told = {part.name: part for part in parts()}
    assert told["Face detector"].state == "partly" and "Haar" in told["Face detector"].word
    assert told["FER2013"].state == "partly" and str(home) in told["FER2013"].detail
    assert not (home / "cache").exists(), "Home must not fetch anything"


def test_a_public_servers_disk_is_not_shown(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FER_HOSTED", "1")
    settings.cache_clear()
    data = next(part for part in parts() if part.name == "FER2013")
    assert str(home) not in data.detail and "FER_HOME/data" in data.detail


def test_a_damaged_network_is_named(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    copy = tmp_path / "models"
    shutil.copytree(settings().models, copy)
    entry = json.loads((copy / "manifest.json").read_text())["models"][0]
    path = copy / entry["files"]["onnx"]["path"]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    monkeypatch.setenv("FER_MODELS", str(copy))
    settings.cache_clear()
    network = next(part for part in parts() if part.name == "Network")
    assert network.state == "missing" and "damaged" in network.detail
    assert not home_page().error


@pytest.mark.parametrize("manifest", [None, "{", '{"schema": 9, "models": []}', '{"schema": 1, "models": []}'])
def test_a_models_folder_that_cannot_be_read_is_a_sentence(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manifest: str | None
):
    folder = tmp_path / "models"
    folder.mkdir()
    if manifest is not None:
        (folder / "manifest.json").write_text(manifest)
    monkeypatch.setenv("FER_MODELS", str(folder))
    settings.cache_clear()
    assert states()["Network"] == "missing"


def test_home_loads_nothing_heavy_beyond_streamlit(tmp_path: Path):
    code = f"""
import sys
from streamlit.testing.v1 import AppTest
AppTest.from_string("import streamlit as st; st.title('bare'); st.html('<p>bare</p>'); st.columns(2)").run()
before = set(sys.modules)
app = AppTest.from_file("app.py", default_timeout=60).run()
assert not app.exception and app.title, app
print("LOADED", sorted({{name.split(".")[0] for name in set(sys.modules) - before}} & {{*{HEAVY!r}, "pandas"}}))
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "LOADED []" in ran.stdout


@pytest.mark.parametrize("figures", [{"PublicTest": 0.68}, {"PublicTest": "68 %"}, {"PublicTest": {}}, {}])
def test_figures_of_another_shape_are_left_out(home: Path, monkeypatch: pytest.MonkeyPatch, figures: dict[str, object]):
    folder = home / "other-models"
    shutil.copytree(settings().models, folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["models"]:
        entry["figures"] = figures
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    monkeypatch.setenv("FER_MODELS", str(folder))
    settings.cache_clear()
    network = next(part for part in parts() if part.name == "Network")
    assert network.state == "ready" and "%" not in network.detail

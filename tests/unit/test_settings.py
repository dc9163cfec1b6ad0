"""Settings: every variable is read, and a wrong one is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fer.errors import InputError
from fer.settings import ROOT, Settings, settings

Configure = Callable[..., None]


def test_defaults_need_no_variable(configure: Configure):
    configure(**{f"FER_{name.upper()}": None for name in Settings.model_fields})
    assert settings().models == ROOT / "models"
    assert settings().home.name == "classmood"
    assert settings().yunet_path is None
    assert settings().yunet_url.startswith("https://")
    assert settings().ice_servers == []
    assert not settings().hosted


def test_variables_are_read(configure: Configure, tmp_path: Path):
    configure(
        FER_HOME=tmp_path / "elsewhere",
        FER_HOSTED="true",
        FER_ICE_SERVERS='[{"urls": ["stun:a.example:3478"]}]',
        FER_LIVE_MINUTES="5.5",
    )
    assert settings().home == tmp_path / "elsewhere"
    assert settings().hosted
    assert settings().ice_servers == [{"urls": ["stun:a.example:3478"]}]
    assert settings().live_minutes == 5.5


@pytest.mark.parametrize(("hosted", "there"), [(None, True), ("false", False), ("true", True)])
def test_where_others_reach_the_app_no_path_is_offered_unless_asked_for(
    configure: Configure, hosted: str | None, there: bool
):
    configure(FER_PUBLIC_URL="https://mood.example", FER_HOSTED=hosted)
    assert settings().hosted is there


def test_an_empty_variable_counts_as_not_set(configure: Configure):
    configure(FER_YUNET_PATH="", FER_MODELS="", FER_ICE_SERVERS="")
    assert settings().yunet_path is None
    assert settings().models == ROOT / "models"
    assert settings().ice_servers == []


def test_paths_become_absolute(configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    configure(FER_HOME="data", FER_YUNET_PATH="~/yunet.onnx")
    assert settings().home == tmp_path / "data"
    assert settings().yunet_path == tmp_path / "me" / "yunet.onnx"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FER_LIVE_MINUTES", "an hour"),
        ("FER_MAX_LIVE_STREAMS", "0"),
        ("FER_MAX_MEGAPIXELS", "1000"),
        ("FER_HOSTED", "perhaps"),
        ("FER_ICE_SERVERS", "stun:stun.example.org"),
        ("FER_ICE_SERVERS", '{"urls": "stun:stun.example.org"}'),
    ],
)
def test_a_wrong_value_is_named_in_a_sentence(configure: Configure, name: str, value: str):
    configure(**{name: value})
    with pytest.raises(InputError, match=rf"^{name} is .*Change the variable or unset it\.$"):
        settings()
    configure(**{name: None})


def test_every_field_is_documented():
    documented = Settings.__doc__ or ""
    assert [name for name in Settings.model_fields if f"        {name}: " not in documented] == []

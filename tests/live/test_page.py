"""What the live page shows before any camera is on, and that it never shows a traceback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from fer.classroom.ice import ice_servers
from fer.registry import find
from fer.settings import ROOT
from fer.ui.live_camera import for_the_host


@pytest.fixture(autouse=True)
def _no_real_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The session and the relay of streamlit-webrtc exist in a real server only."""
    monkeypatch.setattr("streamlit_webrtc.component.get_this_session_info", lambda: None)
    monkeypatch.setattr("fer.ui.live.send_newest_pictures", lambda: None)


@pytest.fixture
def page(home: object) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    return app.switch_page("pages/live.py").run()


def words(app: AppTest) -> str:
    return " ".join(block.value for kind in (app.markdown, app.caption, app.error, app.warning) for block in kind)


def test_the_page_says_how_to_begin_and_what_happens_to_pictures(page: AppTest) -> None:
    assert not page.exception and not page.error
    assert page.title[0].value == "Live"
    text = words(page)
    assert "Press **Start the camera**" in text
    assert "sends its pictures to this server" in text and "none is saved" in text
    assert "not what a person feels" in text


def test_detector_and_network_can_be_chosen_before_the_start(page: AppTest) -> None:
    page.selectbox(key="live.detector").set_value("haar").run()
    assert not page.exception and not page.error
    assert page.session_state["live.frames"]._detector == "haar"
    network = page.selectbox(key="live.model")
    assert network.value == find().name and page.session_state["live.frames"]._model == network.value
    network.set_value("classmood-face-1").run()
    assert not page.exception and not page.error
    assert page.session_state["live.frames"]._model == "classmood-face-1"
    page.toggle(key="live.mirrored").set_value(False).run()
    assert page.session_state["live.frames"]._mirrored is False


def test_the_stream_is_one_object_over_all_reruns(page: AppTest) -> None:
    before = page.session_state["live.frames"]
    page.run()
    assert page.session_state["live.frames"] is before


def test_a_relay_that_is_set_by_a_secret_reaches_the_camera(
    configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, Any]] = []
    monkeypatch.setattr("fer.ui.live.webrtc_streamer", lambda **how: given.append(how))
    configure(FER_TURN_URLS='["turn:turn.example.org:3478"]', FER_TURN_SECRET="north")
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    app.switch_page("pages/live.py").run().run()
    for side in ("frontend", "server"):
        (entry,) = given[0][f"{side}_rtc_configuration"]["iceServers"]
        assert "turn:turn.example.org:3478" in entry["urls"] and entry["username"].endswith(":live")
    assert given[0]["frontend_rtc_configuration"] == given[-1]["frontend_rtc_configuration"], (
        "a change would disturb it"
    )


def test_whoever_runs_the_server_is_told_what_is_missing(configure: Callable[..., None]) -> None:
    assert "no TURN server is set" in for_the_host(ice_servers())
    configure(FER_TURN_URLS='["turn:turn.example.org:3478"]')
    assert "FER_TURN_URLS and FER_TURN_SECRET belong together" in for_the_host(ice_servers())
    configure(FER_TURN_SECRET="north")
    assert "a TURN server is set. Check that it answers" in for_the_host(ice_servers())


def test_a_wrong_setting_is_said_in_a_sentence(configure: Callable[..., None]) -> None:
    configure(FER_ICE_SERVERS="stun:stun.example.org")
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    app.switch_page("pages/live.py").run()
    assert not app.exception
    assert any("FER\\_ICE\\_SERVERS is not JSON" in problem.value for problem in app.error)

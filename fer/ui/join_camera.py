"""A student's camera on the page: shown to its owner, and sent by WebRTC or, where that fails, in stills.

The camera is opened once, by the page's own component (fer/ui/stills.js), which lends it to streamlit-webrtc: in its
mode SENDONLY that shows no picture at all. The way is chosen by fer.classroom.camera_way.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit_webrtc import WebRtcMode, WebRtcStreamerContext, create_video_sink_track, webrtc_streamer
from streamlit_webrtc.webrtc import SignallingTimeoutError

from fer.classroom.camera_way import Arrivals, CameraWay, Kind, Seen
from fer.classroom.ice import PageServers
from fer.classroom.seat import LiveSeat
from fer.classroom.seat_stream import SeatStream
from fer.ui.live_camera import ALLOW, browser
from fer.ui.live_webrtc import keep_running_stream
from fer.ui.stills import StillsState, kept_state, look_at_camera

TICK_S = 1.0
STILLS_HZ = 2.0
AGAIN = "Then press **Try again**."
ADVICE = {
    "refused": f"The camera was refused, so no picture is sent. {{allow}} {AGAIN}",
    "refused-by-system": "Your device's own settings keep the browser from the camera. Windows: Settings, Privacy & "
    "security, Camera. macOS: System Settings, Privacy & Security, Camera. iPhone and iPad: Settings, Apps, your "
    f"browser, Camera. Android: Settings, Apps, your browser, Permissions. Allow it there. {AGAIN}",
    "dismissed": "The browser's question about the camera was closed without an answer. Press **Try again** and choose "
    "Allow.",
    "no-camera": "No camera was found. Plug one in, or switch on the one that is built in: some laptops have a slider "
    f"or a key for it. {AGAIN}",
    "in-use": f"Another program is using the camera, often a video call. End the video there. {AGAIN}",
    "unfit": f"This camera cannot give the picture that was asked for. Take another one, if you have one. {AGAIN}",
    "insecure": "Browsers give the camera only to pages that come by HTTPS. Open this page with https:// in front of "
    "its address.",
    "unsupported": "This browser does not let pages use a camera. Open the link in Chrome, Edge, Firefox or Safari, "
    "outside of other apps' built-in browsers.",
    "other": f"The camera could not be started. Unplug it and plug it in again, or restart the browser. {AGAIN}",
}
"""What to do about each word of stills.js."""
WITHOUT = "Without a camera you still take part: by clicks."
# The frame must be on the page to work, and has nothing to show: neither picture nor button.
HIDDEN = """<style>.st-key-{key}-wire {{position: absolute; width: 1px; height: 1px; overflow: hidden; opacity: 0;
pointer-events: none;}}</style>"""
CONSTRAINTS: dict[str, Any] = {
    "video": {"width": {"ideal": 320}, "height": {"ideal": 240}, "frameRate": {"ideal": 5, "max": 30}},
    "audio": False,
}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CameraState:
    """What became of a student's camera.

    Attributes:
        kind: Which way pictures go, if any; the page runs again when it changes.
        word: What the browser says of the camera; see ``fer.ui.stills.CAMERA_WORDS``.
    """

    kind: Kind
    word: str


@dataclass
class _Wire:
    """A page's connection: where its frames go, when they came, and with which servers it is made."""

    way: CameraWay
    stream: SeatStream | None = None
    arrivals: Arrivals | None = None
    servers: PageServers = field(default_factory=PageServers)
    failed: bool = False
    shown: tuple[Kind, str] = ("off", "starting")


def show_camera(seat: LiveSeat, stream: SeatStream, key: str) -> CameraState:
    """Show the student's own picture, and send it one way or the other. Called in every run in which it shall be on.

    A run without it closes the camera, and its light goes off. The page runs again when the state changes.

    Args:
        seat: Whose camera.
        stream: Takes frames and stills; the same object in all runs.
        key: Of the page, as ``join``; its controls are ``join.camera`` and ``join.webrtc``.
    """
    wire = kept_state(f"{key}.wire", lambda: _Wire(CameraWay()))
    if wire.stream is not stream:
        wire.stream, wire.arrivals = stream, Arrivals(stream.on_frame, time.monotonic)
    camera = st.container(key=f"{key}-camera")
    with st.container(key=f"{key}-wire"):
        st.html(HIDDEN.format(key=key))
        context = _sender(seat, wire, key)
    with camera:
        _show(wire, stream, context, key)
    return CameraState(*wire.shown)


def _sender(seat: LiveSeat, wire: _Wire, key: str) -> WebRtcStreamerContext[Any, Any] | None:
    if wire.failed:
        # The offer that failed is still in the page: it would be tried again, and waited for, in every run.
        return None
    name = f"{key}.webrtc"
    keep_running_stream(name)
    servers = wire.servers.now(str(seat.seat.number))
    assert wire.arrivals is not None
    assert wire.stream is not None
    try:
        return webrtc_streamer(
            key=name,
            mode=WebRtcMode.SENDONLY,
            frontend_rtc_configuration={"iceServers": servers.entries},
            server_rtc_configuration={"iceServers": servers.for_server},
            media_stream_constraints=CONSTRAINTS,
            sink_video_track=create_video_sink_track(
                wire.arrivals.on_frame, key=f"{key}.frames", on_ended=wire.stream.on_ended
            ),
            desired_playing_state=wire.way.wants_webrtc,
            media_toggle_controls=False,
        )
    except SignallingTimeoutError:
        # Most often a STUN or TURN server that the settings name and that does not answer this server.
        wire.failed = True
    # Whatever else keeps this server from a connection, as an address that aiortc cannot read: stills need none.
    except Exception:
        log.exception("A camera's connection by WebRTC could not be set up; its stills come over HTTPS.")
        wire.failed = True
    return None


@st.fragment(run_every=TICK_S)
def _show(wire: _Wire, stream: SeatStream, context: WebRtcStreamerContext[Any, Any] | None, key: str) -> None:
    hz = STILLS_HZ if wire.way.kind == "stills" else 0.0
    frame = "" if wire.failed else f".st-key-{key}-wire iframe"
    camera = look_at_camera(stream.on_still, hz, f"{key}.camera", frame=frame)
    before = wire.way.kind
    seen = Seen(
        camera=camera.word,
        peer=camera.peer,
        playing=context is not None and context.state.playing,
        frame_s=wire.arrivals.frame_s if wire.arrivals is not None else None,
        failed=wire.failed,
    )
    kind = wire.way.step(seen, time.monotonic())
    if kind == "stills" and before != "stills":
        _log_stills(wire, camera)
    _show_advice(kind, camera.word)
    if (kind, camera.word) != wire.shown:
        wire.shown = (kind, camera.word)
        st.rerun()


def _show_advice(kind: Kind, word: str) -> None:
    if kind == "none" and word in ADVICE:
        allow = ALLOW[browser(st.context.headers.get("User-Agent", ""))]
        st.warning(f"{ADVICE[word].format(allow=allow)} {WITHOUT}", icon=":material/videocam_off:")


def _log_stills(wire: _Wire, camera: StillsState) -> None:
    """Tell whoever runs the server, once for each page; a student can do nothing about it and need not know."""
    if not camera.peer:
        return
    servers = wire.servers.now("")
    advice = "Check that the TURN server answers from outside."
    if not servers.has_turn:
        advice = servers.note or "No TURN server is set; see the README."
    log.warning("A camera was not connected by WebRTC in time; its stills come over HTTPS. %s", advice)

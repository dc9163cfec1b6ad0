"""The live page's blocks: the camera with its boxes, and beside it the mood, the last minute and the figures."""

from __future__ import annotations

import time
from typing import Any, Literal, cast

import numpy as np
import streamlit as st
from streamlit_webrtc import WebRtcMode, WebRtcStreamerContext, webrtc_streamer
from streamlit_webrtc.config import Translations
from streamlit_webrtc.webrtc import SignallingTimeoutError

from fer.classroom.analysis import AnalysisNumbers
from fer.classroom.connection import ConnectionWatch
from fer.classroom.hints import BLACK, DARK, FAR_PX, NO_FACE_AFTER_S
from fer.classroom.ice import IceServers, PageServers
from fer.classroom.live import LiveFrames, LiveNumbers
from fer.emotions import EMOTIONS
from fer.faces.track import TrackedFace
from fer.settings import settings
from fer.ui.analyzers import DETECTOR_HELP, DETECTORS, choose_network
from fer.ui.charts import mood_over_time, show_chart
from fer.ui.face_cards import bars_html, emotion_html
from fer.ui.live_camera import START, STOP, show_camera_problem, show_no_connection
from fer.ui.live_webrtc import keep_running_stream, send_newest_pictures
from fer.ui.messages import plain, shown_errors
from fer.ui.stills import kept_state

Connection = Literal["off", "waiting", "on"]
CAMERA = "live.camera"
FRAMES = "live.frames"
WATCH = "live.watch"
END = "live.end"
NOW_TICK_S = 0.5
STREAM_TICK_S = 1.0
CONSTRAINTS: dict[str, Any] = {
    "video": {
        "width": {"ideal": 640},
        "height": {"ideal": 480},
        "frameRate": {"ideal": 15, "max": 30},
        "facingMode": "user",
    },
    "audio": False,
}
VIDEO = {"autoPlay": True, "controls": False, "muted": True, "playsInline": True,
         "style": {"width": "100%", "borderRadius": "8px"}}  # fmt: skip
WORDS: Translations = {
    "start": START,
    "stop": STOP,
    "select_device": "Cameras",
    "select_camera": "Choose a camera",
    "turn_camera_on": "Show the picture again",
    "turn_camera_off": "Hide the picture",
    "media_api_not_available": "This browser does not let this page use a camera.",
    "device_ask_permission": "The browser asks whether this page may use the camera: choose Allow.",
    "device_not_available": "No camera was found, or another program is using it.",
    "device_access_denied": "The camera was refused.",
}
NO_FRAMES_AFTER_S = 3.0


def show_options() -> None:
    """Show what can be chosen behind a button, and hand it to the stream, also while it runs.

    Raises:
        ModelError: If there is no face model or a manifest cannot be read.
    """
    with st.popover("Options", icon=":material/tune:"):
        detector = st.selectbox(
            "Face detector",
            list(DETECTORS),
            format_func=DETECTORS.__getitem__,
            help=DETECTOR_HELP,
            key="live.detector",
        )
        model = choose_network("live.model")
        mirrored = st.toggle("Mirror the picture", value=True, key="live.mirrored")
    frames().choose(detector, mirrored, model)


def frames() -> LiveFrames:
    """Return this visitor's stream: one object for all starts and reruns, so that the callback stays the same."""
    if FRAMES not in st.session_state:
        st.session_state[FRAMES] = LiveFrames()
    return cast(LiveFrames, st.session_state[FRAMES])


def show_camera() -> Connection:
    """Show the camera with its buttons, and below it how its stream runs and what keeps it from working.

    Returns:
        Whether pictures come, so that what stands beside them must tick.
    """
    st.session_state.setdefault(WATCH, ConnectionWatch())
    context = _camera()
    if context is None:
        return "off"
    connection: Connection = "on" if context.state.playing else "waiting" if context.state.signalling else "off"
    _note_state()
    show_camera_problem("live.camera_check")
    st.fragment(_show_stream, run_every=None if connection == "off" else STREAM_TICK_S)(connection)
    return connection


def _camera() -> WebRtcStreamerContext[Any, Any] | None:
    stream, servers = frames(), live_servers()
    keep_running_stream(CAMERA)
    send_newest_pictures()
    before = st.session_state.get(CAMERA)
    if before is None or not (before.state.playing or before.state.signalling):
        st.session_state[END] = False
    try:
        return webrtc_streamer(
            key=CAMERA,
            mode=WebRtcMode.SENDRECV,
            # Always said, never left to the library: its default asks servers of others and fails to connect at times.
            frontend_rtc_configuration={"iceServers": servers.entries},
            server_rtc_configuration={"iceServers": servers.for_server},
            media_stream_constraints=CONSTRAINTS,
            queued_video_frames_callback=stream.on_frames,
            on_video_ended=stream.on_ended,
            video_html_attrs=VIDEO,
            translations=WORDS,
            # Only to end a stream: with True or False the component hides its own buttons.
            desired_playing_state=False if st.session_state[END] else None,
            on_change=_note_state,
        )
    except SignallingTimeoutError:
        show_no_connection(servers)
        return None


def live_servers() -> IceServers:
    """Return the STUN and TURN servers of this visitor's camera."""
    return kept_state("live.servers", PageServers).now("live")


def _note_state() -> None:
    context = st.session_state.get(CAMERA)
    watch = st.session_state.get(WATCH)
    if context is None or watch is None:
        return
    state = context.state
    watch.note(state.signalling, state.playing, time.monotonic())
    if state.signalling and not state.playing:
        frames().await_start()


def _show_stream(connection: Connection) -> None:
    """Show below the picture how the stream runs, and what to do where it does not."""
    with shown_errors():
        if st.session_state[WATCH].late(time.monotonic()):
            show_no_connection(live_servers())
        numbers = frames().read()
        analysis = numbers.analysis
        if connection != "on" or numbers.stage != "on" or analysis is None:
            return
        hint = _hint(numbers, analysis)
        if hint:
            st.info(hint, icon=":material/lightbulb:")
        if analysis.problem:
            st.warning(plain(analysis.problem))
        _show_figures(numbers, analysis)


def show_mood(connection: Connection) -> None:
    """Show what the stream's newest frames hold, and the mood of the last minute.

    Args:
        connection: From ``show_camera``.
    """
    st.fragment(_show_now, run_every=NOW_TICK_S if connection == "on" else None)(connection)
    if connection == "on":
        st.fragment(_show_minute, run_every=STREAM_TICK_S)()


def _show_now(connection: Connection) -> None:
    with shown_errors():
        numbers = frames().read()
        if numbers.stage in ("full", "over"):
            _show_end(numbers, connection)
        elif connection == "waiting":
            st.markdown("The camera is on. The connection to the server is being made.")
        elif connection == "off":
            st.markdown(f"Press **{START}**. What your face shows, now and over the last minute, then stands here.")
        elif numbers.analysis is None or numbers.stage == "off":
            st.markdown("The connection is made. The first pictures are on their way.")
        else:
            # Plain HTML: a chart would be built anew in the browser twice a second.
            st.html(_now_html(numbers.faces[0] if numbers.faces else None))


def _show_minute() -> None:
    with shown_errors():
        numbers = frames().read()
        if numbers.stage != "on" or numbers.analysis is None:
            return
        st.markdown("**The last minute**")
        show_chart(
            mood_over_time(numbers.analysis.mood, height_px=240, ago=True),
            "live.minute",
            "The mood of each of the last 60 seconds as stacked areas of the seven emotions.",
        )


def _show_end(numbers: LiveNumbers, connection: Connection) -> None:
    """Say why the server ended the stream, and have the browser switch the camera off."""
    if numbers.stage == "full":
        st.warning(
            f"This server analyses {settings().max_live_streams} cameras at a time, and all places are taken. "
            f"Wait a moment and press **{START}** again.",
            icon=":material/group:",
        )
    else:
        st.info(
            f"The camera was switched off after {settings().live_minutes:g} minutes, so that none is left on by "
            f"mistake. Press **{START}** to go on.",
            icon=":material/timer:",
        )
    if connection == "on" and not st.session_state[END]:
        st.session_state[END] = True
        st.rerun()


def _now_html(face: TrackedFace | None) -> str:
    """Return the emotion of the largest face in large letters, its confidence, and the seven bars."""
    if face is None:
        head, line, probabilities = "No face", "", np.zeros(len(EMOTIONS), np.float32)
    else:
        percent, probabilities = f"{100 * face.confidence:.0f} %", face.smoothed
        head, line = emotion_html(face.emotion), f"{percent} confidence"
        if face.unsure:
            head, line = "Unsure", f"most likely {emotion_html(face.emotion)}, {percent}"
    return (
        f'<div class="cm-face-head"><strong>{head}</strong><span class="cm-line">{line or "&nbsp;"}</span></div>'
        f'<div style="margin-top:.8rem">{bars_html(probabilities)}</div>'
    )


def _hint(numbers: LiveNumbers, analysis: AnalysisNumbers) -> str:
    """Return what to do where the picture is not good to read, or nothing."""
    brightness = 255.0 if numbers.brightness is None else numbers.brightness
    width_px = numbers.faces[0].face.box_xywh[2] if numbers.faces else None
    missing = width_px is None and numbers.no_face_s > NO_FACE_AFTER_S and not analysis.problem
    hints = (
        (
            numbers.received_hz == 0 and numbers.no_face_s > NO_FRAMES_AFTER_S,
            f"No more pictures arrive. Press **{STOP}** and start again; if it stays so, check the network.",
        ),
        (
            brightness < BLACK,
            "The picture is black. Open the camera's cover, or show the picture again with the button below it.",
        ),
        (
            missing and brightness < DARK,
            "It is too dark to find a face. Turn on a light in front of you, not behind you.",
        ),
        (missing, "No face is seen. Look into the camera, come closer, and keep the whole face in the picture."),
        (width_px is not None and width_px < FAR_PX, "You are far away: a larger face is read better. Come closer."),
        (width_px is not None and brightness < DARK, "It is dark: a light in front of you makes the answer surer."),
    )
    return next((text for holds, text in hints if holds), "")


def _show_figures(numbers: LiveNumbers, analysis: AnalysisNumbers) -> None:
    latency = f"{analysis.latency_ms[0]:.0f} ms" if analysis.latency_ms else "–"
    pairs = (
        (f"{numbers.received_hz:.1f}", "frames a second"),
        (f"{analysis.analysed_hz:.1f}", "analysed a second"),
        (latency, "latency"),
        (f"{analysis.dropped:,}", "dropped"),
    )
    parts = "".join(f'<span style="white-space:nowrap"><strong>{value}</strong> {name}</span>' for value, name in pairs)
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:.2rem 1.4rem">{parts}</div>')
    more = [f"Of {numbers.received:,} frames."]
    if analysis.latency_ms:
        more.append(f"95 % of the results come within {analysis.latency_ms[1]:.0f} ms.")
    if analysis.detector:
        more.append(analysis.note or f"Detector: {DETECTORS[analysis.detector]}.")
    if len(numbers.faces) > 1:
        more.append(f"{len(numbers.faces)} faces are in view; the mood is the largest one's.")
    st.caption(plain(" ".join(more)))

"""A student in class: the camera check, the clicks, the own mood, pause and leave."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import cast

import streamlit as st

from fer.classroom.codes import digest
from fer.classroom.live_seats import LIVE_SEATS
from fer.classroom.records import SeatState
from fer.classroom.seat import LiveSeat, SeatView
from fer.classroom.seat_stream import SeatStream
from fer.classroom.store import open_store
from fer.errors import DatabaseError, JoinError
from fer.ui.join_gone import show_end, show_gone, show_resting
from fer.ui.join_look import head_html, room_look, state_html
from fer.ui.join_menu import show_menu, take_part, use_camera
from fer.ui.join_mood import baseline_block, mood_html, show_bars
from fer.ui.join_pulse import show_pulse
from fer.ui.join_seat import Sitting, tab
from fer.ui.join_tabs import TABS
from fer.ui.messages import shown_errors

LIVE = "join.live"
STREAM = "join.stream"
ASKED = "join.asked"
AWAY = "join.store_away"
TICK_S = 1.0
ASK_EVERY_S = 3.0
"""So often a page asks the store whether the class was paused or ended, or the seat deleted."""


def show_room(seat: Sitting) -> None:
    """Show the step that a student with a seat is at."""
    if seat.step in ("left", "deleted"):
        show_gone(seat)
    elif seat.row.state == "ended":
        show_end(seat)
    elif not TABS.owns(seat.seat.id, tab()):
        TABS.rest(seat.seat.id)
        show_resting(seat)
    else:
        _show_seat(seat)


def _show_seat(seat: Sitting) -> None:
    live = _live(seat)
    # The camera keeps its place among the page's blocks from the check into the class: moved, it would begin anew.
    head, clicks = st.container(), st.container()
    with st.container(horizontal=True, key="join-face"):
        camera, mood = st.container(), st.container()
    below = st.container()
    kind = "off"
    with camera, shown_errors():
        if seat.camera and not seat.paused:
            # Imported here: a class that runs on clicks needs no WebRTC.
            from fer.ui.join_camera import show_camera

            kind = show_camera(live, _stream(live), "join").kind
    if kind in ("off", "none") and (held := st.session_state.get(STREAM)) is not None:
        # By stills nobody else says that the camera is off: its place is for others, and what it saw is forgotten.
        held[1].on_ended()
    seen = kind in ("webrtc", "stills")
    with head:
        st.html(room_look(seat.step))
        st.html(head_html(seat.row.settings.title, seat.name))
        if seat.step == "check":
            st.markdown("**First look at yourself.** Only you see this, and nothing is counted yet.")
    with clicks:
        st.fragment(_show_state, run_every=TICK_S)(seat, live, kind)
        if seat.step == "room":
            with st.container(key="join-pulse"):
                show_pulse(seat, disabled=seat.paused or seat.row.state == "paused")
    with mood:
        if seen or (seat.step == "check" and kind != "none"):
            # There from the start: a button that moves when the first picture comes is missed.
            st.fragment(_show_mood, run_every=TICK_S)(live)
    with below:
        if seat.step == "check":
            _show_ready(seat, live, kind)
            return
        show_menu(seat, live)
        if seen:
            with st.expander("All seven moods, and my resting face"):
                st.fragment(_show_details, run_every=TICK_S)(live)


def _live(seat: Sitting) -> LiveSeat:
    """Return the seat's own part of this process; the session holds it, so that a silent page finds it again."""
    try:
        live = LIVE_SEATS.get(digest(seat.token))
    except JoinError:
        # Deleted in the moment between two looks at the store.
        seat.step = "deleted"
        st.rerun()
    st.session_state[LIVE] = live
    # All tabs share it: this one may have paused it, or another that rests since.
    (live.pause if seat.paused else live.resume)()
    return live


def _stream(live: LiveSeat) -> SeatStream:
    """Return this tab's stream into the seat: one object for all reruns, so that the callback stays the same."""
    held = st.session_state.get(STREAM)
    if held is None or held[0] is not live:
        held = st.session_state[STREAM] = (live, SeatStream(live))
    return cast(SeatStream, held[1])


def _show_ready(seat: Sitting, live: LiveSeat, kind: str) -> None:
    if kind != "none":
        st.button(
            "Take part",
            type="primary",
            icon=":material/check:",
            width="stretch",
            on_click=take_part,
            args=(seat,),
            key="join.ready",
        )
    st.button(
        "Go on without camera",
        type="primary" if kind == "none" else "secondary",
        icon=":material/videocam_off:",
        width="stretch",
        on_click=use_camera,
        args=(seat, False),
        key="join.no_camera",
    )
    if kind != "none":
        st.fragment(_show_bars, run_every=TICK_S)(live)


def _show_mood(live: LiveSeat) -> None:
    with shown_errors():
        st.html(mood_html(live.view()))


def _show_bars(live: LiveSeat) -> None:
    with shown_errors():
        show_bars(live.view())


def _show_details(live: LiveSeat) -> None:
    with shown_errors():
        view = live.view()
        show_bars(view)
        baseline_block(live, view)


def _show_state(seat: Sitting, live: LiveSeat, kind: str) -> None:
    """Once a second: tell the seat that its page is open, look whether anything changed, and say how things are."""
    with shown_errors():
        if TABS.another_rests(seat.seat.id):
            st.toast("This class was open in another tab of yours. That tab rests now.", icon=":material/tab:")
        if not TABS.owns(seat.seat.id, tab()):
            st.rerun()
        # Before the store is asked: while it does not answer, the seat goes on, and what it counts is kept.
        live.note(seat_state(seat, kind), counted=seat.step == "room")
        if _changed(seat):
            st.rerun()
        if seat.step == "room":
            st.html(state_html(*how_things_are(seat, live.view(), kind)))


def seat_state(seat: Sitting, kind: str) -> SeatState:
    """Return what the page knows of the seat; whether a face is seen, the seat itself knows."""
    if seat.paused:
        return "paused"
    return "connecting" if seat.camera and kind != "none" else "camera_off"


def how_things_are(seat: Sitting, view: SeatView, kind: str) -> tuple[str, str]:
    """Return how the student takes part right now, in a sentence, and its look."""
    if st.session_state.get(AWAY):
        return "The class's computer is slow to answer. Stay here: it goes on by itself.", "wait"
    if seat.row.state == "paused" or seat.paused:
        who = "Your teacher paused the class. Nothing" if seat.row.state == "paused" else "You are on pause. Nothing"
        return f"{who} is counted.", ""
    if not seat.camera or kind == "none":
        return "You take part by clicks. No camera.", "on"
    if view.problem or not view.face:
        waits = kind in ("off", "connecting") or view.frame_s is None
        missing = "Your camera is being connected …" if waits else "No face: your mood counts as unknown."
        return view.problem or missing, "wait"
    return "Camera on. You count in the class's mood.", "on"


def _changed(seat: Sitting) -> bool:
    """Ask the store now and then what became of class and seat; True where the page must be shown anew."""
    if time.monotonic() - st.session_state.get(ASKED, 0.0) < ASK_EVERY_S:
        return False
    st.session_state[ASKED] = time.monotonic()
    before = seat.row
    try:
        store = open_store()
        row = store.class_by_id(before.id)
        there = store.seat_by_token(digest(seat.token)) is not None
    except DatabaseError:
        st.session_state[AWAY] = True
        return False
    st.session_state[AWAY] = False
    if row is None or not there:
        # Its rows are gone: by the student in another tab, by the teacher, or because the class ended long ago.
        seat.step = "deleted"
        return True
    seat.row = row
    return replace(row, ended=None) != replace(before, ended=None)

"""What a student can always do: pause, leave, camera on or off, be seen alone or not, delete what was counted.

Buttons act in their callbacks: those run first, so that a click counts also where the camera's state runs the page
again before the button's own place is reached.
"""

from __future__ import annotations

import streamlit as st

from fer.classroom import sessions
from fer.classroom.codes import digest
from fer.classroom.live_seats import LIVE_SEATS
from fer.classroom.seat import LiveSeat
from fer.classroom.store import open_store
from fer.errors import FerError
from fer.ui.join_questions import ask, show_question
from fer.ui.join_seat import Sitting
from fer.ui.messages import plain

SEEN = "join.seen_alone"
PROBLEM = "join.seen_problem"


def show_menu(seat: Sitting, live: LiveSeat) -> None:
    """Show pause and leave as buttons, the rest behind a lid."""
    with st.container(horizontal=True, gap="small", wrap=False, key="join-row-menu"):
        st.button(
            "Go on" if seat.paused else "Pause",
            type="primary" if seat.paused else "secondary",
            icon=":material/play_arrow:" if seat.paused else ":material/pause:",
            width="stretch",
            on_click=_turn,
            args=(seat, live),
            key="join.pause",
        )
        st.button("Leave", icon=":material/logout:", width="stretch", on_click=leave, args=(seat,), key="join.leave")
    with st.expander("More"), st.container(key="join-quiet"):
        if seat.may_use_camera and not seat.paused:
            _camera_button(seat)
        if seat.row.settings.per_seat:
            _seen_switch(seat)
        st.button(
            "Delete what was counted of me",
            icon=":material/delete:",
            width="stretch",
            on_click=ask,
            args=("delete",),
            key="join.delete",
        )
    show_question(seat)


def leave(seat: Sitting) -> None:
    """End the seat's camera and stop counting; what was counted stays until the class's rows are deleted."""
    LIVE_SEATS.close(digest(seat.token))
    seat.step = "left"


def use_camera(seat: Sitting, on: bool) -> None:
    """Switch the camera off, or on again after consent: then the student looks at the own picture first."""
    seat.camera, seat.step = on, "check" if on else "room"


def take_part(seat: Sitting) -> None:
    """Go from the camera check into the class."""
    seat.step = "room"


def _turn(seat: Sitting, live: LiveSeat) -> None:
    seat.paused = not seat.paused
    (live.pause if seat.paused else live.resume)()


def _seen_switch(seat: Sitting) -> None:
    st.session_state[SEEN] = seat.seat.opted_in
    st.toggle("My teacher may see me by myself", on_change=_choose_to_be_seen, args=(seat,), key=SEEN)
    if PROBLEM in st.session_state:
        st.warning(plain(st.session_state[PROBLEM]), icon=":material/cloud_off:")


def _choose_to_be_seen(seat: Sitting) -> None:
    st.session_state.pop(PROBLEM, None)
    try:
        seat.seat = sessions.choose_to_be_seen(open_store(), seat.row, seat.seat, st.session_state[SEEN])
    except FerError as problem:
        # A callback has no place of its own on the page.
        st.session_state[PROBLEM] = str(problem)


def _camera_button(seat: Sitting) -> None:
    if seat.camera:
        st.button(
            "Camera off: go on with clicks alone",
            icon=":material/videocam_off:",
            width="stretch",
            on_click=use_camera,
            args=(seat, False),
            key="join.camera_off",
        )
        return
    agreed = seat.seat.consent_at is not None
    st.button(
        "Take part with my camera",
        icon=":material/videocam:",
        width="stretch",
        on_click=use_camera if agreed else ask,
        args=(seat, True) if agreed else ("camera",),
        key="join.camera_on",
    )

"""What a student can always do: pause, leave, switch the camera on or off, delete what was counted.

Buttons act in their callbacks: those run first, so that a click counts also where the camera's state runs the page
again before the button's own place is reached.
"""

from __future__ import annotations

import streamlit as st

from fer.classroom.codes import digest
from fer.classroom.live_seats import LIVE_SEATS
from fer.classroom.seat import LiveSeat
from fer.ui.join_questions import ask, show_question
from fer.ui.join_seat import Sitting


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

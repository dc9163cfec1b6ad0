"""What a student can always do: pause, leave, switch the camera on or off, delete what was counted."""

from __future__ import annotations

import streamlit as st

from fer.classroom.codes import digest
from fer.classroom.law import CONSENT
from fer.classroom.live_seats import LIVE_SEATS
from fer.classroom.seat import LiveSeat
from fer.classroom.store import open_store
from fer.ui.join_gone import ask_to_delete
from fer.ui.join_seat import Sitting
from fer.ui.messages import shown_errors


def show_menu(seat: Sitting, live: LiveSeat) -> None:
    """Show pause and leave as buttons, the rest behind a lid."""
    with st.container(horizontal=True, gap="small", wrap=False):
        if seat.paused:
            pressed = st.button(
                "Go on", type="primary", icon=":material/play_arrow:", width="stretch", key="join.resume"
            )
        else:
            pressed = st.button("Pause", icon=":material/pause:", width="stretch", key="join.pause")
        left = st.button("Leave", icon=":material/logout:", width="stretch", key="join.leave")
    if pressed:
        seat.paused = not seat.paused
        (live.pause if seat.paused else live.resume)()
        st.rerun()
    if left:
        leave(seat)
        st.rerun()
    with st.expander("More"), st.container(key="join-quiet"):
        if seat.may_use_camera and not seat.paused:
            _camera_button(seat)
        if st.button("Delete what was counted of me", icon=":material/delete:", width="stretch", key="join.delete"):
            ask_to_delete(seat)


def leave(seat: Sitting) -> None:
    """End the seat's camera and stop counting; what was counted stays until the class's rows are deleted."""
    LIVE_SEATS.close(digest(seat.token))
    seat.step = "left"


def _camera_button(seat: Sitting) -> None:
    if seat.camera:
        if st.button("Camera off: go on with clicks alone", icon=":material/videocam_off:", width="stretch",
                     key="join.camera_off"):  # fmt: skip
            seat.camera, seat.step = False, "room"
            st.rerun()
    elif st.button("Take part with my camera", icon=":material/videocam:", width="stretch", key="join.camera_on"):
        if seat.seat.consent_at is None:
            ask_for_camera(seat)
        else:
            seat.camera, seat.step = True, "check"
            st.rerun()


@st.dialog("Take part with my camera")
def ask_for_camera(seat: Sitting) -> None:
    """Ask a student who joined without a camera for consent, as at the start."""
    st.markdown(CONSENT)
    if st.button("I agree: start my camera", type="primary", width="stretch", key="join.camera_yes"):
        with shown_errors():
            store = open_store()
            seat.seat = store.change_seat(seat.seat.id, consent_at=store.now())
            seat.camera, seat.step = True, "check"
            st.rerun()
    if st.button("No, clicks alone", width="stretch", key="join.camera_no"):
        st.rerun()

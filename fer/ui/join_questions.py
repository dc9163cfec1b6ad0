"""What a student is asked once more: whether to delete everything, and whether the camera may start after all."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from fer.classroom import sessions
from fer.classroom.codes import digest
from fer.classroom.law import CONSENT
from fer.classroom.store import open_store
from fer.ui.buttons import button_clicked
from fer.ui.join_seat import Sitting
from fer.ui.messages import shown_errors

ASKED = "join.question"


def ask(question: Literal["delete", "camera"]) -> None:
    """Ask from the next run on, until there is an answer: a camera's state may run the page again in between."""
    st.session_state[ASKED] = question


def show_question(seat: Sitting) -> None:
    """Show the question that waits for an answer, if any."""
    question = st.session_state.get(ASKED)
    if question == "delete":
        _ask_to_delete(seat)
    elif question == "camera" and seat.may_use_camera:
        _ask_for_camera(seat)


def delete(seat: Sitting) -> None:
    """Delete the seat with all that was counted, end its camera, and forget it in this tab.

    Raises:
        DatabaseError: If the store does not answer; then nothing is deleted.
    """
    from fer.classroom.live_seats import LIVE_SEATS

    LIVE_SEATS.close(digest(seat.token))
    sessions.forget(open_store(), seat.seat)
    seat.step = "deleted"


def _answered() -> None:
    st.session_state.pop(ASKED, None)


@st.dialog("Delete what was counted of you?", on_dismiss=_answered)
def _ask_to_delete(seat: Sitting) -> None:
    st.markdown("Your seat, your nickname, your clicks and your mood in this class are deleted. It cannot be undone.")
    if button_clicked("Yes, delete it all", type="primary", width="stretch", key="join.delete_yes"):
        with shown_errors():
            delete(seat)
            _answered()
            st.rerun()
    if button_clicked("No, keep it", width="stretch", key="join.delete_no"):
        _answered()
        st.rerun()


@st.dialog("Take part with my camera", on_dismiss=_answered)
def _ask_for_camera(seat: Sitting) -> None:
    st.markdown(CONSENT)
    if button_clicked("I agree: start my camera", type="primary", width="stretch", key="join.camera_yes"):
        with shown_errors():
            store = open_store()
            seat.seat = store.change_seat(seat.seat.id, consent_at=store.now())
            seat.camera, seat.step = True, "check"
            _answered()
            st.rerun()
    if button_clicked("No, clicks alone", width="stretch", key="join.camera_no"):
        _answered()
        st.rerun()

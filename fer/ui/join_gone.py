"""Beside the class: the student left or deleted everything, the class ended, or another tab took over."""

from __future__ import annotations

import streamlit as st

from fer.classroom import sessions
from fer.classroom.law import hours_words
from fer.classroom.store import open_store
from fer.settings import settings
from fer.ui.buttons import button_clicked
from fer.ui.join_look import head_html, state_html
from fer.ui.join_questions import ask, show_question
from fer.ui.join_seat import Sitting, stand_up, tab
from fer.ui.join_start import begin_again
from fer.ui.join_tabs import TABS
from fer.ui.messages import shown_errors


def show_gone(seat: Sitting) -> None:
    """Show a student who left, or who deleted what was counted, the ways on."""
    if seat.step == "deleted":
        st.html(head_html("All deleted", ""))
        st.markdown("Everything that was counted of you in this class is deleted: your seat, your clicks, your mood.")
        if button_clicked("Back to the start", type="primary", width="stretch", key="join.start_again"):
            stand_up()
            begin_again()
        return
    if seat.row.state == "ended":
        show_end(seat)
        return
    st.html(head_html(seat.row.settings.title, seat.name))
    st.markdown(f"**You have left.** {_camera_off(seat)}You are no longer counted.")
    if button_clicked("Come back", type="primary", width="stretch", icon=":material/login:", key="join.come_back"):
        _come_back(seat)
    _delete_button(seat)
    if button_clicked("Join another class", type="tertiary", width="stretch", key="join.another"):
        stand_up()
        begin_again()


def show_end(seat: Sitting) -> None:
    """Show that the class is over."""
    st.html(head_html(seat.row.settings.title, seat.name))
    soon = hours_words(settings().keep_rows_h)
    st.markdown(
        f"**The class has ended.** Thank you for taking part. {_camera_off(seat)}What was counted of you is deleted "
        f"{soon} after the end by itself; or now, if you like."
    )
    _delete_button(seat)
    if button_clicked("Join another class", type="tertiary", width="stretch", key="join.another"):
        stand_up()
        begin_again()


def show_resting(seat: Sitting) -> None:
    """Show the tab that another one took the seat from."""
    st.html(head_html(seat.row.settings.title, seat.name))
    st.html(state_html("This tab is resting."))
    st.markdown(
        "You opened the class in **another tab**, and take part there. You are counted once. "
        "You can close this tab, or go on here instead."
    )
    if button_clicked("Go on in this tab", type="primary", width="stretch", key="join.take_over"):
        TABS.claim(seat.seat.id, tab())
        st.rerun()


def _camera_off(seat: Sitting) -> str:
    return "Your camera is off. " if seat.seat.consent_at is not None else ""


def _delete_button(seat: Sitting) -> None:
    st.button(
        "Delete what was counted of me",
        icon=":material/delete:",
        width="stretch",
        on_click=ask,
        args=("delete",),
        key="join.delete",
    )
    show_question(seat)


def _come_back(seat: Sitting) -> None:
    with shown_errors():
        joined = sessions.rejoin(open_store(), seat.token)
        if joined is None:
            seat.row = open_store().class_by_id(seat.row.id) or seat.row
        else:
            seat.row, seat.seat, seat.step, seat.paused = joined.row, joined.seat, "room", False
            TABS.claim(seat.seat.id, tab())
        st.rerun()

"""The pulse: what a student says by a click."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from fer.classroom import sessions
from fer.classroom.class_rows import PULSE_S
from fer.classroom.records import PulseKind
from fer.classroom.store import open_store
from fer.errors import FerError
from fer.ui.join_look import HAND_DOWN, PULSE_WORDS
from fer.ui.join_seat import Sitting
from fer.ui.messages import plain, shown_errors

PROBLEM = "join.pulse_problem"
REFRESH_S = 5.0
FEELINGS: tuple[tuple[PulseKind, PulseKind], ...] = (("got_it", "lost"), ("too_fast", "bored"))


def show_pulse(seat: Sitting, disabled: bool) -> None:
    """Show the buttons; the one that counts now is filled.

    Args:
        seat: Whose.
        disabled: Whether nothing is counted now, because somebody asked for a pause.
    """
    st.fragment(_show_buttons, run_every=REFRESH_S)(seat, disabled)


def _show_buttons(seat: Sitting, disabled: bool) -> None:
    with shown_errors():
        counts = current(seat, open_store().now())
        for row in FEELINGS:
            # Not columns: on a phone those stand one below the other.
            with st.container(horizontal=True, gap="small", wrap=False, key=f"join-row-{row[0]}"):
                for kind in row:
                    label, icon = PULSE_WORDS[kind]
                    st.button(
                        label,
                        icon=icon,
                        width="stretch",
                        type="primary" if kind == counts else "secondary",
                        disabled=disabled,
                        key=f"join.pulse_{kind}",
                        on_click=_click,
                        args=(seat, kind),
                    )
        label, icon = HAND_DOWN if seat.hand_up else PULSE_WORDS["hand_up"]
        st.button(
            label,
            icon=icon,
            width="stretch",
            type="primary" if seat.hand_up else "secondary",
            disabled=disabled,
            key="join.pulse_hand_up",
            on_click=_hand,
            args=(seat,),
        )
        if PROBLEM in st.session_state:
            st.warning(plain(st.session_state[PROBLEM]), icon=":material/cloud_off:")
        st.caption(_note(seat, counts))


def current(seat: Sitting, now: float) -> PulseKind | None:
    """Return the click that counts now: the last one, for two minutes."""
    return seat.pulse if now - seat.pulse_at < PULSE_S else None


def _note(seat: Sitting, counts: PulseKind | None) -> str:
    who = "Your teacher sees this beside your seat." if seat.seat.opted_in else "Your teacher sees how many, not who."
    if counts is None:
        return f"Click how it is going. {who}"
    return f"Sent. It counts for two minutes, or until you click another one. {who}"


def _click(seat: Sitting, kind: PulseKind) -> None:
    with _noted():
        store = open_store()
        sessions.pulse(store, seat.seat, kind)
        seat.pulse, seat.pulse_at = kind, store.now()


def _hand(seat: Sitting) -> None:
    with _noted():
        if seat.hand_up:
            sessions.lower_hand(open_store(), seat.seat)
        else:
            sessions.pulse(open_store(), seat.seat, "hand_up")
        seat.hand_up = not seat.hand_up


@contextmanager
def _noted() -> Iterator[None]:
    """Keep what went wrong for the buttons' own place: a callback has none on the page."""
    st.session_state.pop(PROBLEM, None)
    try:
        yield
    except FerError as problem:
        st.session_state[PROBLEM] = str(problem)

"""The student's page: which step comes now."""

from __future__ import annotations

import streamlit as st

from fer.ui.join_look import apply_join_look
from fer.ui.join_seat import keep_in_browser, sitting
from fer.ui.join_start import show_start, step_of_start
from fer.ui.join_step import begin_step
from fer.ui.pictures import forget_pictures


def show_join() -> None:
    """Show the one step that a student is at: the code, the choice, the camera check, the class, or its end."""
    forget_pictures()
    apply_join_look()
    # Its place is fixed, and what goes there is known at the end.
    top = st.container()
    seat = sitting()
    if seat is None:
        show_start()
        step = step_of_start()
    else:
        keep_in_browser(seat)
        # Imported here, because who only types a code needs no networks.
        from fer.ui.join_room import show_room

        show_room(seat)
        step = seat.step
    with top:
        begin_step(step, awake=seat is not None and seat.camera and not seat.paused and step in ("check", "room"))

"""Signals on the teacher's page: voice and chat are switched on here, and which lines are shown is chosen."""

from __future__ import annotations

import streamlit as st

from fer.classroom.fusion import FORMULA, NAMES, RULE, Fusion, Signal
from fer.classroom.overview import ClassWatch
from fer.ui.messages import plain, shown_errors


def show_sources(watch: ClassWatch) -> None:
    """Show where voice and chat are added to a class that runs.

    Args:
        watch: Of the class; it is read again after a change.
    """
    row = watch.row
    on = False
    with st.expander("Your voice and the chat", icon=":material/forum:"):
        voice, chat = st.columns(2, gap="large")
        with voice, shown_errors():
            from fer.ui.class_voice import voice_switch

            on = voice_switch(row)
        with chat, shown_errors():
            from fer.ui.class_chat import chat_block

            if chat_block(row, "class.chat", "text" in watch.heard()):
                watch.refresh(whole=True)
                st.rerun()
    with shown_errors():
        from fer.ui.class_voice import listen

        listen(watch, on)


def chosen_signals(present: list[Signal], key: str) -> list[Signal]:
    """Show which signals there are, to be switched on and off; all are on at first.

    Args:
        present: Those that the class has.
        key: ``<page>.<control>``; each set of signals has its own choice.
    """
    chosen = st.pills(
        "Signals",
        present,
        selection_mode="multi",
        default=present,
        format_func=lambda name: NAMES[name],
        key=f"{key}_{'_'.join(present)}",
    )
    return list(chosen)


def signals_to_show(watch: ClassWatch, key: str) -> Fusion | None:
    """Show the choice of signals where there is voice or chat, and return those that are chosen together."""
    whole = watch.fusion()
    if whole is None or not whole.scores:
        return None
    return watch.fusion(chosen_signals(list(whole.scores), key))


def explain(words: str) -> None:
    """Say how the signals are put together.

    Args:
        words: Where they disagree.
    """
    st.caption(plain(f"Signals: {words} {RULE} {FORMULA}"))

"""Topics: a marker by one click, and its text whenever there is a moment for it."""

from __future__ import annotations

import streamlit as st

from fer.classroom.overview import ClassWatch
from fer.classroom.records import EventRow
from fer.classroom.store import open_store
from fer.faces.video import clock
from fer.ui.buttons import button_clicked, show_button, was_clicked
from fer.ui.calm import show_again
from fer.ui.messages import shown_errors

MOST_CHARACTERS = 80


def show_topics(watch: ClassWatch) -> None:
    """Show the button for a new topic, the newest topic's text, and the list of all.

    Args:
        watch: Of the class; it is read again after each change.
    """
    topics = watch.topics()
    with st.container(horizontal=True, vertical_alignment="bottom", key="class-topics"):
        show_button("New topic", icon=":material/flag:", key="class.topic_new", disabled=watch.row.state != "open")
        if topics:
            _text_of(watch, topics[-1], "Name of the topic", "class.topic_text")
            with st.popover("All topics", icon=":material/edit_note:"):
                _list_of(watch, topics)
    if was_clicked("class.topic_new"):
        with shown_errors():
            open_store().add_event(watch.row.id, "topic", f"Topic {len(topics) + 1}")
            watch.refresh(whole=True)
            show_again()


def _list_of(watch: ClassWatch, topics: list[EventRow]) -> None:
    for topic in topics:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            label = f"From {clock(max(0.0, topic.t - watch.row.started))}"
            _text_of(watch, topic, label, "class.topic_edit", shown=True)
            if button_clicked("Delete", icon=":material/delete:", key=f"class.topic_delete_{topic.id}"):
                with shown_errors():
                    open_store().delete_event(topic.id)
                    watch.refresh(whole=True)
                    show_again()


def _text_of(watch: ClassWatch, topic: EventRow, label: str, key: str, shown: bool = False) -> None:
    name = f"{key}_{topic.id}"
    text = st.text_input(
        label,
        value=topic.value,
        max_chars=MOST_CHARACTERS,
        label_visibility="visible" if shown else "collapsed",
        key=name,
    )
    if text.strip() and text.strip() != topic.value:
        with shown_errors():
            open_store().change_event(topic.id, text.strip())
            watch.refresh(whole=True)
            # The other field of the same topic begins again from the new text.
            for other in ("class.topic_text", "class.topic_edit"):
                if f"{other}_{topic.id}" != name:
                    st.session_state.pop(f"{other}_{topic.id}", None)
            show_again()

"""Before a class: what it is for, what may be read there by law, and what students will be told."""

from __future__ import annotations

import streamlit as st
from pydantic import ValidationError

from fer.classroom import sessions
from fer.classroom.law import ATTESTATION, PURPOSES, REGIONS, gallery_announcement, notice_for_students, permitted
from fer.classroom.records import LEAST_SHOWN, ClassMode, ClassSettings, Purpose, Region
from fer.classroom.store import open_store
from fer.errors import FerError, InputError
from fer.ui.buttons import button_clicked, form_sent
from fer.ui.class_demo import demo_button
from fer.ui.class_link import Link, lead, secret_of
from fer.ui.messages import plain, shown_errors

MODES: dict[ClassMode, tuple[str, str]] = {
    "cameras": ("Students' own cameras", "Each student opens a link, agrees, and sees first what is read."),
    "gallery": ("One shared screen", "Faces of a video call in gallery view; students open nothing."),
    "pulse": ("Clicks alone", "No camera anywhere: students say how it goes."),
}
CONTINUED = 4
"""Running classes of this browser that are offered."""


def show_opening(links: dict[int, Link]) -> None:
    """Show the form that opens a class, the demo, and the way back to a class that runs.

    Args:
        links: What this browser remembers, by class id.
    """
    left, right = st.columns([3, 2], gap="large")
    with right, shown_errors():
        _show_others(links)
    with left, shown_errors():
        _show_form()


def _show_form() -> None:
    title = st.text_input("Lesson", max_chars=120, placeholder="Fractions, lesson 3", key="class.title")
    course = st.text_input(
        "Course, if you like",
        max_chars=120,
        placeholder="Mathematics 7b",
        help="Lessons of the same course can be compared over weeks.",
        key="class.course",
    )
    region = st.radio(
        "Where are the students?", list(REGIONS), format_func=REGIONS.__getitem__, index=None, key="class.region"
    )
    purpose = st.selectbox(
        "What is the class for?",
        list(PURPOSES),
        format_func=PURPOSES.__getitem__,
        index=None,
        placeholder="Choose one",
        key="class.purpose",
    )
    if region is None or purpose is None:
        st.caption("Both decide what may be read by law, so they are asked first.")
        return
    chosen = _show_choices(region, purpose)
    chosen |= {"title": title.strip(), "course": course.strip(), "region": region, "purpose": purpose}
    try:
        settings = ClassSettings.model_validate(chosen)
    except ValidationError as problem:
        raise InputError(f"{problem.errors()[0]['msg']}. Change it above.") from problem
    if settings.mode == "gallery":
        with st.expander("Read or send them this first", expanded=True):
            st.code(gallery_announcement(settings), language=None, wrap_lines=True)
        # Beside the box, not as its label: Streamlit cuts a label off at the end of its line.
        st.markdown(ATTESTATION)
        attested = st.checkbox("Yes, they were told and agreed", key="class.attested")
        settings = settings.model_copy(update={"attested": attested})
    else:
        with st.expander("What students read before they join"):
            st.markdown(notice_for_students(settings))
    waits = settings.mode == "gallery" and not settings.attested
    if button_clicked(
        "Open the class", type="primary", icon=":material/meeting_room:", disabled=waits, key="class.open"
    ):
        opened = sessions.open_class(open_store(), settings)
        # Those on a shared screen open nothing; all others need the code first of all. Said before the address changes,
        # where the next run may begin.
        st.session_state["class.show_code"] = settings.mode != "gallery"
        lead(opened.secret)
        st.rerun()


def _show_choices(region: Region, purpose: Purpose) -> dict[str, object]:
    """Show what the law allows, and the choices that are left."""
    permission = permitted(region, purpose)
    note = st.info if permission.face else st.warning
    note(permission.reason, icon=":material/gavel:")
    if permission.face:
        mode = st.radio(
            "Where do the numbers come from?",
            list(MODES),
            format_func=lambda name: MODES[name][0],
            captions=[caption for _, caption in MODES.values()],
            key="class.mode",
        )
    else:
        # Shown, not merely left out: whoever opens a class should see that there is no other way.
        st.radio(
            "Where do the numbers come from?", [MODES["pulse"][0]], captions=[MODES["pulse"][1]], key="class.mode_only"
        )
        mode = "pulse"
    with st.expander("Who sees what, and what is kept"):
        least = st.number_input(
            "Show nothing for fewer people than",
            LEAST_SHOWN,
            100,
            5,
            help="Below that you see the head count alone.",
            key="class.min_shown",
        )
        per_seat = st.toggle(
            "Let students choose to be seen one by one",
            help="You see only those who choose it. Everybody else stays part of the whole.",
            key="class.per_seat",
        )
        keep = st.toggle("Keep a report (averages of the whole class)", value=True, key="class.keep_report")
    return {"mode": mode, "min_shown": int(least), "per_seat": per_seat, "keep_report": keep}


def _show_others(links: dict[int, Link]) -> None:
    with st.container(border=True):
        st.markdown(
            "**Look first?**  \nA class of drawn students that plays by itself, with everything that you would see."
        )
        with shown_errors():
            demo = demo_button("class.demo")
            if demo is not None:
                lead(demo.secret)
                st.rerun()
    running = _running(links)
    if running:
        with st.container(border=True):
            st.markdown("**Go on with a class**")
            for class_id, link in running.items():
                name = plain(link.title or link.course or f"Class {class_id}")
                if button_clicked(
                    name, width="stretch", icon=":material/play_arrow:", key=f"class.continue_{class_id}"
                ):
                    lead(link.secret)
                    st.rerun()
    with st.form("class.link_form", border=True, clear_on_submit=True):
        st.markdown("**A class on another computer?**")
        pasted = st.text_input(
            "Teacher's link", type="password", placeholder="https://…/class?teacher=…", key="class.pasted"
        )
        if form_sent("Continue that class", key="class.continue_link", icon=":material/link:") and pasted.strip():
            secret = secret_of(pasted)
            with shown_errors():
                sessions.continue_class(open_store(), secret)
                lead(secret)
                st.rerun()


def _running(links: dict[int, Link]) -> dict[int, Link]:
    """Return the classes of this browser that have not ended."""
    found = {}
    for class_id, link in list(links.items())[: 4 * CONTINUED]:
        try:
            row = sessions.continue_class(open_store(), link.secret)
        except FerError:
            continue
        if row.id == class_id and row.state != "ended":
            found[class_id] = link
    return dict(list(found.items())[:CONTINUED])

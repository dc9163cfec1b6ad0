"""Past classes: those whose links this browser holds, their reports, and one course over the weeks."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st

from fer.classroom.records import ClassRow
from fer.classroom.report import Document, report_of
from fer.classroom.report_html import zone_of
from fer.classroom.sessions import continue_class, delete
from fer.classroom.store import Store, open_store
from fer.errors import JoinError
from fer.ui.buttons import button_clicked
from fer.ui.class_compare import compare, courses
from fer.ui.class_ended import lay_chat_over
from fer.ui.class_link import Link, forget_link, kept_links, lead
from fer.ui.class_report import report_line, show_report
from fer.ui.messages import plain, shown_errors

GONE = "past.gone"
"""Numbers of classes that are no more: the browser is told to forget them. No widget's key: Streamlit would drop it."""
MOST = 60
SHOWN = 8


@dataclass(frozen=True)
class Held:
    """A class whose link this browser holds.

    Attributes:
        number: Under which the browser remembers it.
        secret: The link's secret.
        row: The class.
        report: Its report; None where its rows are gone and no report was kept.
    """

    number: int
    secret: str
    row: ClassRow
    report: Document | None


def show_past() -> None:
    """Show the classes of this browser.

    Raises:
        DatabaseError: If the store does not answer.
    """
    links = kept_links()
    for number in st.session_state.get(GONE, set()):
        forget_link(number)
    if links is None:
        st.caption("Looking for the classes that this browser holds the links of.")
        return
    held = held_classes(open_store(), links)
    if not held:
        _nothing()
        return
    chosen = next((one for one in held if str(one.row.id) == st.query_params.get("report")), None)
    if chosen is not None:
        _one(chosen)
        return
    _list(held)
    _compare(held)


def held_classes(store: Store, links: dict[int, Link]) -> list[Held]:
    """Return the classes of a browser's links, the latest first; links to classes that are gone are left out.

    Raises:
        DatabaseError: If the store does not answer.
    """
    found: dict[int, Held] = {}
    for number, link in links.items():
        try:
            row = continue_class(store, link.secret)
        except JoinError:
            st.session_state.setdefault(GONE, set()).add(number)
            continue
        found[row.id] = Held(number, link.secret, row, None)
    latest = sorted(found.values(), key=lambda one: -one.row.started)[:MOST]
    return [Held(one.number, one.secret, one.row, _report(store, one.row)) for one in latest]


def _report(store: Store, row: ClassRow) -> Document | None:
    # Of a class that goes on the teacher's page tells more.
    return report_of(store, row) if row.state == "ended" else None


def _nothing() -> None:
    st.markdown(
        "**No classes yet.** A class that you open in this browser is listed here from then on, with its report once "
        "it has ended. Classes that you opened elsewhere are not: their links are kept by the browser that opened "
        "them. Open such a link here once, and its class is listed here too."
    )
    st.page_link("pages/class.py", label="Open a class", icon=":material/co_present:")


def _list(held: list[Held]) -> None:
    for one in held[:SHOWN]:
        _card(one)
    if held[SHOWN:]:
        with st.expander(f"{len(held) - SHOWN} earlier ones", icon=":material/history:", key="past.earlier"):
            for one in held[SHOWN:]:
                _card(one)


def _card(one: Held) -> None:
    with st.container(border=True):
        told, buttons = st.columns([3, 2], vertical_alignment="center")
        with told:
            st.html(card_html(one.row, one.report, "" if one.report is None else report_line(one.report)))
        with buttons, st.container(horizontal=True, horizontal_alignment="right"):
            _card_buttons(one)


def _card_buttons(one: Held) -> None:
    key = one.row.id
    if one.report is not None:
        st.button("Report", key=f"past.report.{key}", icon=":material/description:", on_click=_open, args=(one,))
    if one.row.state != "ended" and button_clicked("Go on", key=f"past.go_on.{key}", icon=":material/co_present:"):
        lead(one.secret)
        st.switch_page("pages/class.py")
    _delete_button(one)


def card_html(row: ClassRow, report: Document | None, line: str) -> str:
    """Return what is told of a class in the list; a title is text, whatever it holds.

    Args:
        row: The class.
        report: Its report, or None.
        line: Its course, day, time and length.
    """
    title = escape(row.settings.title or "A class without a title")
    if row.state != "ended":
        line = "running now" if row.state == "open" else "paused now"
    elif report is None:
        line = "Its numbers are deleted, and no report was kept."
    numbers = "" if report is None else f"<div>{key_numbers_html(report)}</div>"
    head = f'<strong>{title}</strong><div class="cm-small">{escape(line)}</div>'
    return f'<div style="line-height:1.55">{head}{numbers}</div>'


def key_numbers_html(report: Document) -> str:
    """Return a report's four numbers in a line: people, engagement, what faces showed most, clicks of trouble."""
    whole, people = report["whole"], report["participation"]["most_present"]
    parts = ["few people" if people is None else f"{people} people"]
    if whole["engagement"]:
        parts.append(f"engagement <b>{whole['engagement']['value']:.2f}</b>")
    if whole["mood"]:
        top = max(whole["mood"], key=whole["mood"].__getitem__)
        parts.append(f"mostly {top}")
    if whole["pulses"]:
        trouble = whole["pulses"]["lost"] + whole["pulses"]["too_fast"]
        parts.append(f"{trouble}\u00a0× lost or too fast")
    return " · ".join(parts)


def _open(one: Held) -> None:
    st.query_params["report"] = str(one.row.id)


def _close() -> None:
    st.query_params.pop("report", None)


def _one(one: Held) -> None:
    with st.container(horizontal=True):
        st.button("All classes", key="past.all", icon=":material/arrow_back:", on_click=_close)
        _delete_button(one)
    if one.report is None:
        st.markdown("Its numbers are deleted, and no report was kept.")
        return
    if one.row.state == "ended":
        lay_chat_over(one.row, one.report, "past.chat")
    show_report(one.report, "past.download")


def _delete_button(one: Held) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown("This deletes the class with its report, now and for good, for everyone who has its link.")
        st.button("Delete now", key=f"past.delete.{one.row.id}", type="primary", on_click=_delete, args=(one,))


def _delete(one: Held) -> None:
    with shown_errors():
        delete(open_store(), one.row)
        st.session_state.setdefault(GONE, set()).add(one.number)
        _close()
        st.toast("The class and its report are deleted.", icon=":material/check:")


def _compare(held: list[Held]) -> None:
    reports = [one.report for one in held if one.report is not None]
    names = courses(reports)
    if not names:
        if len(reports) > 1:
            st.caption("Give classes of one course the same course name, and they are compared here over the weeks.")
        return
    st.header("A course over the weeks", anchor=False)
    course = names[0]
    if len(names) > 1:
        course = st.selectbox("Course", names, key="past.course")
    else:
        st.markdown(plain(course))
    of_course = [report for report in reports if report["class"]["course"].strip() == course]
    compare(of_course, zone_of(st.context.timezone))

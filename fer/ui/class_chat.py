"""The chat of a class laid over its time: a saved chat is read, previewed, and kept as means by the minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, BinaryIO, cast

import streamlit as st

from fer.classroom.chat_signal import ChatSignal, Written, lay_chat
from fer.classroom.records import ClassRow
from fer.classroom.report import lay_over
from fer.classroom.report_html import zone_of
from fer.classroom.store import open_store
from fer.errors import InputError
from fer.ui.buttons import button_clicked
from fer.ui.messages import plain
from fer.ui.texts import hold, release

if TYPE_CHECKING:
    from fer.text.chats import Line
    from fer.text.reading import Reading

KEPT = "class.chat_read"
"""What was read of the latest upload: times, numbers and probabilities. No widget's key."""
MOST_MB = 10
MOST_SHIFT_MIN = 720.0


@dataclass(frozen=True)
class ReadChat:
    """A chat export that was read.

    Attributes:
        asked: Which upload, column and class.
        form: What it is, as the text page names it.
        elapsed: Whether its times count from a recording's beginning.
        written: Its messages, without their words.
        odd_time: The first time that was not understood; "" where there is none.
    """

    asked: tuple[str, str | None, int]
    form: str
    elapsed: bool
    written: list[Written]
    odd_time: str = ""


def chat_block(row: ClassRow, key: str, there: bool) -> bool:
    """Show where a chat is dropped, what of it lies within the class, and how it is taken away again.

    Args:
        row: The class; it may have ended.
        key: Of the page's controls, ``<page>.<control>``.
        there: Whether a chat was laid over the class already.

    Returns:
        True once in which the class's chat has changed: then what is shown of the class is old.

    Raises:
        FerError: If the file cannot be used.
    """
    st.markdown("**The class's chat**")
    # A new uploader after each chat: the old one would still hold the file, and read it again.
    laid = st.session_state.setdefault(f"{key}_count", 0)
    upload = st.file_uploader(
        "Saved chat",
        type=["txt", "csv", "tsv", "vtt", "sbv", "log"],
        key=f"{key}_file_{laid}" if laid else f"{key}_file",
        max_upload_size=MOST_MB,
        help="Zoom: chat, the three dots, Save chat. Meet: the .sbv beside the recording. Teams: copy the chat into a "
        "text file. Or a table with the columns time, name and message.",
    )
    st.caption(
        "The file is read in memory and forgotten. Names become numbers at once; what stays are mean moods by the "
        f"minute, each of messages by at least {row.settings.min_shown} people."
    )
    if upload is not None:
        hold(KEPT, [upload.file_id])
        read = _read(cast("BinaryIO", upload), upload.name, upload.file_id, row, key)
        if read is not None and _lay(row, read, key):
            release(KEPT)
            st.session_state[f"{key}_count"] += 1
            return True
        return False
    release(KEPT)
    if there and button_clicked("Take the chat away again", icon=":material/delete:", key=f"{key}_remove"):
        lay_over(open_store(), row, "text", [])
        return True
    return False


def _read(file: BinaryIO, name: str, file_id: str, row: ClassRow, key: str) -> ReadChat | None:
    """Read an upload once; ask for the column of a table that does not say."""
    from fer.text.sources import ColumnError, look

    if file.seek(0, 2) > MOST_MB << 20:
        raise InputError(f"{name} has more than {MOST_MB} MB. Take the chat of this one class.")
    column = None
    try:
        source = look(file, name)
    except ColumnError as problem:
        column = st.selectbox(
            f"Which column of {plain(name)} holds the messages?", problem.columns, index=None, key=f"{key}_column"
        )
        if column is None:
            return None
        source = look(file, name, column)
    kept = cast("ReadChat | None", st.session_state.get(KEPT))
    if kept is None or kept.asked != (file_id, column, row.id):
        from fer.text.chats import FORM_NAMES
        from fer.text.classify import open_text_classifier
        from fer.text.report import read_file

        written: list[Written] = []
        odd: list[str] = []
        zone = zone_of(st.context.timezone)

        def take(found: Sequence[tuple[Line, Reading]]) -> None:
            written.extend(without_words(found, zone, row.started))
            odd.extend(odd_times(found)[: 1 - len(odd)])

        with st.spinner("Reading the chat"):
            read_file(file, source, open_text_classifier(), [take])
        asked = (file_id, column, row.id)
        kept = ReadChat(asked, FORM_NAMES[source.form], source.elapsed, written, *odd)
        st.session_state[KEPT] = kept
    return kept


def without_words(found: Sequence[tuple[Line, Reading]], zone: tzinfo, near: float) -> list[Written]:
    """Return messages as a class takes them: when, by whom as a number, and how they read.

    Args:
        found: The messages.
        zone: In which times are told that do not say one: the teacher's.
        near: When the class began: a day without its year is the one next to it.
    """
    from fer.text.chat_times import moments_of, seconds_of

    written = []
    for line, reading in found:
        at, turned = [*moments_of(line.time, zone, near), None, None][:2]
        written.append(Written(seconds_of(line.time), line.person, reading.probabilities, at, turned))
    return written


def odd_times(found: Sequence[tuple[Line, Reading]]) -> list[str]:
    """Return the times that are not understood."""
    from fer.text.chat_times import seconds_of

    return [line.time for line, _ in found if line.time and seconds_of(line.time) is None]


def _lay(row: ClassRow, read: ReadChat, key: str) -> bool:
    """Show what of a chat lies within the class; True when it was laid over it."""
    shift_min = st.number_input(
        "Move it by so many minutes",
        -MOST_SHIFT_MIN,
        MOST_SHIFT_MIN,
        0.0,
        1.0,
        format="%g",
        key=f"{key}_shift",
        help="Where the clocks differ, or where a recording began later than the class.",
    )
    zone = zone_of(st.context.timezone)
    now = open_store().now()
    found = _best_laid(read, row, now, zone, 60 * shift_min)
    st.markdown(plain(f"{read.form}: {chat_words(found, row, now, zone)}"))
    if any(one.at_turned is not None for one in read.written):
        first = _day(found.first_s, zone)
        st.caption(f"Its days can be read in two ways; its first message is taken for one of {first}.")
    if read.odd_time:
        st.caption(plain(f"Messages whose time is not understood, such as “{read.odd_time[:40]}”, are left out."))
    if not found.rows or not button_clicked(
        "Lay it over the lesson", type="primary", icon=":material/add_chart:", key=f"{key}_lay"
    ):
        return False
    lay_over(open_store(), row, "text", found.rows)
    return True


def _best_laid(read: ReadChat, row: ClassRow, now: float, zone: tzinfo, shift_s: float) -> ChatSignal:
    """Lay a chat over its class in the first way in which any of it lies within."""
    if read.odd_time and all(one.time_s is None for one in read.written):
        raise InputError(
            f"none of the times is understood, such as “{read.odd_time[:40]}”, so the chat cannot be laid over the "
            "class. Expected times such as 10:05:22, 2026-03-02 10:05:22 or 3/2/2026 10:05 AM."
        )
    # Exports of one program tell the time of day or the time since the beginning, as they were saved.
    ways = [(not read.elapsed, False), (read.elapsed, False)]
    ways += [(True, True)] if any(one.at_turned is not None for one in read.written) else []
    laid = [lay_chat(read.written, row, now, zone, of_day, shift_s, turned) for of_day, turned in ways]
    return next((one for one in laid if one.inside), laid[0])


def _day(at: float, zone: tzinfo) -> str:
    moment = datetime.fromtimestamp(at, zone)
    return f"{moment.day} {moment:%B %Y}"


def chat_words(found: ChatSignal, row: ClassRow, now: float, zone: tzinfo) -> str:
    """Return in sentences what of a chat can be laid over its class."""
    messages = f"{found.messages:,} message{'s' * (found.messages != 1)}"
    if not found.inside:
        today = _day(row.started, zone)
        begun, ended, first, last = (
            f"{datetime.fromtimestamp(at, zone):%H:%M}" + (f" on {day}" if (day := _day(at, zone)) != today else "")
            for at in (row.started, row.ended or now, found.first_s, found.last_s)
        )
        return (
            f"none of its {messages} was written during the class ({begun} to {ended}); they lie from {first} to "
            f"{last}. Move it, or take the chat of this class."
        )
    told = f"{found.inside:,} of its {messages} were written during the class, {found.read:,} of them can be read"
    if not found.rows:
        return (
            f"{told}. Too few people wrote at a time: a mean would be of fewer than {row.settings.min_shown}, so "
            "nothing is kept. A table needs a column with the names."
        )
    left = found.read - found.used
    return f"{told}." + (f" {left:,} lie in moments in which too few people wrote: they are left out." if left else "")

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
from fer.ui.uploads import drop_upload

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
        asked: Which upload and column.
        form: What it is, as the text page names it.
        elapsed: Whether its times count from a recording's beginning.
        written: Its messages, without their words.
    """

    asked: tuple[str, str | None]
    form: str
    elapsed: bool
    written: list[Written]


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
        read = _read(cast("BinaryIO", upload), upload.name, upload.file_id, key)
        if read is not None and _lay(row, read, key):
            drop_upload(upload.file_id)
            st.session_state[f"{key}_count"] += 1
            return True
        return False
    st.session_state.pop(KEPT, None)
    if there and button_clicked("Take the chat away again", icon=":material/delete:", key=f"{key}_remove"):
        lay_over(open_store(), row, "text", [])
        return True
    return False


def _read(file: BinaryIO, name: str, file_id: str, key: str) -> ReadChat | None:
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
    if kept is None or kept.asked != (file_id, column):
        from fer.text.chats import FORM_NAMES
        from fer.text.classify import open_text_classifier
        from fer.text.report import read_file

        written: list[Written] = []
        zone = zone_of(st.context.timezone)
        with st.spinner("Reading the chat"):
            read_file(file, source, open_text_classifier(), [lambda found: written.extend(without_words(found, zone))])
        elapsed = source.form in ("meet", "transcript")
        kept = ReadChat((file_id, column), FORM_NAMES[source.form], elapsed, written)
        st.session_state[KEPT] = kept
    return kept


def without_words(found: Sequence[tuple[Line, Reading]], zone: tzinfo) -> list[Written]:
    """Return messages as a class takes them: when, by whom as a number, and how they read.

    Args:
        found: The messages.
        zone: In which times are told that do not say one: the teacher's.
    """
    return [
        Written(clock_s(line.time), line.person, reading.probabilities, moment_s(line.time, zone))
        for line, reading in found
    ]


def clock_s(time: str) -> float | None:
    """Return an export's time in seconds of the day or since its beginning; None where it is neither.

    >>> clock_s("10:05:22"), clock_s("2026-03-02T10:05:22"), clock_s("Monday")
    (36322.0, 36322.0, None)
    """
    from fer.text.chats import seconds_of

    found = seconds_of(time)
    if found is not None:
        return found
    at = _dated(time)
    return None if at is None else 3600.0 * at.hour + 60 * at.minute + at.second


def moment_s(time: str, zone: tzinfo) -> float | None:
    """Return an export's time in seconds since 1970 where it says day and time; else None.

    >>> from datetime import UTC
    >>> moment_s("2026-03-02T10:05:22+01:00", UTC), moment_s("2026-03-02 09:05:22", UTC), moment_s("10:05", UTC)
    (1772442322.0, 1772442322.0, None)
    """
    at = _dated(time)
    if at is None:
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).timestamp()


def _dated(time: str) -> datetime | None:
    try:
        # A day alone is no time of a message.
        return datetime.fromisoformat(time.strip()) if ":" in time else None
    except ValueError:
        return None


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
    # Exports of one program tell the time of day or the time since the beginning, as they were saved.
    ways = [lay_chat(read.written, row, now, zone, way, 60 * shift_min) for way in (not read.elapsed, read.elapsed)]
    found = ways[0] if ways[0].inside or not ways[1].inside else ways[1]
    st.markdown(plain(f"{read.form}: {chat_words(found, row, now, zone)}"))
    if not found.rows or not button_clicked(
        "Lay it over the lesson", type="primary", icon=":material/add_chart:", key=f"{key}_lay"
    ):
        return False
    lay_over(open_store(), row, "text", found.rows)
    st.session_state.pop(KEPT, None)
    return True


def chat_words(found: ChatSignal, row: ClassRow, now: float, zone: tzinfo) -> str:
    """Return in sentences what of a chat can be laid over its class."""
    messages = f"{found.messages:,} message{'s' * (found.messages != 1)}"
    if not found.inside:
        begun, ended, first, last = (
            f"{datetime.fromtimestamp(at, zone):%H:%M}"
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

"""Gallery mode on the teacher's page: share the screen with the call, or drop a recording of it."""

from __future__ import annotations

from html import escape

import streamlit as st

from fer.classroom.gallery import GALLERIES, GalleryClass, GalleryNumbers
from fer.classroom.law import gallery_announcement
from fer.classroom.records import ClassRow
from fer.classroom.store import open_store
from fer.classroom.writer import open_writer
from fer.ui.class_recording import recording_under_way, take_recording
from fer.ui.messages import plain, shown_errors
from fer.ui.screen import shared_screen

SCREEN = "A shared screen"
RECORDING = "A recording"
STILLS_HZ = (1, 2, 4)
LOOK_S = 1.0


def show_gallery(row: ClassRow, secret: str) -> None:
    """Show what a gallery class is fed with.

    Args:
        row: The class, in gallery mode.
        secret: The teacher's, who alone comes here.

    Raises:
        FerError: If the class cannot be fed.
    """
    with st.expander("What you tell those who are on the screen", icon=":material/campaign:", key="class.gallery_tell"):
        st.code(gallery_announcement(row.settings), language=None, wrap_lines=True)
    if row.state == "ended" or recording_under_way(row):
        return
    source = st.segmented_control(
        "Where the faces are",
        [SCREEN, RECORDING],
        default=SCREEN,
        required=True,
        key="class.gallery_source",
        label_visibility="collapsed",
    )
    (_screen if source == SCREEN else take_recording)(row)


def _screen(row: ClassRow) -> None:
    gallery = GALLERIES.of(open_store(), open_writer(), row)
    hz = st.segmented_control(
        "Pictures a second",
        STILLS_HZ,
        default=2,
        required=True,
        key="class.gallery_hz",
        help="One is enough for a calm call; four follow quick changes and cost the server four times as much.",
    )
    screen = shared_screen(gallery.on_still, float(hz), key="class.gallery_screen")
    if screen.problem:
        st.warning(plain(screen.problem), icon=":material/screen_share:")
    st.caption(
        "Share the window of the call alone, in gallery view. Each picture is looked at in memory and forgotten; a "
        "place on the screen counts as a person, by number."
    )
    if row.state == "paused":
        st.caption("The class is paused: no picture is looked at.")
    _found(gallery)


@st.fragment(run_every=LOOK_S)
def _found(gallery: GalleryClass) -> None:
    with shown_errors():
        numbers = gallery.numbers()
        if numbers.problem:
            st.warning(plain(numbers.problem))
        st.html(found_html(numbers))


def found_html(numbers: GalleryNumbers) -> str:
    """Return what was found in the shared screen: numbers, and where faces are; no picture and no moods."""
    if numbers.still_s is None:
        return '<p class="cm-small">Nothing is shared yet.</p>'
    if not numbers.boxes and numbers.places == 0:
        said = (
            "No picture comes any more." if numbers.still_s > 3 else "No face found yet: is the call in gallery view?"
        )
        return f'<p class="cm-small">{said}</p>'
    width, height = numbers.size_px or (16, 9)
    boxes = "".join(
        f'<rect x="{100 * x:.1f}" y="{100 * y * height / width:.1f}" width="{100 * w:.1f}" '
        f'height="{100 * h * height / width:.1f}" rx="1" fill="currentColor" opacity=".35"/>'
        for x, y, w, h in numbers.boxes
    )
    words = (
        f"{numbers.faces} {'face' if numbers.faces == 1 else 'faces'} found, {numbers.places} counted, "
        f"{numbers.analysed_hz:.1f} pictures a second looked at, {numbers.dropped:,} skipped"
    )
    return (
        f'<svg viewBox="0 0 100 {100 * height / width:.1f}" style="width:min(100%,22rem);border-radius:.35rem;'
        f'border:1px solid color-mix(in srgb,currentColor 30%,transparent)" role="img" aria-label="{escape(words)}">'
        f'{boxes}</svg><p class="cm-small">{escape(words)}</p>'
    )

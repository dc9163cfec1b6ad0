"""Gallery mode on the teacher's page: share the screen with the call, or drop a recording of it."""

from __future__ import annotations

from html import escape

import streamlit as st

from fer.classroom.gallery import GALLERIES, GalleryClass, GalleryNumbers
from fer.classroom.gallery_rows import SILENT_S
from fer.classroom.law import gallery_announcement
from fer.classroom.records import ClassRow
from fer.classroom.store import open_store
from fer.classroom.writer import open_writer
from fer.ui.calm import calm_html
from fer.ui.class_recording import recording_under_way, take_recording
from fer.ui.messages import plain, shown_errors
from fer.ui.screen import ScreenState, shared_screen

SCREEN = "A shared screen"
RECORDING = "A recording"
STILLS_HZ = (1, 2, 4)
LOOK_S = 1.0
SILENT = "No picture comes any more: nobody is counted. Share the call's window again."
LATE = "The next picture is late: this server is short of time, or the network is slow. It goes on by itself."


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
    left, right = st.columns([3, 2], gap="medium")
    with left:
        hz = st.segmented_control(
            "Pictures a second",
            STILLS_HZ,
            default=2,
            required=True,
            key="class.gallery_hz",
            help="One is enough for a calm call; four follow quick changes and cost the server more.",
        )
        screen = shared_screen(gallery.on_still, float(hz), key="class.gallery_screen")
        if screen.problem:
            st.warning(plain(screen.problem), icon=":material/screen_share:")
        st.caption(
            "Share the window of the call alone, in gallery view. Each picture is looked at in memory and forgotten; a "
            "place on the screen counts as a person, by number."
        )
    with right:
        _found(gallery, screen, row.state == "paused")


@st.fragment(run_every=LOOK_S)
def _found(gallery: GalleryClass, screen: ScreenState, paused: bool) -> None:
    with shown_errors():
        numbers = gallery.numbers()
        if numbers.problem:
            st.warning(plain(numbers.problem))
        calm_html(found_html(numbers, paused, screen.running), "class.gallery_found")


def found_html(numbers: GalleryNumbers, paused: bool = False, shared: bool = False) -> str:
    """Return what was found in the shared screen: numbers, and where faces are; no picture and no moods.

    Args:
        numbers: Of the shared screen.
        paused: Whether the class is paused, so that nothing is looked at.
        shared: Whether this tab shares its screen now.
    """
    width, height = numbers.size_px or (16, 9)
    boxes = "".join(
        f'<rect x="{100 * x:.1f}" y="{100 * y * height / width:.1f}" width="{100 * w:.1f}" '
        f'height="{100 * h * height / width:.1f}" rx="1" fill="#2a8f83" opacity=".75"/>'
        for x, y, w, h in numbers.boxes
    )
    words = found_words(numbers, paused, shared)
    # The map keeps its place when nothing is found, so that nothing below it moves.
    return (
        f'<svg viewBox="0 0 100 {100 * height / width:.1f}" style="display:block;width:min(100%,24rem);'
        "border-radius:.35rem;border:1px solid color-mix(in srgb,currentColor 30%,transparent);"
        'background:color-mix(in srgb,currentColor 5%,transparent)" role="img" aria-label="Where faces were found">'
        f'{boxes}</svg><p class="cm-small" style="min-height:2.6em">{escape(words)}</p>'
    )


def found_words(numbers: GalleryNumbers, paused: bool = False, shared: bool = False) -> str:
    """Return what was found, in a sentence."""
    if paused:
        return "The class is paused: no picture is looked at."
    if numbers.still_s is None:
        return "Nothing is shared yet."
    if numbers.still_s > SILENT_S:
        # While it is shared there is nothing to do: to share once more would only begin the same anew.
        return LATE if shared else SILENT
    if numbers.size_px is None:
        return "Looking at the first picture …"
    if not numbers.faces:
        return "No face found yet. Is the call in gallery view, and its window not covered?"
    faces = "1 face" if numbers.faces == 1 else f"{numbers.faces} faces"
    return (
        f"{faces} found, {numbers.places} counted. {numbers.analysed_hz:.1f} pictures a second looked at, "
        f"{numbers.dropped:,} skipped."
    )

"""The demo class on the teacher's page: how to begin it, what it is, and the drawn students themselves."""

from __future__ import annotations

import base64

import cv2
import streamlit as st

from fer.classroom.demo_class import DEMO_CLASSES, SENTENCE, DemoClass
from fer.classroom.records import ClassRow
from fer.classroom.sessions import Opened
from fer.classroom.store import open_store
from fer.classroom.writer import open_writer
from fer.faces.video import clock
from fer.ui.buttons import button_clicked
from fer.ui.messages import shown_errors

PICTURE_S = 2.0
JPEG_QUALITY = 72


def demo_button(key: str) -> Opened | None:
    """Show the button that opens a demo class; return the class once it was pressed.

    Args:
        key: ``<page>.<control>``.

    Raises:
        ClassFullError: If as many are played as this server can.
        FerError: If it cannot be opened.
    """
    DEMO_CLASSES.prepare()
    if not button_clicked("See a demo class", key=key, icon=":material/draw:"):
        return None
    with st.spinner("Drawing 18 students, and looking at their first minutes"):
        return DEMO_CLASSES.start(open_store(), open_writer())


def show_demo(row: ClassRow, secret: str) -> None:
    """Show below a demo class what it is, and the drawn students.

    Args:
        row: The class.
        secret: The teacher's; not needed here.
    """
    st.info(SENTENCE, icon=":material/draw:")
    if row.state != "ended":
        _students(row.id)


@st.fragment(run_every=PICTURE_S)
def _students(class_id: int) -> None:
    with shown_errors():
        demo = DEMO_CLASSES.continued(open_store(), open_writer(), class_id)
        if demo is None:
            st.caption("The story is not being played any more. End the class to see its report, or open another one.")
            return
        left_s = demo.left_s()
        st.caption(f"The lesson ends by itself in {clock(left_s)}. Joining it with a phone works as in a real class.")
        with st.expander("See the drawn students", icon=":material/groups:", key="class.demo_students"):
            _picture(demo)


def _picture(demo: DemoClass) -> None:
    image = demo.picture()
    if image is None:
        st.caption("They are just coming in.")
        return
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    # Its place is fixed by the picture's own proportions, so that nothing below moves when the next one comes.
    source = base64.b64encode(jpeg.tobytes()).decode()
    st.html(
        f'<img alt="The drawn students now" width="{image.shape[1]}" height="{image.shape[0]}" '
        f'style="width:100%;height:auto;border-radius:.5rem" src="data:image/jpeg;base64,{source}">'
    )

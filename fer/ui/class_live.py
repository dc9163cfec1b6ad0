"""A class as it runs, for the teacher: one glance above, the lesson so far below it."""

from __future__ import annotations

from html import escape

import streamlit as st

from fer.classroom import sessions
from fer.classroom.overview import BIN_S, ClassWatch
from fer.classroom.records import ClassRow, EventRow
from fer.classroom.store import open_store
from fer.faces.video import clock
from fer.ui.buttons import button_clicked, show_button, was_clicked
from fer.ui.calm import calm_html, show_again
from fer.ui.class_demo import show_demo
from fer.ui.class_formula import show_formula
from fer.ui.class_join import code_words, join_html
from fer.ui.class_link import corner_url, join_url, teacher_url
from fer.ui.class_now import here_html, icon_html, now_html, seats_html
from fer.ui.class_signals import explain, show_sources, signals_to_show
from fer.ui.class_signals_row import apart_words
from fer.ui.class_timeline import story_html
from fer.ui.class_topics import show_topics
from fer.ui.messages import plain, shown_errors
from fer.ui.pictures import forget_pictures

TICK_S = 1.0
STORY_S = 5.0
SHOW_CODE = "class.show_code"
CORNER_PX = "400x560"
STATES = {"open": "running", "paused": "paused", "ended": "ended"}


def show_live(watch: ClassWatch, secret: str) -> None:
    """Show a class that runs.

    Args:
        watch: Of the class.
        secret: The teacher's, for the code and the links.
    """
    forget_pictures()
    row = watch.row
    code = sessions.code_of(secret)
    st.fragment(_show_head, run_every=TICK_S)(watch, row.state, code)
    note, buttons = st.columns([1.45, 1], vertical_alignment="center")
    with note:
        st.fragment(_show_note, run_every=TICK_S)(watch)
    with buttons:
        _show_buttons(watch, secret)
    if st.session_state.get(SHOW_CODE):
        calm_html(join_html(code, join_url(code)), "class.join")
    st.fragment(_show_now, run_every=TICK_S)(watch)
    if row.settings.mode == "gallery":
        with shown_errors():
            from fer.ui.class_gallery import show_gallery

            show_gallery(row, secret)
    st.fragment(_show_story, run_every=STORY_S)(watch)
    if row.settings.mode != "demo":
        show_sources(watch)
    else:
        with shown_errors():
            show_demo(row, secret)
    if row.settings.per_seat:
        st.fragment(_show_seats, run_every=TICK_S)(watch)
    if row.settings.mode != "pulse":
        with shown_errors():
            show_formula(watch)


def head_html(row: ClassRow, at: float, code: str) -> str:
    """Return the class's title, how long it has been running, and the code.

    Args:
        row: The class.
        at: Now, by the store's clock.
        code: What students type.
    """
    title = escape(row.settings.title or row.settings.course) or "Your class"
    symbol = "pause_circle" if row.state == "paused" else "radio_button_checked"
    state = f"{icon_html(symbol)} {STATES[row.state]}, {clock(max(0.0, at - row.started))}"
    if row.settings.mode == "demo":
        state += ", drawn students"
    return (
        f'<div class="cm-class-head"><strong>{title}</strong><span class="cm-class-state">{state}</span>'
        f'<span class="cm-code"><small>join with</small>{code_words(code)}</span></div>'
    )


def note_html(watch: ClassWatch, alert: EventRow | None) -> str:
    """Return the one line that is always there: what the teacher should know first."""
    now, row = watch.now(), watch.row
    if watch.problem:
        since = clock(max(0.0, watch.at - row.started))
        return _note("cloud_off", f"You see the class as it was at {since}. {watch.problem}", "cm-late")
    if alert is not None:
        ago = max(0.0, watch.at - alert.t) // 60
        when = "" if ago < 1 else f" ({ago:.0f} min ago)"
        return _note("notifications_active", f"{alert.value}{when}", "cm-alert")
    if row.state == "paused":
        return _note("pause_circle", "The class is paused: nothing is read and nothing is counted.")
    if now.hidden:
        return _note("visibility_off", now.hidden)
    if now.unread and row.settings.mode != "pulse":
        return _note("visibility_off", now.unread)
    return _note("check_circle", "Nothing needs your attention.")


def _note(symbol: str, text: str, look: str = "") -> str:
    return f'<div class="cm-note {look}" role="status">{icon_html(symbol)}<span>{escape(text)}</span></div>'


def _show_head(watch: ClassWatch, state: str, code: str) -> None:
    with shown_errors():
        watch.follow()
        if watch.row.state != state:
            # Paused or ended in another tab, or by time: the buttons are others now.
            st.rerun()
        calm_html(head_html(watch.row, watch.at, code), "class.head")


def _show_buttons(watch: ClassWatch, secret: str) -> None:
    row = watch.row
    with st.container(horizontal=True, horizontal_alignment="right", key="class-buttons"):
        shown = bool(st.session_state.get(SHOW_CODE))
        st.button(
            "Hide code" if shown else "Code",
            icon=":material/qr_code_2:",
            key="class.code",
            on_click=_turn_code,
        )
        if row.state == "paused":
            key, change = "class.resume", sessions.resume
            show_button("Go on", icon=":material/play_arrow:", type="primary", key=key)
        else:
            key, change = "class.pause", sessions.pause
            show_button("Pause", icon=":material/pause:", key=key)
        if button_clicked("End", icon=":material/stop:", key="class.end"):
            _ask_end(watch)
        with st.popover("More", icon=":material/more_horiz:"):
            _show_links(row, secret)
    if was_clicked(key):
        with shown_errors():
            change(open_store(), row)
            watch.refresh(whole=True)
            st.rerun()


def _show_links(row: ClassRow, secret: str) -> None:
    corner = escape(corner_url(row, secret), quote=True)
    calm_html(
        f'<p><a href="{corner}" target="_blank" data-window="{CORNER_PX}">{icon_html("picture_in_picture_alt")} '
        "Small view for a corner of your screen</a></p>",
        "class.corner_link",
    )
    st.markdown("**For students**")
    st.code(join_url(sessions.code_of(secret)), language=None, wrap_lines=True)
    st.markdown("**For you alone**: it continues this class on another computer. Whoever has it leads the class.")
    if st.toggle("Show the teacher's link", key="class.show_link"):
        st.code(teacher_url(secret), language=None, wrap_lines=True)


def _turn_code() -> None:
    st.session_state[SHOW_CODE] = not st.session_state.get(SHOW_CODE)


@st.dialog("End the class?")
def _ask_end(watch: ClassWatch) -> None:
    row = watch.row
    kept = "A report of averages is kept." if row.settings.keep_report else "No report is kept, as you chose."
    if row.settings.mode == "demo":
        kept = "You see its report next. A demo's is not kept."
    st.markdown(f"Cameras stop, and the code is good for nobody any more. {kept}")
    if button_clicked("End the class", type="primary", icon=":material/stop:", key="class.end_now"):
        with shown_errors():
            sessions.end(open_store(), row)
            watch.refresh(whole=True)
            st.rerun()


def _show_note(watch: ClassWatch) -> None:
    with shown_errors():
        alert = watch.open_alert()
        with st.container(horizontal=True, key="class-slot", vertical_alignment="center"):
            calm_html(note_html(watch, alert), "class.note")
            seen = alert is not None and not watch.problem
            if seen and button_clicked("Seen", icon=":material/check:", key="class.acknowledge") and alert is not None:
                open_store().add_event(watch.row.id, "acknowledged", str(alert.id))
                watch.refresh(whole=True)
                show_again()


def _show_now(watch: ClassWatch) -> None:
    with shown_errors():
        now, settings = watch.now(), watch.row.settings
        calm_html(here_html(now, settings) + now_html(now, settings), "class.now")


def _show_story(watch: ClassWatch) -> None:
    with shown_errors():
        show_topics(watch)
        settings = watch.row.settings
        limit = settings.alerts.engagement_below if settings.alerts.on else None
        signals = signals_to_show(watch, "class.signals")
        line = watch.timeline(BIN_S)
        calm_html(story_html(line, watch.at, settings.mode == "pulse", limit, signals), "class.story")
        if signals is not None and signals.scores:
            explain(apart_words(signals, float(line.t0)))


def _show_seats(watch: ClassWatch) -> None:
    with shown_errors():
        st.subheader("Seats that chose to be seen", anchor=False)
        seats = watch.seats_now()
        if seats:
            calm_html(seats_html(seats), "class.seats")
            return
        count, least = watch.opted_in(), watch.row.settings.min_shown
        st.caption(
            plain(
                "Nobody chose it so far."
                if not count
                else f"{count} chose it. They are shown while at least {least} people are here, and while of those who "
                f"did not choose it none or at least {least} are here, and none or at least {least} can be read: "
                "otherwise the class's numbers would tell about them."
            )
        )

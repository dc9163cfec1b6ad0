"""A student joins in a real browser: code, consent, camera, the own mood, clicks, pause, leave, delete, reload."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from schools import Restartable, School, until

from fer.classroom import sessions
from fer.classroom.store import Store

pytestmark = pytest.mark.browser

SECONDS = 1000
PHONE = (390, 844)


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=re.compile(name)).click()


def join_without_camera(page: Any) -> None:
    press(page, "Go on")
    press(page, "I agree: join")
    page.get_by_role("button", name=re.compile("I get it")).wait_for()


def fits(page: Any) -> None:
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    assert page.get_by_text("could not be shown").count() == 0


def test_typing_the_code_leads_into_the_class(school: School, open_page: Callable[..., Any]) -> None:
    opened = school.open(mode="pulse")
    page = open_page(f"{school.url}/join", size=PHONE)
    typed = page.get_by_label("Class code")
    typed.fill(f" {opened.code[:4].lower()} {opened.code[4:].lower()}")
    typed.press("Enter")
    page.get_by_text("Physics 9b").wait_for()
    page.get_by_text("You are free").wait_for()
    assert school.seats(opened) == []
    join_without_camera(page)
    page.get_by_text("Seat 1").wait_for()
    fits(page)
    assert [seat.consent_at for seat in school.seats(opened)] == [None]
    # A page that is open is present, also without a camera.
    until(lambda: {row.state for row in school.rows(opened)} == {"camera_off"})


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "8 letters"), ("hello", "8"), ("<b>bold</b>", "8"), ("WWWWWWWW", "code")],
)
def test_a_code_that_is_none(school: School, open_page: Callable[..., Any], typed: str, said: str) -> None:
    page = open_page(f"{school.url}/join", size=PHONE)
    page.get_by_label("Class code").fill(typed)
    press(page, "Next")
    page.get_by_test_id("stAlert").get_by_text(said).wait_for()
    assert page.get_by_label("Class code").is_visible()
    fits(page)


def test_a_class_that_has_ended(school: School, open_page: Callable[..., Any]) -> None:
    opened = school.open(mode="pulse")
    sessions.end(school.store, opened.row)
    page = open_page(school.link(opened))
    page.get_by_test_id("stAlert").get_by_text("ended").wait_for()


def test_clicks_reach_the_store(school: School, open_page: Callable[..., Any]) -> None:
    opened = school.open(mode="pulse")
    page = open_page(school.link(opened), size=PHONE)
    join_without_camera(page)
    press(page, "I'm lost")
    page.get_by_text("Sent.").wait_for()
    press(page, "Raise my hand")
    page.get_by_role("button", name=re.compile("Lower my hand")).wait_for()
    assert [(event.kind, event.value) for event in school.clicks(opened)] == [("pulse", "lost"), ("pulse", "hand_up")]
    # A reload is the same seat, with the hand still up.
    page.reload()
    press(page, "Lower my hand")
    page.get_by_role("button", name=re.compile("Raise my hand")).wait_for()
    assert school.clicks(opened)[-1].kind == "hand_down"
    assert len(school.seats(opened)) == 1


def test_the_same_browser_gets_the_same_seat(school: School, open_page: Callable[..., Any]) -> None:
    opened = school.open(mode="pulse")
    first = open_page(school.link(opened))
    join_without_camera(first)
    # Typed again, and without a code at all.
    for address in (f"{school.url}/join", school.link(opened)):
        second = first.context.new_page()
        second.goto(address)
        second.get_by_text("Seat 1").wait_for()
        second.get_by_text("was open in another tab").wait_for()
        first.get_by_text("This tab is resting").wait_for()
        press(first, "Go on in this tab")
        second.get_by_text("This tab is resting").wait_for()
        second.close()
    assert len(school.seats(opened)) == 1


def test_pause_leave_come_back_and_delete(school: School, open_page: Callable[..., Any]) -> None:
    opened = school.open(mode="pulse")
    page = open_page(school.link(opened), size=PHONE)
    join_without_camera(page)
    until(lambda: school.rows(opened))
    press(page, "Pause")
    page.get_by_text("You are on pause").wait_for()
    until(lambda: school.rows(opened)[-1].state == "paused")
    assert page.get_by_role("button", name=re.compile("I get it")).is_disabled()
    # A reload goes on pausing.
    page.reload()
    page.get_by_text("You are on pause").wait_for()
    press(page, "Go on")
    press(page, "I get it")
    page.get_by_text("Sent.").wait_for()
    press(page, "Leave")
    page.get_by_text("You have left").wait_for()
    # Who left is not taken back by a reload of the bare page.
    other = page.context.new_page()
    other.goto(f"{school.url}/join")
    other.get_by_label("Class code").wait_for()
    other.close()
    press(page, "Come back")
    page.get_by_role("button", name=re.compile("I get it")).wait_for()
    press(page, "Leave")
    press(page, "Delete what was counted of me")
    press(page, "Yes, delete it all")
    page.get_by_text("All deleted").wait_for()
    assert school.seats(opened) == [] and school.rows(opened) == [] and school.clicks(opened) == []
    page.reload()
    page.get_by_role("heading", name="Before you join").wait_for()


def test_a_restarted_server_is_survived(open_page: Callable[..., Any], own_server: Callable[..., Restartable]) -> None:
    restartable = own_server()
    with closing(Store(f"sqlite:///{(restartable.home / 'classmood.db').as_posix()}")) as store:
        school = School(restartable.url, store)
        opened = school.open(mode="pulse")
        page = open_page(school.link(opened), size=PHONE)
        join_without_camera(page)
        restartable.kill()
        restartable.start()
        started = store.now()
        # Nothing is reloaded or clicked: the page itself comes back to its seat.
        until(lambda: [row for row in school.rows(opened) if row.t > started + 1])
        press(page, "I get it")
        page.get_by_text("Sent.").wait_for()
        assert [event.value for event in school.clicks(opened)] == ["got_it"]
        assert len(school.seats(opened)) == 1


def test_paused_and_ended_by_the_teacher(school: School, open_page: Callable[..., Any]) -> None:
    opened = school.open(mode="pulse")
    page = open_page(school.link(opened))
    join_without_camera(page)
    sessions.pause(school.store, opened.row)
    page.get_by_text("Your teacher paused the class").wait_for()
    sessions.resume(school.store, opened.row)
    page.get_by_text("You take part by clicks").wait_for()
    sessions.end(school.store, opened.row)
    page.get_by_text("The class has ended").wait_for()
    # The seat is still there, and can be deleted at once, also from a new tab.
    page.goto(f"{school.url}/join")
    press(page, "See my seat there")
    press(page, "Delete what was counted of me")
    press(page, "Yes, delete it all")
    page.get_by_text("All deleted").wait_for()
    assert school.seats(opened) == []


@pytest.mark.parametrize(
    "name", ["<script>window.hacked=1</script>", "🦉 Ünïcödé 名前", "![x](http://a.b/c.png)", "x" * 10_000]
)
def test_nicknames(school: School, open_page: Callable[..., Any], name: str) -> None:
    opened = school.open(mode="pulse")
    page = open_page(school.link(opened), size=PHONE)
    press(page, "Go on")
    page.get_by_label("Nickname").fill(name)
    press(page, "I agree: join")
    (seat,) = until(lambda: school.seats(opened))
    # A field takes no paste that is longer than it holds: who pastes a novel stays a number.
    assert len(seat.nickname) <= 40 and (seat.nickname or len(name) > 40)
    assert (seat.nickname or "Seat 1") in page.locator(".cm-join-head").inner_text()
    assert page.evaluate("window.hacked") is None
    assert page.locator(".cm-join-head img, .cm-join-head script").count() == 0
    fits(page)


def test_where_faces_may_not_be_read_there_is_no_camera(school: School, open_page: Callable[..., Any]) -> None:
    opened = school.open(region="eu", purpose="education", mode="cameras")
    page = open_page(school.link(opened))
    page.get_by_text("No camera and no microphone is").wait_for()
    press(page, "Go on")
    page.get_by_label("Nickname").wait_for()
    assert page.get_by_role("button", name=re.compile("camera")).count() == 0
    press(page, "I agree: join")
    page.get_by_role("button", name=re.compile("I get it")).wait_for()
    assert page.get_by_role("button", name=re.compile("camera")).count() == 0
    assert page.locator("iframe, video").count() == 0


def test_a_camera_shows_the_own_mood_and_is_counted(
    school: School, open_page: Callable[..., Any], happy_camera: Path
) -> None:
    opened = school.open()
    page = open_page(school.link(opened), size=PHONE, camera=happy_camera)
    press(page, "Go on")
    press(page, "I agree: start my camera")
    page.get_by_text("First look at yourself").wait_for()
    page.locator(".cm-face-head", has_text="happy").wait_for()
    assert not [row for row in school.rows(opened) if row.probabilities is not None]
    press(page, "Take part")
    page.get_by_text("You count in the class's mood").wait_for()
    page.locator(".cm-face-head", has_text="happy").wait_for()
    rows = until(lambda: [row for row in school.rows(opened) if row.state == "mood"][2:])
    assert all(row.probabilities.argmax() == 3 for row in rows)
    (seat,) = school.seats(opened)
    assert seat.consent_at is not None and not seat.opted_in
    press(page, "I'm bored")
    page.get_by_text("Sent.").wait_for()
    fits(page)
    # A pause ends the camera; going on brings it back; a reload, too, goes on by itself.
    press(page, "Pause")
    page.get_by_text("You are on pause").wait_for()
    until(lambda: school.rows(opened)[-1].state == "paused")
    press(page, "Go on")
    page.get_by_text("You count in the class's mood").wait_for()
    page.reload()
    page.get_by_text("You count in the class's mood").wait_for()
    last = school.rows(opened)[-1].t
    until(lambda: [row for row in school.rows(opened) if row.t > last and row.state == "mood"])
    assert len(school.seats(opened)) == 1


def test_a_refused_camera_leaves_the_clicks(school: School, open_page: Callable[..., Any]) -> None:
    opened = school.open()
    page = open_page(school.link(opened), permit=False)
    press(page, "Go on")
    press(page, "I agree: start my camera")
    page.get_by_text("camera was refused").first.wait_for()
    press(page, "Go on without camera")
    press(page, "Too fast")
    page.get_by_text("Sent.").wait_for()
    until(lambda: [row for row in school.rows(opened) if row.state == "camera_off"])


def test_consent_can_come_later_and_the_camera_can_go(
    school: School, open_page: Callable[..., Any], happy_camera: Path
) -> None:
    opened = school.open()
    page = open_page(school.link(opened), camera=happy_camera)
    join_without_camera(page)
    assert school.seats(opened)[0].consent_at is None
    page.get_by_text("More", exact=True).click()
    press(page, "Take part with my camera")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("I agree")).click()
    page.locator(".cm-face-head", has_text="happy").wait_for()
    assert school.seats(opened)[0].consent_at is not None
    press(page, "Take part")
    page.get_by_text("You count in the class's mood").wait_for()
    page.get_by_text("More", exact=True).click()
    press(page, "Camera off")
    page.get_by_text("You take part by clicks").wait_for()
    # What was switched off stays off.
    page.reload()
    page.get_by_text("You take part by clicks").wait_for()


def plain_camera(folder: Path, grey: int) -> Path:
    """A file for Chromium's fake camera that shows one grey."""
    path = folder / f"{grey}.mjpeg"
    _, jpeg = cv2.imencode(".jpg", np.full((240, 320, 3), grey, np.uint8))
    path.write_bytes(jpeg.tobytes() * 100)
    return path


@pytest.mark.parametrize(
    ("grey", "seen", "advice"),
    [
        (0, "The picture is black", "Slide its cover open"),
        (30, "It is too dark", "light on"),
        (128, "No face", "Look into"),
    ],
)
def test_a_camera_that_sees_no_face_says_what_to_do(
    school: School, open_page: Callable[..., Any], tmp_path: Path, grey: int, seen: str, advice: str
) -> None:
    opened = school.open()
    page = open_page(school.link(opened), size=PHONE, camera=plain_camera(tmp_path, grey))
    press(page, "Go on")
    press(page, "I agree: start my camera")
    page.locator(".cm-face-head", has_text=seen).wait_for()
    page.locator(".cm-face-head", has_text=advice).wait_for()
    # Nobody is kept out for it: the mood is unknown then, and the clicks count.
    press(page, "Take part")
    page.get_by_text("your mood counts as unknown").wait_for()
    until(lambda: "no_face" in {row.state for row in school.rows(opened)})
    assert all(row.probabilities is None for row in school.rows(opened))
    fits(page)


def test_a_second_tab_takes_the_camera_over(school: School, open_page: Callable[..., Any], happy_camera: Path) -> None:
    opened = school.open()
    first = open_page(school.link(opened), camera=happy_camera)
    press(first, "Go on")
    press(first, "I agree: start my camera")
    first.locator(".cm-face-head", has_text="happy").wait_for()
    press(first, "Take part")
    first.get_by_text("You count in the class's mood").wait_for()
    second = first.context.new_page()
    second.goto(school.link(opened))
    second.get_by_text("You count in the class's mood").wait_for()
    first.get_by_text("This tab is resting").wait_for()
    assert first.locator("video").count() == 0
    until(lambda: school.rows(opened))
    last = school.rows(opened)[-1].t
    until(lambda: [row for row in school.rows(opened) if row.t > last + 2 and row.state == "mood"])
    assert len({(row.seat_id, row.t) for row in school.rows(opened)}) == len(school.rows(opened))
    assert len(school.seats(opened)) == 1


def test_deleting_under_a_running_camera_leaves_nothing_behind(
    school: School, open_page: Callable[..., Any], happy_camera: Path
) -> None:
    opened = school.open()
    page = open_page(school.link(opened), camera=happy_camera)
    press(page, "Go on")
    press(page, "I agree: start my camera")
    page.locator(".cm-face-head", has_text="happy").wait_for()
    press(page, "Take part")
    until(lambda: [row for row in school.rows(opened) if row.state == "mood"])
    page.get_by_text("All seven moods").click()
    press(page, "Show my resting face")
    page.get_by_text("let your face rest").wait_for()
    press(page, "Read me without it again")
    page.get_by_role("button", name=re.compile("Show my resting face")).wait_for()
    page.get_by_text("More", exact=True).click()
    press(page, "Delete what was counted of me")
    press(page, "Yes, delete it all")
    page.get_by_text("All deleted").wait_for()
    assert page.locator("video").count() == 0
    # Also what the writer still held does not come back.
    page.wait_for_timeout(3 * SECONDS)
    assert school.rows(opened) == [] and school.seats(opened) == []


def test_each_step_begins_at_its_top(school: School, open_page: Callable[..., Any]) -> None:
    opened = school.open()
    page = open_page(school.link(opened), size=(390, 600))
    main = page.locator("[data-testid=stMain]")
    page.get_by_role("button", name=re.compile("Go on")).scroll_into_view_if_needed()
    assert main.evaluate("main => main.scrollTop") > 0
    press(page, "Go on")
    page.get_by_label("Nickname").wait_for()
    until(lambda: main.evaluate("main => main.scrollTop") == 0)

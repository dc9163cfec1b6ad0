"""A whole class in real browsers: a teacher and students at once, two servers on one database, nothing left behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from schools import Restartable, School, Students, head_count, until

from fer.classroom.store import Store

pytestmark = pytest.mark.browser

PHONE = (390, 844)
PICTURES = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG", "WebP": b"WEBPVP8", "NumPy": b"\x93NUMPY", "base64": b"/9j/"}


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=re.compile(re.escape(name))).click()


def join_with_camera(page: Any, mood: str) -> None:
    """Join, and wait until the student's own view shows the mood of the face before the camera."""
    press(page, "Go on")
    press(page, "I agree: start my camera")
    page.locator(".cm-face-head", has_text=mood).wait_for()
    press(page, "Take part")
    page.get_by_text("You count in the class's mood").wait_for()


def mood_read(page: Any, count: int) -> None:
    page.wait_for_function(
        "text => document.body.innerText.replace(/\\s+/g, ' ').includes(text)", arg=f"{count} mood read"
    )


def test_two_students_and_a_teacher_at_once(
    school: School,
    open_page: Callable[..., Any],
    students: Callable[..., Students],
    happy_camera: Path,
    surprised_camera: Path,
) -> None:
    opened = school.open(min_shown=3)
    teacher = open_page(school.teacher(opened))
    head_count(teacher, 0)
    first = open_page(school.link(opened), camera=happy_camera)
    join_with_camera(first, "happy")
    head_count(teacher, 1)
    assert teacher.locator(".cm-value").filter(has_text=re.compile(r"^0\.\d\d$")).count() == 0, (
        "one student is not shown"
    )
    second = open_page(school.link(opened), camera=surprised_camera, size=PHONE)
    join_with_camera(second, "surprise")
    head_count(teacher, 2)
    press(second, "I'm lost")
    # A third, and the class is large enough to be shown.
    students(school.store, opened, 1)
    head_count(teacher, 3)
    mood_read(teacher, 3)
    teacher.wait_for_function("() => /^0\\.\\d\\d$/.test(document.querySelector('.cm-value')?.textContent ?? '')")
    shown = []
    for seat in school.seats(opened):
        rows = [row for row in school.rows(opened) if row.seat_id == seat.id and row.state == "mood"]
        tops = [int(row.probabilities.argmax()) for row in rows if row.probabilities is not None]
        shown.append(max(set(tops), key=tops.count))
    assert shown == [3, 5, 3], "happy, surprised, and the third who is happy"
    press(teacher, "End")
    press(teacher, "End the class")
    first.get_by_text("The class has ended").wait_for()
    second.get_by_text("The class has ended").wait_for()


def test_two_servers_share_a_class_and_nothing_of_a_picture_stays(
    own_server: Callable[..., Restartable],
    postgresql: Any,
    open_page: Callable[..., Any],
    students: Callable[..., Students],
    happy_camera: Path,
) -> None:
    url = postgresql.database()
    here, there = own_server(FER_DATABASE_URL=url), own_server(FER_DATABASE_URL=url)
    store = Store(url)
    school = School(here.url, store)
    opened = school.open(min_shown=3)
    students(store, opened, 2)
    teacher = open_page(School(there.url, store).teacher(opened))
    head_count(teacher, 2)
    student = open_page(school.link(opened), camera=happy_camera)
    join_with_camera(student, "happy")
    head_count(teacher, 3)
    press(student, "Too fast")
    teacher.wait_for_function("() => /1\\s*too fast/.test(document.querySelector('.cm-pulses')?.innerText ?? '')")
    until(lambda: [row for row in school.rows(opened) if row.state == "mood"])
    student.close()
    here.kill()
    there.kill()
    for server in (here, there):
        kept = [path for path in server.home.rglob("*") if path.is_file()]
        assert [path.name for path in kept if "server.txt" in path.name] == ["server.txt"]
        for path in kept:
            data = path.read_bytes()
            assert [kind for kind, sign in PICTURES.items() if sign in data] == [], path
    assert not [row for row in school.rows(opened) if row.probabilities is not None and len(row.probabilities) != 7]
    store.close()

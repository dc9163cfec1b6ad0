"""The teacher's page in a real browser: opened by its form, fed as by students, and never lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from schools import Restartable, School, Students, head_count

from fer.classroom import sessions
from fer.classroom.store import Store

pytestmark = pytest.mark.browser

SECONDS = 1000
PHONE = (390, 844)


def value_is_shown(page: Any) -> None:
    page.wait_for_function("() => /^0\\.\\d\\d$/.test(document.querySelector('.cm-value')?.textContent ?? '')")


def places(page: Any) -> dict[str, tuple[int, int]]:
    """Return where the things that a teacher reads stand."""
    found = page.evaluate(
        """() => Object.fromEntries(
            [".cm-here-count", ".cm-value", ".cm-trend", ".cm-moods", ".cm-pulses", ".cm-story"].map(name => {
                const box = document.querySelector(name).getBoundingClientRect();
                return [name, [Math.round(box.x), Math.round(box.y)]];
            }))"""
    )
    return {name: tuple(place) for name, place in found.items()}


def choose(page: Any, region: str, purpose: str) -> None:
    page.get_by_text(region, exact=False).first.click()
    page.get_by_label("What is the class for?").click()
    page.get_by_role("option", name=re.compile(purpose)).click()


def test_from_the_form_to_the_report(
    school: School, open_page: Callable[..., Any], students: Callable[..., Students]
) -> None:
    page = open_page(f"{school.url}/class")
    page.get_by_label("Lesson").fill("Fractions <b>& more</b>")
    choose(page, "Elsewhere", "A lesson")
    page.get_by_role("button", name="Open the class").click()
    page.locator(".cm-join-code").wait_for()
    code = re.sub(r"\s", "", page.locator(".cm-join-code").inner_text())
    assert page.locator(".cm-join-qr svg").count() == 1
    row = sessions.find_class(school.store, code, "here")
    assert row.settings.title == "Fractions <b>& more</b>" and row.settings.mode == "cameras"
    # The title stands there as it was typed, and the secret does not stay on the wall.
    page.locator(".cm-class-head", has_text="Fractions <b>& more</b>").wait_for()
    page.wait_for_url(re.compile(rf"class\?class={row.id}$"))
    page.get_by_role("button", name="Hide code").click()
    page.locator(".cm-join-code").wait_for(state="detached")

    opened = sessions.Opened(row, code, "")
    few = students(school.store, opened, 4)
    head_count(page, 4)
    assert page.locator(".cm-value").text_content() == "–" and "5 people" in page.locator(".cm-note").inner_text()
    few.join(code, 5)
    few.join(code, 6)
    head_count(page, 6)
    value_is_shown(page)
    page.locator(".cm-moods .cm-top", has_text="happy").wait_for()
    page.wait_for_timeout(1500)
    before = places(page)

    # A topic by one click, its text afterwards.
    page.get_by_role("button", name="New topic").click()
    page.locator(".cm-row-topics", has_text="Topic 1").wait_for()
    name = page.get_by_label("Name of the topic")
    name.fill("The pizza <i>trick</i>")
    name.press("Enter")
    page.locator(".cm-row-topics", has_text="The pizza <i>trick</i>").wait_for()

    # Lost for longer than half a minute: an alert, which goes by a click and moves nothing.
    few.click(4, "lost", ago_s=45)
    page.locator(".cm-alert", has_text="lost").wait_for()
    page.locator(".cm-pulses .cm-many", has_text="lost").wait_for()
    assert {key: place for key, place in places(page).items() if key != ".cm-story"} == {
        key: place for key, place in before.items() if key != ".cm-story"
    }
    page.get_by_role("button", name="Seen").click()
    page.locator(".cm-note", has_text="Nothing needs your attention").wait_for()
    assert [event.kind for event in school.store.events(row.id)].count("alert") == 1

    page.get_by_role("button", name="End", exact=True).click()
    page.get_by_role("button", name="End the class").click()
    page.get_by_text("The class has ended").wait_for()
    page.frame_locator("iframe").get_by_text("The pizza <i>trick</i>").first.wait_for()
    assert school.store.class_by_id(row.id).state == "ended"  # type: ignore[union-attr]


def test_an_eu_school_runs_on_clicks_of_real_students(school: School, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{school.url}/class")
    choose(page, "In the European Union", "A lesson")
    page.get_by_text("prohibited in education institutions").wait_for()
    assert page.get_by_text("Students' own cameras").count() == 0
    page.get_by_text("Who sees what").click()
    page.get_by_label("Show nothing for fewer people than", exact=True).fill("3")
    page.get_by_label("Show nothing for fewer people than", exact=True).press("Enter")
    page.get_by_role("button", name="Open the class").click()
    page.locator(".cm-join-code").wait_for()
    code = re.sub(r"\s", "", page.locator(".cm-join-code").inner_text())
    for number in range(3):
        phone = open_page(f"{school.url}/join?code={code}", size=PHONE)
        for name in ("Go on", "I agree: join", "I'm lost" if number < 2 else "I get it"):
            phone.get_by_role("button", name=name).click()
        phone.get_by_text("Sent.").wait_for()
    head_count(page, 3)
    page.locator(".cm-pulses li", has_text=re.compile(r"2\s*lost")).wait_for()
    page.locator(".cm-value", has_text="67 %").wait_for()
    assert page.locator(".cm-moods").count() == 0


def test_the_tab_closed_and_opened_again_by_the_link(
    school: School, open_page: Callable[..., Any], students: Callable[..., Students]
) -> None:
    opened = school.open()
    students(school.store, opened, 6)
    page = open_page(school.teacher(opened))
    head_count(page, 6)
    page.wait_for_url(re.compile(rf"class\?class={opened.row.id}$"))
    page.reload()
    head_count(page, 6)
    value_is_shown(page)
    page.context.browser.close()
    again = open_page(school.teacher(opened))
    head_count(again, 6)
    value_is_shown(again)
    assert again.locator(".cm-code").inner_text().replace(" ", "").endswith(opened.code)
    # The address without the secret says nothing to another browser.
    stranger = open_page(f"{school.url}/class?class={opened.row.id}")
    stranger.get_by_text("does not have the link").wait_for()
    wrong = open_page(f"{school.url}/class?teacher=guessed")
    wrong.get_by_text("leads to no class").wait_for()


def test_the_small_view(school: School, open_page: Callable[..., Any], students: Callable[..., Students]) -> None:
    opened = school.open()
    group = students(school.store, opened, 6, mood="neutral")
    group.click(2, "hand_up")
    page = open_page(school.teacher(opened, "&view=corner"), size=(400, 560))
    value_is_shown(page)
    page.locator(".cm-corner-head", has_text="6").wait_for()
    page.locator(".cm-hand", has_text=re.compile(r"2\s*hands up")).wait_for()
    height = page.evaluate("document.querySelector('.cm-corner').getBoundingClientRect().bottom")
    assert height <= 560 and page.locator("[data-testid=stSidebar]").is_hidden()


def test_numbers_change_without_moving_or_being_built_anew(
    school: School, open_page: Callable[..., Any], students: Callable[..., Students]
) -> None:
    opened = school.open()
    group = students(school.store, opened, 8)
    page = open_page(school.teacher(opened), size=PHONE)
    value_is_shown(page)
    page.locator(".cm-story").wait_for()
    page.evaluate("document.querySelectorAll('.cm-calm *').forEach(part => (part.mine = true))")
    before = places(page)
    first = page.locator(".cm-value").text_content()
    group.mood = "sad"
    page.wait_for_function("first => document.querySelector('.cm-value').textContent !== first", arg=first)
    page.wait_for_function("() => document.querySelector('.cm-moods .cm-top')?.textContent.includes('sad')")
    assert places(page) == before
    kept = page.evaluate(
        "[...document.querySelectorAll('.cm-value, .cm-moods li, .cm-needle, .cm-pulses b')].every(part => part.mine)"
    )
    assert kept


def test_the_formula_is_changed_and_marked(
    school: School, open_page: Callable[..., Any], students: Callable[..., Students]
) -> None:
    opened = school.open()
    students(school.store, opened, 6)
    page = open_page(school.teacher(opened))
    value_is_shown(page)
    page.get_by_text("Sharma et al. 2019").first.wait_for()
    page.wait_for_url(re.compile(rf"class\?class={opened.row.id}$"))
    page.locator(".cm-adds .cm-sum").wait_for()
    # By the keyboard: Streamlit's list closes when the page scrolls beneath it.
    page.get_by_label("Formula").press_sequentially("Valence")
    page.get_by_role("option", name="Valence and arousal").wait_for()
    page.get_by_label("Formula").press("Enter")
    page.get_by_text("Russell & Mehrabian 1977").first.wait_for()
    page.get_by_role("button", name="Use this from now on").click()
    page.locator(".cm-adds", has_text="arousal").wait_for()
    page.locator(".cm-row-events span[title*='Valence and arousal']").wait_for()
    row = school.store.class_by_id(opened.row.id)
    assert row is not None and row.settings.formula == "valence"
    assert [event.kind for event in school.store.events(row.id)].count("formula") == 1


def test_the_class_goes_on_after_the_server_was_killed(
    own_server: Callable[..., Restartable], open_page: Callable[..., Any], students: Callable[..., Students]
) -> None:
    server = own_server()
    store = Store(f"sqlite:///{(server.home / 'classmood.db').as_posix()}")
    school = School(server.url, store)
    opened = school.open()
    group = students(store, opened, 6)
    page = open_page(school.teacher(opened))
    head_count(page, 6)
    server.kill()
    group.join(opened.code, 9)
    server.start()
    # The page finds its way back by itself, or after a reload: both lead to the same class.
    try:
        page.wait_for_function("() => document.querySelector('.cm-here-count')?.textContent === '7'", timeout=20_000)
    except Exception as problem:
        print("reloaded, for the page did not come back by itself:", type(problem).__name__)
        page.reload()
        head_count(page, 7)
    value_is_shown(page)


def test_the_page_lives_on_while_the_database_is_gone(
    own_server: Callable[..., Restartable],
    mortal_postgresql: Any,
    open_page: Callable[..., Any],
    students: Callable[..., Students],
) -> None:
    url = mortal_postgresql.database()
    server = own_server(FER_DATABASE_URL=url)
    store = Store(url)
    school = School(server.url, store)
    opened = school.open()
    group = students(store, opened, 6)
    page = open_page(school.teacher(opened))
    head_count(page, 6)
    value_is_shown(page)
    group.leave()
    mortal_postgresql.stop()
    page.locator(".cm-late", has_text="You see the class as it was").wait_for()
    head_count(page, 6)
    value_is_shown(page)
    # Also a button that runs the whole page leaves the last view there.
    page.get_by_role("button", name="Code", exact=True).click()
    page.locator(".cm-join-code").wait_for()
    head_count(page, 6)
    mortal_postgresql.start()
    page.locator(".cm-late").wait_for(state="detached", timeout=60 * SECONDS)
    students(store, opened, 2)
    head_count(page, 2)
    store.close()

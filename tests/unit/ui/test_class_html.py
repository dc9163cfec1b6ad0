"""The class page's HTML: what people typed stays text, colour never stands alone, and hidden numbers are not in it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fer.classroom.class_rows import BIN_S, Timeline
from fer.classroom.fusion import fuse
from fer.classroom.interval import Interval
from fer.classroom.overview import Now, SeatNow
from fer.classroom.records import PULSES, ClassRow, ClassSettings, EventRow
from fer.classroom.report_charts import SIGNAL_STYLES
from fer.emotions import EMOTIONS, STYLES
from fer.ui.class_formula import adds_html
from fer.ui.class_join import join_html, qr_svg
from fer.ui.class_link import Link, link_text, secret_of
from fer.ui.class_live import head_html
from fer.ui.class_now import (
    gauge_html,
    here_html,
    lost_gauge_html,
    lost_share,
    mood_strip_html,
    moods_html,
    now_html,
    pulse_html,
    seats_html,
    trend_html,
)
from fer.ui.class_signals_row import apart_words
from fer.ui.class_timeline import FRAMES_MIN, PATTERNS, story_html

NASTY = "<img src=x onerror=alert(1)>'\"&"
SETTINGS = ClassSettings()
PULSE = ClassSettings(mode="pulse")
MOODS = np.array([0.05, 0.05, 0.05, 0.5, 0.1, 0.05, 0.2])
FULL = Now(
    100.0,
    present=10,
    camera_on=9,
    unknown=1,
    connecting=0,
    without_camera=1,
    moods=MOODS,
    contributing=8,
    engagement=Interval(0.62, 0.54, 0.7, 8),
    contributions={"happy": 0.4, "neutral": 0.3, "attention": -0.08},
    trend=0.06,
    pulses={"got_it": 2, "lost": 3, "too_fast": 1, "bored": 0, "hand_up": 1},
    hands=1,
)
HIDDEN = Now(100.0, present=3, hidden="Numbers are shown from 5 people on; 3 are here.")


def line(n: int = 12, **changed: Any) -> Timeline:
    moods = np.tile(MOODS, (n, 1))
    known = np.full(n, 0.6)
    made = Timeline(
        0, BIN_S, BIN_S * np.arange(n), moods, known, known - 0.05, known + 0.05, np.full(n, 9), np.full(n, 8),
        np.full(n, 0.25), [(15.0, "lost"), (16.0, "lost"), (50.0, "got_it")], [], [], [], [],
    )  # fmt: skip
    return replace(made, **changed)


def parsed(html: str) -> ET.Element:
    """Read HTML strictly: a name that broke out of its place would not be well-formed."""
    return ET.fromstring(f"<div>{html.replace('&nbsp;', ' ')}</div>")


@pytest.mark.parametrize("settings", [SETTINGS, PULSE, ClassSettings(mode="gallery")])
@pytest.mark.parametrize("now", [FULL, HIDDEN, Now(0.0), replace(FULL, moods=None, engagement=None, unread="few")])
def test_every_view_is_well_formed(now: Now, settings: ClassSettings):
    for html in (here_html(now, settings), now_html(now, settings), mood_strip_html(now), adds_html(now)):
        parsed(html)


def structure(element: ET.Element) -> list[str]:
    return [part.tag for part in element.iter()]


@pytest.mark.parametrize("settings", [SETTINGS, PULSE])
def test_the_same_places_whatever_is_known(settings: ClassSettings):
    # Same elements in the same order: the page changes texts and widths, and nothing jumps.
    views = [parsed(here_html(now, settings) + now_html(now, settings)) for now in (FULL, HIDDEN, Now(0.0))]
    assert structure(views[0]) == structure(views[1]) == structure(views[2])


def test_hidden_numbers_are_not_in_the_page():
    text = " ".join(parsed(here_html(HIDDEN, SETTINGS) + now_html(HIDDEN, SETTINGS)).itertext())
    # The head count, and the gauge's two ends.
    assert re.findall(r"\d+", text) == ["3", "0", "1"]
    assert lost_share(HIDDEN) is None and "–" in lost_gauge_html(HIDDEN, PULSE)


def test_the_numbers_are_in_the_page():
    text = "".join(parsed(here_html(FULL, SETTINGS) + now_html(FULL, SETTINGS)).itertext())
    for wanted in (
        "10",
        "8 mood read",
        "1 unknown",
        "0.62",
        "0.54 to 0.70",
        "8 faces",
        "rising, +0.06",
        "50 %",
        "hand up",
    ):
        assert wanted in text, wanted


def test_every_emotion_has_its_name_and_symbol_beside_its_colour():
    html = moods_html(FULL)
    for name in EMOTIONS:
        assert name in html and STYLES[name].symbol in html
    assert [row.find("span/..").get("class") for row in parsed(html).iter("li")].count("cm-top") == 1  # type: ignore[union-attr]
    story = story_html(line(), 120.0, pulse_only=False)
    for name in EMOTIONS:
        assert f"url(#cm-fill-{name})" in story and f'id="cm-fill-{name}"' in story
    assert {STYLES[name].pattern for name in EMOTIONS} <= PATTERNS.keys()
    # No two emotions share a pattern: in grey they are still told apart.
    assert len({PATTERNS[STYLES[name].pattern] for name in EMOTIONS}) == len(EMOTIONS)


def test_many_lost_are_pointed_out():
    assert pulse_html(FULL, SETTINGS).count("cm-many") == 2
    calm = replace(FULL, pulses={**dict.fromkeys(PULSES, 0), "lost": 1})
    assert "cm-many" not in pulse_html(calm, SETTINGS)


@pytest.mark.parametrize(
    ("trend", "said"),
    [(None, "–"), (0.0, "steady"), (0.049, "steady"), (0.05, "rising"), (-0.05, "falling"), (-0.4, "−0.40")],
)
def test_the_trend_says_where_it_goes(trend: float | None, said: str):
    html = trend_html(trend)
    assert said in html
    turn = float(re.search(r"rotate\((-?\d+)deg\)", html)[1])  # type: ignore[index]
    assert -90 <= turn <= 90 and (turn < 0) == (trend is not None and trend >= 0.05)


@pytest.mark.parametrize(("value", "low", "high"), [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.5, 0.0, 1.0)])
def test_the_gauge_holds_its_ends(value: float, low: float, high: float):
    html = gauge_html(replace(FULL, engagement=Interval(value, low, high, 5)), SETTINGS)
    assert f"rotate({-90 + 180 * value:.1f}deg)" in html and f'stroke-dasharray="{100 * (high - low):.1f} 200"' in html


def test_what_people_typed_stays_text():
    seats = [SeatNow(1, NASTY, "mood", MOODS, 0.6, "lost", True), SeatNow(2, "", None, None, None, None, False)]
    table = seats_html(seats)
    assert "<img" not in table and "Seat 2" in table and "away" in table
    row = ClassRow(1, ClassSettings(title=NASTY), "open", 0.0, None)
    assert "<img" not in head_html(row, 65.0, "ABCD2345") and "1:05" in head_html(row, 65.0, "ABCD2345")
    event = EventRow(1, 1, 20.0, "topic", NASTY, None)
    story = story_html(line(topics=[event], alerts=[event], formulas=[event]), 120.0, pulse_only=False)
    for html in (table, story):
        tree = parsed(html)
        assert "img" not in structure(tree)
        assert not any(name.startswith("on") for part in tree.iter() for name in part.attrib)
    assert any(part.get("title", "").startswith(NASTY) for part in parsed(story).iter("span"))


@pytest.mark.parametrize("pulse_only", [False, True])
@pytest.mark.parametrize("n", [0, 1, 2, 400])
def test_a_story_of_any_length(n: int, pulse_only: bool):
    parsed(story_html(line(n), float(BIN_S * n), pulse_only, 0.4))


def test_hidden_stretches_are_gaps():
    moods, values = np.tile(MOODS, (12, 1)), np.full(12, 0.6)
    moods[4:8], values[4:8] = np.nan, np.nan
    story = story_html(
        line(moods=moods, engagement=values, low=values, high=values, lost=values), 120.0, pulse_only=False
    )
    assert "nan" not in story.lower().replace("cm-un", "")
    curve = re.search(r'<path d="(M[^"]+)" fill="none" stroke="currentColor" stroke-width="2.2"', story)
    assert curve is not None and curve[1].count("M") == 2
    empty = story_html(line(moods=moods * np.nan, engagement=values * np.nan, low=values * np.nan, high=values * np.nan,
                            lost=values * np.nan, pulses=[]), 120.0, pulse_only=False)  # fmt: skip
    assert empty.count("cm-unknown") == 2


def test_what_is_drawn_stays_where_it_is_until_the_frame_grows():
    def place(minutes: float) -> str:
        event = EventRow(1, 1, 120.0, "topic", "Fractions", None)
        html = story_html(line(int(6 * minutes), topics=[event]), 60.0 * minutes, pulse_only=False)
        return re.search(r'cm-topic-line" style="left:([\d.]+)%', html)[1]  # type: ignore[index]

    assert place(11) == place(15) == place(20) == "10.00"
    assert place(21) == place(30) == "6.67"
    assert list(FRAMES_MIN) == sorted(FRAMES_MIN)


def test_contributions_add_up_and_negative_ones_go_left():
    html = adds_html(FULL)
    assert "+0.40" in html and "−0.08" in html and "looking away" in html
    assert "".join(parsed(html).itertext()).endswith("0.62")
    lefts = [float(part.get("style").split("left:")[1].split("%")[0]) for part in parsed(html).iter("i")]  # type: ignore[union-attr]
    assert lefts[2] < lefts[0]


def test_the_code_and_its_square_say_the_same_link():
    url = "https://example.org/join?code=ABCD2345"
    html = join_html("ABCD2345", url)
    tree = parsed(html)
    assert "".join(tree.itertext()).count("example.org/join") == 1
    assert "teacher" not in html and qr_svg(url) != qr_svg(url.replace("5", "6"))


@pytest.mark.parametrize(
    ("address", "alone"),
    [
        ("http://localhost:8501", True),
        ("http://127.0.0.1:8501", True),
        ("http://[::1]:8501", True),
        ("https://example.org", False),
        ("http://192.168.1.7:8501", False),
    ],
)
def test_an_address_that_no_student_can_open_says_so(address: str, alone: bool):
    html = join_html("ABCD2345", f"{address}/join?code=ABCD2345")
    parsed(html)
    assert ("FER_PUBLIC_URL" in html) == alone


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"secret": 1, "title": "", "course": "", "started": 1}', '{"secret": ""}',
     '{"secret": "a", "title": null, "course": "", "started": 1}', '{"secret": "' + "x" * 300 + '", "title": "",'
     ' "course": "", "started": 1}'],
)  # fmt: skip
def test_what_others_wrote_into_the_browser_is_no_link(text: str):
    assert Link.read(text) is None


def test_a_link_comes_back_as_it_was_kept():
    row = ClassRow(7, ClassSettings(title=NASTY, course="7b"), "open", 5.0, None)
    assert Link.read(link_text(row, "secret")) == Link("secret", NASTY, "7b", 5.0)


@pytest.mark.parametrize(
    ("pasted", "secret"),
    [
        ("https://a.b/class?teacher=S_1-x", "S_1-x"),
        (" https://a.b/class?view=corner&teacher=S1&x=2#top ", "S1"),
        ("S1", "S1"),
        ("", ""),
    ],
)
def test_a_pasted_link_gives_its_secret(pasted: str, secret: str):
    assert secret_of(pasted) == secret


def test_a_class_of_clicks_says_who_clicked() -> None:
    texts: Callable[[Now], str] = lambda now: "".join(parsed(here_html(now, PULSE)).itertext())  # noqa: E731
    assert "6 clicked" in texts(FULL) and "4 did not" in texts(FULL)
    assert "–" in texts(HIDDEN)


def test_signals_are_a_row_of_their_own_with_the_minutes_in_which_they_disagree():
    without = story_html(line(), 120.0, pulse_only=False)
    assert "cm-row-signals" not in without and "Lines of the signals" not in without
    faces, chat = np.full(12, 0.4), np.full(12, np.nan)
    chat[3:9] = -0.4
    signals = fuse(np.arange(0.0, 120.0, BIN_S), BIN_S, {"face": faces, "text": chat})
    story = story_html(line(), 120.0, pulse_only=False, signals=signals)
    tree = parsed(story)
    (row,) = [div for div in tree.iter("div") if "cm-row-signals" in (div.get("class") or "")]
    assert row.get("aria-label") == (
        "From minus 1, unpleasant, to 1, pleasant; newest: Faces 0.40, Chat -0.40, Together 0.40"
    )
    # Two minutes, each half of chat: a shade over both, a line for each signal and one for both together.
    assert len(list(row.iter("rect"))) == 1
    assert [path.get("stroke-dasharray") for path in row.iter("path")][1:] == [
        SIGNAL_STYLES["face"][1], SIGNAL_STYLES["text"][1], ""
    ]  # fmt: skip
    assert "Faces" in story and "Chat" in story and "Together" in story and "Clicks" not in story
    assert apart_words(signals, 0.0) == "They disagree (shaded) at 0:00 to 2:00: faces pleasant, chat unpleasant."
    assert "do not disagree" in apart_words(fuse(np.arange(3.0), 1, {"face": np.zeros(3)}), 0.0)
    off = fuse(np.arange(0.0, 120.0, BIN_S), BIN_S, {})
    assert "cm-row-signals" not in story_html(line(), 120.0, pulse_only=False, signals=off)

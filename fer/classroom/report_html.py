"""The report as one HTML file: it opens offline, loads nothing, and prints well on A4, in grey as well."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fer.classroom.fusion import NAMES, SIGNALS, Fusion, Signal
from fer.classroom.report_charts import (
    INK,
    PULSE_NAMES,
    PULSE_STYLES,
    SIGNAL_STYLES,
    TOGETHER,
    engagement_svg,
    mood_svg,
    pulses_svg,
    signals_svg,
)
from fer.classroom.report_signals import apart_of, fusion_of
from fer.emotions import EMOTIONS, STYLES
from fer.faces.video import clock

if TYPE_CHECKING:
    from jinja2 import Template

Document = Mapping[str, Any]
TEMPLATE = Path(__file__).with_name("report.html.j2")
LINES = {
    "": "",
    "/": "repeating-linear-gradient(135deg, #fff8 0 1px, #fff0 1px 5px)",
    "\\": "repeating-linear-gradient(45deg, #fff8 0 1px, #fff0 1px 5px)",
    "x": "repeating-linear-gradient(135deg, #fff8 0 1px, #fff0 1px 6px), "
    "repeating-linear-gradient(45deg, #fff8 0 1px, #fff0 1px 6px)",
    "-": "repeating-linear-gradient(0deg, #fff8 0 1px, #fff0 1px 4px)",
    "+": "repeating-linear-gradient(0deg, #fff8 0 1px, #fff0 1px 5px), "
    "repeating-linear-gradient(90deg, #fff8 0 1px, #fff0 1px 5px)",
    ".": "radial-gradient(#fffa 0.8px, #fff0 1px) 0 0 / 5px 5px",
}
"""The patterns of ``fer.emotions.STYLES`` as CSS paints them over a colour."""


def report_html(
    document: Document, timezone: str | None = None, framed: bool = False, shown: Collection[Signal] = SIGNALS
) -> str:
    """Write a report as a web page that needs nothing but itself.

    Args:
        document: From ``fer.classroom.report.build_report``.
        timezone: In which its times are told, as browsers name them ("Europe/Berlin"); None or unknown: UTC.
        framed: Whether it is shown within one of our own pages, whose script measures it; a file forbids all scripts.
        shown: Signals that are switched on, where voice or chat was laid over the class.
    """
    zone = zone_of(timezone)
    rows, topics = document["timeline"]["rows"], document["topics"]
    charts = {
        name: draw(rows, topics)
        for name, draw, there in (
            ("mood", mood_svg, any(row["mood"] for row in rows)),
            ("engagement", engagement_svg, any(row["engagement"] for row in rows)),
            ("pulses", pulses_svg, any(any((row["pulses"] or {}).values()) for row in rows)),
        )
        if there
    }
    fusion = fusion_of(document, shown)
    if fusion is not None and fusion.scores:
        charts["signals"] = signals_svg(fusion, topics)
    mood = document["whole"]["mood"]
    return _template().render(
        d=document,
        framed=framed,
        title=document["class"]["title"] or "A class without a title",
        facts=facts(document, zone),
        made=_day(datetime.now(zone)),
        charts=charts,
        signals=[] if fusion is None else signal_keys(fusion),
        apart=[] if fusion is None else apart_of(fusion),
        top_mood=max(mood, key=mood.__getitem__) if mood else None,
    )


def signal_keys(fusion: Fusion) -> list[tuple[str, str, str]]:
    """Return name, colour and dashes of each line of the signals' chart."""
    return [(NAMES[name], *SIGNAL_STYLES[name]) for name in fusion.scores] + [(TOGETHER, INK, "")]


def facts(document: Document, zone: tzinfo = UTC) -> str:
    """Return in a line which class it was: course, day, time and length; of a recording nobody knows day and time."""
    about = document["class"]
    read = about.get("recording_read")
    if read is not None:
        when = f"from a recording, read on {_day(datetime.fromisoformat(read).astimezone(zone))}"
        return " · ".join(part for part in (about["course"], when, length_words(about["duration_s"])) if part)
    started = datetime.fromisoformat(about["started"]).astimezone(zone)
    ended = datetime.fromisoformat(about["ended"]).astimezone(zone)
    # UTC says so; a visitor's own time needs no name.
    zone_name = " UTC" if zone is UTC else ""
    when = f"{_day(started)}, {started:%H:%M} to {ended:%H:%M}{zone_name}"
    return " · ".join(part for part in (about["course"], when, length_words(about["duration_s"])) if part)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def zone_of(timezone: str | None) -> tzinfo:
    """Return a browser's time zone, or UTC where it has none that is known."""
    try:
        return ZoneInfo(timezone) if timezone else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def length_words(seconds: float) -> str:
    """Return a length of time as people say it.

    >>> length_words(48), length_words(640), length_words(5400)
    ('48 s', '11 min', '1 h 30 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def mood_words(mood: Mapping[str, float] | None) -> str:
    """Return the shares of a mood that are worth a word, largest first.

    >>> mood_words({"happy": 0.7, "neutral": 0.28, "sad": 0.02})
    'happy 70 %, neutral 28 %'
    """
    if not mood:
        return "not shown"
    return ", ".join(
        f"{name} {100 * mood[name]:.0f} %" for name in sorted(mood, key=lambda n: -mood[n]) if mood[name] >= 0.03
    )


def pulse_words(pulses: Mapping[str, int] | None) -> str:
    """Return the numbers of clicks in words.

    >>> pulse_words({"got_it": 3, "lost": 0})
    '3 got it'
    """
    if pulses is None:
        return "not shown"
    return ", ".join(f"{count} {PULSE_NAMES[kind]}" for kind, count in pulses.items() if count) or "none"


def _ground(colour: str, pattern: str) -> str:
    return f"{LINES[pattern]}, {colour}" if LINES[pattern] else colour


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    # Everything that people typed is escaped: titles, topics and nicknames may hold anything.
    rooms = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    rooms.globals.update(
        styles={name: STYLES[name] for name in EMOTIONS},
        grounds={name: _ground(STYLES[name].colour, STYLES[name].pattern) for name in EMOTIONS},
        signal_names=NAMES,
        pulse_names=PULSE_NAMES,
        pulse_grounds={kind: _ground(colour, hatch[:1]) for kind, (colour, hatch) in PULSE_STYLES.items()},
        clock=clock,
        length=length_words,
        mood_words=mood_words,
        pulse_words=pulse_words,
    )
    return rooms.from_string(TEMPLATE.read_text(encoding="utf-8"))

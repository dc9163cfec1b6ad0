"""Chat exports of Zoom, Google Meet and Microsoft Teams, and transcripts: time, person as a number, message.

| form       | what a message looks like |
|------------|---------------------------|
| zoom       | ``10:05:22 From Ann to Everyone:``, the message behind it or, indented, below it |
| meet       | a saved chat (.sbv): ``00:01:23.000,00:01:25.000`` and ``Ann: message`` below it |
| teams      | ``[10:15 AM] Ann: message``, with or without the date, or the message below it |
| copied     | copied out of Meet's or Teams' window: a line with the name, one with the time, then the message |
| transcript | WebVTT, as all three write what was said |

Names are never handed on: each person becomes a number in the order in which they first wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One message.

    Attributes:
        text: What was written.
        time: When, as the file has it; "" where it does not say.
        person: Who, as a number from 1, or None.
    """

    text: str
    time: str = ""
    person: int | None = None


class People:
    """Gives every name a number, in the order in which they come."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int | None:
        """Return a name's number, or None for no name."""
        name = " ".join(name.split()).casefold()
        return self._numbers.setdefault(name, len(self._numbers) + 1) if name else None


_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[AaPp]\.?[Mm]\.?)?"
_DATE = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?\s+"
_HIDDEN = "\u200e\u200f\ufeff\u202a\u202c"
"""Marks of the direction of writing, which some exports strew in."""

_ZOOM = re.compile(
    rf"^(?:{_DATE})?({_CLOCK})\s+From\s+(.{{1,80}}?)(?:\s+[Tt]o\s+.{{1,80}}?)?"
    r"(?:\s*\((?:Direct Message|Privately)\))?\s*:\s*(.*)$"
)
_MEET = re.compile(r"^(\d{1,2}:\d{2}:\d{2}[.,]\d{3}),\d{1,2}:\d{2}:\d{2}[.,]\d{3}$")
_TEAMS = re.compile(rf"^\[(?:{_DATE})?({_CLOCK})\]\s*([^:]{{1,80}}?)\s*(?::\s*(.*))?$")
_TIME_ALONE = re.compile(rf"^(?:{_DATE}|Yesterday\s+|Today\s+)?({_CLOCK})$")
_CUE = re.compile(r"^(\d{1,2}:\d{2}(?::\d{2})?[.,]\d{3})\s+-->\s+\d{1,2}:\d{2}(?::\d{2})?[.,]\d{3}.*$")
_VOICE = re.compile(r"^<v\s+([^>]{1,80})>(.*?)(?:</v>)?$")
_NAMED = re.compile(r"^([^:]{1,60}):\s+(.*)$")
LEAST_FOUND = 2
"""So many lines must look like an export's; where a date and "From" stand in the first line, that one is enough."""


def chat_form(head: list[str]) -> str:
    """Return which export a file's first lines belong to, or ""."""
    lines = [line.strip(_HIDDEN).strip() for line in head]
    first = next((line for line in lines if line), "")
    if first.startswith("WEBVTT"):
        return "transcript"
    for form, pattern in (("zoom", _ZOOM), ("meet", _MEET), ("teams", _TEAMS)):
        found = sum(1 for line in lines if pattern.match(line))
        if found >= LEAST_FOUND or (found and pattern.match(first)):
            return form
    # A name, then a time alone: in plain lines a time seldom stands alone, and not again and again.
    alone = [place for place, line in enumerate(lines) if _TIME_ALONE.match(line) and _is_name(_before(lines, place))]
    return "copied" if len(alone) >= LEAST_FOUND else ""


def _before(lines: list[str], place: int) -> str:
    return lines[place - 1] if place else ""


def _is_name(line: str) -> bool:
    return 0 < len(line) <= 60 and len(line.split()) <= 6 and line[-1] not in ".!?," and ":" not in line


def chat_lines(lines: Iterable[str], form: str) -> Iterator[Line]:
    """Give the messages of an export; lines that continue a message are joined to it.

    Args:
        lines: With or without their ends.
        form: What ``chat_form`` returned.
    """
    people = People()
    clean = (line.rstrip("\r\n").strip(_HIDDEN) for line in lines)
    for time, name, parts in _FORMS[form](clean):
        yield Line(_own_words(parts), time, people.number(name))


_Found = Iterator[tuple[str, str, list[str]]]


def _own_words(parts: list[str]) -> str:
    """Join a message's lines, without the quotation that a reply begins with."""
    kept = [part.strip() for part in parts if part.strip()]
    if len(kept) > 1 and kept[0].startswith("Replying to "):
        kept = kept[1:]
    return " ".join(kept)


def _headed(pattern: re.Pattern[str]) -> Callable[[Iterable[str]], _Found]:
    """Return a reader of exports in which a line with time and name begins each message."""

    def read(lines: Iterable[str]) -> _Found:
        time, name, begun = "", "", False
        parts: list[str] = []
        for line in lines:
            head = pattern.match(line.strip())
            if head is None:
                parts.append(line)
                continue
            if begun or any(part.strip() for part in parts):
                yield time, name, parts
            begun = True
            time, name, parts = head[1], head[2], [head[3] or ""]
        if begun:
            yield time, name, parts

    return read


def _timed(pattern: re.Pattern[str]) -> Callable[[Iterable[str]], _Found]:
    """Return a reader of exports in which a line with the time alone begins each message, and a name may follow."""

    def read(lines: Iterable[str]) -> _Found:
        time: str | None = None
        parts: list[str] = []
        for line in lines:
            head = pattern.match(line.strip())
            if head is None:
                parts.append(line.strip())
                continue
            if time is not None:
                yield _spoken(time, _without_number(parts) if pattern is _CUE else parts)
            time, parts = head[1], []
        if time is not None:
            yield _spoken(time, parts)

    return read


def _without_number(parts: list[str]) -> list[str]:
    """Leave out the number or name of the next cue, which WebVTT writes after an empty line, right before its time."""
    return parts[:-1] if len(parts) > 1 and parts[-1] and not parts[-2] else parts


def _spoken(time: str, parts: list[str]) -> tuple[str, str, list[str]]:
    lines = [part for part in parts if part]
    named = (_VOICE.match(lines[0]) or _NAMED.match(lines[0])) if lines else None
    return (time, named[1], [named[2], *lines[1:]]) if named else (time, "", lines)


def _copied(lines: Iterable[str]) -> _Found:
    """Read what was copied out of a window: name, time, message, and the next name is the line before the next time."""
    time, name, begun = "", "", False
    parts: list[str] = []
    for line in lines:
        text = line.strip()
        if not text:
            continue
        alone = _TIME_ALONE.match(text)
        if alone is None or not parts or not _is_name(parts[-1]):
            parts.append(text)
            continue
        next_name = parts.pop()
        if begun or parts:
            yield time, name, parts
        time, name, parts, begun = alone[1], next_name, [], True
    if begun:
        yield time, name, parts


_FORMS: dict[str, Callable[[Iterable[str]], _Found]] = {
    "zoom": _headed(_ZOOM),
    "teams": _headed(_TEAMS),
    "meet": _timed(_MEET),
    "transcript": _timed(_CUE),
    "copied": _copied,
}
FORM_NAMES = {
    "zoom": "Zoom chat",
    "meet": "Google Meet chat",
    "teams": "Microsoft Teams chat",
    "copied": "Chat copied from Meet or Teams",
    "transcript": "Transcript (WebVTT)",
    "table": "Table",
    "lines": "Lines",
}


def seconds_of(time: str) -> float | None:
    """Return a time of day or of a recording in seconds, or None where it is neither.

    >>> seconds_of("10:05:22"), seconds_of("00:01:23.500"), seconds_of("1:15 PM"), seconds_of("Feb 12, 2020")
    (36322.0, 83.5, 47700.0, None)
    """
    match = re.fullmatch(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:[.,](\d{1,3}))?\s?([AaPp]\.?[Mm]\.?)?", time.strip())
    if match is None:
        return None
    first, second, third, part, half = match.groups()
    hours, minutes = int(first), int(second)
    if half:
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    return 3600.0 * hours + 60.0 * minutes + float(third or 0) + (float(f"0.{part}") if part else 0.0)

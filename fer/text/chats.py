"""Chat exports of Zoom, Google Meet, Microsoft Teams and WhatsApp, and transcripts: time, person as a number, message.

| form       | what a message looks like |
|------------|---------------------------|
| zoom       | ``10:05:22 From Ann to Everyone:``, the message behind it or below it; in six languages |
| cloud      | of a recording in Zoom's cloud: ``00:10:22``, a tab, ``Ann:`` and the message |
| meet       | a saved chat (.sbv): ``00:01:23.000,00:01:25.000`` and ``Ann: message`` below it |
| teams      | ``[10:15 AM] Ann: message``, with or without the day, or the message below it |
| whatsapp   | ``02/03/2026, 10:05 - Ann: message`` |
| copied     | copied out of Meet's or Teams' window: a line with the name, one with the time, then the message |
| transcript | WebVTT, as all three write what was said |

Names are never handed on: each person becomes a number in the order in which they first wrote.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from fer.text.chat_times import CLOCK, DAY, WORD


@dataclass(frozen=True)
class Line:
    """One message.

    Attributes:
        text: What was written.
        time: When, as the file has it, with its day; "" where it does not say.
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


_HIDDEN = "\u200e\u200f\ufeff\u202a\u202c"
"""Marks of the direction of writing, which some exports strew in."""
_DAY = rf"{DAY}\.?,?\s+"
_WHEN = rf"(?P<day>{_DAY})?(?P<clock>{CLOCK})"

_ZOOM = re.compile(
    rf"^{_WHEN}\s+(?:From|Von|De|Desde|Da|Van)\s+(?P<name>.{{1,80}}?)(?:\s+(?:[Tt]o|an|à|a|para|aan)\s+.{{1,80}}?)?"
    r"(?:\s*\((?:Privately|[^()]*[Dd]ire[ck]t[^()]*)\))?\s*:\s*(?P<text>.*)$"
)
_CLOUD = re.compile(r"^(?P<clock>\d{1,2}:\d{2}:\d{2})\t\s*(?P<name>[^\t]{1,80}?)\s*:(?:\s+|$)(?P<text>.*)$")
_MEET = re.compile(r"^(\d{1,2}:\d{2}:\d{2}[.,]\d{3}),\d{1,2}:\d{2}:\d{2}[.,]\d{3}$")
_TEAMS = re.compile(
    rf"^\[(?P<day>{_DAY}|{WORD},?\s+)?(?P<clock>{CLOCK})(?:,?\s+(?P<behind>{DAY}))?\]"
    r"\s*(?P<name>[^:]{1,80}?)\s*(?::\s*(?P<text>.*))?$"
)
# What WhatsApp itself says (who came, who left) has names, but no colon behind one.
_WHATSAPP = re.compile(
    rf"^(?P<day>{_DAY})(?P<clock>{CLOCK})\s+[-–]\s+(?:(?P<name>[^:]{{1,80}}?):(?:\s+|$))?(?P<text>.*)$"
)
_TIME_ALONE = re.compile(
    rf"^(?P<day>{_DAY}|(?:Yesterday|Today|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day),?\s+)?(?P<clock>{CLOCK})$"
)
_CUE = re.compile(r"^(\d{1,2}:\d{2}(?::\d{2})?[.,]\d{3})\s+-->\s+\d{1,2}:\d{2}(?::\d{2})?[.,]\d{3}.*$")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]{1,80})>")
_TAG = re.compile(r"</?(?:v|c|i|b|u|ruby|rt|lang)(?:[.\s][^>]*)?>|<\d[\d:.]*>")
_NAMED = re.compile(r"^([^:]{1,60}):(?:\s+(.*))?$")
_REACTION = re.compile(r"^(?:Reacted to [\"“].*[\"”] with|Removed an? .* reaction from [\"“])")
"""What Zoom writes where somebody clicked on a message: the words in it are another person's."""
_NO_NAMES = frozenset((
    "question", "questions", "q", "answer", "a", "note", "notes", "step", "example", "exercise", "task", "problem",
    "solution", "remember", "reminder", "hint", "warning", "rule", "part", "chapter", "slide", "page", "point", "first",
    "second", "third", "so", "and", "but",
))  # fmt: skip
"""Words before a colon that begin what was said."""
LEAST_FOUND = 2
"""So many lines must look like an export's; where a date and "From" stand in the first line, that one is enough."""
LEAST_CUES = 3
"""So often must the same words stand before a colon to be a name, where most of what was said has none before it."""


def chat_form(head: list[str]) -> str:
    """Return which export a file's first lines belong to, or ""."""
    lines = [line.strip(_HIDDEN).strip() for line in head]
    first = next((line for line in lines if line), "")
    if first.startswith("WEBVTT"):
        return "transcript"
    forms = {"zoom": _ZOOM, "cloud": _CLOUD, "meet": _MEET, "teams": _TEAMS, "whatsapp": _WHATSAPP}
    for form, pattern in forms.items():
        found = sum(1 for line in lines if pattern.match(line))
        if found >= LEAST_FOUND or (found and pattern.match(first)):
            return form
    # A name, then a time alone: in plain lines a time seldom stands alone, and not again and again.
    alone = [place for place, line in enumerate(lines) if _TIME_ALONE.match(line) and _is_name(_before(lines, place))]
    return "copied" if len(alone) >= LEAST_FOUND else ""


def _before(lines: list[str], place: int) -> str:
    return lines[place - 1] if place else ""


def _is_name(line: str) -> bool:
    words = line.split()
    if not 0 < len(line) <= 60 or len(words) > 6 or line[-1] in "!?," or ":" in line:
        return False
    # Ann Lee Jr., Ann L.
    return line[-1] != "." or (len(words) > 1 and len(words[-1]) <= 4)


def chat_lines(lines: Iterable[str], form: str, speakers: frozenset[str] = frozenset()) -> Iterator[Line]:
    """Give the messages of an export; lines that continue a message are joined to it.

    Args:
        lines: With or without their ends.
        form: What ``chat_form`` returned.
        speakers: What ``speakers_of`` returned for the same lines; only forms in ``SPOKEN`` need it.
    """
    people = People()
    for time, name, parts in _FORMS[form](map(_clean, lines)):
        for who, said in _voices(parts, speakers, form) if form in SPOKEN else [(name, parts)]:
            text = _own_words(said)
            if form not in ("zoom", "cloud") or not _REACTION.match(text):
                yield Line(text, time, people.number(who))


def speakers_of(lines: Iterable[str], form: str) -> frozenset[str]:
    """Return which words before a colon are names, over a whole file of one of the forms in ``SPOKEN``.

    "Question one: why is that?" names nobody. Where at least half of what was said has a name before it, the file says
    who speaks, and all are names; else only what comes back.
    """
    counts, spoken = Counter[str](), 0
    for _, _, parts in _FORMS[form](map(_clean, lines)):
        first = next(filter(None, parts), "")
        spoken += bool(first)
        named = _NAMED.match(first)
        if named and _is_name(named[1]) and named[1].split()[0].casefold() not in _NO_NAMES:
            counts[named[1]] += 1
    least = 1 if 2 * counts.total() >= spoken else LEAST_CUES
    return frozenset(name for name, count in counts.items() if count >= least)


def _clean(line: str) -> str:
    return line.rstrip("\r\n").strip(_HIDDEN)


_Found = Iterator[tuple[str, str, list[str]]]


def _own_words(parts: list[str]) -> str:
    """Join a message's lines, without the quotation that a reply begins with."""
    kept = [part.strip() for part in parts if part.strip()]
    if len(kept) > 1 and kept[0].startswith("Replying to "):
        kept = kept[1:]
    return " ".join(kept)


def _when(head: re.Match[str]) -> str:
    """Return a message's time: its day where it says one, and the clock with colons."""
    found = head.groupdict()
    day = (found.get("day") or found.get("behind") or "").strip().rstrip(",")
    return f"{day} {re.sub(r'(?<=[0-9])[.](?=[0-9])', ':', found['clock'])}".strip()


def _headed(pattern: re.Pattern[str]) -> Callable[[Iterable[str]], _Found]:
    """Return a reader of exports in which a line with time and name begins each message; without a name it is none."""

    def read(lines: Iterable[str]) -> _Found:
        time, begun = "", False
        name: str | None = ""
        parts: list[str] = []
        for line in lines:
            head = pattern.match(line.strip())
            if head is None:
                parts.append(line)
                continue
            if name is not None and (begun or any(part.strip() for part in parts)):
                yield time, name, parts
            begun = True
            time, name, parts = _when(head), head["name"], [head["text"] or ""]
        if begun and name is not None:
            yield time, name, parts

    return read


def _timed(pattern: re.Pattern[str]) -> Callable[[Iterable[str]], _Found]:
    """Return a reader of exports in which a line with the time alone begins each message; its lines say who speaks."""

    def read(lines: Iterable[str]) -> _Found:
        time: str | None = None
        parts: list[str] = []
        ended = False
        for line in lines:
            head = pattern.match(line.strip())
            if head is None:
                # WebVTT ends a cue with an empty line; notes, and the next cue's number or name, come behind it.
                ended = ended or (pattern is _CUE and not line.strip())
                if not ended:
                    parts.append(line.strip())
                continue
            if time is not None:
                yield time, "", parts
            time, parts, ended = head[1], [], False
        if time is not None:
            yield time, "", parts

    return read


def _voices(parts: list[str], speakers: frozenset[str], form: str) -> list[tuple[str, list[str]]]:
    """Return who says what in one cue: one voice, several, or one that is not named."""
    first, *voiced = _VOICE.split("\n".join(parts)) if form == "transcript" else ["\n".join(parts)]
    found = [(name, said.splitlines()) for name, said in zip(voiced[::2], voiced[1::2], strict=True)]
    if first.strip() or not found:
        lines = [line for line in first.splitlines() if line]
        named = _NAMED.match(lines[0]) if lines else None
        known = named is not None and named[1] in speakers
        found.insert(0, (named[1], [named[2] or "", *lines[1:]]) if named and known else ("", lines))
    if form != "transcript":
        return found
    return [(name, [_TAG.sub("", line) for line in said]) for name, said in found]


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
        time, name, parts, begun = _when(alone), next_name, [], True
    if begun:
        yield time, name, parts


_FORMS: dict[str, Callable[[Iterable[str]], _Found]] = {
    "zoom": _headed(_ZOOM),
    "cloud": _headed(_CLOUD),
    "teams": _headed(_TEAMS),
    "whatsapp": _headed(_WHATSAPP),
    "meet": _timed(_MEET),
    "transcript": _timed(_CUE),
    "copied": _copied,
}
SPOKEN = ("meet", "transcript")
"""Forms in which a name stands before what was said, if at all."""
ELAPSED = (*SPOKEN, "cloud")
"""Forms whose times count from a recording's beginning."""
FORM_NAMES = {
    "zoom": "Zoom chat",
    "cloud": "Zoom cloud chat",
    "meet": "Google Meet chat",
    "teams": "Microsoft Teams chat",
    "whatsapp": "WhatsApp chat",
    "copied": "Chat copied from Meet or Teams",
    "transcript": "Transcript (WebVTT)",
    "table": "Table",
    "lines": "Lines",
}

"""When a message was written: the ways in which exports and tables write it, as seconds and as days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[AaPp]\.?[Mm]\.?)?"
"""A time of day, as chats write it."""
DAY = r"\d{1,4}[./-]\d{1,2}(?:[./-]\d{1,4})?"
"""A day in numbers, with its year or without."""
WORD = r"[^\W\d_]{2,12}\.?"
"""A day as one word: Yesterday, Monday, Mon."""
DAY_S = 86_400.0

_TIME = re.compile(
    rf"(?:(?P<word>{WORD}),?\s+)?(?:(?P<day>{DAY})\.?(?:,?\s+|T))?"
    r"(?P<first>\d{1,2})(?P<mark>[:.])(?P<second>\d{2})(?:[:.](?P<third>\d{2}))?(?:[.,](?P<part>\d{1,9}))?"
    r"\s?(?P<half>[AaPp]\.?[Mm]\.?)?"
    rf"(?:,?\s+(?P<behind>{DAY}))?"
    r"(?P<zone>\s?(?:Z|UTC|GMT)?(?:[+-]\d{1,2}(?::?\d{2})?)?)"
)


@dataclass(frozen=True)
class When:
    """A time that was understood.

    Attributes:
        clock_s: Seconds of the day, or since a recording's beginning.
        day: The day as it stands there: numbers or a word; "" where there is none.
        zone: The time zone, where it says one.
    """

    clock_s: float
    day: str = ""
    zone: tzinfo | None = None


def when_of(time: str) -> When | None:
    """Return what a time says, or None where it is none.

    >>> when_of("2026-03-02 10:05 AM")
    When(clock_s=36300.0, day='2026-03-02', zone=None)
    """
    found = _TIME.fullmatch(time.strip())
    clock_s = None if found is None else _clock_s(found)
    if found is None or clock_s is None:
        return None
    zone, day = found["zone"].strip(), found["day"] or found["behind"] or ""
    if zone and not day:
        return None  # of which day, and so when, is not said
    return When(clock_s, day or found["word"] or "", _zone(zone))


def _clock_s(found: re.Match[str]) -> float | None:
    first, second, third = int(found["first"]), int(found["second"]), found["third"]
    part, half = found["part"] or "", found["half"]
    if second > 59 or int(third or 0) > 59:
        return None
    if third is None and half is None:
        if found["mark"] == ".":
            return None  # 12.50 is a number
        if part:
            # WebVTT leaves the hours out: 05:22.500.
            return 60.0 * first + second + float(f"0.{part}") if len(part) == 3 else None
    hours = first if half is None else first % 12 + (12 if half[0] in "pP" else 0)
    return 3600.0 * hours + 60.0 * second + float(third or 0) + float(f"0.{part or 0}")


def _zone(text: str) -> tzinfo | None:
    if not text:
        return None
    found = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", text)
    if found is None:
        return UTC
    away = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(away if found[1] == "+" else -away) if away < timedelta(days=1) else None


def seconds_of(time: str) -> float | None:
    """Return a time in seconds of its day or of a recording, or None where it is neither.

    >>> seconds_of("10:05:22"), seconds_of("00:01:23.500"), seconds_of("1:15 PM"), seconds_of("Feb 12, 2020")
    (36322.0, 83.5, 47700.0, None)
    >>> seconds_of("05:22.500"), seconds_of("12.50")
    (322.5, None)
    """
    found = when_of(time)
    return None if found is None else found.clock_s


def clock_of(seconds: str) -> str:
    """Return a number of seconds as ``seconds_of`` takes it; what is no such number as it is.

    >>> clock_of("0.25"), clock_of("3725"), clock_of("10:05:22")
    ('0:00:00.250', '1:02:05.000', '10:05:22')
    """
    try:
        whole_ms = round(1000 * float(seconds.replace(",", ".")))
    except (ValueError, OverflowError):
        return seconds
    if whole_ms < 0:
        return seconds
    whole_s, ms = divmod(whole_ms, 1000)
    return f"{whole_s // 3600}:{whole_s // 60 % 60:02}:{whole_s % 60:02}.{ms:03}"


def moments_of(time: str, zone: tzinfo, near: float) -> tuple[float, ...]:
    """Return when a time was that says its day, in seconds since 1970; nothing where it says none.

    Args:
        time: As the file has it.
        zone: In which times are told that do not say one.
        near: In seconds since 1970: a day without a year is of the year that brings it next to this.

    Returns:
        One moment, or two where the day may also be read the other way: first with the day before the month, then with
        the month before the day.

    >>> moments_of("2026-03-02T10:05:22+01:00", UTC, 0), moments_of("10:05", UTC, 0)
    ((1772442322.0,), ())
    >>> len(moments_of("3/2/2026 10:05", UTC, 0)), len(moments_of("13/2/2026 10:05", UTC, 0))
    (2, 1)
    """
    found = when_of(time)
    if found is None or not found.day[:1].isdigit() or found.clock_s >= DAY_S:
        return ()
    begun = [
        datetime(day.year, day.month, day.day, tzinfo=found.zone or zone)
        for day in _days(found.day, datetime.fromtimestamp(near, zone).date())
    ]
    # The clock on the wall goes on from midnight, also on a day on which clocks are changed.
    return tuple((one + timedelta(seconds=found.clock_s)).timestamp() for one in begun)


def _days(text: str, near: date) -> list[date]:
    """Return the days that numbers may mean, the day before the month first."""
    parts = re.split(r"[./-]", text)
    numbers = [int(part) for part in parts]
    if len(parts[0]) > 2:
        orders = [numbers] if len(parts) == 3 else []
    else:
        years = [near.year - 1, near.year, near.year + 1] if len(parts) == 2 else [_whole_year(numbers[2])]
        # Points are written by those who write the day first.
        turned = [] if "." in text else [(numbers[0], numbers[1])]
        orders = [
            _nearest([[year, month, day] for year in years], near) for month, day in [(numbers[1], numbers[0]), *turned]
        ]
    days: list[date] = []
    for order in orders:
        day = _day(order)
        if day is not None and day not in days:
            days.append(day)
    return days


def _whole_year(year: int) -> int:
    return year + 2000 if year < 100 else year


def _nearest(orders: list[list[int]], near: date) -> list[int]:
    there = [(abs((day - near).days), order) for order in orders if (day := _day(order)) is not None]
    return min(there)[1] if there else orders[0]


def _day(order: list[int]) -> date | None:
    try:
        found = date(*order)
    except (TypeError, ValueError):
        return None
    return found if 1970 < found.year < 2200 else None

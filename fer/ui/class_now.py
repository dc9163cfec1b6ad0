"""The class in this second as HTML: who is here, engagement, mood, pulse. Every number has its fixed place."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from fer.classroom.overview import Now, SeatNow
from fer.classroom.records import ClassSettings, PulseKind
from fer.classroom.report_charts import PULSE_STYLES
from fer.emotions import EMOTIONS, STYLES
from fer.ui.face_cards import emotion_html

STEADY = 0.05
"""A smaller change a minute is called steady: less is within what a few faces make. Ours."""
STEEP = 0.15
"""Of this change a minute the arrow points straight up or down. Ours."""
PULSE_LABELS: dict[PulseKind, tuple[str, str]] = {
    "got_it": ("thumb_up", "got it"),
    "lost": ("help", "lost"),
    "too_fast": ("fast_forward", "too fast"),
    "bored": ("sentiment_neutral", "bored"),
    "hand_up": ("back_hand", "hands up"),
}
"""Symbol and words; the symbols are those of the students' buttons."""
PARTS = (
    ("read", "mood read"),
    ("unknown", "unknown"),
    ("connecting", "connecting"),
    ("clicks", "without camera"),
    ("resting", "paused"),
)


def icon_html(name: str) -> str:
    """Return one of the symbols that Streamlit carries; what it means must stand beside it in words."""
    return f'<span class="cm-icon" aria-hidden="true">{name}</span>'


def here_html(now: Now, settings: ClassSettings) -> str:
    """Return the head count, and what those present are: read, unknown, connecting, without a camera, paused.

    Args:
        now: The class.
        settings: Of the class: its mode decides what those present can be.
    """
    kinds, counts = _parts(now, settings)
    total = max(1, now.present)
    bars = "".join(
        f'<i class="cm-fill-{kind}" style="width:{100 * count / total:.1f}%"></i>'
        for (kind, _), count in zip(kinds, counts, strict=True)
    )
    words = "".join(
        f'<li class="{"" if count else "cm-quiet"}"><i class="cm-fill-{kind}"></i>'
        f"<span><b>{'–' if now.hidden else count}</b> {name}</span></li>"
        for (kind, name), count in zip(kinds, counts, strict=True)
    )
    return (
        '<div class="cm-here" role="group" aria-label="Who is here">'
        f'<div><div class="cm-here-count">{now.present}</div>'
        f'<p class="cm-small">{"is" if now.present == 1 else "are"} here</p></div>'
        f'<div><div class="cm-parts-bar" aria-hidden="true">{bars}</div>'
        f'<ul class="cm-parts-words">{words}</ul></div></div>'
    )


def _parts(now: Now, settings: ClassSettings) -> tuple[list[tuple[str, str]], list[int]]:
    """Return what those present are, in a class of this mode: kinds with their words, and counts."""
    if settings.mode == "pulse":
        clicked = sum(count for kind, count in now.pulses.items() if kind != "hand_up")
        quiet = 0 if now.hidden else now.present - clicked
        return [("read", "clicked in the last two minutes"), ("clicks", "did not")], [clicked, quiet]
    counts = [now.contributing, now.unknown, now.connecting, now.without_camera, now.resting]
    # On a shared screen a face that is seen is a person that is counted: there is nobody without a camera.
    shown = 2 if settings.mode == "gallery" else len(PARTS)
    return list(PARTS[:shown]), counts[:shown]


def now_html(now: Now, settings: ClassSettings) -> str:
    """Return engagement, mood and pulse side by side; of a class that runs on clicks, the clicks alone.

    Args:
        now: The class.
        settings: Of the class: its mode and its limits.
    """
    if settings.mode == "pulse":
        return f'<div class="cm-now cm-clicks">{lost_gauge_html(now, settings)}{pulse_html(now, settings)}</div>'
    return f'<div class="cm-now">{gauge_html(now, settings)}{moods_html(now)}{pulse_html(now, settings)}</div>'


def gauge_html(now: Now, settings: ClassSettings) -> str:
    """Return the engagement from 0 to 1 as a gauge, with its interval and where it is going."""
    if now.engagement is None:
        said, value, line = "unknown", "–", now.hidden or now.unread or "not known yet"
        svg = _arc(None, None, settings.alerts.engagement_below if settings.alerts.on else None, value)
    else:
        mean = now.engagement
        value = f"{mean.value:.2f}"
        line = f"95 %: {mean.low:.2f} to {mean.high:.2f}, {mean.n} faces"
        said = f"{value}, between {mean.low:.2f} and {mean.high:.2f}"
        limit = settings.alerts.engagement_below if settings.alerts.on else None
        svg = _arc(mean.value, (mean.low, mean.high), limit, value)
    line = "" if now.engagement is None else line
    return (
        '<section class="cm-gauge"><h2>Engagement</h2>'
        f'<div role="img" aria-label="Engagement: {escape(said)}">{svg}</div>'
        f'<p class="cm-gauge-line">{escape(line) or "&nbsp;"}</p>{trend_html(now.trend)}</section>'
    )


def lost_gauge_html(now: Now, settings: ClassSettings) -> str:
    """Return the share of those who are lost or find it too fast as a gauge."""
    share = lost_share(now)
    value = "–" if share is None else f"{100 * share:.0f} %"
    limit = settings.alerts.lost_share_above if settings.alerts.on else None
    line = "&nbsp;" if share is None else f"{now.pulses['lost'] + now.pulses['too_fast']} of {now.present} people"
    drawing = _arc(share, None, limit, value, ("0 %", "100 %"))
    return (
        f'<section class="cm-gauge"><h2>Lost or too fast</h2><div role="img" aria-label="Lost or too fast: {value}">'
        f'{drawing}</div><p class="cm-gauge-line">{line}</p></section>'
    )


def trend_html(trend: float | None) -> str:
    """Return where engagement is going: an arrow, a word, and by how much in a minute."""
    if trend is None:
        turn, words = 0.0, "–"
    else:
        turn = -90 * max(-1.0, min(1.0, trend / STEEP)) if abs(trend) >= STEADY else 0.0
        word = "steady" if abs(trend) < STEADY else "rising" if trend > 0 else "falling"
        words = f"{word}, {trend:+.2f} a minute".replace("-", "−")
    dim = ' class="cm-quiet"' if trend is None else ""
    return (
        f'<p class="cm-trend"><svg{dim} viewBox="0 0 24 24" aria-hidden="true" style="transform:rotate({turn:.0f}deg)">'
        f'<path d="M3 12h16M13 5.5 19.5 12 13 18.5" fill="none" stroke="currentColor" stroke-width="2.6" '
        f'stroke-linecap="round" stroke-linejoin="round"/></svg><span>{words}</span></p>'
    )


def moods_html(now: Now) -> str:
    """Return the seven shares as bars in FER2013's order, which never changes."""
    shares = np.zeros(len(EMOTIONS)) if now.moods is None else now.moods
    top = EMOTIONS[int(np.argmax(shares))] if now.moods is not None else ""
    rows = "".join(
        f'<li class="{"cm-top" if name == top else ""}"><span>{emotion_html(name)}</span><span class="cm-track">'
        f'<span style="width:{100 * float(share):.1f}%;background:{STYLES[name].colour}"></span>'
        f"</span><span>{'–' if now.moods is None else f'{100 * float(share):.0f} %'}</span></li>"
        for name, share in zip(EMOTIONS, shares, strict=True)
    )
    note = f"mean of {now.contributing} faces" if now.moods is not None else ""
    note = note or "&nbsp;"
    return f'<section><h2>Mood</h2><ul class="cm-moods">{rows}</ul><p class="cm-parts-note">{note}</p></section>'


def mood_strip_html(now: Now) -> str:
    """Return the seven shares as one bar, and the two largest in words: for small places."""
    shares = np.zeros(len(EMOTIONS)) if now.moods is None else now.moods
    bars = "".join(
        f'<i style="width:{100 * float(share):.1f}%;background:{STYLES[name].colour}">{STYLES[name].symbol}</i>'
        for name, share in zip(EMOTIONS, shares, strict=True)
    )
    largest = [EMOTIONS[i] for i in np.argsort(-shares, kind="stable")[:2]] if now.moods is not None else []
    words = (
        ", ".join(f"{emotion_html(name)} {100 * float(shares[EMOTIONS.index(name)]):.0f} %" for name in largest) or "–"
    )
    return f'<div class="cm-parts-bar cm-strip" aria-hidden="true">{bars}</div><p class="cm-strip-words">{words}</p>'


def pulse_html(now: Now, settings: ClassSettings) -> str:
    """Return how many clicked what and still mean it, and how many hands are up."""
    many = (lost_share(now) or 0.0) > settings.alerts.lost_share_above
    tiles = []
    for kind, (symbol, words) in PULSE_LABELS.items():
        count = now.pulses[kind]
        share = count / now.present if now.present and not now.hidden else 0.0
        classes = [
            "cm-hand" if kind == "hand_up" else "",
            "cm-none" if not count else "",
            "cm-many" if many and count and kind in ("lost", "too_fast") else "",
        ]
        words = "hand up" if kind == "hand_up" and count == 1 else words
        tiles.append(
            f'<li class="{" ".join(filter(None, classes))}" style="--cm-pulse:{PULSE_STYLES[kind][0]};'
            f'--cm-share:{100 * share:.0f}%">{icon_html(symbol)}<b>{"–" if now.hidden else count}</b>'
            f"<span>{words}</span></li>"
        )
    return f'<section><h2>What they say</h2><ul class="cm-pulses">{"".join(tiles)}</ul></section>'


def lost_share(now: Now) -> float | None:
    """Return the share of those present who are lost or find it too fast now; None where hidden."""
    return None if now.hidden or not now.present else (now.pulses["lost"] + now.pulses["too_fast"]) / now.present


def seats_html(seats: Sequence[SeatNow]) -> str:
    """Return a table of the seats that opted in: names, moods and clicks."""
    rows = "".join(
        f"<tr><th scope='row'>{escape(seat.nickname) or f'Seat {seat.number}'}</th><td>{_mood_of(seat)}</td>"
        f"<td>{'–' if seat.engagement is None else f'{seat.engagement:.2f}'}</td><td>{_click_of(seat)}</td></tr>"
        for seat in seats
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Seat", "Mood", "Engagement", "Says"))
    return f'<table class="cm-seats"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _mood_of(seat: SeatNow) -> str:
    if seat.state is None:
        return '<span class="cm-quiet">away</span>'
    if seat.emotion is None or seat.probabilities is None:
        words = {"no_face": "no face", "camera_off": "without camera"}.get(seat.state, "unknown")
        words = {"connecting": "connecting", "paused": "paused"}.get(seat.state, words)
        return f'<span class="cm-quiet">{words}</span>'
    return f"{emotion_html(seat.emotion)} {100 * float(seat.probabilities.max()):.0f} %"


def _click_of(seat: SeatNow) -> str:
    said = [kind for kind in (seat.pulse, "hand_up" if seat.hand else None) if kind is not None]
    words = [(PULSE_LABELS[kind][0], "hand up" if kind == "hand_up" else PULSE_LABELS[kind][1]) for kind in said]
    return ", ".join(f"{icon_html(symbol)} {name}" for symbol, name in words) or "–"


def _arc(
    value: float | None,
    band: tuple[float, float] | None,
    limit: float | None,
    words: str,
    ends: tuple[str, str] = ("0", "1"),
) -> str:
    """Return the gauge's drawing: a half circle from 0 on the left to 1 on the right."""
    path = "M16 100A84 84 0 0 1 184 100"
    low, high = band or ((0.0, value) if value is not None else (0.0, 0.0))
    width = max(0.0, 100 * (high - low))
    needle = f"{-90 + 180 * (value or 0):.1f}"
    mark = (
        f'<line class="cm-limit" x1="100" y1="26" x2="100" y2="2" '
        f'style="transform:rotate({-90 + 180 * limit:.1f}deg)"/>'
        if limit is not None
        else ""
    )
    return (
        f'<svg viewBox="0 0 200 118" aria-hidden="true"><path class="cm-arc" d="{path}"/>'
        f'<path class="cm-band" d="{path}" pathLength="100" stroke-dasharray="{width:.1f} 200" '
        f'stroke-dashoffset="{-100 * low:.1f}" style="visibility:{"visible" if width else "hidden"}"/>'
        f'<line class="cm-needle" x1="100" y1="29" x2="100" y2="3" '
        f'style="transform:rotate({needle}deg);visibility:{"hidden" if value is None else "visible"}"/>{mark}'
        f'<text class="cm-value" x="100" y="92">{words}</text>'
        f'<text x="16" y="117" font-size="11" opacity=".7">{ends[0]}</text>'
        f'<text x="184" y="117" font-size="11" opacity=".7">{ends[1]}</text>'
        "</svg>"
    )

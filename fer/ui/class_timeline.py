"""The lesson so far as rows over one axis of time: topics, mood, engagement, clicks, and the heat strip by minute.

Drawn as SVG of our own, in a frame of time that grows in large steps: what has been drawn stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from fer.classroom.formula_uses import change_words
from fer.classroom.fusion import Fusion
from fer.classroom.overview import Timeline
from fer.classroom.records import FloatArray, PulseKind
from fer.classroom.report_charts import PULSE_STYLES
from fer.emotions import EMOTIONS, STYLES
from fer.faces.video import clock
from fer.ui.class_now import PULSE_LABELS, icon_html
from fer.ui.class_signals_row import signals_legend, signals_row

WIDTH = 1000
FRAMES_MIN = (10, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440)
"""How much time the axis shows: the least of these that holds the lesson so far."""
MOST_TICKS = 10
FIGURES_MIN = 45
"""Up to so long a lesson the heat strip's cells are wide enough for their numbers."""
PATTERNS = {
    "/": '<path d="M-2 2 2-2M0 8 8 0M6 10 10 6"/>',
    "\\": '<path d="M-2 6 2 10M0 0 8 8M6-2 10 2"/>',
    "x": '<path d="M0 0 8 8M8 0 0 8"/>',
    "-": '<path d="M0 4H8"/>',
    "+": '<path d="M0 4H8M4 0V8"/>',
    ".": '<circle cx="4" cy="4" r=".7"/>',
    "": "",
}
"""Plotly's names of patterns (``fer.emotions``), drawn as SVG."""


def story_html(
    line: Timeline, now: float, pulse_only: bool, limit: float | None = None, signals: Fusion | None = None
) -> str:
    """Return the rows of a class.

    Args:
        line: From ``ClassWatch.timeline(BIN_S)``.
        now: Seconds since 1970, to which the axis must reach.
        pulse_only: Whether there is nothing but clicks.
        limit: Engagement below which the teacher is told, or None.
        signals: Of the same class; None where there are only faces and clicks, which have rows of their own.
    """
    frame = _Frame(line.t0, now)
    rows = [("", _topics(line, frame))]
    if not pulse_only:
        rows += [
            ("Mood", f'<div class="cm-row cm-row-mood">{_moods(line, frame)}</div>'),
            ("Engagement", f'<div class="cm-row cm-row-engagement">{_engagement(line, frame, limit)}</div>'),
        ]
    else:
        rows.append(("Lost or too fast", f'<div class="cm-row cm-row-engagement">{_lost(line, frame)}</div>'))
    if signals is not None and signals.scores:
        rows.append(("Signals", signals_row(signals, frame.x)))
    rows += [(_click_name(kind), _clicks(line, frame, kind)) for kind in PULSE_LABELS]
    rows.append(("By minute", _heat(line, frame, pulse_only)))
    rows += [("Alerts, formula", _marks(line, frame)), ("Minutes", _axis(frame))]
    cells = "".join(f'<div class="cm-row-name">{name}</div>{row}' for name, row in rows)
    legend = "" if pulse_only else _legend()
    legend += signals_legend(signals) if signals is not None and signals.scores else ""
    return (
        f'<div class="cm-story" role="group" aria-label="The lesson so far">{cells}{_over(line, frame)}</div>{legend}'
    )


class _Frame:
    """The stretch of time that is shown."""

    def __init__(self, t0: int, now: float) -> None:
        self.t0 = t0
        minutes = max(0.0, now - t0) / 60
        self.minutes = next((m for m in FRAMES_MIN if m >= minutes), FRAMES_MIN[-1])

    def share(self, t: float) -> float:
        """Return where a time lies, from 0 to 1."""
        return min(1.0, max(0.0, (t - self.t0) / (60 * self.minutes)))

    def x(self, t: float) -> float:
        """Return where a time lies in a drawing."""
        return WIDTH * self.share(t)

    def percent(self, t: float) -> str:
        """Return where a time lies, for a style."""
        return f"{100 * self.share(t):.2f}%"


def _moods(line: Timeline, frame: _Frame) -> str:
    """Draw the shares as stacked areas; where they are hidden or unknown there is a gap."""
    tops = np.cumsum(line.moods, axis=1)
    paths = []
    for column, name in enumerate(EMOTIONS):
        low = tops[:, column - 1] if column else np.zeros(len(tops))
        area = "".join(
            _area(line, frame, low[part], tops[part, column], part) for part in _stretches(line.moods[:, column])
        )
        paths.append(f'<path d="{area}" fill="{STYLES[name].colour}"/><path d="{area}" fill="url(#cm-fill-{name})"/>')
    drawing = f"<defs>{_patterns()}</defs>{''.join(paths)}"
    return f"{_svg(drawing)}{_ticks(('100 %', 0), ('50 %', 0.5))}"


def _engagement(line: Timeline, frame: _Frame, limit: float | None) -> str:
    band = "".join(_area(line, frame, line.low[part], line.high[part], part) for part in _stretches(line.low))
    curve = "".join(_curve(line, frame, line.engagement[part], part) for part in _stretches(line.engagement))
    below = "" if limit is None else _level(limit)
    drawing = (
        f'{_level(0.5, faint=True)}{below}<path d="{band}" fill="#2a8f83" opacity=".3"/><path d="{curve}" fill="none" '
        'stroke="currentColor" stroke-width="2.2" stroke-linejoin="round" vector-effect="non-scaling-stroke"/>'
    )
    return f"{_svg(drawing)}{_ticks(('1', 0), ('0.5', 0.5))}"


def _lost(line: Timeline, frame: _Frame) -> str:
    area = "".join(
        _area(line, frame, np.zeros(len(line.lost[part])), line.lost[part], part) for part in _stretches(line.lost)
    )
    drawing = f'{_level(0.5, faint=True)}<path d="{area}" fill="{PULSE_STYLES["lost"][0]}" opacity=".75"/>'
    return f"{_svg(drawing)}{_ticks(('100 %', 0), ('50 %', 0.5))}"


def _clicks(line: Timeline, frame: _Frame, kind: PulseKind) -> str:
    """Draw one kind of click: a bar for each stretch in which there were some, the higher the more."""
    places: dict[int, int] = {}
    for at, clicked in line.pulses:
        if clicked == kind:
            place = int((at - line.t0) // line.step_s)
            places[place] = places.get(place, 0) + 1
    width = max(2.2, WIDTH * line.step_s / (60 * frame.minutes) - 0.4)
    bars = "".join(
        f"M{frame.x(line.t0 + place * line.step_s):.1f} 100v-{min(100, 30 + 23 * (count - 1))}h{width:.1f}V100z"
        for place, count in sorted(places.items())
    )
    drawing = f'<path d="{bars}" fill="{PULSE_STYLES[kind][0]}"/>'
    label = f"{PULSE_LABELS[kind][1]}: {sum(places.values())} clicks so far"
    return f'<div class="cm-row cm-row-pulse" role="img" aria-label="{label}">{_svg(drawing)}</div>'


def _click_name(kind: PulseKind) -> str:
    symbol, words = PULSE_LABELS[kind]
    return f'<span style="--cm-pulse:{PULSE_STYLES[kind][0]}">{icon_html(symbol)}</span> {words}'


def _heat(line: Timeline, frame: _Frame, pulse_only: bool) -> str:
    """Draw a cell for each minute, the stronger the higher its number."""
    minutes = line.minutes()
    width = 100 / frame.minutes
    cells = []
    for minute, value in zip(minutes.minute, minutes.lost if pulse_only else minutes.engagement, strict=True):
        title = f"minute {int(minute) + 1}"
        if np.isnan(value):
            cells.append(
                f'<div class="cm-heat-cell cm-unknown" style="width:{width:.3f}%" title="{title}: not shown"></div>'
            )
            continue
        words = f"{100 * value:.0f} %" if pulse_only else f"{value:.2f}"
        figure = (
            (f"{100 * value:.0f}" if pulse_only else f"{value:.2f}".lstrip("0")) if frame.minutes <= FIGURES_MIN else ""
        )
        colour = PULSE_STYLES["lost"][0] if pulse_only else "var(--cm-heat)"
        # Engagement is mostly in the middle: the shades are spread over what occurs.
        strength = value if pulse_only else min(1.0, max(0.0, (value - 0.3) / 0.4))
        ink = "#fff" if strength > 0.5 else "currentColor"
        cells.append(
            f'<div class="cm-heat-cell" style="width:{width:.3f}%;color:{ink};background:color-mix(in srgb, {colour} '
            f'{10 + 90 * strength:.0f}%, transparent)" title="{title}: {words}">{figure}</div>'
        )
    return f'<div class="cm-row cm-row-heat">{"".join(cells)}</div>'


def _topics(line: Timeline, frame: _Frame) -> str:
    """Write each topic at its beginning, as wide as there is room before the next one."""
    ends = [*(event.t for event in line.topics[1:]), line.t0 + 60 * frame.minutes]
    words = "".join(
        f'<span style="left:{frame.percent(event.t)};max-width:{100 * (frame.share(end) - frame.share(event.t)):.2f}%" '
        f'title="{escape(event.value)}, from {clock(max(0.0, event.t - line.t0))}">{escape(event.value)}</span>'
        for event, end in zip(line.topics, ends, strict=False)
    )
    return f'<div class="cm-row cm-row-topics">{words}</div>'


def _over(line: Timeline, frame: _Frame) -> str:
    """Draw what goes through all rows: topics and pauses."""
    lines = "".join(f'<div class="cm-topic-line" style="left:{frame.percent(event.t)}"></div>' for event in line.topics)
    pauses = "".join(
        f'<div class="cm-pause" style="left:{frame.percent(start)};'
        f'width:{100 * (frame.share(end) - frame.share(start)):.2f}%" title="paused"></div>'
        for start, end in line.pauses
    )
    return f'<div class="cm-over">{pauses}{lines}</div>'


def _marks(line: Timeline, frame: _Frame) -> str:
    """Mark alerts and changes of the formula."""
    found = [("notifications", f"Alert: {event.value}", event.t) for event in line.alerts]
    found += [("function", f"Formula: {change_words(event)}", event.t) for event in line.formulas]
    marks = "".join(
        f'<span style="left:{frame.percent(at)}" title="{escape(said)}">{icon_html(symbol)}</span>'
        for symbol, said, at in found
    )
    return f'<div class="cm-row cm-row-events">{marks}</div>'


def _axis(frame: _Frame) -> str:
    step = next(step for step in (1, 2, 5, 10, 15, 30, 60, 120, 240) if frame.minutes / step <= MOST_TICKS)
    at = range(0, frame.minutes + 1, step)
    words = "".join(f'<span style="left:{100 * minute / frame.minutes:.2f}%">{minute}</span>' for minute in at)
    return f'<div class="cm-row cm-row-axis">{words}</div>'


def _legend() -> str:
    swatches = "".join(
        f'<li><svg viewBox="0 0 24 15" aria-hidden="true"><rect width="24" height="15" fill="{STYLES[name].colour}"/>'
        f'<rect width="24" height="15" fill="url(#cm-fill-{name})"/></svg>{STYLES[name].symbol} {name}</li>'
        for name in EMOTIONS
    )
    return f'<ul class="cm-legend" aria-label="Colours and patterns of the moods">{swatches}</ul>'


def _patterns() -> str:
    return "".join(
        f'<pattern id="cm-fill-{name}" width="8" height="8" patternUnits="userSpaceOnUse"><g fill="none" '
        f'stroke="#fff" stroke-opacity=".42" stroke-width="1.2">{PATTERNS[STYLES[name].pattern]}</g></pattern>'
        for name in EMOTIONS
    )


def _svg(drawing: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} 100" preserveAspectRatio="none" aria-hidden="true">{drawing}</svg>'


def _ticks(*ticks: tuple[str, float]) -> str:
    return "".join(f'<span class="cm-tick" style="top:{100 * place:.0f}%">{text}</span>' for text, place in ticks)


def _level(value: float, faint: bool = False) -> str:
    look = 'opacity="0.18"' if faint else 'opacity="0.7" stroke-dasharray="5 5"'
    place = f"M0 {100 * (1 - value):.1f}H{WIDTH}"
    return f'<path d="{place}" stroke="currentColor" {look} vector-effect="non-scaling-stroke"/>'


def _stretches(values: FloatArray) -> Iterator[slice]:
    """Yield the stretches in which there are values."""
    known = np.concatenate([[False], ~np.isnan(values), [False]])
    edges = np.flatnonzero(known[1:] != known[:-1])
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        yield slice(int(start), int(end))


def _points(line: Timeline, frame: _Frame, values: FloatArray, part: slice) -> list[str]:
    # In the middle of each stretch of ten seconds, but from its beginning to its end at both ends of what is known.
    middles = [frame.x(t + line.step_s / 2) for t in line.t[part]]
    middles[0], end = frame.x(float(line.t[part][0])), frame.x(float(line.t[part][-1]) + line.step_s)
    xs, ys = [*middles, end], [*values, values[-1]]
    return [f"{x:.1f} {100 * (1 - y):.1f}" for x, y in zip(xs, ys, strict=True)]


def _curve(line: Timeline, frame: _Frame, values: FloatArray, part: slice) -> str:
    return "M" + "L".join(_points(line, frame, values, part))


def _area(line: Timeline, frame: _Frame, low: FloatArray, high: FloatArray, part: slice) -> str:
    above, below = _points(line, frame, high, part), _points(line, frame, low, part)
    return "M" + "L".join([*above, *reversed(below)]) + "z"

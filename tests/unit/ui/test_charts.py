"""Charts: names beside colours, thin data, words for those who cannot see them."""

from __future__ import annotations

import numpy as np
import pytest

from fer.emotions import EMOTIONS, STYLES
from fer.ui.charts import LABEL_GAP, MOST_POINTS, Span, _apart, emotion_bars, mood_over_time, track_strips
from fer.ui.theme import TEMPLATE, chart_template

MOOD = np.array([0.05, 0.05, 0.1, 0.5, 0.1, 0.1, 0.1])


def table(rows: int) -> dict[str, np.ndarray]:
    shares = np.random.default_rng(0).dirichlet(np.ones(7), rows)
    return {"time_s": np.arange(rows) / 2, **{name: shares[:, i] for i, name in enumerate(EMOTIONS)}}


def test_the_template_is_registered_once():
    import plotly.io as pio

    assert chart_template() == TEMPLATE
    assert list(pio.templates[TEMPLATE].layout.colorway) == [STYLES[name].colour for name in EMOTIONS]


@pytest.mark.parametrize("given", [MOOD, dict(zip(EMOTIONS, MOOD, strict=True))])
def test_bars_stand_in_one_order_with_symbol_name_and_number(given: object):
    bars = emotion_bars(given).data[0]
    assert list(bars.y) == [f"{STYLES[name].symbol} {name}" for name in EMOTIONS]
    assert bars.text[3] == "50 %"
    assert list(bars.marker.pattern.shape) == [STYLES[name].pattern for name in EMOTIONS]


def test_areas_stack_to_the_whole_and_carry_their_names():
    figure = mood_over_time(table(50), marks=[(3.0, "rise")])
    assert [trace.name for trace in figure.data] == [f"{STYLES[name].symbol} {name}" for name in EMOTIONS]
    assert np.allclose(sum(np.asarray(trace.y) for trace in figure.data), 1)
    texts = [annotation.text for annotation in figure.layout.annotations]
    assert set(texts) == {trace.name for trace in figure.data} | {"rise"}
    assert len(figure.layout.shapes) == 1


def test_long_recordings_are_thinned_and_keep_their_mean():
    long = table(7200)
    figure = mood_over_time(long)
    assert {len(trace.x) for trace in figure.data} == {MOST_POINTS}
    for trace, name in zip(figure.data, EMOTIONS, strict=True):
        assert np.mean(trace.y) == pytest.approx(long[name].mean(), abs=1e-9)


def test_seconds_without_a_face_leave_a_gap():
    gap = table(10)
    for name in EMOTIONS:
        gap[name][4:6] = np.nan
    assert sum(np.asarray(trace.y) for trace in mood_over_time(gap).data)[4:6] == pytest.approx([0, 0])


@pytest.mark.parametrize("rows", [0, 1])
def test_a_chart_can_begin_empty(rows: int):
    assert len(mood_over_time(table(rows)).data) == 7


def test_names_beside_areas_never_cover_each_other():
    for seed in range(50):
        shares = np.random.default_rng(seed).dirichlet(np.full(7, 0.2))
        places = _apart(np.cumsum(shares) - shares / 2)
        assert np.diff(places).min() >= LABEL_GAP - 1e-9
        assert places.min() >= 0 and places.max() <= 1


def bars(spans: list[Span]) -> list[tuple[str, float, float, str]]:
    return [
        (row, base, length, trace.name.split()[1])
        for trace in track_strips(spans).data
        for row, base, length in zip(trace.y, trace.base, trace.x, strict=True)
    ]


def test_an_hour_of_changes_is_thinned_to_what_can_be_seen():
    spans = [
        Span(f"face {face}", 2.0 * n, 2.0 * n + 2, "happy" if n % 3 else "sad")
        for face in range(20)
        for n in range(1800)
    ]
    thinned = bars(spans)
    assert len(thinned) <= 20 * MOST_POINTS
    assert sum(length for _, _, length, _ in thinned) == pytest.approx(20 * 3600)
    assert {emotion for *_, emotion in thinned} == {"happy"}, "the emotion that lasts longest wins"


def test_what_can_be_seen_is_not_thinned_and_absences_stay():
    long = [Span("face 1", 0, 400, "sad"), Span("face 1", 410, 600, "happy"), Span("face 2", 0, 0.5, "fear")]
    assert sorted(bars(long)) == [
        ("face 1", 0, 400, "sad"), ("face 1", 410, 190, "happy"), ("face 2", 0, 0.5, "fear"),
    ]  # fmt: skip
    apart = [Span("face 1", 0, 0.3, "sad"), Span("face 1", 5, 5.3, "sad"), Span("face 1", 5.3, 600, "happy")]
    assert len(bars(apart)) == 3


def test_strips_keep_their_order_and_say_what_is_unsure():
    spans = [Span("face 2", 0, 4, "sad"), Span("face 1", 1, 3, "happy", unsure=True)]
    figure = track_strips(spans)
    assert list(figure.layout.yaxis.categoryarray) == ["face 1", "face 2"]
    happy = next(trace for trace in figure.data if trace.name.endswith("happy"))
    assert "unsure" in happy.customdata[0] and happy.marker.opacity[0] < 1
    assert track_strips([]).data == ()

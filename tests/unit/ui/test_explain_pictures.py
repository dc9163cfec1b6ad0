"""Explanations as pictures, and the charts of what models bear."""

from __future__ import annotations

import numpy as np

from fer.evaluation.changes import CHANGES
from fer.evaluation.robustness import Borne
from fer.ui.bearing_charts import bearing_chart, bearing_words, legend_html
from fer.ui.evaluate_robustness import bearing_table, summary
from fer.ui.explain_pictures import filter_picture, heat_over, large_face, map_picture


def test_what_speaks_for_is_orange_and_what_speaks_against_blue():
    face = np.full((48, 48), 128, np.uint8)
    values = np.zeros((48, 48), np.float32)
    values[:, :16], values[:, 32:] = 2.0, -2.0
    picture = heat_over(face, values, full=2.0).astype(int)
    assert picture.shape == (240, 240, 3)
    blue, green, red = picture[120, 20]
    assert red > green > blue
    blue, green, red = picture[120, 220]
    assert blue > green > red
    # Where nothing speaks, the face is seen as it is, in grey; half as much is paler.
    assert len(set(picture[120, 120])) == 1
    assert np.ptp(heat_over(face, values, full=4.0)[120, 20].astype(int)) < np.ptp(picture[120, 20])
    # Nothing anywhere is no heat, and no division by it.
    assert np.ptp(heat_over(face, np.zeros((48, 48), np.float32), 0.0)) == 0
    assert large_face(face).shape == (240, 240, 3)


def test_maps_and_filters_take_their_whole_range():
    values = np.array([[-3.0, 0.0], [0.0, 1.0]], np.float32)
    assert map_picture(values).tolist() == [[0, 191], [191, 255]]
    assert map_picture(np.ones((2, 2), np.float32)).tolist() == [[0, 0], [0, 0]]
    drawn = filter_picture(values).astype(int)
    assert drawn[0, 1].tolist() == [255, 255, 255]
    assert drawn[0, 0, 0] > drawn[0, 0, 2] and drawn[1, 1, 2] > drawn[1, 1, 0]


def test_the_curves_of_two_models():
    change = CHANGES[0]
    curves = {"one": Borne(change="small", n=100, right=[70, 69, 66, 60, 50, 30]),
              "<two>": Borne(change="small", n=100, right=[60, 60, 59, 55, 45, 20])}  # fmt: skip
    figure = bearing_chart(change, curves)
    assert [trace.name for trace in figure.data] == ["one", "<two>"]
    assert list(figure.data[0].x) == list(change.words) and figure.layout.xaxis.type == "category"
    low, high = curves["one"].intervals()[3]
    assert figure.data[0].error_y.array[3] == high - 0.6 and figure.data[0].error_y.arrayminus[3] == 0.6 - low
    assert len({trace.line.dash for trace in figure.data}) == len({trace.marker.symbol for trace in figure.data}) == 2
    assert "one 48 70%" in bearing_words(change, curves)
    assert "&lt;two&gt;" in legend_html(list(curves))


def test_the_summary_and_the_table():
    found = [Borne(change=change.name, n=100, right=[70, *[70 - place] * (len(change.steps) - 1)])
             for place, change in enumerate(CHANGES)]  # fmt: skip
    told = summary("my model", found)
    assert told.startswith("**my model**, 70.0% right")
    assert "most by wearing glasses \u221211, behind a hand \u221210, behind a mask \u22129;" in told
    table = bearing_table({"my model": found})
    assert len(table) == sum(len(change.steps) for change in CHANGES)
    assert list(table.columns) == ["model", "n", "change", "step", "right", "accuracy", "low", "high"]

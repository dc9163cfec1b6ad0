"""What the data set page draws and hands out: pictures, maps, charts, tables, and what it believes of a browser."""

from __future__ import annotations

import base64
import csv
import io

import cv2
import numpy as np
import pandas as pd
import pytest

from fer.dataset.faceset import FaceSet
from fer.dataset.statistics import class_counts, image_measures, mean_faces
from fer.emotions import EMOTIONS
from fer.faces.report import frame_csv
from fer.ui import face_grid, face_map
from fer.ui.dataset_charts import class_bars, quartiles_of, square_of
from fer.ui.dataset_faces import filter_rows
from fer.ui.dataset_statistics import means_html, means_table


@pytest.fixture
def faces() -> FaceSet:
    """Twenty faces of four emotions, every fourth one of PublicTest."""
    rng = np.random.default_rng(3)
    labels = np.arange(20, dtype=np.uint8) % 4
    return FaceSet(rng.integers(0, 256, (20, 48, 48), np.uint8), labels, (np.arange(20) % 5 == 0).astype(np.uint8))


def decoded(url: str) -> np.ndarray:
    data = base64.b64decode(url.split(",", 1)[1])
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE))


def test_a_picture_on_the_page_is_the_face_to_the_pixel(faces: FaceSet) -> None:
    assert np.array_equal(decoded(face_grid.picture_url(faces.images[4])), faces.images[4])


@pytest.mark.parametrize("sent", [None, "4", 4.0, 99, -1, [4], {"row": 4}])
def test_what_no_grid_could_send_is_no_click(faces: FaceSet, sent: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_grid, "_grid", lambda **arguments: {"face": sent})
    assert face_grid.face_grid(faces, [3, 4], "dataset.grid") is None
    monkeypatch.setattr(face_grid, "_grid", lambda **arguments: {"face": 4})
    assert face_grid.face_grid(faces, [3, 4], "dataset.grid") == 4


def test_each_point_of_a_map_has_its_face_on_the_sheet(faces: FaceSet) -> None:
    rows = np.array([7, 2, 19, 0, 5])
    places = np.array([[0.0, 0.0], [1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0]])
    data = face_map.map_data(faces, rows, places)
    sheet = decoded(data["sheet"])
    for place, row in enumerate(rows):
        y, x = (data["tile"] * part for part in divmod(place, data["across"]))
        apart = np.abs(sheet[y : y + 48, x : x + 48].astype(int) - faces.images[row])
        assert apart.mean() < 25, "JPEG changes noise a little; another face would be 85 apart"
    assert data["rows"] == rows.tolist() and data["label"] == faces.labels[rows].tolist()
    assert data["x"][0] == data["y"][0] == 0 and data["x"][-1] == data["y"][-1] == 1
    assert data["told_of"][0] == "row 8"


def test_bars_hold_every_face_once(faces: FaceSet) -> None:
    figure = class_bars(class_counts(faces))
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert [bar.name for bar in bars] == ["Training", "PublicTest"]
    assert sum(sum(bar.x) for bar in bars) == 20
    texts = next(trace.text for trace in figure.data if trace.type == "scatter")
    assert texts[0].strip().startswith("5 ") and texts[6].strip().startswith("0 ")


def test_an_emotion_without_faces_has_no_quartiles_and_no_box(faces: FaceSet) -> None:
    table = quartiles_of(image_measures(faces), "brightness")
    assert table.index.tolist() == list(EMOTIONS)
    assert table.iloc[:4].notna().all(axis=None) and table.iloc[4:].isna().all(axis=None)
    assert (np.diff(table.iloc[:4].to_numpy(), axis=1) >= 0).all()


def test_a_square_shows_shares_of_each_row_and_none_of_an_empty_one() -> None:
    counts = np.zeros((7, 7), int)
    counts[3] = [0, 0, 0, 9, 0, 0, 1]
    figure = square_of(pd.DataFrame(counts, index=list(EMOTIONS), columns=list(EMOTIONS)), "label", "crowd")
    (heat,) = figure.data
    assert heat.z[3].tolist() == [0, 0, 0, 0.9, 0, 0, 0.1] and not np.any(heat.z[0])


def test_mean_faces_are_shown_and_handed_out_where_there_are_faces(faces: FaceSet) -> None:
    means = mean_faces(faces)
    assert means_html(means).count("<img") == 2 * 4
    table = means_table(means)
    assert len(table) == 4 * 48 * 48 and table["emotion"].unique().tolist() == list(EMOTIONS[:4])
    row = table[(table["emotion"] == "fear") & (table["y"] == 47) & (table["x"] == 3)]
    assert row["mean"].item() == pytest.approx(faces.images[faces.labels == 2][:, 47, 3].mean(), abs=0.001)


def test_filters_meet_and_nothing_chosen_is_everything(faces: FaceSet) -> None:
    assert len(filter_rows(faces, [], None)) == 20
    assert filter_rows(faces, ["angry"], "PublicTest").tolist() == [0]
    assert filter_rows(faces, ["neutral"], None).tolist() == []


def test_no_cell_of_a_download_is_a_formula() -> None:
    mixed = np.array(["+1", 2, None], object)
    frame = pd.DataFrame({"=name": ["=1+1", "@x", "a.jpg"], "n": [-1, 2, 3], "mixed": mixed}, ["-a", "b", "c"])
    frame.index.name = "source"
    rows = list(csv.reader(io.StringIO(frame_csv(frame))))
    assert rows[0] == ["source", "'=name", "n", "mixed"]
    assert rows[1] == ["'-a", "'=1+1", "-1", "'+1"] and rows[2] == ["b", "'@x", "2", "2"]
    assert frame.columns.tolist() == ["=name", "n", "mixed"], "the table itself stays as it is"

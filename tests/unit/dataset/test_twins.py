"""Identical images, held against pandas on all of FER2013."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fer.dataset.faceset import FaceSet
from fer.dataset.quality import duplicate_counts, quick_findings
from fer.dataset.twins import exact_groups, has_twin


def test_twins_are_equal_to_the_last_pixel() -> None:
    rng = np.random.default_rng(0)
    training = rng.integers(0, 256, (5, 48, 48), np.uint8)
    others = np.stack([training[3], training[3] ^ 1, rng.integers(0, 256, (48, 48), np.uint8)])
    assert has_twin(others, training).tolist() == [True, False, False]
    assert has_twin(others[:0], training).tolist() == []


def test_groups_come_in_the_order_of_their_first_rows() -> None:
    images = np.zeros((6, 48, 48), np.uint8)
    images[[1, 4], 0, 0], images[[2, 3, 5], 47, 47] = 1, 1
    assert [group.tolist() for group in exact_groups(images)] == [[1, 4], [2, 3, 5]]
    assert exact_groups(images[:0]) == []


def test_fer2013_has_the_twins_that_pandas_counts(real_faces: FaceSet) -> None:
    pixels = pd.Series([image.tobytes() for image in real_faces.images], name="pixels")
    table = pd.DataFrame({"pixels": pixels, "label": real_faces.labels, "usage": real_faces.usage})
    by_image = table.groupby("pixels")
    size, names, splits = by_image.size(), by_image["label"].nunique(), by_image["usage"].nunique()
    findings = quick_findings(real_faces)
    assert duplicate_counts(findings) == {
        "groups": int((size > 1).sum()),
        "images": int(size[size > 1].sum()),
        "across_splits": int((splits > 1).sum()),
        "label_conflicts": int((names > 1).sum()),
    }
    assert findings.rows_of("exact_duplicate").tolist() == np.flatnonzero(pixels.duplicated(keep=False)).tolist()
    assert len(findings.of("blank")) == int((table["pixels"] == bytes(48 * 48)).sum()) == 12
    # What docs/decisions/0014 says.
    assert duplicate_counts(findings) == {
        "groups": 1271,
        "images": 2801,
        "across_splits": 270,
        "label_conflicts": 47,
    }


def test_what_a_clean_list_would_drop_is_what_pandas_would(real_faces: FaceSet) -> None:
    # One of each image stays; of an image that PublicTest has, too, none stays in Training.
    table = pd.DataFrame({"pixels": [image.tobytes() for image in real_faces.images], "usage": real_faces.usage})
    latest_first = table.sort_values("usage", ascending=False, kind="stable")
    findings = quick_findings(real_faces)
    dropped = latest_first.index[latest_first["pixels"].duplicated()]
    assert findings.left_out_by("exact_duplicate").tolist() == sorted(dropped)
    tested = set(table["pixels"][table["usage"] == 1])
    # Not `isin`: it turns bytes into NumPy's strings, which lose their last zeros, and black corners with them.
    known = table.index[(table["usage"] == 0) & table["pixels"].map(tested.__contains__)]
    assert findings.left_out_by("exact_leak").tolist() == known.tolist()

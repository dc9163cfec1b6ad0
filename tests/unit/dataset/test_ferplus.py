"""FER+: votes go to the rows they belong to, or to none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer.dataset.demo import demo_faces
from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.ferplus import COLUMNS, join_votes, read_ferplus
from fer.dataset.opening import open_dataset
from fer.emotions import EMOTIONS
from fer.errors import DataError

HEADER = ",".join(["Usage", "Image name", *COLUMNS, "contempt", "unknown", "NF"])


def votes_file(path: Path, usage: np.ndarray | list[int], extra: int = 0) -> Path:
    """Row n has n % 11 votes for neutral and the others for happy; ``extra`` rows of PrivateTest follow."""
    rows = [*usage, *[2] * extra]
    lines = [f"{USAGES[code]},fer{n:07d}.png,{n % 11},{10 - n % 11},0,0,0,0,0,0,0,0" for n, code in enumerate(rows)]
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def test_votes_come_in_our_order(tmp_path: Path):
    # As in the real file: neutral first, and three columns that are no emotion of ours at the end.
    rows = [
        "Training,a.png,6,0,0,0,4,0,0,0,0,0",
        "Training,b.png,0,3,0,0,0,0,0,7,0,0",
        "PublicTest,,0,0,0,0,0,0,0,0,0,10",
    ]
    path = tmp_path / "fer2013new.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    votes = read_ferplus(path)
    assert votes.shares.dtype == np.float32 and votes.usage.tolist() == [0, 0, 1]
    assert votes.shares[0, EMOTIONS.index("neutral")] == pytest.approx(0.6)
    assert votes.shares[0, EMOTIONS.index("angry")] == pytest.approx(0.4)
    assert votes.shares[1].tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert votes.shares[2].tolist() == [0] * 7


def test_joined_by_the_rows_own_numbers(tmp_path: Path, faces: FaceSet, csv_of: Callable[..., str]):
    votes = votes_file(tmp_path / "fer2013new.csv", faces.usage, extra=5)
    lines = csv_of(faces).splitlines()
    lines[3] = lines[3].replace(" ", " 999 ", 1)
    (tmp_path / "fer2013.csv").write_text("\n".join(lines))
    got = open_dataset(tmp_path / "fer2013.csv", votes=votes).faces
    # Row 3 is damaged and left out; the rows behind it keep their own votes.
    numbers = np.array([1, 2, 4, 5, 6, 7, 8, 9])
    assert got.source.tolist() == [f"row {n}" for n in numbers]
    assert got.votes is not None and got.votes.shape == (8, 7)
    np.testing.assert_allclose(got.votes[:, EMOTIONS.index("neutral")], (numbers - 1) % 11 / 10, atol=1e-6)
    np.testing.assert_allclose(got.split("PublicTest").votes, got.votes[4:6])


def test_refused_where_the_usages_differ(tmp_path: Path, faces: FaceSet):
    wrong = faces.usage.copy()
    wrong[[1, 4]] = 2
    votes = read_ferplus(votes_file(tmp_path / "v.csv", wrong))
    with pytest.raises(DataError) as raised:
        join_votes(faces, votes, "fer2013.csv", "v.csv")
    assert (
        "v.csv does not fit fer2013.csv: in 2 rows the usages differ; row 2 is Training in the data and PrivateTest"
        in str(raised.value)
    )


def test_refused_where_it_is_too_short(tmp_path: Path, faces: FaceSet):
    votes = read_ferplus(votes_file(tmp_path / "v.csv", faces.usage[:8]))
    with pytest.raises(DataError, match=r"it has 8 rows, and the data has a row 9"):
        join_votes(faces, votes, "fer2013.csv", "v.csv")


def test_refused_where_the_order_is_lost_or_nobody_voted(tmp_path: Path, faces: FaceSet, kaggles_forms: Path):
    path = votes_file(tmp_path / "v.csv", faces.usage, extra=400)
    with pytest.raises(DataError, match="a folder of images has lost it"):
        open_dataset(kaggles_forms / "archive.zip", votes=path)
    with pytest.raises(DataError, match="nobody voted on drawn faces"):
        join_votes(demo_faces(2), read_ferplus(path), "drawn faces", "v.csv")
    no_usage = FaceSet(faces.images, faces.labels, np.full(9, 255, np.uint8))
    with pytest.raises(DataError, match="has no usages"):
        join_votes(no_usage, read_ferplus(path), "fer2013.csv", "v.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lacks the columns usage, neutral"),
        ("a,b\n1,2\n", "lacks the columns usage, neutral"),
        (HEADER + "\nTraining,a,x,0,0,0,0,0,0,0,0,0\n", "row 1 has votes that are no numbers"),
        (HEADER + "\nTraining,a,-3,0,0,0,0,0,0,0,0,0\n", "row 1 has votes below 0"),
        (HEADER + "\nTraining,a,nan,0,0,0,0,0,0,0,0,0\n", "row 1 has votes below 0 or that are no numbers"),
        (HEADER + "\nTraining,a,1,0,0,0,0,0,0,0,0,0\nTrain,a,1,0,0,0,0,0,0,0,0,0\n", "row 2 has 'Train' as its usage"),
        (HEADER + "\nTraining,a\n", "row 1 has 2 columns"),
    ],
)
def test_files_that_are_something_else(tmp_path: Path, text: str, said: str):
    path = tmp_path / "fer2013new.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=said):
        read_ferplus(path)


def test_a_missing_or_strange_file(tmp_path: Path):
    with pytest.raises(DataError, match="there is no such file"):
        read_ferplus(tmp_path / "gone.csv")
    (tmp_path / "v.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="cannot be read as CSV"):
        read_ferplus(tmp_path / "v.csv")


def test_the_crowd_agrees_with_fer_as_published(shared: Path, fer2013: Path):
    # FER's label is the crowd's first choice for most happy and few fearful faces (.92 and .13 on all rows): a wrong
    # order of rows or columns would give about 1 in 7 for both.
    faces = open_dataset(fer2013, votes=shared / "data" / "fer2013" / "fer2013new.csv").faces
    assert faces.votes is not None and len(faces.votes) == 32298
    agree = faces.votes.argmax(axis=1) == faces.labels
    assert agree[faces.labels == EMOTIONS.index("happy")].mean() > 0.85
    assert agree[faces.labels == EMOTIONS.index("fear")].mean() < 0.4
    assert agree.mean() > 0.55

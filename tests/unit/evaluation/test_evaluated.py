"""What models answered: asked once, kept by what it depends on; compared, held against a crowd, sorted for people."""

from __future__ import annotations

import dataclasses
import json
from math import comb
from pathlib import Path

import numpy as np
import pytest

from fer.dataset.clean import choose, clean_text, kept_rows, read_clean_list
from fer.dataset.demo import demo_faces
from fer.dataset.faceset import FaceSet
from fer.dataset.opening import Opened
from fer.dataset.origin import Origin
from fer.emotions import EMOTIONS
from fer.errors import DataError, InputError, ModelError
from fer.evaluation.comparison import compare, comparison_of, mcnemar
from fer.evaluation.crowd import crowd_of, crowd_recall
from fer.evaluation.evaluated import Candidate, Evaluated, Part, ask, candidate_of, known_answers, part_of_data
from fer.evaluation.evaluating import evaluate_faces
from fer.evaluation.groups import by_group, masks_of, named_groups, picture_groups, side_light
from fer.evaluation.keras_file import KerasFile
from fer.evaluation.mistakes import (
    as_findings,
    cell_faces,
    most_confused,
    most_uncertain,
    suspect_labels,
    worst_mistakes,
)
from fer.evaluation.served import Judged, judged_model
from fer.registry import find
from fer.settings import settings


@pytest.fixture(scope="module")
def drawn() -> FaceSet:
    faces = demo_faces(12)
    public = np.flatnonzero(faces.usage == 1)
    # One face of PublicTest stands in Training, too.
    images = np.array(faces.images)
    images[public[0]] = images[np.flatnonzero(faces.usage == 0)[0]]
    return FaceSet(images, faces.labels, faces.usage)


@pytest.fixture
def opened(drawn: FaceSet) -> Opened:
    return Opened(drawn, (), "mine.npz", "npz", "ab" * 32)


def evaluated(
    labels: np.ndarray, probabilities: np.ndarray, votes: np.ndarray | None = None, name: str = "one"
) -> Evaluated:
    n = len(labels)
    faces = FaceSet(np.zeros((n, 48, 48), np.uint8), labels.astype(np.uint8), np.ones(n, np.uint8), votes=votes)
    part = Part(faces, np.arange(10, 10 + n), "PublicTest", "mine", "key", None)
    return Evaluated(Candidate(name, name, 1.0), part, probabilities.astype(np.float32), 0.5, 1.0)


def random_answers(n: int = 300, seed: int = 0, pull: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 7, n)
    powers = np.exp(rng.normal(0, 1, (n, 7)) + pull * np.eye(7)[labels])
    return labels, powers / powers.sum(axis=1, keepdims=True)


def test_a_part_is_the_rows_of_its_usage_with_twins_told(drawn: FaceSet, opened: Opened) -> None:
    part = part_of_data(opened, "PublicTest")
    assert (drawn.usage[part.rows] == 1).all() and len(part) == (drawn.usage == 1).sum()
    assert (np.asarray(part.faces.images) == drawn.images[part.rows]).all()
    assert part.single is not None and (~part.single).sum() == 1 and not part.single[0]
    assert part_of_data(opened, "Training").single is None
    with pytest.raises(InputError, match="mine.npz has no rows"):
        part_of_data(dataclasses.replace(opened, faces=drawn.take(drawn.usage == 0)), "PublicTest")


def test_a_model_is_asked_once_and_again_when_something_changed(home: Path, opened: Opened, tmp_path: Path) -> None:
    origin, model = Origin(data=str(tmp_path / "mine.npz")), candidate_of(find())
    part = part_of_data(opened, "PublicTest")
    assert known_answers(model, origin, opened, part) is None
    told: list[float] = []
    first = ask(model, judged_model(None), origin, opened, part, lambda share, _: told.append(share))
    assert told[0] == 0 and told[-1] == 1
    known = known_answers(model, origin, opened, part)
    assert known is not None and (known.probabilities == first.probabilities).all()
    assert (known.unsure_below, known.ms_per_face) == (first.unsure_below, first.ms_per_face)
    assert (first.probabilities == judged_model(None).probabilities(np.asarray(part.faces.images))).mean() > 0.99
    assert known_answers(model, origin, opened, part_of_data(opened, "Training")) is None
    assert known_answers(dataclasses.replace(model, digest="another"), origin, opened, part) is None
    shared_out = dataclasses.replace(opened, faces=dataclasses.replace(opened.faces, usage=np.ones(84, np.uint8)))
    assert known_answers(model, origin, shared_out, part_of_data(shared_out, "PublicTest")) is None


def test_answers_that_are_no_numbers_are_refused(home: Path, opened: Opened, tmp_path: Path) -> None:
    broken = Judged("broken", *[lambda faces: np.full((len(faces), 7), np.nan, np.float32)] * 2)
    part = part_of_data(opened, "PublicTest")
    with pytest.raises(ModelError, match="broken answers with values that are no numbers"):
        evaluate_faces(broken, part.faces)
    with pytest.raises(ModelError, match="broken answers with values that are no numbers"):
        comparison_of("one", np.full((len(part), 7), 1 / 7, np.float32), broken, part)
    with pytest.raises(ModelError, match="broken answers with values that are no numbers"):
        ask(Candidate("broken", "x", 1.0), broken, Origin(data=str(tmp_path / "a.npz")), opened,
            part_of_data(opened, "PublicTest"))  # fmt: skip


def test_what_the_registry_says_of_a_brought_file_is_part_of_what_stands_for_it(home: Path) -> None:
    entry = find()
    content = entry.files["keras"].sha256
    file = KerasFile(path="mine.keras")
    before, other = file.digest_of(content), file.digest_of("0" * 64)
    document = json.loads((settings().models / "manifest.json").read_text(encoding="utf-8"))
    for one in document["models"]:
        if one["name"] == entry.name:
            one["temperature"] *= 1.5
    models = home / "moved"
    models.mkdir()
    (models / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_MODELS", str(models))
        settings.cache_clear()
        assert file.digest_of(content) != before and file.digest_of("0" * 64) == other
    settings.cache_clear()
    assert file.digest_of(content) == before


def test_mcnemar_is_the_tail_of_a_fair_coin() -> None:
    for a, b in ((3, 12), (0, 5), (20, 22), (9, 9)):
        n, few = a + b, min(a, b)
        tail = sum(comb(n, k) for k in range(few + 1)) / 2**n
        assert mcnemar(a, b) == pytest.approx(min(1.0, 2 * tail))


def test_two_models_are_compared_face_by_face() -> None:
    labels, one = random_answers()
    first, second = evaluated(labels, one), evaluated(labels, random_answers(pull=2.5)[1], name="two")
    found = compare(first, second)
    assert found.difference.value == pytest.approx(second.right.mean() - first.right.mean())
    assert found.only_first.sum() == (first.right & ~second.right).sum() and found.p_value < 0.05
    sad = labels == EMOTIONS.index("sad")
    recall = found.recall[EMOTIONS.index("sad")]
    assert recall is not None and recall.value == pytest.approx(second.right[sad].mean() - first.right[sad].mean())
    assert recall.low <= recall.value <= recall.high and found.difference.low > 0
    same = compare(first, first)
    assert (same.difference.value, same.difference.low, same.p_value) == (0, 0, 1)
    other = dataclasses.replace(second, part=dataclasses.replace(second.part, usage="Training"))
    with pytest.raises(InputError, match="Ask both about the same faces"):
        compare(first, other)


def test_seven_and_nine_votes_of_ten_are_as_united_as_they_say() -> None:
    votes = np.zeros((3, 7), np.float32)
    votes[:, 3] = np.array([5, 7, 9], np.float32) / 10
    votes[:, 6] = 1 - votes[:, 3]
    found = crowd_of(evaluated(np.array([3, 3, 3]), np.eye(7)[[3, 3, 3]], votes))
    assert [n for n, _ in found.by_unity] == [0, 1, 1, 1]


def test_the_crowd_is_counted_where_it_voted() -> None:
    labels = np.array([3, 3, 4, 0])
    probabilities = np.eye(7)[[3, 4, 4, 4]] * 0.9 + 0.1 / 7
    votes = np.zeros((4, 7), np.float32)
    votes[0, 3], votes[1, [3, 4]], votes[2, 6] = 1, 0.5, 1
    found = crowd_of(evaluated(labels, probabilities, votes))
    assert found.voted.tolist() == [True, True, True, False]
    assert found.first.tolist() == [3, 3, 6, -1], "of a tie the label is taken"
    assert found.with_label == pytest.approx(2 / 3) and found.with_crowd == pytest.approx(1 / 3)
    assert found.label_with_crowd == pytest.approx(2 / 3) and found.share == pytest.approx(0.5)
    assert [n for n, _ in found.by_unity] == [0, 1, 0, 2]
    assert crowd_recall(evaluated(labels, probabilities, votes), found)[3] == (2, 0.5, 1.0)
    with pytest.raises(DataError, match="No votes are joined"):
        crowd_of(evaluated(labels, probabilities))
    with pytest.raises(DataError, match="No face here has a vote"):
        crowd_of(evaluated(labels, probabilities, np.zeros((4, 7), np.float32)))


def test_mistakes_come_in_the_order_that_their_names_say() -> None:
    one = evaluated(*random_answers())
    worst = worst_mistakes(one)
    assert not one.right[worst].any() and len(worst) == (~one.right).sum()
    assert (np.diff(one.confidence[worst]) <= 0).all()
    close = np.sort(one.probabilities[most_uncertain(one)], axis=1)
    assert (np.diff(close[:, -1] - close[:, -2]) >= 0).all()
    cell = cell_faces(one, 3, 4)
    assert (
        (one.labels[cell] == 3).all() and (one.guesses[cell] == 4).all() and (np.diff(one.confidence[cell]) <= 0).all()
    )
    confusion = np.zeros((7, 7), int)
    confusion[0, 0], confusion[0, 4], confusion[1, 0], confusion[1, 1] = 90, 10, 2, 2
    assert [(one.label, one.guess, one.share) for one in most_confused(confusion)] == [
        ("disgust", "angry", 0.5), ("angry", "sad", 0.1)
    ]  # fmt: skip


def test_labels_that_were_turned_round_look_suspect_and_make_a_clean_list(tmp_path: Path) -> None:
    labels, probabilities = random_answers(400, pull=5)
    wrong = np.arange(0, 40, 2)
    turned = labels.copy()
    turned[wrong] = (labels[wrong] + 3) % 7
    one = evaluated(turned, probabilities)
    found = suspect_labels(one)
    assert set(found) <= set(np.flatnonzero(~one.right)) and len(set(found) & set(wrong)) >= 15
    noise = np.random.default_rng(1).integers(0, 256, (420, 48, 48)).astype(np.uint8)
    whole = FaceSet(noise, np.resize(turned, 420).astype(np.uint8), np.ones(420, np.uint8))
    findings = as_findings(one, found, len(whole))
    assert findings.rows_of("suspect_label").tolist() == sorted(10 + found)
    opened = Opened(whole, (), "drawn", "npz", "cd" * 32)
    clean = choose(opened, findings, ["suspect_label"], ("Training", "PublicTest", "PrivateTest"), {int(10 + found[0])})
    path = tmp_path / "clean.json"
    path.write_text(clean_text(clean))
    stays = kept_rows(whole, read_clean_list(path))
    assert (~stays).sum() == len(found) - 1 and stays[10 + found[0]]
    assert not len(suspect_labels(evaluated(np.full(5, 3), probabilities[:5]))), "one class has nothing to compare with"


def test_kinds_of_pictures_are_tenths_by_light() -> None:
    n = 500
    images = np.full((n, 48, 48), 120, np.uint8) + np.arange(48, dtype=np.uint8)[None, :, None]
    images[:50] //= 6
    images[50:100, :, 24:] //= 3
    faces = FaceSet(images, np.zeros(n, np.uint8), np.ones(n, np.uint8))
    groups = picture_groups(faces)
    assert np.flatnonzero(groups["the darkest tenth"]).tolist() == list(range(50))
    assert np.flatnonzero(groups["the tenth most lit from one side"]).tolist() == list(range(50, 100))
    assert side_light(images)[150] == 0
    right = np.tile(np.eye(7)[0], (n, 1))
    right[:25] = np.eye(7)[1]
    rows = {one.name: one for one in by_group(evaluated(np.zeros(n), right), groups)}
    assert rows["the darkest tenth"].accuracy.value == 0.5 and rows["the darkest tenth"].n == 50
    assert rows["the tenth most lit from one side"].accuracy.value == 1
    assert picture_groups(faces.take(slice(0, 50))) == {}


def test_a_single_face_of_an_emotion_does_not_weigh_in_a_group() -> None:
    labels = np.repeat([0, 1, 3], [40, 11, 40])
    guesses = np.repeat([0, 2, 1, 3], [40, 1, 10, 40])
    chosen = np.ones(91, bool)
    chosen[41:51] = False
    one = evaluated(labels, np.eye(7)[guesses] * 0.93 + 0.01)
    some, whole = by_group(one, {"some": chosen, "whole": np.ones(91, bool)})
    assert (some.n, some.recall.value, some.recall_of_all, some.too_few) == (81, 1, 1, ("disgust",))
    assert (whole.recall.value, whole.too_few) == (pytest.approx((1 + 10 / 11 + 1) / 3), ())
    few = by_group(one, {"few": np.arange(91) < 3})[0]
    assert few.recall is None and few.accuracy.value == 1 and few.accuracy.low < 0.5


def test_groups_that_somebody_names_are_counted() -> None:
    groups = named_groups(b"file,Group\na,cam 1\nb,\nc,cam 2\nd,cam 1\n", "mine.csv", 4)
    assert {name: mask.tolist() for name, mask in masks_of(groups).items()} == {
        "cam 1": [True, False, False, True], "cam 2": [False, False, True, False]
    }  # fmt: skip
    # One column, as a spreadsheet saves it: an empty cell is an empty line.
    assert named_groups(b"group\r\nA\r\n\r\nB\r\n\r\n", "mine.csv", 3).tolist() == ["A", "", "B"]
    assert named_groups(b"name,group\nx,A\ny\nz,B\n", "mine.csv", 3).tolist() == ["A", "", "B"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "has no column group; its first line is: nothing"),
        (b"name\na\n", "its first line is: name"),
        (b"group\na\nb\n", "has 2 rows; the data set has 4"),
        (b"group\n,\n,\n,\n,\n", "names 0 groups"),
        (b"group\n\xff\xfe\n", "cannot be read as a table"),
    ],
)
def test_a_file_of_groups_that_does_not_fit_is_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        named_groups(content, "mine.csv", 4)

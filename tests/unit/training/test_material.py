"""What a recipe makes of a data set: who is held out, what cannot be learned from, and which data goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from patterned import patterned_faces, write_npz

from fer.dataset.clean import CleanData, CleanList, LeftOut, write_clean_list
from fer.dataset.faceset import FaceSet
from fer.dataset.twins import image_digest
from fer.errors import DataError
from fer.training.material import DataSource, hold_out, identity_of, prepare, refuse_other, title_of
from fer.training.recipe_files import check_recipe
from fer.training.targets import class_weights_of, targets_of

RECIPE = check_recipe({"held_out": 0.1})


def test_a_share_of_each_emotion_is_held_out_and_no_step_sees_it() -> None:
    faces = patterned_faces(50)
    made = prepare(faces, RECIPE)
    assert np.bincount(made.held_out.labels).tolist() == [4] * 7
    assert np.bincount(made.training.labels).tolist() == [36] * 7
    learned = {image.tobytes() for image in made.training.images}
    assert not any(image.tobytes() in learned for image in made.held_out.images)
    again = prepare(faces, RECIPE)
    assert np.array_equal(again.held_out.images, made.held_out.images)
    other = prepare(faces, RECIPE.model_copy(update={"seed": 1}))
    assert not np.array_equal(other.held_out.images, made.held_out.images)
    # Trainings that build on each other hold out the same faces, whatever their own seeds.
    chain = [prepare(faces, RECIPE.model_copy(update={"seed": seed, "held_out_seed": 7})) for seed in (0, 1)]
    assert np.array_equal(chain[0].held_out.images, chain[1].held_out.images)
    assert not np.array_equal(chain[0].held_out.images, made.held_out.images)


def test_twins_are_held_out_together_or_not_at_all() -> None:
    rows = patterned_faces(30).split("Training")
    images = rows.images.copy()
    for row in range(0, len(rows) - 1, 2):
        images[row + 1] = images[row]
    apart = hold_out(replace(rows, images=images), 0.3, seed=0)
    assert 0.1 < apart.mean() < 0.35
    assert np.array_equal(apart[0:-1:2], apart[1::2])


def test_an_emotion_of_one_face_is_learned_and_not_held_out() -> None:
    faces = patterned_faces(20).split("Training")
    rare = np.flatnonzero(faces.labels == 1)[1:]
    faces = faces.take(np.setdiff1d(np.arange(len(faces)), rare))
    apart = hold_out(faces, 0.5, seed=0)
    assert not apart[faces.labels == 1].any()


def test_nothing_is_held_out_where_nothing_is_asked() -> None:
    made = prepare(patterned_faces(20), check_recipe({"held_out": 0}))
    assert len(made.held_out) == 0 and len(made.training) == 7 * 16


def test_the_held_out_faces_may_be_what_is_looked_at() -> None:
    faces = patterned_faces(20).split("Training")
    made = prepare(faces, check_recipe({"held_out": 0.2, "validation": "held_out"}))
    assert made.validation is made.held_out and made.validation_name == "held_out"
    with pytest.raises(DataError, match="expected rows of PublicTest to look at.*Set validation: held_out"):
        prepare(faces, RECIPE)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (0, "Training has 0 faces"),
        (1, "Training has 1 face: there is nothing to tell apart"),
    ],
)
def test_too_few_faces(rows: int, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        prepare(patterned_faces(20).split("Training").take(slice(0, rows)), RECIPE)


def test_one_emotion_only() -> None:
    faces = patterned_faces(20)
    with pytest.raises(DataError, match="Training has 16 faces, all of them sad"):
        prepare(faces.take(faces.labels == 4), RECIPE)


def test_a_missing_emotion_is_said_and_the_others_are_learned() -> None:
    faces = patterned_faces(20)
    made = prepare(faces.take(faces.labels != 1), RECIPE)
    assert made.notes == ("Training has no face labelled disgust: the network will not learn it.",)


def test_the_same_data_is_the_same_and_other_data_is_named(tmp_path: Path, home: Path) -> None:
    path = write_npz(patterned_faces(20), tmp_path / "a.npz")
    then = identity_of(DataSource(data=str(path)).open())
    refuse_other(then, identity_of(DataSource(data=str(path)).open()))
    cases = {
        "it had 140 rows and has 210": patterned_faces(30),
        "its content changed": patterned_faces(20, seed=1),
    }
    moved = patterned_faces(20)
    moved.usage[0] = 1 - moved.usage[0]
    cases["Training had 112 faces and has 11"] = moved
    for sentence, faces in cases.items():
        now = identity_of(DataSource(data=str(write_npz(faces, path))).open())
        with pytest.raises(DataError, match=sentence):
            refuse_other(then, now)
    with pytest.raises(DataError, match="FER\\+ votes were not joined before"):
        refuse_other(then, {**then, "votes": "abc"})


def test_only_fer2013_is_called_so(fer2013: Path, home: Path) -> None:
    real = DataSource(data=str(fer2013)).open()
    assert title_of(identity_of(real), real.faces.split("Training")) == "FER2013"
    identity = {"drawn": False, "name": "mine.csv", "sha256": "0123456789abcdef"}
    assert title_of(identity, patterned_faces(10)) == "mine.csv (sha256 0123456789ab…)"
    assert title_of({**identity, "drawn": True}, patterned_faces(10)) == "faces drawn by Classmood"


def with_votes() -> FaceSet:
    faces = patterned_faces(10)
    votes = np.zeros((len(faces), 7), np.float32)
    votes[0, 3] = 1
    return replace(faces, votes=votes)


def test_targets_mix_labels_votes_teacher_and_smoothing() -> None:
    faces = with_votes()
    recipe = check_recipe({"votes": 0.4, "teacher_share": 0.5, "loss": {"label_smoothing": 0.07}})
    answers = np.full((len(faces), 7), 1 / 7, np.float32)
    targets = targets_of(faces, recipe, answers)
    assert targets.sum(axis=1) == pytest.approx(np.ones(len(faces)), abs=1e-5)
    hard = np.eye(7)[faces.labels]
    mixed = hard.copy()
    mixed[0] = 0.6 * hard[0] + 0.4 * faces.votes[0]
    assert targets == pytest.approx(0.93 * (0.5 * mixed + 0.5 / 7) + 0.01, abs=1e-5)


def test_balanced_weights_make_every_emotion_count_alike() -> None:
    labels = np.array([0] * 6 + [3] * 2, np.uint8)
    balanced = class_weights_of(check_recipe({"loss": {"class_weights": "balanced"}}).loss, labels)
    assert balanced is not None
    assert balanced.tolist() == pytest.approx([8 / 12, 0, 0, 2, 0, 0, 0])
    assert class_weights_of(RECIPE.loss, labels) is None


def test_a_clean_list_leaves_rows_out_and_belongs_to_its_data(tmp_path: Path, home: Path) -> None:
    path = write_npz(patterned_faces(20), tmp_path / "a.npz")
    whole = DataSource(data=str(path)).open()

    def leave_out(rows: list[int]) -> None:
        images = [image_digest(whole.faces.images[row]).hex()[:12] for row in rows]
        left_out = [
            LeftOut(row=row, source=f"row {row + 1}", image=image, reason="odd")
            for row, image in zip(rows, images, strict=True)
        ]
        clean = CleanList(data=CleanData(name="a.npz", sha256=whole.sha256, rows=140), left_out=left_out)
        write_clean_list(tmp_path / "clean.json", clean)

    rows = [0, 5, 9]
    leave_out(rows)
    source = DataSource(data=str(path), clean=str(tmp_path / "clean.json"))
    kept = source.open()
    assert len(kept.faces) == 137
    assert set(whole.faces.source) - set(kept.faces.source) == {f"row {row + 1}" for row in rows}
    with pytest.raises(DataError, match="it had 140 rows and has 137"):
        refuse_other(identity_of(whole), identity_of(kept))
    refuse_other(identity_of(kept), identity_of(source.open()))
    # As many rows of the same emotions and usages, but others.
    assert whole.faces.usage[9] == whole.faces.usage[10]
    leave_out([0, 5, 10])
    with pytest.raises(DataError, match="other rows are left out"):
        refuse_other(identity_of(kept), identity_of(source.open()))
    write_npz(patterned_faces(20, seed=1), path)
    with pytest.raises(DataError, match=r"The clean list was made for a\.npz"):
        source.open()

"""The corpora: labels and speakers by their names, and folds that never share a speaker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer.audio.corpora import Clips, read_corpora
from fer.audio.judging import Judged, random_folds, speaker_folds, uar
from fer.emotions import EMOTIONS
from fer.errors import DataError


@pytest.fixture(scope="module")
def clips(shared: Path) -> Clips:
    return read_corpora(shared / "data" / "speech")


def test_labels_and_speakers(clips: Clips):
    ravdess, emodb = (clips.corpora == corpus for corpus in ("ravdess", "emodb"))
    assert int(ravdess.sum()) == 1200 and len(np.unique(clips.speakers[ravdess])) == 20
    assert len(np.unique(clips.speakers[emodb])) == 8
    # Four of neutral and eight of calm for each actor.
    assert np.bincount(clips.emotions[ravdess]).tolist() == [160, 160, 160, 160, 160, 160, 240]
    assert np.bincount(clips.emotions[emodb], minlength=7)[EMOTIONS.index("surprise")] == 0
    assert not any(clip.path.stem[5] == "L" for clip in clips.clips if clip.corpus == "emodb"), "boredom is left out"


def test_folds_never_share_a_speaker(clips: Clips):
    folds = speaker_folds(clips)
    assert set(folds) == set(range(5))
    for speaker in np.unique(clips.speakers):
        assert len(np.unique(folds[clips.speakers == speaker])) == 1
    for fold in range(5):
        assert set(clips.corpora[folds == fold]) == {"ravdess", "emodb"}


def test_a_random_split_does_share_them(clips: Clips):
    folds = random_folds(clips)
    assert all(len(np.unique(folds[clips.speakers == speaker])) > 1 for speaker in np.unique(clips.speakers))


def test_the_average_recall_is_over_the_emotions_there_are():
    truth, guess = np.array([0, 0, 3, 3, 6, 6]), np.array([0, 5, 3, 3, 0, 0])
    assert uar(truth, guess) == pytest.approx((0.5 + 1 + 0) / 3)


def test_figures_of_a_corpus(clips: Clips):
    scores = np.eye(7, dtype=np.float32)[clips.emotions]
    figures = Judged(clips, scores, speaker_folds(clips)).figures()
    assert figures["emodb"]["uar"] == 1 and figures["emodb"]["recall"]["surprise"] is None
    assert len(figures["ravdess"]["uar_by_fold"]) == 5
    assert np.diag(figures["ravdess"]["confusion"]).sum() == 1200


def test_a_file_of_another_name_is_named(tmp_path: Path):
    (tmp_path / "ravdess" / "Actor_01").mkdir(parents=True)
    (tmp_path / "ravdess" / "Actor_01" / "my-voice.wav").touch()
    with pytest.raises(DataError, match=r"my-voice\.wav: this is not how ravdess names its files"):
        read_corpora(tmp_path)


def test_a_folder_without_corpora(tmp_path: Path):
    with pytest.raises(DataError, match="holds no speech corpus. Expected the folders ravdess and emodb"):
        read_corpora(tmp_path)

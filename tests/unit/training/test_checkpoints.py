"""Checkpoints: whole or not taken, whatever happens to the files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer.errors import StorageError
from fer.training.checkpoints import Checkpoints


def arrays(value: float) -> dict[str, list[np.ndarray]]:
    return {"model": [np.full((3, 2), value, np.float32), np.array(int(value))], "average": []}


def filled(folder: Path, epochs: int = 3) -> Checkpoints:
    checkpoints = Checkpoints(folder / "checkpoints")
    for epoch in range(1, epochs + 1):
        best = checkpoints.save_best(epoch, [np.array([float(epoch)])])
        checkpoints.save(epoch, arrays(epoch), {"waited": epoch}, best)
    return checkpoints


def flip(path: Path, at: float) -> None:
    data = bytearray(path.read_bytes())
    data[int(at * (len(data) - 1))] ^= 4
    path.write_bytes(bytes(data))


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    assert Checkpoints(tmp_path / "none").newest() is None
    assert Checkpoints(tmp_path / "none").epochs_done() == 0
    saved = filled(tmp_path).newest()
    assert saved is not None and saved.epoch == 3
    assert saved.state["waited"] == 3
    assert np.array_equal(saved.arrays["model"][0], np.full((3, 2), 3, np.float32))
    assert saved.arrays["model"][1] == 3
    assert Checkpoints(tmp_path / "checkpoints").best(saved.state["best_file"])[0] == [3.0]


def test_two_epochs_are_kept_and_no_more(tmp_path: Path) -> None:
    filled(tmp_path, epochs=5)
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["best-00004.npz", "best-00005.npz", "epoch-00004.npz", "epoch-00005.npz", "last.json"]


@pytest.mark.parametrize("at", [0.0, 0.3, 0.7, 1.0])
def test_a_flipped_byte_anywhere_is_noticed_and_the_epoch_before_is_taken(tmp_path: Path, at: float) -> None:
    checkpoints = filled(tmp_path)
    flip(tmp_path / "checkpoints" / "epoch-00003.npz", at)
    saved = checkpoints.newest()
    assert saved is not None and saved.epoch == 2 and saved.state["waited"] == 2


def test_a_missing_file_is_as_a_damaged_one(tmp_path: Path) -> None:
    checkpoints = filled(tmp_path)
    (tmp_path / "checkpoints" / "epoch-00003.npz").unlink()
    saved = checkpoints.newest()
    assert saved is not None and saved.epoch == 2


def test_none_whole_is_said_and_not_begun_anew_in_silence(tmp_path: Path) -> None:
    checkpoints = filled(tmp_path)
    for epoch in (2, 3):
        flip(tmp_path / "checkpoints" / f"epoch-0000{epoch}.npz", 0.5)
    with pytest.raises(StorageError, match="the checkpoints of epoch 3 and 2 are damaged"):
        checkpoints.newest()


def test_damaged_weights_of_the_best_epoch_are_said(tmp_path: Path) -> None:
    checkpoints = filled(tmp_path)
    named = checkpoints.save_best(9, [np.zeros(3)])
    flip(tmp_path / "checkpoints" / "best-00009.npz", 0.5)
    with pytest.raises(StorageError, match=r"best-00009\.npz: the weights of the best epoch are damaged"):
        checkpoints.best(named)


def test_a_flipped_byte_in_the_note_is_noticed_wherever_it_is(tmp_path: Path) -> None:
    checkpoints = filled(tmp_path)
    note = tmp_path / "checkpoints" / "last.json"
    whole = note.read_bytes()
    for at in range(len(whole)):
        note.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        with pytest.raises(StorageError, match=r"last\.json is damaged"):
            checkpoints.newest()


@pytest.mark.parametrize("note", ["{", '{"schema": 2, "checkpoints": []}', '{"schema": 1}', "[]"])
def test_a_damaged_or_foreign_note_is_said(tmp_path: Path, note: str) -> None:
    checkpoints = filled(tmp_path)
    (tmp_path / "checkpoints" / "last.json").write_text(note)
    with pytest.raises(StorageError, match=r"last\.json is damaged or of another version"):
        checkpoints.newest()


def test_a_kill_while_a_checkpoint_is_written_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints = filled(tmp_path)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", killed)
        with pytest.raises(KeyboardInterrupt):
            checkpoints.save(4, arrays(4), {"waited": 4})
    saved = checkpoints.newest()
    assert saved is not None and saved.epoch == 3

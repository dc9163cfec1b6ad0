"""The jobs of a data set in real workers: whole, again, stopped, and without the detector's weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from fer.dataset.checks_job import Checks, check, known_checks, new_checks_run
from fer.dataset.faceset import FaceSet
from fer.dataset.maps_job import MapConfig, known_map, lay_out, new_map_run
from fer.dataset.network_view import kept_description
from fer.dataset.origin import Origin
from fer.dataset.reading import silent
from fer.dataset.stages import StopAskedError, telling
from fer.errors import DataError
from fer.runs.folder import Run, all_runs
from fer.runs.status import Status
from fer.runs.worker import start


def until_ended(run: Run) -> Status:
    end = time.monotonic() + 200
    while time.monotonic() < end:
        status = run.status()
        if not status.living:
            return status
        time.sleep(0.1)
    pytest.fail(f"{run.status()}\n{(run.folder / 'log.txt').read_text()}")


@pytest.fixture
def origin(flawed: FaceSet, tmp_path: Path) -> Origin:
    """A small set with flaws and enough faces of two classes for their labels to be judged."""
    rng = np.random.default_rng(0)
    clouds = rng.integers(0, 256, (24, 48, 48), np.uint8)
    path = tmp_path / "faces.npz"
    np.savez(
        path,
        pixels=np.concatenate([flawed.images, clouds]),
        emotion=np.concatenate([flawed.labels, np.repeat([3, 6], 12)]).astype(np.uint8),
        usage=np.concatenate([flawed.usage, np.zeros(24, np.uint8)]),
    )
    return Origin(data=str(path))


@pytest.fixture(autouse=True)
def _no_run_stays(home: Path) -> Iterator[None]:
    yield
    for run in all_runs():
        run.delete()


def kinds_of(checks: Checks) -> set[str]:
    return {finding.kind for finding in checks.findings.items}


def test_a_worker_checks_a_data_set_and_the_page_finds_what_it_found(origin: Origin, yunet: Path) -> None:
    opened = origin.open()
    before = known_checks(origin, opened)
    assert before.missing == ("structure", "faces", "labels")
    assert len(before.findings.of("exact_duplicate")) == 3 and "near_duplicate" not in kinds_of(before)
    run = new_checks_run(origin)
    start(run)
    status = until_ended(run)
    assert (status.state, status.message) == ("done", ""), (run.folder / "log.txt").read_text()
    after = known_checks(origin, opened)
    assert after.missing == ()
    assert {"near_duplicate", "near_leak", "not_a_face"} <= kinds_of(after)
    assert {6, 7, 8} <= set(after.findings.rows_of("not_a_face").tolist())
    assert any("too few to judge" in note for note in after.notes)
    assert run.metrics()[0][0]["findings"] == after.findings.counts()
    view = kept_description(origin, opened)
    assert view is not None and view.features.shape[0] == 48 and np.allclose(view.probabilities.sum(axis=1), 1)


def test_what_is_known_is_not_done_again(origin: Origin, yunet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = origin.open()
    first = check(origin, opened, None, silent)

    def again(*args: object) -> None:
        raise AssertionError("it is done again")

    for name in ("near_findings", "face_scores", "check_labels", "description_of"):
        monkeypatch.setattr(f"fer.dataset.checks_job.{name}", again)
    assert check(origin, opened, None, silent).findings.counts() == first.findings.counts()


def test_without_weights_the_rest_is_done_and_said_and_made_up_for_later(
    origin: Origin, shared: Path, configure: Callable[..., None]
) -> None:
    opened = origin.open()
    checks = check(origin, opened, None, silent)
    assert checks.missing == ()
    assert any(note.startswith("Whether images are faces was not checked. YuNet's weights") for note in checks.notes)
    assert "not_a_face" not in kinds_of(checks) and "near_duplicate" in kinds_of(checks)
    configure(FER_YUNET_PATH=shared / "data" / "detectors" / "face_detection_yunet_2026may.onnx")
    later = check(origin, opened, None, silent)
    assert "not_a_face" in kinds_of(later)
    assert not any("was not checked" in note for note in later.notes)


def test_a_run_that_was_stopped_keeps_whole_stages_and_goes_on(origin: Origin, yunet: Path) -> None:
    opened = origin.open()

    def stop(share: float, doing: str) -> None:
        if "network" in doing:
            raise StopAskedError

    with pytest.raises(StopAskedError):
        check(origin, opened, None, stop)
    assert known_checks(origin, opened).missing == ("faces", "labels")
    assert check(origin, opened, None, silent).missing == ()


def test_a_worker_stops_when_it_is_asked_to(origin: Origin) -> None:
    run = new_checks_run(origin)
    run.ask_stop()
    with pytest.raises(StopAskedError):
        telling(run)(0.5, "")
    from fer.dataset import checks_job

    assert checks_job.run(run) is False


def test_another_split_of_the_same_file_is_another_structure(origin: Origin, yunet: Path) -> None:
    opened = origin.open()
    check(origin, opened, None, silent)
    from dataclasses import replace

    turned = replace(opened, faces=replace(opened.faces, usage=2 - opened.faces.usage))
    assert known_checks(origin, turned).missing == ("structure", "labels")


def test_a_worker_lays_out_a_map(origin: Origin) -> None:
    opened = origin.open()
    config = MapConfig(origin=origin, space="features", most=40)
    assert known_map(config, opened, "tsne") is None
    run = new_map_run(config)
    start(run)
    assert until_ended(run).state == "done", (run.folder / "log.txt").read_text()
    for method in ("pca", "tsne"):
        found = known_map(config, opened, method)
        assert found is not None and found.xy.shape == (40, 2) and found.space == "features"
        assert len(set(found.rows.tolist())) == 40 and found.rows.max() < 48
    assert known_map(config.model_copy(update={"seed": 1}), opened, "tsne") is None


def test_a_map_of_pixels_needs_no_network(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer.dataset.maps_job.open_features", None)
    opened = origin.open()
    config = MapConfig(origin=origin, space="pixels")
    lay_out(config, opened, silent)
    found = known_map(config, opened, "pca")
    assert found is not None and len(found.rows) == 48 and len(found.explained) == 2


def test_a_set_that_cannot_be_mapped_fails_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "black.npz"
    np.savez(path, pixels=np.zeros((9, 48, 48), np.uint8), emotion=np.zeros(9, np.uint8), usage=np.zeros(9, np.uint8))
    origin = Origin(data=str(path))
    with pytest.raises(DataError, match="these 9 are all the same"):
        lay_out(MapConfig(origin=origin, space="pixels"), origin.open(), silent)


def test_all_black_images_can_be_checked(tmp_path: Path, yunet: Path) -> None:
    path = tmp_path / "black.npz"
    np.savez(path, pixels=np.zeros((30, 48, 48), np.uint8), emotion=np.arange(30) % 2, usage=np.zeros(30, np.uint8))
    origin = Origin(data=str(path))
    checks = check(origin, origin.open(), None, silent)
    assert len(checks.findings.of("blank")) == 30 and len(checks.findings.of("not_a_face")) == 30
    assert len(checks.findings.of("suspect_label")) == 0


def test_drawn_faces_can_be_checked(yunet: Path) -> None:
    origin = Origin(data="demo", per_emotion=3)
    checks = check(origin, origin.open(), None, silent)
    assert checks.missing == ()
    assert len(checks.findings.rows_of("not_a_face")) < 5


def test_one_face_can_be_checked(tmp_path: Path, yunet: Path) -> None:
    path = tmp_path / "one.npz"
    image = np.random.default_rng(0).integers(0, 256, (1, 48, 48), np.uint8)
    np.savez(path, pixels=image, emotion=np.array([3]), usage=np.array([0]))
    origin = Origin(data=str(path))
    assert check(origin, origin.open(), None, silent).missing == ()

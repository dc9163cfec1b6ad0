"""The worker's job that lays out a map of a data set's faces, by t-SNE and by PCA, and keeps both."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field

from fer.dataset.faceset import FaceSet
from fer.dataset.maps import FaceMap, Method, Space, pca_map, pixel_vectors, tsne_map
from fer.dataset.network_view import THREADS, described, kept_description, model_digest
from fer.dataset.opening import Opened
from fer.dataset.origin import Origin
from fer.dataset.reading import Progress
from fer.dataset.results import Kept, labels_digest
from fer.dataset.samples import stratified_rows
from fer.dataset.stages import StopAskedError, part_of, telling
from fer.faces.features import open_features
from fer.registry import find
from fer.runs.folder import Run

KIND = "dataset_map"
FACES = 3_000
"""Faces of a map, with the data set's shares of emotions: more take long and hide each other."""


class MapConfig(BaseModel):
    """What a map is asked for.

    Attributes:
        origin: The data set.
        space: Compare ``pixels`` or the network's ``features``.
        model: The network; None takes the default. Not asked for pixels.
        most: Faces at most.
        seed: Of the sample and of t-SNE.
    """

    origin: Origin
    space: Space
    model: str | None = None
    most: int = Field(FACES, ge=10, le=10_000)
    seed: int = 0


def new_map_run(config: MapConfig) -> Run:
    """Make a run that lays out a map; ``fer.runs.worker.start`` sets it going.

    Raises:
        StorageError: If FER_HOME cannot be written.
    """
    return Run.create(KIND, "quick", config.model_dump(mode="json"))


def known_map(config: MapConfig, opened: Opened, method: Method) -> FaceMap | None:
    """Return a map if it was laid out before, or None.

    Raises:
        ModelError: If there is no such model.
    """
    found = Kept(config.origin, opened).arrays(f"map-{method}", **_asked(config, opened))
    if found is None:
        return None
    return FaceMap(found["rows"], found["xy"], config.space, method, tuple(found["explained"].tolist()))


def run(run: Run) -> bool:
    """Lay out a run's map; see ``fer.runs.jobs.Work``.

    Raises:
        DataError: If the data cannot be read, or has too few faces or the same ones only.
        ModelError: If the network cannot be loaded.
        StorageError: If the map cannot be kept.
    """
    config = MapConfig.model_validate(run.config())
    progress = telling(run)
    try:
        opened = config.origin.open(part_of(progress, 0.0, 0.1))
        lay_out(config, opened, part_of(progress, 0.1, 1.0))
    except StopAskedError:
        return False
    return True


def lay_out(config: MapConfig, opened: Opened, progress: Progress) -> None:
    """Lay out the maps that are not there yet, and keep them; see ``run`` for what it raises."""
    missing = [method for method in ("pca", "tsne") if known_map(config, opened, method) is None]
    if not missing:
        return
    rows = stratified_rows(opened.faces.labels, config.most, config.seed)
    vectors = _vectors(config, opened, rows, part_of(progress, 0.0, 0.35))
    _keep(config, opened, pca_map(vectors, rows, config.space))
    if "tsne" in missing:
        _keep(config, opened, tsne_map(vectors, rows, config.space, part_of(progress, 0.35, 1.0), config.seed))


def _vectors(
    config: MapConfig, opened: Opened, rows: npt.NDArray[np.intp], progress: Progress
) -> npt.NDArray[np.float32]:
    sample: FaceSet = opened.faces.take(rows)
    if config.space == "pixels":
        return pixel_vectors(sample.images)
    known = kept_description(config.origin, opened, config.model)
    if known is not None:
        return known.features[rows]
    return described(sample.images, open_features(config.model, THREADS), progress).features


def _keep(config: MapConfig, opened: Opened, done: FaceMap) -> None:
    arrays: dict[str, npt.NDArray[Any]] = {
        "rows": done.rows,
        "xy": done.xy,
        "explained": np.array(done.explained, np.float64),
    }
    Kept(config.origin, opened).keep_arrays(f"map-{done.method}", arrays, **_asked(config, opened))


def _asked(config: MapConfig, opened: Opened) -> dict[str, Any]:
    network = model_digest(find(config.model, "face")) if config.space == "features" else ""
    labels = labels_digest(opened.faces)
    return {"space": config.space, "model": network, "most": config.most, "seed": config.seed, "labels": labels}

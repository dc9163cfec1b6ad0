"""A model's Keras file exported anew: in eight bits or in float32, calibrated and measured again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fer import registry
from fer.dataset.faceset import FaceSet
from fer.errors import DataError
from fer.faces.scale import InputSpec
from fer.training.material import Material
from fer.training.publish import publish

AGAIN = "; exported anew, temperature and unsure_below fitted on PublicTest"


def export_again(name: str, faces: FaceSet, *, int8: bool = False, folder: Path | None = None) -> dict[str, Any]:
    """Export a model's Keras file, and enter the result in its manifest in the model's place.

    Args:
        name: The model's.
        faces: A data set: Training gives eight bits their ranges, PublicTest calibrates and measures.
        int8: Whether it is served in eight bits from now on (``fer.training.eight_bits``), or in float32.
        folder: Holds manifest.json; the one that lists the model by default.

    Returns:
        The manifest entry.

    Raises:
        ModelError: If there is no such model, it has no Keras file, or the export answers otherwise.
        DataError: If a split has no faces.
    """
    entry = registry.find(name, "face")
    training, public = faces.split("Training"), faces.split("PublicTest")
    if not len(training) or not len(public):
        raise DataError(
            f"expected rows of Training and PublicTest; there are {len(training):,} and {len(public):,}. "
            "Take FER2013, or data with both."
        )
    nobody = training.take(np.zeros(len(training), bool))
    material = Material(training, nobody, public, "PublicTest", InputSpec(**entry.input.model_dump()))
    facts = {
        "data": entry.data,
        "split": entry.split.removesuffix(AGAIN) + AGAIN,
        "licence": entry.licence,
        "command": entry.command,
    }
    return publish(
        entry.verified("keras"),
        faces,
        material,
        name=name,
        folder=folder or entry.folder,
        facts=facts,
        default=entry.default,
        int8=int8,
    )

"""Whatever can be judged, by what a run's config or a command calls it: a model of the registry, or a Keras file.

The server never imports this module: it leads to Keras (decision 0001).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fer.evaluation.keras_file import KerasFile
from fer.evaluation.served import Judged, judged_model

if TYPE_CHECKING:
    from fer.evaluation.keras_network import KerasNetwork


def judged_of(model: str | KerasFile | None, threads: int = 1) -> Judged:
    """Return a model that can be asked.

    Args:
        model: A face model of the registry, None for the default, or a Keras file.
        threads: Cores that one call may use.

    Raises:
        ModelError: If there is no such model, or the file is refused; the sentence says why.
    """
    return open_keras(model, threads).judged() if isinstance(model, KerasFile) else judged_model(model, threads)


def open_keras(file: KerasFile, threads: int = 1) -> KerasNetwork:
    """Return a Keras file, opened in safe mode in this process: never call it in the server.

    Raises:
        ModelError: If it is refused; the sentence says why.
    """
    # Only now: Keras takes seconds to load.
    from fer.evaluation.keras_network import KerasNetwork

    return KerasNetwork(file, threads)

"""A Keras file that somebody brought, in words that a run's config holds: a worker finds and reads it by them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from fer.errors import ModelError
from fer.registry import ModelEntry, models


class KerasFile(BaseModel):
    """Where a Keras file lies, and how it is read.

    Attributes:
        path: The file.
        labels: Its classes in its own order; None: as the registry knows it, or FER2013's order.
        mean: Subtracted from grey values; None: as the registry knows it, or 0.
        std: The difference is divided by it; None: as the registry knows it, or 255.
        digest: What stood for it when it was evaluated: a file that is another one since is refused. Empty before.
    """

    model_config = ConfigDict(extra="forbid")

    path: str
    labels: list[str] | None = None
    mean: float | None = Field(None, allow_inf_nan=False)
    std: float | None = Field(None, gt=0, allow_inf_nan=False)
    digest: str = ""

    @property
    def name(self) -> str:
        """The file's name."""
        return Path(self.path).name

    def digest_of(self, content: str) -> str:
        """Return what stands for the model: its file's checksum and how it is read, by the registry too."""
        known = known_entry(content)
        told = known and known.model_dump_json(include={"input", "labels", "temperature", "unsure_below"})
        how = json.dumps([self.labels, self.mean, self.std, told])
        return f"keras {content} {hashlib.sha256(how.encode()).hexdigest()[:12]}"

    def checksum(self) -> str:
        """Return the file's sha256.

        Raises:
            ModelError: If it cannot be read.
        """
        try:
            with Path(self.path).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as problem:
            if self.digest:
                raise ModelError(
                    f"{self.name} cannot be read any more ({problem.strerror or problem}). Bring the file again."
                ) from problem
            why = problem.strerror or problem
            raise ModelError(f"{self.path} cannot be read ({why}). Expected a .keras file.") from problem


def known_entry(content: str) -> ModelEntry | None:
    """Return the model of the registry whose Keras file this is, or None.

    Args:
        content: The file's sha256.
    """
    # One file may be served in float32 and in eight bits; the first answers as Keras does.
    same = [m for m in models("face") if "keras" in m.files and m.files["keras"].sha256 == content]
    return min(same, key=lambda m: m.precision == "int8", default=None)

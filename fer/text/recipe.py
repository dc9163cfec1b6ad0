"""What a training of the text model is made from; the defaults are what made the model that ships."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TextRecipe(BaseModel):
    """How the text model is trained (docs/decisions/0016).

    Attributes:
        least_words: Messages that a run of words must be in to be a feature.
        least_characters: Messages that a run of characters must be in.
        least_known: Messages that a word must be in for the network to have a place for it.
        c: Inverse strength of the linear reader's regularisation.
        iterations: Most steps of its solver.
        filters: How many patterns of 1, 2, … neighbouring words the network looks for.
        dropout: Share of its parts that are left out while it learns.
        width: Length of a word's vector where no vectors are given.
        epochs: Passes over the messages.
        batch_size: Messages a step.
        peak_lr: Learning rate at the beginning.
        share_of_words: The network's part of the mean.
        prior_power: How much of the classes' frequency is taken back, in [0, 1]: 0 names the likeliest class, 1
            treats rare classes as if they were as frequent as the others.
        seed: Of everything that is random.
    """

    model_config = ConfigDict(extra="forbid")

    least_words: int = Field(2, ge=1)
    least_characters: int = Field(5, ge=1)
    least_known: int = Field(2, ge=1)
    c: float = Field(1.0, gt=0)
    iterations: int = Field(80, ge=1)
    filters: list[int] = [96, 128, 128]
    dropout: float = Field(0.5, ge=0, lt=1)
    width: int = Field(100, ge=2)
    epochs: int = Field(8, ge=1)
    batch_size: int = Field(128, ge=1)
    peak_lr: float = Field(1.5e-3, gt=0)
    share_of_words: float = Field(0.5, ge=0, le=1)
    prior_power: float = Field(0.45, ge=0, le=1)
    seed: int = 1

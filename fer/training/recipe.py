"""What a training run is made of: one small document that repeats it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from fer.training.augmentation import Augmentation


class Recipe(BaseModel):
    """Every choice of a training run; its defaults made the network in models/.

    Attributes:
        widths: Channels of each stage of ``residual_cnn``.
        dropout: Before the last layer.
        input_px: Side of the centre crop.
        epochs: Passes over the training split.
        batch_size: Faces a step.
        peak_lr: Highest learning rate, reached after ``warmup_epochs``, then a cosine down to 0.
        warmup_epochs: Linear rise of the learning rate.
        momentum: Nesterov's.
        weight_decay: Decoupled, on kernels only. Keras subtracts ``lr * decay * w`` outside the momentum, so
            with momentum 0.9 this is ten times what PyTorch calls weight decay.
        label_smoothing: Share of each target that is spread over all classes.
        votes: Share of each target that comes from FER+'s crowd, where it is at hand.
        start_from: Name of a model whose weights the training begins with, "" for weights drawn by ``seed``.
        teacher: Name of a model whose answers are mixed into the targets, "" for none.
        teacher_share: Share of each target that comes from it.
        average: Share kept by the running average of the weights, every ``average_every`` steps.
        average_every: Steps between two updates of that average.
        bfloat16: Compute in bfloat16 (weights stay float32).
        seed: Of weights, order and augmentation.
        augmentation: Limits of the changes.
    """

    model_config = ConfigDict(extra="forbid")

    widths: tuple[int, ...] = (32, 64, 128, 256)
    dropout: float = Field(0.3, ge=0, lt=1)
    input_px: int = Field(44, ge=24, le=48)
    epochs: int = Field(48, ge=1)
    batch_size: int = Field(128, ge=1)
    peak_lr: float = Field(0.1, gt=0)
    warmup_epochs: int = Field(2, ge=0)
    momentum: float = Field(0.9, ge=0, lt=1)
    weight_decay: float = Field(0.005, ge=0)
    label_smoothing: float = Field(0.08, ge=0, lt=1)
    votes: float = Field(0.35, ge=0, le=1)
    start_from: str = ""
    teacher: str = ""
    teacher_share: float = Field(0.25, ge=0, le=1)
    average: float = Field(0.99, ge=0, lt=1)
    average_every: int = Field(8, ge=1)
    bfloat16: bool = True
    seed: int = 0
    augmentation: Augmentation = Augmentation()

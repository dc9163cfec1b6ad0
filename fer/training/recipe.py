"""What a training run is made of: one small document that repeats it, checked before anything is trained."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fer.emotions import EMOTIONS
from fer.training.architectures import BASELINES, Architecture, ResidualCnn, plan_network
from fer.training.augmentation import Augmentation
from fer.training.plan import Plan

Initialisation = Literal[
    "own", "zeros", "uniform", "normal", "lecun_uniform", "lecun_normal", "glorot_uniform", "glorot_normal",
    "he_uniform", "he_normal",
]  # fmt: skip
LEAST_RATE, MOST_RATE = 1e-7, 10.0
MOST_SEED = 2**31 - 1
"""NumPy's older generator, which Keras seeds too, takes no more than 32 bits."""
Models = str | Annotated[dict[str, Annotated[float, Field(gt=0, le=1)]], Field(min_length=2)]
"""A model's name, shares by the names of several, or "" for none."""
ClassWeights = Literal["none", "balanced"] | dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]]


class Part(BaseModel):
    """A part of a recipe: a field that it does not have is refused."""

    model_config = ConfigDict(extra="forbid")


class Plain(Part):
    """An optimizer without momentum of its own to choose.

    Attributes:
        kind: ``sgd``, ``adagrad``, ``rmsprop``, ``adam`` or ``adamw``.
        learning_rate: The highest rate; the schedule starts from it.
        weight_decay: Decoupled, on kernels only. Keras subtracts ``rate * decay * weight`` outside of momentum, so with
            momentum 0.9 this is ten times what PyTorch calls weight decay.

    Sources:
        Robbins & Monro 1951; Duchi et al. 2011; Tieleman & Hinton 2012; Kingma & Ba 2015; Loshchilov & Hutter 2019.
    """

    kind: Literal["sgd", "adagrad", "rmsprop", "adam", "adamw"] = "adam"
    learning_rate: float = Field(0.001, ge=LEAST_RATE, le=MOST_RATE)
    weight_decay: float = Field(0.0, ge=0, lt=1)

    @model_validator(mode="before")
    @classmethod
    def _adamw_decays(cls, given: Any) -> Any:
        # Without, it would be Adam: where nothing is said, as in Keras.
        if isinstance(given, dict) and given.get("kind") == "adamw":
            return {"weight_decay": 0.004, **given}
        return given


class WithMomentum(Plain):
    """Gradient descent with momentum, Polyak's or Nesterov's.

    Attributes:
        momentum: Share of the last step that is kept.

    Sources:
        Polyak 1964; Nesterov 1983; Sutskever et al. 2013.
    """

    kind: Literal["momentum", "nesterov"] = "nesterov"  # type: ignore[assignment]
    learning_rate: float = Field(0.1, ge=LEAST_RATE, le=MOST_RATE)
    momentum: float = Field(0.9, gt=0, lt=1)


class Constant(Part):
    """The learning rate stays."""

    kind: Literal["constant"] = "constant"


class Step(Part):
    """The learning rate is multiplied by ``factor`` after every ``every_epochs``."""

    kind: Literal["step"] = "step"
    factor: float = Field(0.5, gt=0, lt=1)
    every_epochs: int = Field(10, ge=1)


class Exponential(Part):
    """The learning rate is multiplied by ``factor`` over each epoch, a little at every step."""

    kind: Literal["exponential"] = "exponential"
    factor: float = Field(0.95, gt=0, lt=1)


class Inverse(Part):
    """The learning rate is divided by ``1 + decay * epochs``."""

    kind: Literal["inverse"] = "inverse"
    decay: float = Field(0.1, gt=0)


class Cosine(Part):
    """A linear rise over ``warmup_epochs``, then half a cosine down to 0: once, or in cycles.

    Attributes:
        warmup_epochs: At the beginning of the run.
        cycles: How often it falls to 0.
        first_cycle: Share of the epochs that the first of several cycles takes; the others share the rest equally.
        restart_at: Where each further cycle begins, as a share of the highest rate.

    Sources:
        Loshchilov & Hutter 2017, "SGDR"; Goyal et al. 2017 for the rise.
    """

    kind: Literal["cosine"] = "cosine"
    warmup_epochs: int = Field(2, ge=0)
    cycles: int = Field(1, ge=1, le=100)
    first_cycle: float = Field(0.65, gt=0, lt=1)
    restart_at: float = Field(0.5, gt=0, le=1)

    def ends(self, epochs: int) -> tuple[int, ...]:
        """Return the epochs, counted from 1, at which a cycle of a run ends; the last is the run's.

        >>> Cosine(cycles=3).ends(52), Cosine(cycles=3).ends(3), Cosine().ends(48)
        ((34, 43, 52), (1, 2, 3), (48,))
        """
        further = self.cycles - 1
        if not further:
            return (epochs,)
        first = min(max(1, round(self.first_cycle * epochs)), epochs - further)
        return tuple(first + round((epochs - first) * n / further) for n in range(self.cycles))


class Plateau(Part):
    """The learning rate is multiplied by ``factor`` whenever ``monitor`` did not improve for ``patience`` epochs."""

    kind: Literal["plateau"] = "plateau"
    factor: float = Field(0.1, gt=0, lt=1)
    patience: int = Field(10, ge=1)
    least_rate: float = Field(0.0, ge=0)


class Loss(Part):
    """What is made small.

    Attributes:
        kind: ``categorical`` cross-entropy with distributions, ``sparse`` with one class a face (the same loss,
            quicker), or ``focal``, which counts easy faces less.
        label_smoothing: Share of each target that is spread over all classes.
        focal_gamma: How much less ``focal`` counts easy faces.
        class_weights: ``none``, ``balanced`` (rare emotions count more), or a number for each emotion.

    Sources:
        Szegedy et al. 2016 (smoothing); Lin et al. 2017 (focal); King & Zeng 2001 (balanced).
    """

    kind: Literal["categorical", "sparse", "focal"] = "categorical"
    label_smoothing: float = Field(0.08, ge=0, lt=1)
    focal_gamma: float = Field(2.0, gt=0, le=10)
    class_weights: ClassWeights = "none"

    @model_validator(mode="after")
    def _names_emotions(self) -> Self:
        weights = self.class_weights
        if isinstance(weights, dict) and (set(weights) != set(EMOTIONS) or not any(weights.values())):
            raise ValueError(f"class_weights needs a number for each of {', '.join(EMOTIONS)}, one of them above 0")
        return self


class EarlyStopping(Part):
    """The run ends when ``monitor`` did not improve by more than ``min_delta`` for ``patience`` epochs."""

    patience: int = Field(15, ge=1)
    min_delta: float = Field(0.0, ge=0)


class Average(Part):
    """A running average of all weights, which is what is validated and kept.

    Attributes:
        keep: Share of the average that stays at each update.
        every: Steps between two updates.

    Sources:
        Polyak & Juditsky 1992; Tarvainen & Valpola 2017 for the exponential form.
    """

    keep: float = Field(0.99, gt=0, lt=1)
    every: int = Field(8, ge=1)


Optimizer = Annotated[Plain | WithMomentum, Field(discriminator="kind")]
Schedule = Annotated[Constant | Step | Exponential | Inverse | Cosine | Plateau, Field(discriminator="kind")]


class Recipe(Part):
    """Every choice of a training run.

    Attributes:
        about: What it is, in a sentence, for people.
        architecture: Which network or baseline, and what it is told.
        input_px: Side of the crop's centre that it sees.
        mend: Whether dark faces are brightened and noisy ones smoothed before the network sees them, whenever it does.
        scaling: Whether grey values are scaled by the mean and deviation of the training ``split`` or of each ``face``.
        initialisation: How weights are drawn; ``own`` leaves it to the architecture.
        optimizer: How weights move.
        schedule: How the learning rate changes.
        loss: What is made small.
        l1: Weight of the kernels' absolute values in the loss.
        l2: Weight of the kernels' squares in the loss.
        epochs: Passes over the training faces.
        batch_size: Faces a step.
        augmentation: How faces are changed.
        votes: Share of each target that comes from FER+'s crowd, where it is joined.
        teacher: Name of a model whose answers are mixed into the targets, or shares by the names of several, whose
            weighted mean of probabilities it is then (Hinton et al. 2015, "Distilling the Knowledge in a Neural
            Network"); "" for none.
        teacher_share: Share of each target that comes from it.
        teacher_sees: The ``face`` and its mirror image, once before training; or the ``view``, as augmentation changed
            it, at each step (Beyer et al. 2022, "Knowledge distillation: A good teacher is patient and consistent");
            or the ``clear`` view, moved and lit as the pupil's, without what makes a picture worse.
            Without a teacher it says nothing.
        start_from: Name of a model whose weights the training begins with, or shares by the names of several, whose
            weighted mean it is then (Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima"; Wortsman et al.
            2022, "Model soups"); "" for weights drawn by ``seed``. Of a wider network of the same layers the channels
            that matter most are taken, where these are convolutions with an average at their end
            (``fer.training.narrowing``).
        start_until: The last layer whose weights are taken from there, as ``max_pool_2``; later ones are drawn by
            ``seed``. "" takes all.
        start_stays: Whether what was taken stays as it is and only later layers learn.
        held_out: Share of the training faces that no step sees.
        held_out_seed: Of which these are; null takes ``seed``. Trainings that build on each other need the same.
        calibrate_on: Where confidences come from: the ``held_out`` faces; or ``auto``: PublicTest where the training
            began with a model, which may have learned those.
        validation: What is looked at after every epoch: ``PublicTest`` or ``held_out``.
        monitor: Which of its figures early stopping, plateaus and the best epoch go by.
        early_stopping: When to end before the last epoch; null never does.
        keep: Which weights the finished model has: of the ``last`` epoch, of the ``best``, or the mean of those at the
            end of each of the schedule's ``cycles`` (Izmailov et al. 2018), with statistics of its own. A schedule
            that is no cosine has one.
        average: The running average of weights; null for none.
        precision: ``float32``, or ``bfloat16`` for computing (weights stay float32); ``auto`` measures which is
            quicker.
        seed: Of weights, order and augmentation.
    """

    schema_version: Literal[1] = Field(1, alias="schema")
    about: str = Field("", max_length=400)
    architecture: Architecture = ResidualCnn()
    input_px: int = Field(44, ge=8, le=48)
    scaling: Literal["split", "face"] = "split"
    mend: bool = True
    initialisation: Initialisation = "own"
    optimizer: Optimizer = WithMomentum(weight_decay=0.005)
    schedule: Schedule = Cosine()
    loss: Loss = Loss()
    l1: float = Field(0.0, ge=0, le=1)
    l2: float = Field(0.0, ge=0, le=1)
    epochs: int = Field(48, ge=1, le=10_000)
    batch_size: int = Field(128, ge=1, le=8192)
    augmentation: Augmentation = Augmentation()
    votes: float = Field(0.35, ge=0, le=1)
    teacher: Models = ""
    teacher_share: float = Field(0.25, ge=0, le=1)
    teacher_sees: Literal["face", "view", "clear"] = "face"
    start_from: Models = ""
    start_until: str = Field("", max_length=100)
    start_stays: bool = False
    held_out: float = Field(0.05, ge=0, le=0.5)
    held_out_seed: int | None = Field(None, ge=0, le=MOST_SEED)
    calibrate_on: Literal["auto", "held_out"] = "auto"
    validation: Literal["PublicTest", "held_out"] = "PublicTest"
    monitor: Literal["validation_accuracy", "validation_loss"] = "validation_accuracy"
    early_stopping: EarlyStopping | None = None
    keep: Literal["last", "best", "cycles"] = "last"
    average: Average | None = Average()
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    seed: int = Field(0, ge=0, le=MOST_SEED)

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        # That module needs this one.
        from fer.training.recipe_checks import CHECKS

        for check in CHECKS:
            if sentence := check(self):
                raise ValueError(sentence)
        return self

    @property
    def is_baseline(self) -> bool:
        """Whether it is a baseline of scikit-learn and no network."""
        return isinstance(self.architecture, BASELINES)

    @property
    def seed_of_held_out(self) -> int:
        """The seed that chooses the faces which are held out."""
        return self.seed if self.held_out_seed is None else self.held_out_seed

    def plan(self) -> Plan:
        """Return the network's plan.

        Raises:
            ValueError: If it is a baseline.
        """
        if isinstance(self.architecture, BASELINES):
            raise ValueError(f"{self.architecture.kind} is a baseline and has no layers")
        return plan_network(self.architecture, (self.input_px, self.input_px, 1), len(EMOTIONS))

    def as_document(self) -> dict[str, Any]:
        """Return the recipe as its file holds it, every field written out."""
        return self.model_dump(mode="json", by_alias=True)


def shares_of(models: str | dict[str, float]) -> dict[str, float]:
    """Return the share of each model that a recipe names, summing to 1.

    >>> shares_of("a"), shares_of({"a": 0.125, "b": 0.375}), shares_of("")
    ({'a': 1.0}, {'a': 0.25, 'b': 0.75}, {})
    """
    if isinstance(models, str):
        return {models: 1.0} if models else {}
    total = sum(models.values())
    return {name: share / total for name, share in models.items()}


def models_words(models: str | dict[str, float]) -> str:
    """Return in words which models a recipe names.

    >>> models_words({"a": 0.3, "b": 0.7})
    'a (30%) and b (70%)'
    """
    if isinstance(models, str):
        return models
    return " and ".join(f"{name} ({share:.0%})" for name, share in shares_of(models).items())

"""What a class is made of: its settings, seats, seconds and events, as plain records that every part shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

FloatArray = npt.NDArray[np.floating]

ClassState = Literal["open", "paused", "ended"]
ClassMode = Literal["cameras", "gallery", "pulse", "demo"]
"""Students' own cameras; one shared screen; what students click alone; drawn students that play by themselves."""
Region = Literal["eu", "elsewhere"]
Purpose = Literal["education", "work", "research", "own"]
SeatState = Literal["mood", "unsure", "no_face", "connecting", "camera_off", "paused"]
"""What one second of a seat is: a face read surely; a face whose mood the network cannot tell; camera on and no face;
a camera that is being connected; a seat that takes part by clicks alone; a seat that asked for a pause. A seat without
a row is away. All but ``mood`` are "unknown" where moods are counted: a state, never a zero."""
PulseKind = Literal["got_it", "lost", "too_fast", "bored", "hand_up"]
PULSES: tuple[PulseKind, ...] = ("got_it", "lost", "too_fast", "bored", "hand_up")
EventKind = Literal[
    "pulse", "hand_down", "topic", "paused", "resumed", "formula", "alert", "acknowledged", "ended", "recording"
]
FormulaName = Literal["emotions", "attention", "valence"]
HeardKind = Literal["voice", "text"]
"""Signals beside faces and clicks: the teacher's voice, and the class's chat."""
LEAST_SHOWN = 3
"""No class but the demo may show numbers of fewer people."""


class AlertSettings(BaseModel):
    """When the teacher is told.

    Attributes:
        on: Whether alerts are given.
        engagement_below: In [0, 1]; alerts where the class's engagement stays below.
        lost_share_above: In [0, 1]; alerts where a larger share of those present click "lost" or "too fast".
    """

    model_config = ConfigDict(extra="forbid")

    on: bool = True
    engagement_below: float = Field(0.4, ge=0, le=1)
    lost_share_above: float = Field(0.3, ge=0, le=1)


class ClassSettings(BaseModel):
    """What a teacher chose for a class; saved with it as JSON.

    Attributes:
        schema_: Version of this record, written as ``schema``.
        title: Of the lesson.
        course: Classes of the same course are compared over weeks.
        region: Where the class is held.
        purpose: What for.
        mode: Where the numbers come from.
        attested: In gallery mode: the teacher attests that the people shown were told and agreed.
        formula: Which engagement formula is used from now on.
        weights: Of each emotion for the formulas that weigh emotions, by name, in [0, 1]; empty: as published.
        min_shown: Nothing is shown for fewer people; at least 3, in a demo class at least 1.
        baseline_strength: How much of a student's own baseline is divided out, 0 to 1.
        per_seat: Whether students are offered to be seen by the teacher one by one.
        keep_report: Whether the report (aggregates only) is saved at the end.
        alerts: When the teacher is told.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    schema_: Literal[1] = Field(1, alias="schema")
    title: str = Field("", max_length=120)
    course: str = Field("", max_length=120)
    region: Region = "elsewhere"
    purpose: Purpose = "education"
    mode: ClassMode = "cameras"
    attested: bool = False
    formula: FormulaName = "emotions"
    weights: dict[str, float] = {}
    min_shown: int = Field(5, ge=1, le=100)
    baseline_strength: float = Field(0.7, ge=0, le=1)
    per_seat: bool = False
    keep_report: bool = True
    alerts: AlertSettings = AlertSettings()

    @model_validator(mode="after")
    def _never_one_person(self) -> ClassSettings:
        if self.mode != "demo" and self.min_shown < LEAST_SHOWN:
            raise ValueError(f"expected at least {LEAST_SHOWN} people, got {self.min_shown}")
        return self


@dataclass(frozen=True)
class ClassRow:
    """A class.

    Attributes:
        id: In the store.
        settings: What the teacher chose.
        state: Open, paused or ended.
        started: Seconds since 1970 by the store's clock.
        ended: The same, or None while it runs.
    """

    id: int
    settings: ClassSettings
    state: ClassState
    started: float
    ended: float | None


@dataclass(frozen=True)
class SeatRow:
    """A student's place in a class.

    Attributes:
        id: In the store.
        class_id: Whose seat it is.
        number: From 1 within the class, in the order of joining.
        nickname: As chosen, or "".
        consent_at: When the student consented, in seconds since 1970; None where only the pulse is used, and for faces
            of a shared screen.
        opted_in: Whether the teacher may see this seat by itself.
    """

    id: int
    class_id: int
    number: int
    nickname: str
    consent_at: float | None
    opted_in: bool


@dataclass(frozen=True)
class SecondRow:
    """What one seat showed in one second.

    Attributes:
        seat_id: Whose.
        t: Whole seconds since 1970 by the store's clock.
        state: See ``SeatState``.
        probabilities: Mean over the second of the seven in FER2013's order, shape ``(7,)``, sum 1; None unless the
            state is ``mood`` or ``unsure``.
        attention: In [0, 1]: how much of the second a face looked towards the screen; None where it is unknown.
        engagement: In [0, 1] by the class's formula; None unless the state is ``mood``.
    """

    seat_id: int
    t: int
    state: SeatState
    probabilities: FloatArray | None = None
    attention: float | None = None
    engagement: float | None = None


@dataclass(frozen=True)
class EventRow:
    """Something that happened in a class.

    Attributes:
        id: In the store, growing.
        class_id: Where.
        t: Seconds since 1970 by the store's clock.
        kind: See ``EventKind``.
        value: The pulse's kind, the topic's text, the alert's sentence, the id of the alert that was acknowledged, how
            many seconds the recording is long that began to be read then …
        seat_id: Whose, or None for the teacher's.
    """

    id: int
    class_id: int
    t: float
    kind: EventKind
    value: str
    seat_id: int | None


@dataclass(frozen=True)
class HeardRow:
    """What was heard or read in one stretch of a class: means only, no sound and no word.

    Attributes:
        kind: See ``HeardKind``.
        t: When the stretch begins, in whole seconds since 1970 by the store's clock.
        length_s: How long it is, in whole seconds.
        probabilities: Mean of the seven in FER2013's order, shape ``(7,)``, sum 1.
        count: What it is the mean of: seconds of speech, or messages.
    """

    kind: HeardKind
    t: int
    length_s: int
    probabilities: FloatArray
    count: float

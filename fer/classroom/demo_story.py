"""The demo class's lesson: which topic comes when, what each drawn student shows, and what each clicks.

Times are seconds of the lesson; 0 is when the visitor opens the class, and what lies before is there at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from fer.classroom.records import PulseKind
from fer.dataset.drawn_class import LOOKS, STEPS, Pose

STARTS_S = -210
ENDS_S = 420
CHANGE_S = 2.0
"""How long a face takes from one expression to the next."""
NO_CAMERA = (13,)
"""Students who take part by clicks alone."""
OPTED_IN = {1: "Ada", 5: "Kofi", 9: "Mei", 14: "Jonas"}
"""Students who let the teacher see them one by one, and what they call themselves."""
AWAY: tuple[tuple[int, int, int], ...] = ((4, -140, -112), (10, 128, 156))
"""Student, from, to: nobody is in the picture."""
PAUSED: tuple[tuple[int, int, int], ...] = ((16, 215, 260),)
LATE: dict[int, int] = {12: STARTS_S + 35, 17: STARTS_S + 52}
"""Students who come late, and when."""


@dataclass(frozen=True)
class Part:
    """A part of the lesson.

    Attributes:
        from_s: When it begins.
        topic: What the teacher calls it, or "" where only the mood changes within a topic.
        moods: How often each of ``fer.dataset.drawn_class.MOODS`` is shown; the numbers are weights.
        clicks: The share of the class that clicks each pulse during the part, in [0, 1].
    """

    from_s: int
    topic: str
    moods: dict[str, float]
    clicks: dict[PulseKind, float]


LESSON: tuple[Part, ...] = (
    Part(STARTS_S, "Welcome", {"smile": 3, "happy": 3, "neutral": 3, "attentive": 2}, {"got_it": 0.12}),
    Part(-160, "What plants breathe", {"attentive": 6, "neutral": 4, "smile": 2}, {"got_it": 0.35}),
    Part(-75, "How light becomes sugar", {"attentive": 6, "neutral": 4, "puzzled": 2, "frown": 1}, {"too_fast": 0.12}),
    Part(-30, "", {"attentive": 5, "puzzled": 3, "frown": 1, "neutral": 3}, {"lost": 0.18, "too_fast": 0.06}),
    Part(
        22, "Experiment: the burning candle", {"surprise": 6, "happy": 4, "smile": 2, "attentive": 1}, {"got_it": 0.3}
    ),
    Part(75, "The Calvin cycle", {"attentive": 5, "neutral": 3, "puzzled": 2}, {"too_fast": 0.12}),
    Part(105, "", {"puzzled": 5, "frown": 3, "sad": 3, "neutral": 2}, {"lost": 0.4, "too_fast": 0.2, "bored": 0.06}),
    Part(195, "Once more, slowly", {"attentive": 6, "neutral": 3, "smile": 3}, {"got_it": 0.5}),
    Part(290, "Quiz", {"happy": 4, "surprise": 3, "smile": 3, "attentive": 2, "frown": 1}, {"got_it": 0.35}),
    Part(380, "See you next week", {"smile": 4, "happy": 3, "neutral": 2}, {"got_it": 0.1}),
)
HANDS: tuple[tuple[int, int, int], ...] = ((6, -22, 14), (2, 132, 176), (8, 302, 318))
"""Student, from, to: a hand is raised and lowered."""


@dataclass(frozen=True)
class Happening:
    """Something that happens in the lesson.

    Attributes:
        t_s: When.
        kind: A new topic, a click, or a hand that is lowered.
        value: The topic's name or the click's kind.
        student: Whose, or None for the teacher's.
    """

    t_s: float
    kind: Literal["topic", "pulse", "hand_down"]
    value: str
    student: int | None = None


class Story:
    """One lesson; the same seed gives the same.

    Args:
        seed: Of who shows and clicks what when.
        students: At most as many as there are looks.
    """

    def __init__(self, seed: int = 5, students: int = len(LOOKS)):
        if not 1 <= students <= len(LOOKS):
            raise ValueError(f"expected 1 to {len(LOOKS)} students, got {students}")
        self.students = students
        rng = np.random.default_rng(seed)
        self._moods = [_moods_of_one(rng) for _ in range(students)]
        happenings = [Happening(part.from_s, "topic", part.topic) for part in LESSON if part.topic]
        happenings += _clicks(rng, students)
        for student, from_s, to_s in HANDS:
            if student < students:
                happenings.append(Happening(from_s, "pulse", "hand_up", student))
                happenings.append(Happening(to_s, "hand_down", "hand_up", student))
        self._happenings = sorted(happenings, key=lambda happening: happening.t_s)

    def happenings(self, from_s: float, to_s: float) -> list[Happening]:
        """Return what happens from a time up to, but not at, another; in the order of time."""
        return [happening for happening in self._happenings if from_s <= happening.t_s < to_s]

    def pose(self, student: int, t_s: float) -> Pose | None:
        """Return what a student shows; None where nobody is before the camera."""
        if not self.has_camera(student) or _within(AWAY, student, t_s) or self.paused(student, t_s):
            return None
        if not self.present(student, t_s):
            return None
        moods = self._moods[student]
        now = max(index for index, (from_s, _) in enumerate(moods) if index == 0 or from_s <= t_s)
        if now == 0:
            return Pose(moods[0][1], moods[0][1])
        steps = min(STEPS, 1 + int((t_s - moods[now][0]) / CHANGE_S * STEPS))
        goal = moods[now][1]
        return Pose(goal, goal) if steps == STEPS else Pose(moods[now - 1][1], goal, steps)

    @staticmethod
    def present(student: int, t_s: float) -> bool:
        """Whether a student has come already."""
        return t_s >= LATE.get(student, STARTS_S)

    @staticmethod
    def has_camera(student: int) -> bool:
        """Whether a student takes part with a camera."""
        return student not in NO_CAMERA

    @staticmethod
    def paused(student: int, t_s: float) -> bool:
        """Whether a student asked for a pause."""
        return _within(PAUSED, student, t_s)


def _within(spans: tuple[tuple[int, int, int], ...], student: int, t_s: float) -> bool:
    return any(who == student and from_s <= t_s < to_s for who, from_s, to_s in spans)


def _moods_of_one(rng: np.random.Generator) -> list[tuple[float, str]]:
    """Return from when a student shows what: another mood some seconds after each part begins, and now and then."""
    moods: list[tuple[float, str]] = []
    for part, nxt in zip(LESSON, [*LESSON[1:], None], strict=True):
        names, weights = list(part.moods), np.array(list(part.moods.values()))
        # People do not change in the same moment, and some keep what they showed before.
        t_s = part.from_s + rng.uniform(0, 9)
        until_s = nxt.from_s if nxt else ENDS_S
        while t_s < until_s:
            moods.append((t_s, str(rng.choice(names, p=weights / weights.sum()))))
            t_s += rng.uniform(9, 24)
    return moods


def _clicks(rng: np.random.Generator, students: int) -> list[Happening]:
    clicks = []
    for part, nxt in zip(LESSON, [*LESSON[1:], None], strict=True):
        until_s = nxt.from_s if nxt else ENDS_S
        order = [int(student) for student in rng.permutation(students)]
        for kind, share in part.clicks.items():
            for _ in range(round(share * students)):
                student = order.pop()
                t_s = part.from_s + rng.uniform(4, max(5, min(60, until_s - part.from_s - 2)))
                if Story.present(student, t_s):
                    clicks.append(Happening(t_s, "pulse", kind, student))
    return clicks

"""The report's sentences: what stands out, where the numbers come from, and what they do not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fer.classroom.records import ClassMode, ClassSettings

SOURCES: dict[ClassMode, str] = {
    "cameras": "Students' own cameras: a face was looked at once or twice a second by a network that names one of "
    "seven emotions, on this server, and no picture was kept. Students also clicked how it went.",
    "gallery": "The faces of one shared screen or recording, followed from picture to picture; a place on the screen "
    "counts as a person. No picture was kept.",
    "pulse": "What students clicked themselves. No face was looked at: where emotions of students may not be inferred, "
    "or where the teacher chose so.",
    "demo": "Drawn faces, looked at by the same detector and network as real ones; the clicks belong to a story.",
}
SEVERAL_FORMULAS = (
    "The formula of engagement was changed during this lesson. Its numbers before and after cannot be compared, so "
    "there is no engagement across the change, nor of the whole lesson."
)
TELLING = 0.04
"""Two topics whose engagement differs by less are not worth a sentence; ours."""


def source_words(mode: ClassMode) -> str:
    """Return where a class's numbers come from, in a sentence or two."""
    return SOURCES[mode]


def in_short(document: Mapping[str, Any]) -> list[str]:
    """Return what a teacher would want to know first, in a few sentences."""
    several = len(document["formulas"]) > 1
    sentences = [SEVERAL_FORMULAS] if several else []
    topics = [topic for topic in document["topics"] if topic["whole"]["engagement"]]
    if len(topics) >= 2 and not several:
        best = max(topics, key=lambda topic: topic["whole"]["engagement"]["value"])
        worst = min(topics, key=lambda topic: topic["whole"]["engagement"]["value"])
        high, low = (topic["whole"]["engagement"]["value"] for topic in (best, worst))
        if high - low >= TELLING:
            sentences.append(
                f"Engagement was highest during “{best['text']}” ({high:.2f}) "
                f"and lowest during “{worst['text']}” ({low:.2f})."
            )
    clicked = [topic for topic in document["topics"] if topic["whole"]["pulses"]]
    if clicked:
        hard = max(clicked, key=lambda topic: _trouble(topic["whole"]["pulses"]))
        pulses = hard["whole"]["pulses"]
        if _trouble(pulses):
            told = " and ".join(
                f"{pulses[kind]} “{name}”"
                for kind, name in (("lost", "lost"), ("too_fast", "too fast"))
                if pulses[kind]
            )
            sentences.append(f"Most trouble was told during “{hard['text']}”: {told}.")
    smiles = [topic for topic in document["topics"] if topic["whole"]["mood"]]
    if len(smiles) >= 2:
        bright = max(smiles, key=lambda topic: topic["whole"]["mood"]["happy"])
        share = bright["whole"]["mood"]["happy"]
        if share >= 0.25:
            sentences.append(f"Faces were brightest during “{bright['text']}” ({100 * share:.0f} % happy).")
    share = document["participation"]["read_share"]
    if share is not None and share < 0.5 and not document["class"]["pulse_only"]:
        sentences.append(
            f"Only {100 * share:.0f} % of the students' time had a mood that could be read: take the rest with care."
        )
    return sentences


def _trouble(pulses: Mapping[str, int]) -> int:
    return pulses["lost"] + pulses["too_fast"]


def limits(settings: ClassSettings) -> list[str]:
    """Return what the numbers do not say, in sentences.

    Sources:
        Barrett et al. 2019, "Emotional Expressions Reconsidered", Psychological Science in the Public Interest 20.
        Sharma et al. 2019 (arXiv 1909.12913).
    """
    general = [
        f"Nothing is told of moments in which fewer than {settings.min_shown} people were there: a gap is no calm.",
        "A change beside a topic need not come from it: the hour, the room and what happened before count as well.",
        "These numbers are about this lesson as a whole. They cannot grade, compare or judge anyone, and must not.",
    ]
    if settings.mode == "pulse":
        return ["Who clicks nothing may be fine, lost or elsewhere: silence is no agreement.", *general]
    return [
        "A face is not a feeling: people smile when embarrassed and frown when they think (Barrett et al. 2019).",
        "The network agrees with people about two times in three on single faces, less on some groups of people than "
        "on others, and less in dim light or from the side.",
        "Engagement is a formula on top of that, whose weights other publications contradict. Compare it with itself "
        "over time, not with other classes or a norm.",
        "The interval says how much the mean would move with other students of the same kind. It does not hold the "
        "network's own errors.",
        "Confusion cannot be read from the seven emotions. Only the clicks “lost” and “too fast” tell of it.",
        *general,
    ]

"""What may be read where, and what people are told: the gate before a class, the notice, the consent. Not legal advice.

``docs/responsible-use.md`` says the same at length, with what else a school has to do.

Sources:
    Regulation (EU) 2024/1689 (AI Act): Art. 3(39), Art. 5(1)(f), recitals 18 and 44; Art. 50(3) and Annex III point
    1(c); Art. 113(a): the prohibitions apply since 2 February 2025.
    European Commission 2025, "Guidelines on prohibited artificial intelligence practices", C(2025) 884, section 7
    (interest and attention of students may not be inferred; voice counts as biometric data, written text does not).
    Regulation (EU) 2016/679 (GDPR): Art. 7, 8, 9, 13, 17 and 35.
    Barrett et al. 2019, "Emotional Expressions Reconsidered", Psychological Science in the Public Interest 20.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fer.classroom.records import ClassMode, ClassSettings, Purpose, Region
from fer.settings import settings as app_settings

REGIONS: dict[Region, str] = {
    "eu": "In the European Union (or Norway, Iceland, Liechtenstein)",
    "elsewhere": "Elsewhere",
}
"""What a teacher chooses from. The three states of the European Economic Area are counted with the EU: the AI Act is
marked as relevant for it, and waiting for its incorporation would gain nobody anything."""

PURPOSES: dict[Purpose, str] = {
    "education": "A lesson, lecture or training of a school, university or other institution",
    "work": "A meeting or training at work",
    "research": "Research with volunteers, outside lessons and work",
    "own": "Private: friends, or only myself",
}

CONSENT = (
    "I have read this, I agree that my camera's pictures are analysed for this class as it says, and I know that I can "
    "pause, leave and delete at any time without any disadvantage."
)
"""What a student ticks before a camera may start."""

CONSENT_TO_PULSE = "I have read this, and I agree that what I click is counted for this class as it says."
"""What a student ticks where no camera is used."""

ATTESTATION = (
    "Everyone whose picture is on the shared screen was told this before, and agreed. Whoever did not agree has their "
    "camera off, or is not on the shared screen."
)
"""What a teacher ticks before a shared screen is analysed."""


@dataclass(frozen=True)
class Permission:
    """What a class may read.

    Attributes:
        face: Moods from faces.
        voice: Moods from voices.
        pulse: What students click themselves.
        reason: Why, in sentences for the teacher.
    """

    face: bool
    voice: bool
    pulse: bool
    reason: str


_PROHIBITED = (
    "In the European Union, systems that infer people's emotions from face or voice are prohibited {where} (AI Act, "
    "article 5(1)(f), since 2 February 2025). Consent does not change that. So no camera and no microphone is used "
    "here: the class runs on the pulse that {who} click themselves, with the same live view and the same report."
)
_ELSEWHERE = (
    "Faces may be read if everyone knows it before and agrees. Other laws may ask for more: on biometric data, on "
    "pupils' data, on the consent of parents. Ask who answers for data protection in your institution."
)
_RESEARCH = (
    "Article 5(1)(f) of the AI Act speaks of workplaces and education institutions. With volunteers outside lessons "
    "and work faces may be read if they know it before and agree (article 50(3)); it remains a high-risk use (Annex "
    "III, point 1(c)) and needs the approval that your ethics board asks for. If the volunteers are your own students "
    "or employees in class or at work, go back and say so."
)
_OWN = "Among yourselves faces may be read if everyone knows it before and agrees."


def permitted(region: Region, purpose: Purpose) -> Permission:
    """Return what a class of that region and purpose may read.

    Args:
        region: Where the people are whose faces would be read, not where the server stands.
        purpose: What the class is for.

    Returns:
        The pulse is allowed everywhere: it is what people say, and nothing is inferred.
    """
    if region == "eu" and purpose == "education":
        reason = _PROHIBITED.format(where="in education institutions", who="students")
        return Permission(face=False, voice=False, pulse=True, reason=reason)
    if region == "eu" and purpose == "work":
        reason = _PROHIBITED.format(where="at the workplace", who="participants")
        return Permission(face=False, voice=False, pulse=True, reason=reason)
    reason = _OWN if purpose == "own" else _RESEARCH if (region, purpose) == ("eu", "research") else _ELSEWHERE
    return Permission(face=True, voice=True, pulse=True, reason=reason)


def lawful_mode(settings: ClassSettings) -> ClassMode:
    """Return the mode that a class runs in: the chosen one, or the pulse where faces may not be read.

    The demo class stays what it is: its faces are drawn, so it infers nobody's emotions.
    """
    if settings.mode in ("demo", "pulse") or permitted(settings.region, settings.purpose).face:
        return settings.mode
    return "pulse"


def notice_for_students(settings: ClassSettings) -> str:
    """Return what a student reads before joining, as Markdown.

    It says that emotions are recognised (AI Act, Art. 50(3)), and what GDPR Art. 13 asks for as far as this app can
    know it; who answers for the class is for the teacher to say.
    """
    mode = lawful_mode(settings)
    what = _PULSE_NOTICE if mode == "pulse" else _SCREEN_NOTICE if mode == "gallery" else _FACE_NOTICE
    parts = [_opening(settings), *(part.format(min_shown=settings.min_shown) for part in what)]
    parts[-1] += " " + (_SEEN_IF_CHOSEN if settings.per_seat else _NEVER_SEEN)
    parts += [_kept(settings), _FREE]
    return "\n\n".join(parts if what is _PULSE_NOTICE else [*parts, _LIMITS])


def gallery_announcement(settings: ClassSettings) -> str:
    """Return what a teacher reads out or sends before a shared screen is analysed; plain text."""
    title = f' "{_one_line(settings.title)}"' if settings.title.strip() else ""
    return (
        f"Before we begin{title}: I would like to use a program called Classmood on my computer. It looks at the video "
        "tiles on my screen, guesses from the faces which of seven emotions they show, and tells me the mood of the "
        f"group as a whole, for no fewer than {settings.min_shown} people at a time. It is an emotion recognition "
        "system, and it is often wrong about a single face.\n\n"
        "No picture is saved or sent on. What it keeps are numbers a second without names; they are deleted at the "
        f"latest {hours_words(app_settings().keep_rows_h)} after the class. "
        + ("A report with averages of the whole group is kept. " if settings.keep_report else "No report is kept. ")
        + "Nobody is graded or judged by it.\n\n"
        "Taking part is free. If you do not agree, turn your camera off now or write to me, and I will not use it on "
        "you; that has no disadvantage. You can change your mind at any time. May I use it?"
    )


_PULSE_NOTICE = (
    "**What happens.** You click how it is going: got it, lost, too fast, bored, hand up. No camera and no microphone "
    "is used, and nothing is read from your face or voice.",
    "**Who sees it.** The teacher sees how many clicked what, and nothing at all while fewer than {min_shown} people "
    "are present.",
)
_FACE_NOTICE = (
    "**What happens.** This class uses an *emotion recognition system*. If you agree, your camera sends a small "
    "picture a few times a second to the computer that runs this app. There a network guesses which of seven emotions "
    "your face shows, and the picture is dropped at once: no picture is saved, logged or sent on. You can also take "
    "part without a camera, by clicks alone.",
    "**Who sees it.** You see what it thinks of you. The teacher sees the mood of the whole class, and nothing at all "
    "while it would be of fewer than {min_shown} people.",
)
_SCREEN_NOTICE = (
    "**What happens.** On this page you only click how it is going: got it, lost, too fast, bored, hand up. No camera "
    "is used here. Beside it your teacher shares the video call's screen with an *emotion recognition system*: a "
    "network guesses from the faces on it which of seven emotions they show, and each picture is dropped at once. Your "
    "teacher asked you about that in the call; if you do not agree, switch your camera in the call off.",
    "**Who sees it.** The teacher sees how many clicked what and the mood of the whole call, and nothing at all while "
    "it would be of fewer than {min_shown} people.",
)
_SEEN_IF_CHOSEN = "Only if you choose so yourself, the teacher also sees your seat by itself."
_NEVER_SEEN = "The teacher never sees you by yourself."
_FREE = (
    "**You are free.** Pause, leave, or delete what was counted of you, whenever you like, without giving a reason. It "
    "has no disadvantage, and nobody may grade or judge you by it. Questions, or a no: tell your teacher."
)


_LIMITS = (
    "**What the numbers are not.** A face is not a feeling. The network guesses what an expression looks like, and "
    "about every third guess is wrong. You see its guess about you first."
)


def _opening(settings: ClassSettings) -> str:
    title, course = _plain(settings.title), _plain(settings.course)
    name = f"**{title}**" + (f" ({course})" if course else "") if title else "This class"
    return f"{name} asks you to take part with Classmood."


def _kept(settings: ClassSettings) -> str:
    report = (
        " A report of averages over the whole class stays until the teacher deletes it."
        if settings.keep_report
        else " Nothing of the class stays."
    )
    return (
        "**What is kept.** Numbers a second and clicks under a seat number, and the nickname if you choose one. They "
        f"are deleted at the latest {hours_words(app_settings().keep_rows_h)} after the class ends.{report} If your "
        "teacher lays the call's saved chat over the lesson, only its mean mood is kept, of no fewer than "
        f"{settings.min_shown} people at a time, without words and names."
    )


def hours_words(hours: float) -> str:
    """Say a time.

    >>> hours_words(1.0), hours_words(0.5), hours_words(24.0)
    ('one hour', '30 minutes', '24 hours')
    """
    if hours == 1:
        return "one hour"
    return f"{hours:g} hours" if hours > 1 else f"{60 * hours:.0f} minutes"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(text: str) -> str:
    r"""Take Markdown's meaning out of what a teacher typed: no link, no picture, no heading.

    >>> _plain("a [b](c) *d*")
    'a \\[b\\]\\(c\\) \\*d\\*'
    """
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~:$&])", r"\\\1", _one_line(text))

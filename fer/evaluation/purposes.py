"""What each kind of model is for, what it is not for, and what no figure tells; see docs/responsible-use.md."""

from __future__ import annotations

from dataclasses import dataclass

WHAT_IT_IS = {
    "face": "A network that says which of seven emotions strangers would see in a face, and how sure it is.",
    "speech": "A network that says which of seven emotions listeners would hear in acted speech, and how sure it is.",
    "text": "A model that says which of seven emotions readers may see in an English message, and how sure it is.",
}


@dataclass(frozen=True)
class Purposes:
    """A sentence each: what a model is for, what it is not for, and what figures cannot tell."""

    intended: tuple[str, ...]
    forbidden: tuple[str, ...]
    limits: tuple[str, ...]


LAW = (
    "Inferring emotions of people at school, at university or at work in the European Union: the AI Act, Art. 5(1)(f), "
    "prohibits it, except for medical or safety reasons, and consent does not change that."
)
JUDGING = "Grading, ranking, hiring, disciplining, diagnosing or policing anyone, or anything else with consequences."
SECRET = "Anything in secret: people must be told (AI Act, Art. 50(3)), agree, and be free to say no."
LIES = "Telling whether somebody lies, what they think, or what they feel."
LEARN = "Learning how such a model works, where it fails, and how to measure it."
FEELING = "A face is not a feeling (Barrett et al. 2019): labels say what strangers saw, not what anybody felt."

PURPOSES = {
    "face": Purposes(
        (
            LEARN,
            "A rough impression of how a class of adults who know and agree looks on the whole, where the law allows "
            "it, for several people at once.",
            "Trying it on one's own face.",
        ),
        (LAW, JUDGING, SECRET, LIES, "Children, without their parents' and their own consent."),
        (
            FEELING,
            "Nothing is known about age, sex, skin colour or culture of the people in the data: errors may well differ "
            "between groups, and nobody has measured by how much.",
            "The pictures come from the web and are posed or acted; faces in lessons are often calmer and darker.",
        ),
    ),
    "speech": Purposes(
        (LEARN, "Trying it on one's own voice, or on recordings of actors."),
        (LAW + " A voice counts as biometric data.", JUDGING, SECRET, LIES),
        (
            "Actors were recorded, in English and German; everyday speech shows less and is read worse.",
            "A voice is not a feeling: people who judge RAVDESS by ear find what was acted in about six of ten clips.",
        ),
    ),
    "text": Purposes(
        (LEARN, "A rough impression of what feedback or a chat of many people sounds like, on the whole."),
        (JUDGING, SECRET, LIES, "Watching what a single person writes."),
        (
            "A message is not a feeling: it is what readers may see in it. Irony and quotations are missed.",
            "It learned from Reddit and Twitter, with their prejudices. What is not English is not read.",
        ),
    ),
}
"""By kind of model."""

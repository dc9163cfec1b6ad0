"""Home's blocks. Nothing heavy is imported here: Home is on the screen before OpenCV and the networks are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import streamlit as st

from fer.dataset.places import fer2013_path
from fer.errors import FerError
from fer.faces.weights import yunet_weights
from fer.registry import ModelEntry, models
from fer.settings import settings

WAYS = (
    (
        "pages/class.py",
        "Class",
        "For teachers: open a class and see its mood and engagement live, or watch a demo class that plays by itself.",
        "Open a class, or see the demo",
        None,
    ),
    (
        "pages/join.py",
        "Join",
        "For students: type the code that your teacher shows. You agree first, and you see first what is read.",
        "Join a class",
        None,
    ),
    (
        "pages/past.py",
        "Past classes",
        "Reports of the classes that this browser has led, and how a course changed over the weeks.",
        "Look at past classes",
        None,
    ),
    (
        "pages/live.py",
        "Live",
        "Start your camera: your own face with its emotion, and your mood over the last minute.",
        "Open the camera page",
        None,
    ),
    (
        "pages/photo.py",
        "Photo & recording",
        "Drop photos or a recording: every face with its emotion, and the mood over time.",
        "Choose photos or a recording",
        None,
    ),
    (
        "pages/photo.py",
        "Sample photo",
        "No photo at hand? See how it works on a class that we drew, or on an astronaut.",
        "Look at a sample",
        {"photo.source": "Sample"},
    ),
    (
        "pages/dataset.py",
        "Data set",
        "For learners: open FER2013, your own faces or a set that we drew, and see what is in it and what is wrong.",
        "Look into a data set",
        None,
    ),
    (
        "pages/train.py",
        "Train",
        "For learners: choose faces and a recipe, watch a network learn in live curves, and put it to work here.",
        "Train a network",
        None,
    ),
    (
        "pages/evaluate.py",
        "Evaluate",
        "For learners: where a network is right, where it is wrong, and how far its confidence can be trusted.",
        "Evaluate a network",
        None,
    ),
    (
        "pages/speech.py",
        "Speech",
        "Speak, or drop a recording: the emotion of a voice over time, and what a sound looks like to a machine.",
        "Listen to a voice",
        None,
    ),
    (
        "pages/models.py",
        "Classic models",
        "For learners: regression, trees, neighbours on your own table or ours, compared fairly, explained by doing.",
        "Learn on a table",
        None,
    ),
    (
        "pages/text.py",
        "Text",
        "Messages, chats and feedback: which emotion each carries, which words say so, and how a machine reads.",
        "Read a text",
        None,
    ),
)
"""Page, title, what it does, the link's words, and what the page opens with."""
IN_ROW = 3

NOTES = (
    (
        "A face is not a feeling.",
        "The same feeling shows in many faces, and the same face goes with many feelings "
        "([Barrett et al. 2019](https://doi.org/10.1177/1529100619832930)). What you see here is what a network would "
        "call a picture, after training on faces that strangers labelled. It is often wrong. Never grade, rank or "
        "discipline anyone by it.",
    ),
    (
        "Ask first.",
        "Look only at people who know about it and agree, and make it easy to say no. People must be told when emotion "
        "recognition is used on them (EU AI Act, Art. 50(3)).",
    ),
    (
        "Know the law.",
        "In the European Union, inferring emotions of people at school, at university and at work is prohibited, "
        "except for medical or safety reasons, and consent does not change that "
        "([AI Act, Art. 5(1)(f)](https://artificialintelligenceact.eu/article/5/), since 2 February 2025). "
        "This is no legal advice.",
    ),
)
"""What a visitor should know before pointing a camera at anybody."""


@dataclass(frozen=True)
class Part:
    """One thing that Classmood needs, and whether it is ready.

    Attributes:
        name: What it is.
        state: ``ready``, ``partly`` or ``missing``.
        word: The state in a word or two.
        detail: What exactly is there, or what to do.
    """

    name: str
    state: str
    word: str
    detail: str


def ways_block() -> None:
    """The ways to start, as cards with a link: the class first, then single faces, then what networks learn from."""
    for first in range(0, len(WAYS), IN_ROW):
        ways = WAYS[first : first + IN_ROW]
        for column, (page, title, text, link, query) in zip(st.columns(IN_ROW), ways, strict=False):
            with column.container(border=True, height="stretch"):
                st.header(title, anchor=False)
                st.markdown(text)
                st.page_link(
                    page, label=link, icon=":material/arrow_forward:", icon_position="right", query_params=query
                )


def ready_block() -> None:
    """What is ready: networks, detector, data."""
    st.header("What is ready", anchor=False)
    rows = "".join(
        f'<div class="cm-part"><dt>{escape(part.name)}</dt>'
        f'<dd class="cm-state cm-{part.state}">{escape(part.word)}</dd><dd>{escape(part.detail)}</dd></div>'
        for part in parts()
    )
    st.html(f'<dl class="cm-parts">{rows}</dl>')


def responsible_block() -> None:
    """What a visitor should know before pointing a camera at anybody."""
    st.header("Use it responsibly", anchor=False)
    for head, text in NOTES:
        st.markdown(f"**{head}** {text}")
    st.markdown(
        "**Pictures stay here.** Camera frames and photos are looked at in memory and forgotten. A recording is kept "
        f"on this server until you delete it, for {settings().keep_uploads_h:g} hours at most. Nothing is sent on."
    )


def parts() -> Iterator[Part]:
    """Say what is ready; files are verified, nothing is loaded or fetched."""
    try:
        entries = models("face")
    except FerError as problem:
        yield Part("Network", "missing", "not readable", str(problem))
    else:
        if not entries:
            yield Part("Network", "missing", "missing", "models/manifest.json lists none. Restore models/ from git.")
        for entry in entries:
            yield _network(entry)
    yield _detector()
    yield _data()


def _network(entry: ModelEntry) -> Part:
    try:
        entry.verified("onnx")
    except FerError as problem:
        return Part("Network", "missing", "not usable", str(problem))
    figures = entry.figures.get("PublicTest")
    accuracy = figures.get("accuracy") if isinstance(figures, dict) else None
    measured = ""
    if isinstance(accuracy, int | float):
        measured = f", {100 * accuracy:.1f} % right on FER2013's PublicTest, by which it was selected"
    size = entry.files["onnx"].bytes / 1e6
    return Part(
        "Network",
        "ready",
        "ready",
        f"{entry.name}{' (the default)' if entry.default else ''}{measured}; {size:.1f} MB, checksum verified",
    )


def _detector() -> Part:
    try:
        yunet_weights(fetch=False)
    except FerError as problem:
        return Part("Face detector", "partly", "Haar cascade for now", str(problem))
    return Part("Face detector", "ready", "ready", "YuNet, checksum verified; the Haar cascade as its stand-in")


def _data() -> Part:
    # Visitors of a public server need not know its disk.
    data = "FER_HOME/data" if settings().hosted else settings().home / "data"
    try:
        path = fer2013_path()
    except FerError:
        return Part("FER2013", "partly", "not readable", f"Check the permissions of {data}.")
    if path is None:
        put = f"Only training, evaluation and the page Data set need it: open it there, or put fer2013.csv into {data}."
        return Part("FER2013", "partly", "not here", put)
    return Part("FER2013", "ready", "found", f"{path.name} in {data}; the page Data set opens it")

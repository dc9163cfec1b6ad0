"""One message: what is read in it, and what each of its words does to that."""

from __future__ import annotations

from html import escape

import streamlit as st

from fer.emotions import EMOTIONS, STYLES
from fer.text.classify import TextClassifier
from fer.text.explain import MOST_PARTS, Part, explain
from fer.text.reading import Reading, read_texts
from fer.ui.charts import bars_in_words, emotion_bars, label, show_chart
from fer.ui.face_cards import emotion_html
from fer.ui.messages import plain

LITTLE = 0.15
"""Log-odds below which a word is shown as saying nothing."""
CSS = """<style>
.cm-why {line-height: 2.3; overflow-wrap: anywhere; font-size: 1.05rem;}
.cm-why span {padding: .15em .3em; border-radius: .3em; margin-right: .1em;}
.cm-why .cm-against {border-bottom: 2px dashed currentColor;}
.cm-head {font-size: 1.35rem; font-weight: 600;}
</style>"""


def message_block(text: str, classifier: TextClassifier, key: str) -> None:
    """Show what is read in one message and why.

    Args:
        text: As it was typed.
        classifier: What reads.
        key: ``<page>.<control>``, for the chart and the choice.
    """
    reading = read_texts([text], classifier)[0]
    if reading.probabilities is None:
        st.info(f"**Not read.** {plain(reading.note[0].upper() + reading.note[1:])}. It is not guessed.")
        return
    words, bars = st.columns([5, 3], gap="large")
    with bars:
        alt = f"What is read in the message: {bars_in_words(reading.probabilities)}"
        show_chart(emotion_bars(reading.probabilities, 250), f"{key}.bars", alt)
    with words:
        st.html(CSS + headline_html(reading))
        if reading.note:
            st.caption(plain(reading.note))
        emotion = st.selectbox(
            "What speaks for",
            EMOTIONS,
            index=EMOTIONS.index(str(reading.emotion)),
            format_func=label,
            key=f"{key}.why.{reading.emotion}",
            width=220,
        )
        parts = explain(text, classifier, emotion)
        st.html(f'<p class="cm-why">{" ".join(part_html(part, emotion) for part in parts)}</p>')
        st.caption(explanation(parts, emotion, str(reading.emotion)))
        if len(parts) == MOST_PARTS:
            st.caption(f"The first {MOST_PARTS} words are explained.")


def headline_html(reading: Reading) -> str:
    """Return a reading's emotion and confidence, as on face cards."""
    percent = f"{100 * (reading.confidence or 0):.0f} %"
    named = emotion_html(str(reading.emotion))
    if reading.unsure:
        return f'<div class="cm-head">Unsure</div><div class="cm-line">most likely {named}, {percent}</div>'
    return f'<div class="cm-head">{named}</div><div class="cm-line">{percent} confidence</div>'


def part_html(part: Part, emotion: str) -> str:
    """Return one word: filled where it speaks for the emotion, underlined where it speaks against it."""
    said = f"{part.effect:+.1f}"
    if part.effect >= LITTLE:
        share = min(60, 12 + 22 * part.effect)
        style = f"background:color-mix(in srgb, {STYLES[emotion].colour} {share:.0f}%, transparent)"
        return f'<span style="{style}" title="for {emotion}: {said}">{escape(part.text)}</span>'
    if part.effect <= -LITTLE:
        return f'<span class="cm-against" title="against {emotion}: {said}">{escape(part.text)}</span>'
    return f'<span title="says little: {said}">{escape(part.text)}</span>'


def explanation(parts: list[Part], emotion: str, answer: str) -> str:
    """Return in words which words speak for and against an emotion."""
    ranked = sorted(parts, key=lambda part: -part.effect)
    speaking = [f"“{plain(part.text[:40])}”" for part in ranked[:3] if part.effect >= LITTLE]
    against = [f"“{plain(part.text[:40])}”" for part in ranked[:-4:-1] if part.effect <= -LITTLE]
    said = f"For {emotion} (filled): {', '.join(speaking)}. " if speaking else f"No single word speaks for {emotion}. "
    said += f"Against it (underlined): {', '.join(against)}. " if against else ""
    turning = [part for part in parts if part.without not in (answer, None)]
    if turning and emotion == answer:
        part = max(turning, key=lambda one: one.effect)
        said += f"Without “{plain(part.text[:40])}” it would read as {part.without}. "
    return said + "Each word is left out once; what changes is what it said."

"""Look inside: one's own sentences through each way of turning text into numbers, and what the model has learned."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from fer.emotions import EMOTIONS, STYLES
from fer.text import views
from fer.text.classify import TextClassifier
from fer.text.cleaning import SMILEY, is_word
from fer.text.grams import Message
from fer.ui.charts import label, show_chart
from fer.ui.messages import plain
from fer.ui.text_charts import feature_heat, telling_bars, word_scatter

SENTENCES = "I am NOT happy about this :(\nI am sooo happy about this!!! 😂\nim hapy, thx"
MOST_SENTENCES = 6
CSS = """<style>
.stHtml dl.cm-steps {margin: 0; padding: 0;}
.cm-step {display: grid; grid-template-columns: 10rem 1fr 1fr; gap: .25rem 1.25rem; padding: .55rem 0;
  border-top: 1px solid color-mix(in srgb, currentColor 16%, transparent);}
.cm-step dt {font-weight: 600;}
.cm-step dd {margin: 0; overflow-wrap: anywhere; opacity: .65;}
.cm-changed dd:first-of-type {opacity: 1; font-weight: 600;}
.cm-step dd span {border: 1px solid color-mix(in srgb, currentColor 35%, transparent); border-radius: .3em;
  padding: 0 .3em; display: inline-block; margin-bottom: .2em; font-weight: 400;}
@media (max-width: 40rem) {.cm-step {grid-template-columns: 1fr;}}
</style>"""


def inside_block(classifier: TextClassifier) -> None:
    """Let one's own sentences be looked at side by side."""
    text = st.text_area(
        "Your sentences, one a line", SENTENCES, key="text.sentences", height=110, help="Up to six are compared."
    )
    lines = [line for line in text.splitlines() if line.strip()][:MOST_SENTENCES]
    if not lines:
        st.info("Write a sentence or two above: each view shows what it makes of them.")
        return
    messages = [Message.of(line) for line in lines]
    cleaning, words, characters, meaning, telling = st.tabs(
        ["Cleaning and tokens", "Bags and n-grams", "Characters and hashing", "Map of words", "Telling words"]
    )
    with cleaning:
        _cleaning(lines)
    with words:
        _bags(messages)
    with characters:
        _characters(messages)
    with meaning:
        _map(messages, classifier)
    with telling:
        _telling(classifier)


def _cleaning(lines: Sequence[str]) -> None:
    st.caption("Every message takes these steps, in training and in reading alike; bold where one changes it.")
    chosen = st.selectbox("Sentence", lines, key="text.step_sentence") if len(lines) > 1 else lines[0]
    st.html(steps_html(chosen))


def steps_html(text: str) -> str:
    """Return a message after each step of cleaning, cut into tokens in the end, with what each step keeps and loses."""
    parts = [("As typed", "", escape(text), False)]
    parts += [(name, why, escape(after), changed) for name, why, after, changed in views.cleaning_steps(text)]
    tokens = " ".join(f"<span>{escape(token)}</span>" for token in Message.of(text).tokens)
    parts.append(
        ("Cut into tokens", "Words and marks stand alone; what was written against what is lost.", tokens, True)
    )
    rows = "".join(
        f'<div class="cm-step{" cm-changed" if changed else ""}"><dt>{name}</dt><dd>{shown or "&nbsp;"}</dd>'
        f'<dd class="cm-small">{why}</dd></div>'
        for name, why, shown, changed in parts
    )
    return f'{CSS}<dl class="cm-steps">{rows}</dl>'


def _bags(messages: Sequence[Message]) -> None:
    for title, sentence, table, key in (
        (
            "Bag of words",
            "How often each word is there. Keeps the words; loses their order: “not happy” and “happy, not” are one.",
            views.bag_of_words(messages),
            "bag",
        ),
        (
            "Pairs of words (2-grams)",
            "Neighbours together. Keeps “not happy” apart from “happy”; most pairs are seen once and teach nothing.",
            views.word_pairs(messages),
            "pairs",
        ),
        (
            "TF-IDF",
            "Words that all your sentences have count less, words of one count more. Keeps what tells them apart; "
            "loses how long a sentence is.",
            views.tf_idf(messages),
            "tfidf",
        ),
    ):
        _heat(title, sentence, table, key)


def _characters(messages: Sequence[Message]) -> None:
    _heat(
        "Characters (3-grams)",
        "Runs of three letters. “hapy” shares most of them with “happy”: typos stay near. Loses what a run means.",
        views.character_counts(messages),
        "characters",
    )
    st.subheader("Hashing", anchor=False)
    buckets = st.select_slider("Buckets", [8, 16, 32, 64, 256, 1024], 16, key="text.buckets")
    found = views.hashed(messages, buckets)
    shared = sum(len(words) for _, words in found if len(words) > 1)
    total = sum(len(words) for _, words in found)
    st.caption(
        "A hash gives every word a bucket without any vocabulary. Keeps memory small for any number of words; loses "
        f"which word it was: here {shared} of {total} share a bucket with another and cannot be told apart."
    )
    st.dataframe(
        {"Bucket": [bucket for bucket, _ in found], "Words in it": [", ".join(words) for _, words in found]},
        hide_index=True,
        key="text.hashed",
        height=220,
    )


def _heat(title: str, sentence: str, table: views.Table, key: str) -> None:
    features, values = table
    st.subheader(title, anchor=False)
    st.caption(sentence)
    if not features:
        st.markdown("Nothing of this kind is in your sentences.")
        return
    used = float((values > 0).mean())
    show_chart(feature_heat(features, values), f"text.{key}", f"{title}: {len(features)} features of your sentences.")
    st.caption(f"{len(features)} features; {100 * (1 - used):.0f} % of the cells are empty.")


def _map(messages: Sequence[Message], classifier: TextClassifier) -> None:
    places = views.word_map(messages, classifier.vocabulary)
    own, known = [place.word for place in places if place.group == "own"], classifier.vocabulary.places
    lost = list(dict.fromkeys(t for m in messages for t in m.tokens if is_word(t) and t != SMILEY and t not in known))
    st.caption(
        "The network gives each word 100 numbers, learned so that words used alike lie near each other. This map keeps "
        "neighbours (t-SNE); directions and long distances mean nothing. Coloured: telling words; with a frame: yours."
    )
    show_chart(word_scatter(places), "text.map", f"{len(places)} words on a map; yours: {', '.join(own) or 'none'}.")
    if lost:
        st.caption(
            f"Not among the {len(classifier.vocabulary.places):,} words on the map: {plain(', '.join(lost[:20]))}."
        )


def _telling(classifier: TextClassifier) -> None:
    emotion = st.segmented_control(
        "Emotion",
        EMOTIONS,
        default="happy",
        required=True,
        format_func=label,
        key="text.telling",
        label_visibility="collapsed",
    )
    words = classifier.vocabulary.telling.get(emotion, [])[:25]
    st.caption(
        f"The words with the most weight for {emotion} in the model's n-gram half: by how much each exceeds its mean "
        "over the seven. They show what Reddit's writers and its readers meant, with their prejudices."
    )
    show_chart(
        telling_bars(words, STYLES[emotion].colour), "text.telling_bars",
        f"Most telling words for {emotion}: {', '.join(word for word, _ in words[:10])}.",
    )  # fmt: skip

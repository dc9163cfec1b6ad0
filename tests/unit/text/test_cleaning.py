"""Cleaning: what carries feeling becomes words, what cannot be seen goes, and nobody is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer.text.cleaning import MOST_CHARACTERS, STEPS, clean, tokens_of


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("HaPPy", "happy"),
        ("don’t", "don't"),
        ("sooooooo goooood", "sooo goood"),
        ("hahahahahahaha", "hahaha"),
        ("what?????!!", "what???!!"),
        ("𝓱𝓪𝓹𝓹𝔂", "happy"),
        ("ﬁne &amp; good", "fine & good"),
        ("see https://example.org/x?y=1 or www.example.org", "see url or url"),
        ("mail ann@example.org or @ann", "mail user or user"),
        ("two\nlines\tand  more", "two lines and more"),
        ("zero\u200bwidth\x00\u202e", "zerowidth"),
    ],
)
def test_spelling(typed: str, cleaned: str):
    assert clean(typed) == cleaned


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (":)", "emo smiling"),
        ("good:)", "good emo smiling"),
        (":-D", "emo grinning"),
        ("xD", "emo grinning"),
        (":(", "emo frowning"),
        (":'(", "emo crying"),
        (">:(", "emo angry"),
        (":/", "emo skeptical"),
        (":P", "emo tongue"),
        ("<3", "emo red heart"),
        ("</3", "emo broken heart"),
        ("😂", "emo tears joy"),
        ("👍🏽", "emo thumbs up"),
        ("❤️", "emo red heart"),
        ("👨‍👩‍👧", "emo family man woman girl"),
        ("😭😭", "emo loudly crying emo loudly crying"),
    ],
)
def test_emojis_and_emoticons_become_words(typed: str, words: str):
    assert clean(typed) == words


@pytest.mark.parametrize(
    "typed",
    [
        "10:05", "a:b", "1:1", "http://x:/", "fooxd", "5:)", "(due friday): read", "f(x)=(x+1)(x-2)", r"C:\notes",
        "x=D", "k=o", "a[i]=[1]",
    ],
)  # fmt: skip
def test_what_only_looks_like_an_emoticon_stays(typed: str):
    assert "emo" not in clean(typed).split()


def test_smileys_that_stand_by_themselves_are_still_seen():
    for typed in ("sad ):", "):", "thanks=)", "hi =D", "hmm :/", "so =(", "ok:( bye"):
        assert "emo" in clean(typed).split(), typed


def test_tokens():
    assert tokens_of(clean("I can't, 42 [NAME]... really?!")) == [
        "i", "can't", ",", "0", "[name]", "...", "really", "?!",
    ]  # fmt: skip


def test_only_the_beginning_of_a_very_long_message_is_cleaned():
    assert len(clean("ab " * 400_000)) <= MOST_CHARACTERS


@given(st.text(max_size=300))
def test_any_text_can_be_cleaned_and_cleaning_twice_changes_nothing_that_is_seen(text: str):
    cleaned = clean(text)
    assert cleaned == cleaned.strip()
    assert "\x00" not in cleaned
    assert "\n" not in cleaned
    tokens = tokens_of(cleaned)
    assert all(token and token == token.strip() for token in tokens)


def test_every_step_says_why():
    assert all(step.name and step.why.endswith(".") for step in STEPS)
    assert len({step.name for step in STEPS}) == len(STEPS)

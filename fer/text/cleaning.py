"""From what somebody typed to tokens, step by step: the only such way, for training, evaluation and every reader.

A step changes spelling and nothing else: what carries feeling (emojis, emoticons, long letters, rows of marks, "not")
is turned into words that a model can learn from, and is never thrown away.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

MOST_CHARACTERS = 2000
"""A longer message is read up to here: the longest that people wrote in the training data has about 700."""

SMILEY = "emo"
"""Stands before the words of an emoji or emoticon, so that "joy" of a face is not quite "joy" of a sentence."""

_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"'})
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.I)
_ADDRESS = re.compile(r"\S+@\S+\.\w+")
_MENTION = re.compile(r"(?<!\w)@\w+")
_LONG = re.compile(r"([^\W\d_]{1,2}?|[!?.])\1{3,}")
_SPACE = re.compile(r"\s+")
_TOKEN = re.compile(r"\[[a-z]+\]|[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[!?]+|\.\.+|[^\w\s]")
_LITTLE = frozenset(
    ["with", "of", "and", "the", "face", "a", "in", "on", "s", "tone", "skin", "light", "medium", "dark"]
)
_HIDDEN = ("Cc", "Cf", "Co", "Cs", "Cn")
_JOINER = "\u200d"
"""Holds the parts of one emoji together."""

_EQUAL = r"(?<![\w)\]])="
"""Right behind a word or a bracket, it stands in a formula: x=D, f(x)=(x+1)."""
EMOTICONS: tuple[tuple[str, str], ...] = (
    (r">:-?[(\[]", "angry"),
    (r"[:;=]'-?\(", "crying"),
    (r"[:;=]'-?\)", "tears joy"),
    (r"</3", "broken heart"),
    (r"<3+", "red heart"),
    (r"[:;=]-?[)\]]+|\(:|\^_*\^", "smiling"),
    (rf"(?:[:;]|{_EQUAL})-?D+(?!\w)|(?<!\w)[xX]D+(?!\w)", "grinning"),
    (rf"(?::|{_EQUAL})-?[(\[]+|(?<!\S)\):", "frowning"),
    (rf"(?:[:;]|{_EQUAL})-?[pP](?!\w)", "tongue"),
    (rf"(?::|{_EQUAL})-?[/\\](?![/\\\w])", "skeptical"),
    (rf"(?::|{_EQUAL})-?[oO](?!\w)", "astonished"),
)
"""Faces typed with ordinary signs, and the words that their emojis are called by; the first that fits counts."""
# A time (10:05) and a port begin with a digit; a word may stand right before its smiley.
_EMOTICON = re.compile(r"(?<![:;=\d])(?:" + "|".join(f"({pattern})" for pattern, _ in EMOTICONS) + ")")


@dataclass(frozen=True)
class Step:
    """One step of cleaning.

    Attributes:
        name: A few words.
        why: One sentence: what it keeps and what it loses.
        change: Text in, text out.
    """

    name: str
    why: str
    change: Callable[[str], str]


def straighten(text: str) -> str:
    r"""Bring look-alike letters to one form, undo HTML's escapes, and drop what cannot be seen.

    >>> straighten("It’s\u202e 𝓯𝓲𝓷𝓮 &amp; ﬁne\x00")
    "It's fine & fine"
    """
    text = html.unescape(text) if "&" in text else text
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_QUOTES)).translate(_QUOTES)
    else:
        text = text.replace("`", "'")
    if not text.isprintable():
        # Marks that turn the direction of reading, NULs and the like; an emoji's own joiner stays.
        text = "".join(
            char if char.isprintable() or char == _JOINER else " " if char.isspace() else ""
            for char in text
            if char.isspace() or char == _JOINER or unicodedata.category(char) not in _HIDDEN
        )
    return text


def hide_addresses(text: str) -> str:
    """Put words in the place of links, mail addresses and @names: who or where is not read.

    >>> hide_addresses("ask @anna or see https://example.org/x")
    'ask user or see url'
    """
    if "@" in text:
        text = _MENTION.sub("user", _ADDRESS.sub("user", text))
    return _LINK.sub("url", text)


def name_emoticons(text: str) -> str:
    """Put words in the place of emoticons.

    >>> name_emoticons("thanks :) <3").split()
    ['thanks', 'emo', 'smiling', 'emo', 'red', 'heart']
    """
    return _EMOTICON.sub(lambda found: f" {SMILEY} {EMOTICONS[(found.lastindex or 1) - 1][1]} ", text)


def name_emojis(text: str) -> str:
    """Put Unicode's names in the place of emojis, without their small words and skin tones.

    >>> name_emojis("great 😂👍🏽").split()
    ['great', 'emo', 'tears', 'joy', 'emo', 'thumbs', 'up']

    Sources:
        Unicode CLDR short names, by the package ``emoji``.
    """
    if text.isascii():
        return text
    import emoji

    return emoji.replace_emoji(text, lambda sign, _: _emoji_words(sign))


@lru_cache(maxsize=8192)
def _emoji_words(sign: str) -> str:
    import emoji

    called = emoji.demojize(sign, delimiters=("", "")).lower()
    words = [word for word in re.split(r"[^a-z]+", called) if word and word not in _LITTLE]
    return f" {SMILEY} {' '.join(words[:4])} "


def shorten(text: str) -> str:
    """Cut rows of a letter, two letters or a mark to three: "soooooo" stays longer than "so", all such rows look alike.

    >>> shorten("soooooo good!!!!!! hahahahaha")
    'sooo good!!! hahaha'
    """
    return _LONG.sub(r"\1\1\1", text)


def lower(text: str) -> str:
    """Write everything small, with single spaces."""
    return _SPACE.sub(" ", text.lower()).strip()


STEPS: tuple[Step, ...] = (
    Step("Straighten", "Letters that only look different become the same; what cannot be seen goes.", straighten),
    Step("Hide addresses", "Links, mail addresses and @names become one word each: who is not read.", hide_addresses),
    Step(
        "Emoticons to words",
        "A face typed with signs becomes emo and the words its emoji is called by.",
        name_emoticons,
    ),
    Step("Emojis to words", "Unicode names every emoji, so one never seen before is still understood.", name_emojis),
    Step("Small letters", "HAPPY, Happy and happy become one word. That somebody shouts is lost.", lower),
    Step("Cut long rows", "Sooooo and sooooooo become one word, and it still differs from so.", shorten),
)


def clean(text: str) -> str:
    """Take all steps, one after the other.

    Args:
        text: As it was typed; only its first ``MOST_CHARACTERS`` are read.

    >>> clean("I’m SOOOOO happy!!! 😂 https://example.org")
    "i'm sooo happy!!! emo tears joy url"
    """
    text = text[:MOST_CHARACTERS]
    for step in STEPS:
        text = step.change(text)
    return text


def without_smileys(text: str) -> str:
    """Clean a text as ``clean`` does, with nothing in the place of its emojis and emoticons: what its writer spelt out.

    >>> without_smileys("Danke schön :) 😍😍")
    'danke schön'
    """
    text = _EMOTICON.sub(" ", hide_addresses(straighten(text[:MOST_CHARACTERS])))
    if not text.isascii():
        import emoji

        text = emoji.replace_emoji(text, " ")
    return shorten(lower(text))


def tokens_of(cleaned: str) -> list[str]:
    """Cut a cleaned text into words, numbers and marks; every number becomes 0.

    >>> tokens_of("don't panic, 42 slides left!!!")
    ["don't", 'panic', ',', '0', 'slides', 'left', '!!!']
    """
    return ["0" if token.isdigit() else token for token in _TOKEN.findall(cleaned)]


def is_word(token: str) -> bool:
    """Whether a token is a word, and no number or mark."""
    return token[0].isalpha()

"""The model that ships, on what people really type: emojis, slang, negation, typos, other languages, and nonsense."""

from __future__ import annotations

import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.registry import ModelInput, TextInput, find
from fer.text.classify import BATCH, TextClassifier, open_text_classifier
from fer.text.explain import explain
from fer.text.grams import Message
from fer.text.language import NO_KNOWN_WORD, NOTHING, OTHER_LANGUAGE, OTHER_SCRIPT, nearest, why_unread
from fer.text.reading import Reading, read_texts
from fer.text.samples import SENTENCES
from fer.ui.text_words import explanation


@pytest.fixture(scope="module")
def classifier() -> TextClassifier:
    return open_text_classifier()


def one(classifier: TextClassifier, text: str) -> Reading:
    return read_texts([text], classifier)[0]


def share(classifier: TextClassifier, text: str, emotion: str) -> float:
    probabilities = one(classifier, text).probabilities
    assert probabilities is not None
    return float(probabilities[EMOTIONS.index(emotion)])


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("I am so happy today, thank you!", "happy"),
        ("this makes me furious, I hate it", "angry"),
        ("I'm terrified of the exam", "fear"),
        ("I feel so sad and lonely", "sad"),
        ("eww that is disgusting", "disgust"),
        ("wow, I did not expect that!", "surprise"),
        ("The meeting is at ten in room four.", "neutral"),
    ],
)
def test_each_emotion_is_read_in_a_plain_sentence(classifier: TextClassifier, text: str, emotion: str):
    reading = one(classifier, text)
    assert reading.emotion == emotion
    assert reading.probabilities is not None
    assert reading.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_our_own_sentences_are_mostly_read_as_they_were_meant(classifier: TextClassifier):
    right = [
        reading.emotion == emotion for emotion, texts in SENTENCES.items() for reading in read_texts(texts, classifier)
    ]
    assert np.mean(right) > 0.6


@pytest.mark.parametrize(
    ("better", "worse", "emotion"),
    [
        ("I am happy about this", "I am not happy about this", "happy"),
        ("I am happy", "I was never happy", "happy"),
        ("that was great", "that wasn't great", "happy"),
        ("the lesson was ok 😂", "the lesson was ok", "happy"),
        ("see you tomorrow :)", "see you tomorrow", "happy"),
        ("my dog is ill :(", "my dog is ill", "sad"),
        ("I have to leave 😭", "I have to leave", "sad"),
        ("my phone fell 😡", "my phone fell", "angry"),
        ("omg what", "what", "surprise"),
    ],
)
def test_emojis_emoticons_slang_and_negation_count(classifier: TextClassifier, better: str, worse: str, emotion: str):
    assert share(classifier, better, emotion) > share(classifier, worse, emotion)


@pytest.mark.parametrize(
    ("typed", "meant", "emotion"),
    [
        ("I AM SO HAPPY", "i am so happy", "happy"),
        ("i aM sO hApPy", "i am so happy", "happy"),
        ("I’m scared", "I'm scared", "fear"),
        ("thx so much", "thanks so much", "happy"),
        ("im so hapy today", "im so happy today", "happy"),
        ("that is disgustng", "that is disgusting", "disgust"),
        ("i am sooooooooo happyyyyyyyy", "i am so happy", "happy"),
    ],
)
def test_case_typos_and_long_letters_change_little(classifier: TextClassifier, typed: str, meant: str, emotion: str):
    assert one(classifier, typed).emotion == one(classifier, meant).emotion == emotion


def test_an_emoji_makes_no_message_english(classifier: TextClassifier):
    for text in ("Danke schön 😍😍😍", "Ich hasse das 😍😍", "Ich bin müde :( :(", "merci beaucoup ❤️❤️❤️"):
        assert one(classifier, text).note in (OTHER_LANGUAGE, NO_KNOWN_WORD), text
    for text in ("lol 😂😂", "thx ❤️", "omg :D", "wtf bro 😂😂😂"):
        assert one(classifier, text).emotion is not None, text


@pytest.mark.parametrize("text", ["😂", "😂😂😂", ":)", "❤️❤️", "!!!", "?"])
def test_emojis_and_marks_alone_are_read(classifier: TextClassifier, text: str):
    assert one(classifier, text).emotion is not None


def test_a_sad_emoji_alone_is_sad(classifier: TextClassifier):
    assert [one(classifier, text).emotion for text in ("😂", "😢", "😭")] == ["happy", "sad", "sad"]


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u202e", "42", "17:30"])
def test_nothing_is_said_to_be_nothing(classifier: TextClassifier, text: str):
    reading = one(classifier, text)
    assert reading.note == NOTHING
    assert reading.as_json() == {
        "text": text, "emotion": None, "confidence": None, "unsure": True, "probabilities": None, "note": NOTHING,
    }  # fmt: skip


OURS = [text for texts in SENTENCES.values() for text in texts]
FOREIGN = [
    "Ich bin heute sehr traurig",
    "das war eine tolle Stunde, danke",
    "je ne comprends pas",
    "merci beaucoup pour le cours",
    "no entiendo nada de esto",
    "el curso es muy bueno",
    "non capisco niente",
    "sono molto felice",
    "não entendi a aula",
    "ik begrijp het niet",
    "jag förstår inte",
    "nie rozumiem tego",
    "bugün çok mutluyum",
    "saya tidak mengerti",
    "en ymmärrä tätä",
    "nem értem a feladatot",
    "nu înțeleg nimic",
    "hindi ko alam",
    "tôi không hiểu",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_other_languages_are_unknown_and_not_guessed(classifier: TextClassifier, text: str):
    reading = one(classifier, text)
    assert reading.emotion is reading.probabilities is None
    assert reading.unsure
    assert reading.note in (OTHER_LANGUAGE, NO_KNOWN_WORD)


@pytest.mark.parametrize(
    "text", ["非常高兴", "спасибо большое", "مرحبا بالجميع", "ありがとう", "감사합니다", "אני שמח"]
)
def test_other_scripts_are_unknown(classifier: TextClassifier, text: str):
    assert one(classifier, text).note == OTHER_SCRIPT


@pytest.mark.parametrize(
    "text",
    [
        "lol", "ok", "brb", "gg", "idk lmao", "wtf bro", "thx", "omg yes", "haha nice", "no problem", "k", "hahahahaha",
        "can u repeat pls", "im hapy", "awsome lecture", "señor Garcia is a great teacher", "I love naïve art",
    ],
)  # fmt: skip
def test_slang_and_typos_are_english(classifier: TextClassifier, text: str):
    assert one(classifier, text).emotion is not None


def test_english_is_hardly_ever_taken_for_another_language(classifier: TextClassifier, shared):
    lines = (shared / "data/text/goemotions/ekman_dev.tsv").read_text(encoding="utf-8").splitlines()[:1500]
    reasons = [why_unread(Message.of(line.split("\t")[0]), classifier.vocabulary) for line in lines]
    assert sum(map(bool, reasons)) < 15


def test_what_does_not_exist_is_not_read(classifier: TextClassifier):
    assert one(classifier, "zxqw vbnmk qqrt").emotion is None


def test_spelling(classifier: TextClassifier):
    assert nearest("hapyy", classifier.vocabulary) in ("happy", "hapy")
    assert nearest("tehm", classifier.vocabulary) == "them"
    assert nearest("xq", classifier.vocabulary) is None
    assert nearest("zzzzzzzz", classifier.vocabulary) is None


def test_a_megabyte_in_one_line_is_read_up_to_a_place(classifier: TextClassifier):
    reading = one(classifier, "I am so happy about this lesson. " * 32_000)
    assert reading.emotion == "happy"
    assert reading.note == "read up to its first 2,000 of 1,056,000 characters"


def test_neighbours_and_order_do_not_matter(classifier: TextClassifier):
    texts = [f"{text} {'well ' * (number % 40)}" for number, text in enumerate(OURS * 6)]
    assert len(texts) > 2 * BATCH
    together = read_texts(texts, classifier)
    assert [reading.text for reading in together] == texts
    for place in (0, 100, 333, len(texts) - 1):
        alone = one(classifier, texts[place])
        assert np.allclose(alone.probabilities, together[place].probabilities, atol=1e-5)
    assert read_texts([], classifier) == []


def test_words_explain_a_message(classifier: TextClassifier):
    parts = {part.text: part for part in explain("I am not happy about the weather", classifier, "happy")}
    assert list(parts) == ["I", "am", "not", "happy", "about", "the", "weather"]
    assert parts["happy"].effect == max(part.effect for part in parts.values()) > 0.5
    assert parts["not"].effect < 0
    assert len(explain("word " * 500, classifier, "happy")) == 80


def test_without_the_only_word_nothing_is_read(classifier: TextClassifier):
    (part,) = explain("wow", classifier, "surprise")
    assert part.without is None
    assert "it would read as" not in explanation([part], "surprise", "surprise")


def test_the_entry_says_what_it_takes_and_what_it_may_be_used_for():
    entry = find(kind="text")
    assert isinstance(entry.input, TextInput)
    assert isinstance(find().input, ModelInput)
    assert "GoEmotions" in entry.data and "CARER" in entry.data
    assert "Apache 2.0" in entry.licence and "research and education" in entry.licence
    assert entry.figures["GoEmotions dev"]["macro_f1"] >= 0.585
    assert 0.2 <= entry.unsure_below <= 0.8


def test_a_damaged_vocabulary_is_refused(configure, tmp_path):
    import shutil

    from fer.settings import ROOT

    shutil.copytree(ROOT / "models", tmp_path / "models")
    configure(FER_MODELS=tmp_path / "models")
    path = find(kind="text").folder / find(kind="text").files["vocabulary"].path
    path.write_text(path.read_text(encoding="utf-8").replace("happy", "happi"), encoding="utf-8")
    with pytest.raises(ModelError, match="is damaged"):
        open_text_classifier()

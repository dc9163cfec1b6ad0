"""The worker's job that trains and measures several kinds of models on the same messages."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS
from fer.errors import DataError
from fer.runs.files import replace_text
from fer.runs.folder import Run
from fer.runs.progress import Progress
from fer.text.comparison import KINDS, LEAST_MESSAGES, SAMPLE, ComparisonConfig, Kind
from fer.text.corpora import LabelledTexts, read_labelled
from fer.text.evaluation import confusion, per_class
from fer.text.grams import Message, Vocabulary, learn_vocabulary
from fer.text.samples import labelled_sentences
from fer.text.tables import count_table, inverse_document_frequency, scale_counts

FloatArray = npt.NDArray[np.float32]
IndexArray = npt.NDArray[np.intp]
TEST_SHARE = 0.25
MOST_MISTAKES = 12


def run(run: Run) -> bool:
    """Compare as the run's config says; see ``fer.runs.jobs.Work``. Started again, it begins anew.

    Raises:
        DataError: If the messages cannot be used.
    """
    config = ComparisonConfig.model_validate(run.config())
    labelled = labelled_sentences() if config.path == SAMPLE else read_labelled(run.folder / config.path, config.name)
    labelled = some_of(labelled.rows(labelled.single), config)
    progress = Progress(run)
    progress(0.02, "Cleaning the messages.")
    messages = [Message.of(text) for text in labelled.texts]
    training, test = split(labelled.labels, config.seed)
    results: dict[str, Any] = {
        "schema": 1, "name": config.name, "note": labelled.note, "n_train": len(training), "n_test": len(test),
        "labels": list(EMOTIONS), "models": [],
    }  # fmt: skip
    for place, kind in enumerate(config.kinds):
        if run.stop_asked():
            return False
        progress(0.05 + 0.95 * place / len(config.kinds), f"Training: {KINDS[kind]}.")
        results["models"].append(measured(kind, messages, labelled, training, test, config, run))
        replace_text(run.artifacts / "results.json", json.dumps(results, ensure_ascii=False))
    return not run.stop_asked()


def some_of(labelled: LabelledTexts, config: ComparisonConfig) -> LabelledTexts:
    """Draw as many messages as the config allows.

    Raises:
        DataError: If there are too few to learn from, or all have one emotion.
    """
    if len(labelled.texts) < LEAST_MESSAGES or len(np.unique(labelled.labels)) < 2:
        raise DataError(
            f"{config.name}: expected at least {LEAST_MESSAGES} messages with two emotions or more; there are "
            f"{len(labelled.texts)} with {len(np.unique(labelled.labels))}. Add messages."
        )
    if len(labelled.texts) <= config.most_messages:
        return labelled
    chosen = np.random.default_rng(config.seed).permutation(len(labelled.texts))[: config.most_messages]
    return labelled.rows(np.sort(chosen))


def split(labels: IndexArray, seed: int) -> tuple[IndexArray, IndexArray]:
    """Return the places of the messages to train on and of those to test on, each emotion shared out evenly.

    An emotion with a single message is trained on.
    """
    from sklearn.model_selection import train_test_split

    places = np.arange(len(labels))
    rare = np.isin(labels, np.flatnonzero(np.bincount(labels, minlength=len(EMOTIONS)) < 2))
    enough = places[~rare]
    training, test = train_test_split(enough, test_size=TEST_SHARE, random_state=seed, stratify=labels[enough])
    return np.sort(np.concatenate([training, places[rare]])), np.sort(test)


def measured(
    kind: Kind,
    messages: list[Message],
    labelled: LabelledTexts,
    training: IndexArray,
    test: IndexArray,
    config: ComparisonConfig,
    run: Run,
) -> dict[str, Any]:
    """Train one kind of model and measure it on the test messages."""
    from sklearn import metrics

    labels = labelled.labels
    learned, unseen = [messages[place] for place in training], [messages[place] for place in test]
    begin = time.perf_counter()
    if kind == "network":
        guess = train_network(learned, labels[training], config, run)
    else:
        guess = train_linear(kind, learned, labels[training], config)
    trained = time.perf_counter()
    guesses = guess(unseen)
    answered = time.perf_counter()
    # An emotion with a single message was trained on: there is none to find among the test messages.
    present = np.unique(labels[test])
    macro = metrics.f1_score(labels[test], guesses, average="macro", labels=present, zero_division=0)
    wrong = np.flatnonzero(guesses != labels[test])[:MOST_MISTAKES]
    return {
        "kind": kind,
        "seconds": round(trained - begin, 2),
        "messages_a_second": round(len(unseen) / max(answered - trained, 1e-6)),
        "accuracy": round(float(metrics.accuracy_score(labels[test], guesses)), 4),
        "macro_f1": round(float(macro), 4),
        "per_class": per_class(guesses, labels[test]),
        "confusion": confusion(guesses, labels[test]).tolist(),
        "mistakes": [
            {
                "text": labelled.texts[test[place]][:300],
                "people": EMOTIONS[labels[test[place]]],
                "model": EMOTIONS[guesses[place]],
            }
            for place in wrong
        ],
    }


def train_linear(kind: Kind, messages: list[Message], labels: IndexArray, config: ComparisonConfig) -> Any:
    """Train one of scikit-learn's models on TF-IDF of the chosen features; return what turns messages into answers."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import ComplementNB, MultinomialNB
    from sklearn.svm import LinearSVC

    vocabulary = chosen_features(messages, config)
    counts = count_table(messages, vocabulary)
    rarity, last = inverse_document_frequency(counts), len(vocabulary.word_grams)
    weight = "balanced" if config.balanced else None
    model = {
        "naive_bayes": lambda: ComplementNB() if config.balanced else MultinomialNB(),
        "logistic": lambda: LogisticRegression(class_weight=weight, max_iter=200, tol=1e-3),
        "svm": lambda: LinearSVC(class_weight=weight, C=0.3),
    }[kind]()
    model.fit(scale_counts(counts, rarity, last), labels)
    return lambda unseen: model.predict(scale_counts(count_table(unseen, vocabulary), rarity, last))


def chosen_features(messages: list[Message], config: ComparisonConfig) -> Vocabulary:
    """Learn the vocabulary of the chosen features alone."""
    least = 1 if len(messages) < 1000 else 2
    learned = learn_vocabulary(messages, least, least + 1, least)
    words = [gram for gram in learned.word_grams if config.features in ("pairs", "all") or " " not in gram]
    return Vocabulary(
        [] if config.features == "characters" else words,
        learned.character_grams if config.features in ("characters", "all") else [],
        learned.words,
    )


def train_network(messages: list[Message], labels: IndexArray, config: ComparisonConfig, run: Run) -> Any:
    """Train a small network on words in their order; return what turns messages into answers."""
    import keras

    from fer.text import network
    from fer.text.grams import filled
    from fer.text.vectors import first_vectors

    keras.utils.set_random_seed(config.seed)
    vocabulary = learn_vocabulary(messages, 1, 1 << 30, 1 if len(messages) < 1000 else 2)
    targets = np.eye(len(EMOTIONS), dtype=np.float32)[labels]
    model = network.build_word_model(first_vectors(vocabulary.words, None, 48, config.seed), [32, 48, 48], 0.3)
    if config.balanced:
        counts = np.bincount(labels, minlength=len(EMOTIONS))
        # Targets that weigh more count more in the loss, which is linear in them.
        targets *= (counts.mean() / np.maximum(counts, 1)).astype(np.float32) ** 0.5
    numbers = [vocabulary.number(message) or [0] for message in messages]
    network.train_word_model(
        model, numbers, targets, epochs=config.epochs, batch_size=64, peak_lr=3e-3, seed=config.seed,
        report=lambda epoch, _: not run.stop_asked(),
    )  # fmt: skip
    return lambda unseen: np.concatenate(
        [
            model(filled([vocabulary.number(m) for m in unseen[first : first + 512]])).numpy().argmax(axis=1)
            for first in range(0, len(unseen), 512)
        ]
    )

"""The training job: labelled messages and a recipe in, an ONNX file and its vocabulary out. In a worker process.

artifacts/
model.onnx        both readers and their mean
vocabulary.json   what it knows
model.json        what the manifest needs besides
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.runs.folder import Run
from fer.runs.progress import Progress
from fer.text import network
from fer.text.classify import logits_of, open_session
from fer.text.corpora import LabelledTexts, fine_groups, joined, read_carer, read_goemotions
from fer.text.grams import Message, Vocabulary, learn_vocabulary, write_vocabulary
from fer.text.negations import negated_sentences
from fer.text.recipe import TextRecipe
from fer.text.tables import count_table, inverse_document_frequency, scale_counts
from fer.text.telling import telling_words, word_places
from fer.text.vectors import first_vectors

FloatArray = npt.NDArray[np.float32]
Report = Callable[[float, str], bool]
"""Takes what is done, in [0, 1], and a sentence; returns False where the training should stop."""

SAME = 1e-4
"""The exported network's probabilities may differ from Keras's by this much."""
LONGEST = 64
"""Words of a message that the network learns from: 999 of 1,000 messages have fewer."""


def run(run: Run) -> bool:
    """Train as the run's config says: ``goemotions``, ``carer``, ``vectors`` (the last two or None) and ``recipe``.

    Raises:
        DataError: If the data cannot be used.
        ModelError: If the export answers otherwise than the network.
    """
    config = run.config()
    recipe = TextRecipe(**config["recipe"])
    goemotions = read_goemotions(Path(config["goemotions"]))
    carer = read_carer(Path(config["carer"])) if config.get("carer") else None
    progress = Progress(run)

    def report(share: float, sentence: str) -> bool:
        run.append_metric({"share": round(share, 3), "message": sentence})
        progress(share, sentence)
        return not run.stop_asked()

    vectors = Path(config["vectors"]) if config.get("vectors") else None
    return train(goemotions, carer, vectors, recipe, run.artifacts, report)


def train(
    goemotions: LabelledTexts,
    carer: LabelledTexts | None,
    vectors: Path | None,
    recipe: TextRecipe,
    folder: Path,
    report: Report,
) -> bool:
    """Train both readers and write the model.

    The first reader learns from GoEmotions, whose shares of the emotions are those of people who just talk; the second
    from CARER too, which adds other words for feelings, and from GoEmotions' 28 labels, which are then added up. Both
    learn from our sentences with "not".

    Args:
        goemotions: The training split, messages with several labels included.
        carer: CARER's training split.
        vectors: Word vectors to begin with.
        recipe: How.
        folder: Where the files go.
        report: Told how far it is.

    Returns:
        Whether it came to its end.

    Raises:
        ModelError: If the export answers otherwise than the network.
    """
    keras.utils.set_random_seed(recipe.seed)
    report(0.0, "Cleaning the messages.")
    talk = joined([goemotions, negated_sentences()])
    everything = joined([talk, *([carer] if carer else [])])
    messages = [Message.of(text) for text in everything.texts]
    first = messages[: len(talk.texts)]
    grams = learn_vocabulary(first, recipe.least_words, recipe.least_characters, recipe.least_known)
    words = learn_vocabulary(messages, recipe.least_known, 1 << 30, recipe.least_known).words
    vocabulary = Vocabulary(grams.word_grams, grams.character_grams, words)
    if not report(0.1, f"{vocabulary.size:,} n-grams: weighing them."):
        return False
    rarity, weights, bias = train_gram_reader(first, talk.targets, vocabulary, recipe)
    start = first_vectors(words, vectors, recipe.width, recipe.seed)
    fine = everything.fine_or_grouped()
    model = network.build_word_model(start, recipe.filters, recipe.dropout, fine.shape[1])
    numbers = [vocabulary.number(message)[:LONGEST] or [0] for message in messages]
    complete = True

    def after_epoch(epoch: int, _: keras.Model) -> bool:
        nonlocal complete
        complete = report(0.3 + 0.6 * epoch / recipe.epochs, f"Network: pass {epoch} of {recipe.epochs}.")
        return complete

    network.train_word_model(
        model, numbers, fine, epochs=recipe.epochs, batch_size=recipe.batch_size,
        peak_lr=recipe.peak_lr, seed=recipe.seed, report=after_epoch,
    )  # fmt: skip
    if not complete:
        return False
    prior = np.maximum(goemotions.targets.mean(axis=0), 1e-3)
    shift = -recipe.prior_power * np.log(prior / prior.max()).astype(np.float32)
    whole = network.join_readers(
        model, rarity, weights, bias, len(vocabulary.word_grams), recipe.share_of_words, shift, fine_groups()
    )
    vectors_now = model.get_layer("word_reader").vectors.get_weights()[0]
    write_model(whole, vocabulary, vectors_now, weights, first, folder)
    return report(1.0, "Done.")


def train_gram_reader(
    messages: list[Message], targets: FloatArray, vocabulary: Vocabulary, recipe: TextRecipe
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weigh every n-gram: TF-IDF and multinomial logistic regression; a message with k labels counts 1/k for each.

    Returns:
        Rarity ``(grams,)``, weights ``(grams, 7)`` and bias ``(7,)``; row 0 stands for nothing.
    """
    from sklearn.linear_model import LogisticRegression

    counts = count_table(messages, vocabulary)
    rarity = inverse_document_frequency(counts)
    values = scale_counts(counts, rarity, len(vocabulary.word_grams))
    rows, labels = np.nonzero(targets)
    solver = LogisticRegression(C=recipe.c, max_iter=recipe.iterations, tol=1e-3)
    solver.fit(values[rows], labels, sample_weight=targets[rows, labels])
    weights = np.zeros((vocabulary.size, len(EMOTIONS)), np.float32)
    bias = np.full(len(EMOTIONS), -10.0, np.float32)
    weights[:, solver.classes_] = solver.coef_.T
    bias[solver.classes_] = solver.intercept_
    return rarity, weights, bias


def write_model(
    whole: keras.Model,
    vocabulary: Vocabulary,
    vectors: FloatArray,
    weights: FloatArray,
    messages: list[Message],
    folder: Path,
) -> None:
    """Write ONNX file and vocabulary, and make sure that the file answers as the network does.

    Raises:
        ModelError: If it does not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network.halve(whole)
    network.export_onnx(whole, folder / "model.onnx")
    sample = messages[:: max(1, len(messages) // 500)]
    theirs = network.keras_logits(whole, vocabulary.encode(sample).feed())
    ours = logits_of(open_session(folder / "model.onnx", "new"), vocabulary, sample)
    gap = float(np.abs(_softmax(ours) - _softmax(theirs)).max())
    if not gap <= SAME:
        raise ModelError(f"ONNX Runtime and Keras differ by {gap:.2g}, more than {SAME:g}. The model is not kept.")
    telling = telling_words(vocabulary, weights, messages)
    places = word_places(vocabulary.words, vectors[2:], messages)
    complete = Vocabulary(vocabulary.word_grams, vocabulary.character_grams, vocabulary.words, telling, places)
    write_vocabulary(complete, folder / "vocabulary.json")
    facts = {"parameters": int(whole.count_params()), "gap": gap}
    (folder / "model.json").write_text(json.dumps(facts), encoding="utf-8")


def _softmax(logits: FloatArray) -> FloatArray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: FloatArray = powers / powers.sum(axis=1, keepdims=True)
    return shares

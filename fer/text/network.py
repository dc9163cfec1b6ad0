r"""The text model in Keras: two readers of a message, averaged. In worker processes and training commands only.

    n-grams  -> TF-IDF -> one weight for each n-gram and emotion -> log softmax \
                                                                                mean -> less of the prior -> logits
    words    -> vectors -> convolutions over 1, 2, 3 words -> log softmax       /

The first knows every word, pair and spelling of the training data by itself; the second knows which words are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers, ops

from fer.emotions import EMOTIONS
from fer.text.grams import filled

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]
CLASSES = len(EMOTIONS)
OPSET = 17
HALF_FROM = 4096
"""Tables with more numbers than this are stored in half precision."""


class WordReader(layers.Layer):  # type: ignore[misc]
    """Words to logits: vectors, convolutions over neighbours, each one's largest answer, and the mean vector.

    What stands where a message has ended changes nothing, so that its neighbours in a batch do not matter.
    """

    def __init__(self, words: int, width: int, filters: list[int], dropout: float, classes: int, **more: Any):
        super().__init__(**more)
        self.joined_width = width + sum(filters)
        self.vectors = layers.Embedding(words, width, name="vectors")
        self.blank = layers.SpatialDropout1D(dropout * 0.6)
        self.windows = [
            layers.Conv1D(count, length, padding="same", activation="relu") for length, count in enumerate(filters, 1)
        ]
        self.drop = layers.Dropout(dropout)
        self.answer = layers.Dense(classes)

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the weights of every part."""
        self.vectors.build(shape)
        for window in self.windows:
            window.build((None, None, self.vectors.output_dim))
        self.answer.build((None, self.joined_width))
        self.built = True

    def call(self, words: Any, training: bool = False) -> Any:
        """Return logits, shape ``(n, classes)``, for word numbers, shape ``(n, w)``."""
        here = ops.expand_dims(ops.cast(ops.not_equal(words, 0), "float32"), -1)
        vectors = self.blank(self.vectors(words), training=training) * here
        parts = [ops.max(window(vectors) * here, axis=1) for window in self.windows]
        mean = ops.sum(vectors, axis=1) / ops.maximum(ops.sum(here, axis=1), 1.0)
        return self.answer(self.drop(ops.concatenate([*parts, mean], axis=1), training=training))


class GramReader(layers.Layer):  # type: ignore[misc]
    """Counted n-grams to logits: TF-IDF, words and characters each of length 1, times one weight an emotion.

    Sources:
        Salton & Buckley 1988, "Term-weighting approaches in automatic text retrieval".
    """

    def __init__(self, grams: int, last_word: int, **more: Any):
        super().__init__(trainable=False, **more)
        self.last_word = last_word
        self.rarity = layers.Embedding(grams, 1, name="rarity")
        self.weights_of = layers.Embedding(grams, CLASSES, name="weights_of")

    def build(self, shape: Any) -> None:
        """Make the tables."""
        self.rarity.build(None)
        self.weights_of.build(None)
        self.bias = self.add_weight(shape=(CLASSES,), initializer="zeros", name="bias", trainable=False)
        self.built = True

    def call(self, inputs: tuple[Any, Any]) -> Any:
        """Return logits, shape ``(n, 7)``, for n-grams and their counts, each of shape ``(n, g)``."""
        grams, counts = inputs
        here = ops.cast(ops.not_equal(grams, 0), "float32")
        values = (1.0 + ops.log(ops.maximum(counts, 1.0))) * ops.squeeze(self.rarity(grams), -1) * here
        in_words = ops.cast(ops.less_equal(grams, self.last_word), "float32") * here
        value_of_words, value_of_characters = values * in_words, values * (here - in_words)
        scaled = _of_length_one(value_of_words) + _of_length_one(value_of_characters)
        return ops.sum(ops.expand_dims(scaled, -1) * self.weights_of(grams), axis=1) + self.bias


class MeanOfReaders(layers.Layer):  # type: ignore[misc]
    """Two readers' logits to those of their geometric mean, with less of the classes' frequency in them.

    The second reader's finer classes are added up to the seven.
    """

    def __init__(self, share_of_words: float, classes: int, **more: Any):
        super().__init__(trainable=False, **more)
        self.share, self.classes = share_of_words, classes

    def build(self, shape: Any) -> None:
        """Make the places for what is added to the logits, and for which class belongs to which of the seven."""
        self.groups = self.add_weight(
            shape=(self.classes, CLASSES), initializer="zeros", name="groups", trainable=False
        )
        self.shift = self.add_weight(shape=(CLASSES,), initializer="zeros", name="shift", trainable=False)
        self.built = True

    def call(self, inputs: tuple[Any, Any]) -> Any:
        """Return logits, shape ``(n, 7)``, for those by n-grams and those by words."""
        by_grams, by_words = inputs
        seven = ops.matmul(ops.softmax(by_words), self.groups)
        mean = self.share * ops.log(ops.maximum(seven, 1e-9)) + (1 - self.share) * ops.log_softmax(by_grams)
        return mean + self.shift


def _of_length_one(values: Any) -> Any:
    return values / ops.sqrt(ops.maximum(ops.sum(values * values, axis=1, keepdims=True), 1e-12))


def build_word_model(vectors: FloatArray, filters: list[int], dropout: float, classes: int = CLASSES) -> keras.Model:
    """Return the second reader alone, ready to be trained.

    Args:
        vectors: Where each word begins, shape ``(words, width)``; rows 0 and 1 stand for nothing and for unknown.
        filters: How many patterns of 1, 2, … neighbouring words it looks for.
        dropout: Share of its parts that are left out while it learns.
        classes: How many it tells apart.
    """
    words = keras.Input((None,), dtype="int32", name="words")
    reader = WordReader(len(vectors), vectors.shape[1], filters, dropout, classes, name="word_reader")
    model = keras.Model(words, reader(words))
    reader.vectors.set_weights([vectors])
    return model


def train_word_model(
    model: keras.Model,
    words: Sequence[list[int]],
    targets: FloatArray,
    *,
    epochs: int,
    batch_size: int,
    peak_lr: float,
    seed: int,
    report: Callable[[int, keras.Model], bool],
) -> None:
    """Train the second reader; messages of about the same length share a batch, so that little is filled up.

    Args:
        model: Of ``build_word_model``.
        words: Each message's word numbers, at least one.
        targets: Shape ``(n, classes)``, rows summing to 1.
        epochs: Passes over all messages.
        batch_size: Messages a step.
        peak_lr: Learning rate at the beginning; it falls to nothing along a cosine.
        seed: Of the order.
        report: Called after each epoch with its number, from 1, and the model; False ends the training.
    """
    import tensorflow as tf

    steps = -(-len(words) // batch_size)
    model.compile(
        keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(peak_lr, epochs * steps), weight_decay=0.01),
        keras.losses.CategoricalCrossentropy(from_logits=True),
    )
    rng = np.random.default_rng(seed)
    form = (tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, targets.shape[1]), tf.float32))
    for epoch in range(1, epochs + 1):
        order = batch_order([len(row) for row in words], batch_size, rng)

        def one_pass(order: list[npt.NDArray[np.intp]] = order) -> Iterator[tuple[IntArray, FloatArray]]:
            for places in order:
                yield filled([words[place] for place in places]), targets[places]

        # Keras would take the first batch's length for that of all.
        data = tf.data.Dataset.from_generator(one_pass, output_signature=form)
        model.fit(data.apply(tf.data.experimental.assert_cardinality(len(order))).prefetch(4), shuffle=False, verbose=0)
        if not report(epoch, model):
            return


def batch_order(lengths: Sequence[int], batch_size: int, rng: np.random.Generator) -> list[npt.NDArray[np.intp]]:
    """Return each batch's messages: chance decides which are neighbours, length which of those share a batch.

    >>> order = batch_order([3, 1, 2, 9, 8, 7], 3, np.random.default_rng(0))
    >>> sorted(sorted(batch.tolist()) for batch in order)
    [[0, 1, 2], [3, 4, 5]]
    """
    mixed = rng.permutation(len(lengths))
    batches = []
    for first in range(0, len(mixed), 50 * batch_size):
        near = mixed[first : first + 50 * batch_size]
        near = near[np.argsort(np.asarray(lengths)[near], kind="stable")]
        batches += [near[start : start + batch_size] for start in range(0, len(near), batch_size)]
    return [batches[place] for place in rng.permutation(len(batches))]


def join_readers(
    word_model: keras.Model,
    rarity: FloatArray,
    weights: FloatArray,
    bias: FloatArray,
    last_word: int,
    share_of_words: float,
    shift: FloatArray,
    groups: FloatArray,
) -> keras.Model:
    """Put both readers into one network.

    Args:
        word_model: The trained second reader.
        rarity: Inverse document frequency of each n-gram, shape ``(grams,)``; row 0 stands for nothing.
        weights: Shape ``(grams, 7)``.
        bias: Shape ``(7,)``.
        last_word: The highest number of a run of words; higher ones are runs of characters.
        share_of_words: The second reader's part of the mean, in [0, 1].
        shift: Added to the logits, shape ``(7,)``.
        groups: 1 where one of the second reader's classes belongs to one of the seven, shape ``(classes, 7)``.
    """
    grams = keras.Input((None,), dtype="int32", name="grams")
    counts = keras.Input((None,), dtype="float32", name="counts")
    words = keras.Input((None,), dtype="int32", name="words")
    reader = GramReader(len(rarity), last_word, name="gram_reader")
    mean = MeanOfReaders(share_of_words, len(groups), name="mean")
    logits = mean((reader((grams, counts)), word_model.get_layer("word_reader")(words)))
    reader.rarity.set_weights([rarity.astype(np.float32)[:, None]])
    reader.weights_of.set_weights([weights.astype(np.float32)])
    reader.bias.assign(bias.astype(np.float32))
    mean.shift.assign(shift.astype(np.float32))
    mean.groups.assign(groups.astype(np.float32))
    return keras.Model([grams, counts, words], logits)


def halve(model: keras.Model) -> None:
    """Round large tables to half precision, so that the file answers exactly as the network does."""
    for weight in model.weights:
        if int(np.prod(weight.shape)) > HALF_FROM:
            weight.assign(ops.convert_to_numpy(weight).astype(np.float16).astype(np.float32))


def export_onnx(model: keras.Model, path: Path) -> None:
    """Write the network as ONNX with free lengths, its large tables in half precision."""
    import onnx
    import tensorflow as tf
    import tf2onnx
    from onnx import TensorProto, helper, numpy_helper

    signature = [
        tf.TensorSpec((None, None), tf.int32, name="grams"),
        tf.TensorSpec((None, None), tf.float32, name="counts"),
        tf.TensorSpec((None, None), tf.int32, name="words"),
    ]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def forward(grams: Any, counts: Any, words: Any) -> Any:
        return model([grams, counts, words], training=False)

    exported, _ = tf2onnx.convert.from_function(forward, input_signature=signature, opset=OPSET)
    graph = exported.graph
    for table in list(graph.initializer):
        if table.data_type == TensorProto.FLOAT and int(np.prod(table.dims)) > HALF_FROM:
            half = numpy_helper.from_array(numpy_helper.to_array(table).astype(np.float16), f"{table.name}/half")
            graph.initializer.remove(table)
            graph.initializer.append(half)
            graph.node.insert(0, helper.make_node("Cast", [half.name], [table.name], to=TensorProto.FLOAT))
    onnx.checker.check_model(exported)
    onnx.save(exported, str(path))


def keras_logits(model: keras.Model, feed: dict[str, npt.NDArray[Any]]) -> FloatArray:
    """Return the network's answers to a batch, shape ``(n, 7)``."""
    inputs = [feed[name] for name in ("grams", "counts", "words")]
    answers: FloatArray = ops.convert_to_numpy(model(inputs, training=False))
    return answers

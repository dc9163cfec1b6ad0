"""What shifting the emotions against each other gives the default network, by FER2013's labels and by FER+'s crowd.

    python -m benchmarks.vector_scaling [--model NAME]

The network finds fear and sad least often, by the labels. A scale and a shift of each emotion's logit (vector scaling,
Guo et al. 2017, sec. 4.2) can move the lines between them. It is fitted on four fifths of PublicTest and judged on the
last one, five times in turn, so that no face is judged by what it took part in.
"""

from __future__ import annotations

import argparse

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.model_selection import StratifiedKFold

from benchmarks.gallery import SHARED
from fer.dataset.opening import open_dataset
from fer.emotions import EMOTIONS
from fer.evaluation.crowd import crowd_of, crowd_recall
from fer.evaluation.evaluated import Evaluated, candidate_of, part_of_data
from fer.evaluation.evaluating import answers
from fer.evaluation.metrics import figures_of
from fer.evaluation.served import judged_model
from fer.faces.classify import open_classifier

FloatArray = npt.NDArray[np.float64]
FOLDS = 5


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--model", help="a face model; the default one if none is named")
    args = ask.parse_args()
    folder = SHARED / "data" / "fer2013"
    opened = open_dataset(folder / "fer2013.npz", votes=folder / "fer2013new.csv")
    entry = open_classifier(args.model).entry
    part = part_of_data(opened, "PublicTest")
    plain = answers(judged_model(entry.name), part.faces.images)
    scaled = cross_scaled(np.log(np.maximum(plain, 1e-9)), part.faces.labels)
    print(f"{entry.name}, PublicTest, {len(plain):,} faces, percent\n")
    print(f"| | accuracy | macro F1 | ECE | as the crowd's first choice | {' | '.join(EMOTIONS)} |")
    print("|---" * (5 + len(EMOTIONS)) + "|")
    for title, probabilities in (("as it is", plain), ("vector scaling", scaled)):
        print_rows(title, Evaluated(candidate_of(entry), part, probabilities.astype(np.float32), 0.0, 0.0))


def cross_scaled(logits: FloatArray, labels: npt.NDArray[np.integer]) -> FloatArray:
    """Return probabilities after vector scaling that was fitted on the other folds, shape ``(n, 7)``."""
    result = np.zeros_like(logits, np.float64)
    for rest, own in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(logits, labels):
        scale, shift = fit_vector(logits[rest], labels[rest])
        result[own] = softmax(logits[own] * scale + shift, axis=1)
    return result


def fit_vector(logits: FloatArray, labels: npt.NDArray[np.integer]) -> tuple[FloatArray, FloatArray]:
    """Return each class's scale and shift with the lowest log loss."""
    k, rows = logits.shape[1], np.arange(len(labels))

    def loss(values: FloatArray) -> float:
        return -float(log_softmax(logits * values[:k] + values[k:], axis=1)[rows, labels].mean())

    best = minimize(loss, np.concatenate([np.ones(k), np.zeros(k)])).x
    return best[:k], best[k:]


def print_rows(title: str, evaluated: Evaluated) -> None:
    figures = figures_of(evaluated.probabilities, evaluated.labels)
    crowd = crowd_of(evaluated)
    shares = [figures["accuracy"], figures["macro_f1"], figures["ece"], crowd.with_crowd]
    by_label = list(figures["recall"].values())
    by_crowd = [model for _, model, _ in crowd_recall(evaluated, crowd)]
    cells = [f"{100 * share:.1f}" for share in shares]
    print(f"| {title}: found, by the label | {' | '.join(cells)} | {' | '.join(f'{100 * r:.0f}' for r in by_label)} |")
    print(f"| {title}: found, by the crowd | | | | | {' | '.join(f'{100 * r:.0f}' for r in by_crowd)} |")


if __name__ == "__main__":
    main()

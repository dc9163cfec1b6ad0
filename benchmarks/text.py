"""The text model against TF-IDF with balanced logistic regression; messages a second; memory over many rows.

    python -m benchmarks.text [--rows 200000] [--skip-baseline]

GoEmotions (seven-way) and CARER are read from the data folder. Messages with one label are scored. Both ways are
measured in this run, on one core, on the same messages; the dev split was looked at while the model was built.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.pipeline import make_pipeline, make_union

from benchmarks.gallery import SHARED
from fer.emotions import EMOTIONS
from fer.text.classify import open_text_classifier
from fer.text.corpora import LabelledTexts, read_carer, read_goemotions
from fer.text.reading import read_texts
from fer.text.report import AT_ONCE

TEXT = SHARED / "data" / "text"
LOOK_S = 0.2
TOKENS = r"(?u)\b\w+\b|[!?]+|[^\w\s]"
Answer = Callable[[list[str]], np.ndarray]


def baselines() -> dict[str, Answer]:
    """The usual first ways: TF-IDF and logistic regression with balanced classes, tuned a little.

    Tokens with punctuation, least count and strength are the best of a dozen on GoEmotions' dev split itself, which
    favours them.
    """
    training = read_goemotions(TEXT / "goemotions" / "ekman_train.tsv")
    training = training.rows(training.single)
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=5, sublinear_tf=True, token_pattern=TOKENS)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=5, sublinear_tf=True)
    made = {
        "TF-IDF of words and pairs, balanced logistic regression": make_pipeline(words, _logistic(3.0)),
        "the same with letters, two to five": make_pipeline(make_union(words, letters), _logistic(1.0)),
    }
    return {name: model.fit(training.texts, training.labels).predict for name, model in made.items()}


def _logistic(strength: float) -> LogisticRegression:
    return LogisticRegression(class_weight="balanced", C=strength, max_iter=1000)


def ours(texts: list[str]) -> np.ndarray:
    classifier = open_text_classifier()
    parts = [read_texts(texts[first : first + AT_ONCE], classifier) for first in range(0, len(texts), AT_ONCE)]
    # What is not read is no answer: it counts as a mistake.
    answers = [reading.emotion for part in parts for reading in part]
    return np.array([EMOTIONS.index(answer) if answer else -1 for answer in answers])


def row(name: str, split: str, answer: Answer, labelled: LabelledTexts) -> str:
    single = labelled.rows(labelled.single)
    answer(single.texts[:AT_ONCE])
    begun, spent = time.perf_counter(), time.process_time()
    guesses = answer(single.texts)
    wall, processor = time.perf_counter() - begun, time.process_time() - spent
    present = np.unique(single.labels)
    macro = f1_score(single.labels, guesses, average="macro", labels=present, zero_division=0)
    each = f1_score(single.labels, guesses, average=None, labels=present, zero_division=0)
    named = ", ".join(f"{EMOTIONS[label]} {score:.2f}" for label, score in zip(present, each, strict=True))
    return (
        f"| {name} | {split} | {len(single.texts):,} | **{macro:.4f}** | {accuracy_score(single.labels, guesses):.4f} "
        f"| {len(single.texts) / wall:,.0f} | {len(single.texts) / processor:,.0f} | {named} |"
    )


def memory_of(rows: int) -> tuple[float, float]:
    """Return the command line's largest memory in MB and its seconds over a CSV of so many rows."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "rows.csv"
        dev = read_goemotions(TEXT / "goemotions" / "ekman_dev.tsv").texts
        with table.open("w", encoding="utf-8") as out:
            out.write("message\n")
            for number in range(rows):
                out.write(json.dumps(dev[number % len(dev)], ensure_ascii=False).replace('\\"', '""') + "\n")
        command = [sys.executable, "-m", "fer", "text", str(table), "--json", str(Path(folder) / "out.json")]
        begun = time.perf_counter()
        process = psutil.Popen(command, stdout=subprocess.DEVNULL)
        largest = 0
        while process.poll() is None:
            try:
                largest = max(largest, process.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(LOOK_S)
        return largest / 1e6, time.perf_counter() - begun


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--rows", type=int, default=200_000)
    ask.add_argument("--skip-baseline", action="store_true")
    args = ask.parse_args()
    splits = {
        "GoEmotions dev": read_goemotions(TEXT / "goemotions" / "ekman_dev.tsv"),
        "CARER validation": read_carer(TEXT / "dair_emotion" / "val.txt"),
    }
    ways: dict[str, Answer] = {open_text_classifier().entry.name: ours}
    if not args.skip_baseline:
        ways |= baselines()
    print("| way | split | messages | macro F1 | accuracy | messages/s | messages/s of one core | F1 |")
    print("|---|---|---|---|---|---|---|---|")
    for name, answer in ways.items():
        for split, labelled in splits.items():
            print(row(name, split, answer, labelled), flush=True)
    print("\n| rows of a CSV, to JSON | largest memory | seconds | rows/s |\n|---|---|---|---|")
    for rows in (args.rows // 10, args.rows):
        megabytes, seconds = memory_of(rows)
        print(f"| {rows:,} | {megabytes:,.0f} MB | {seconds:.0f} | {rows / seconds:,.0f} |", flush=True)


if __name__ == "__main__":
    main()

"""A class's minutes and a quiz are joined by topic or minute, and what does not fit is a sentence."""

from __future__ import annotations

import pytest

from fer.errors import DataError
from fer.regression.class_scores import correlations, join_scores, score_columns
from fer.regression.tables import pasted
from fer.ui.models_class import EXAMPLE_CLASS, EXAMPLE_SCORES

MINUTES = pasted(EXAMPLE_CLASS, "class.csv")


def test_by_topic():
    joined, score = join_scores(MINUTES, pasted(EXAMPLE_SCORES, "quiz.csv"))
    assert score == "score" and joined.target == "score"
    assert len(joined.frame) == 6 and joined.frame.columns[0] == "topic"
    fractions = joined.frame[joined.frame["topic"] == "fractions"].iloc[0]
    assert fractions["engagement"] == pytest.approx((0.66 + 0.61) / 2) and fractions["score"] == 0.78
    found = {one.column: one for one in correlations(joined, score)}
    assert found["engagement"].r > 0.8 and found["engagement"].pairs == 6
    assert found["engagement"].low < found["engagement"].r < found["engagement"].high


def test_by_minute_and_by_seconds():
    for key, scale in (("minute", 1), ("t_s", 60)):
        quiz = f"{key};points\n" + "".join(f"{minute * scale};{10 - minute}\n" for minute in range(8))
        joined, score = join_scores(MINUTES, pasted(quiz, "quiz.csv"))
        assert score == "points" and joined.frame["minute"].tolist() == list(range(8))


def test_the_column_of_scores():
    quiz = pasted(
        "topic,question_points,market,copyright,max mark,score,points\n"
        "Warm-up,1,2,3,10,0.5,4\nFractions,2,3,4,10,0.6,5\nPercentages,3,5,6,10,0.7,7\nInterest,5,7,8,10,0.9,8\n",
        "quiz.csv",
    )
    # "max mark" is the same in every row; market and copyright hold no word for scores.
    assert score_columns(quiz) == (["score", "points", "question_points", "market", "copyright"], 3)
    assert join_scores(MINUTES, quiz)[1] == "score"
    joined, score = join_scores(MINUTES, quiz, "question_points")
    assert score == joined.target == "question_points" and joined.frame[score].tolist() == [2, 5, 3, 1]
    own = pasted("topic,happy\nWarm-up,1\nFractions,2\nPercentages,3\nInterest,5\n", "quiz.csv")
    assert join_scores(MINUTES, own, "happy")[1] == "happy (quiz)"
    with pytest.raises(DataError, match="no column of scores that differ"):
        join_scores(MINUTES, own)


def test_what_does_not_fit_is_a_sentence():
    quiz = pasted(EXAMPLE_SCORES, "quiz.csv")
    for minutes, scores, said in (
        (quiz, quiz, "no export of a class"),
        (MINUTES, pasted("topic,who\na,b\nc,d\n", "quiz.csv"), "no column of scores"),
        (MINUTES, pasted("question,score\n1,2\n3,4\n", "quiz.csv"), "no column topic, minute or t_s"),
        (MINUTES, pasted("topic,score\nAlgebra,2\nGeometry,4\n", "quiz.csv"), "0 rows of quiz.csv belong"),
    ):
        with pytest.raises(DataError, match=said):
            join_scores(minutes, scores)

"""From a table's columns to numbers: missing values, categories and scale, as one scikit-learn pipeline.

All of it is learned within the rows that a model may see, so no fold tells another anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from fer.regression.problem import Problem

MOST_LEVELS = 20
LEAST_SHARE = 0.01
"""Rarer categories become one, "infrequent"."""
MOST_PREPARED = 200
"""Of more columns than this each model first keeps those that tell most of the target by themselves."""
MISSING = "missing"

Drop = Literal["first", "if_binary"]


def prepared(
    problem: Problem, drop: Drop = "if_binary", powers: int = 1, most: int = MOST_PREPARED
) -> list[tuple[str, Any]]:
    """Return the steps that come before a model in its pipeline.

    Args:
        problem: What is predicted from what.
        drop: Which category's column is left out: ``first`` where the model has no other remedy against columns that
            add up to one.
        powers: Above 1, numbers also come in their powers and products up to this degree.
        most: So many columns are kept at most.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_selection import VarianceThreshold
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = Pipeline([
        ("missing", SimpleImputer(strategy="median", keep_empty_features=True)),
        ("scale", StandardScaler()),
    ])  # fmt: skip
    categories = Pipeline([
        ("missing", SimpleImputer(strategy="constant", fill_value=MISSING, keep_empty_features=True)),
        ("columns", OneHotEncoder(
            drop=drop, min_frequency=LEAST_SHARE, max_categories=MOST_LEVELS, handle_unknown="infrequent_if_exist",
            sparse_output=False,
        )),
    ])  # fmt: skip
    parts: list[tuple[str, Any, Sequence[str]]] = []
    if problem.numbers:
        parts.append(("numbers", numbers, problem.numbers))
    if problem.categories:
        parts.append(("categories", categories, problem.categories))
    steps: list[tuple[str, Any]] = [("columns", ColumnTransformer(parts, verbose_feature_names_out=False))]
    if _widest(problem) > most:
        steps += [("varying", VarianceThreshold()), ("chosen", _chosen(problem, most))]
    if powers > 1:
        from sklearn.preprocessing import PolynomialFeatures

        steps += [("powers", PolynomialFeatures(powers, include_bias=False)), ("scale", StandardScaler())]
    return steps


def _chosen(problem: Problem, most: int) -> Any:
    from sklearn.feature_selection import SelectKBest, f_classif, f_regression

    return SelectKBest(f_classif if problem.classes else f_regression, k=most)


def _widest(problem: Problem) -> int:
    """Return how many columns there may be once categories have become columns."""
    levels = sum(min(MOST_LEVELS, problem.features[name].nunique(dropna=False)) for name in problem.categories)
    return len(problem.numbers) + levels


def is_narrowed(problem: Problem) -> bool:
    """Whether models keep a part of the columns only."""
    return _widest(problem) > MOST_PREPARED

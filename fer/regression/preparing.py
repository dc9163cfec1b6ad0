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
    from sklearn.preprocessing import StandardScaler

    numbers = Pipeline([
        ("missing", SimpleImputer(strategy="median", keep_empty_features=True)),
        ("scale", StandardScaler()),
    ])  # fmt: skip
    parts: list[tuple[str, Any, Sequence[str]]] = []
    if problem.numbers:
        parts.append(("numbers", numbers, problem.numbers))
    if problem.categories:
        parts.append(("categories", coded(drop), problem.categories))
    steps: list[tuple[str, Any]] = [("columns", ColumnTransformer(parts, verbose_feature_names_out=False))]
    if _widest(problem) > most:
        steps += [("varying", VarianceThreshold()), ("chosen", _chosen(problem, most))]
    if powers > 1:
        from sklearn.preprocessing import PolynomialFeatures

        steps += [("powers", PolynomialFeatures(powers, include_bias=False)), ("scale", StandardScaler())]
    return steps


def coded(drop: Drop) -> Any:
    """Return the steps from categories to one column of 0 and 1 each."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    return Pipeline([
        ("missing", SimpleImputer(strategy="constant", fill_value=MISSING, keep_empty_features=True)),
        ("columns", OneHotEncoder(
            drop=drop, min_frequency=LEAST_SHARE, max_categories=MOST_LEVELS, handle_unknown="infrequent_if_exist",
            sparse_output=False,
        )),
    ])  # fmt: skip


def names_out(steps: Any) -> list[str]:
    """Return what the columns are called that fitted steps make: ``grade = B`` of a category, each name once.

    Args:
        steps: A pipeline that begins as ``prepared`` does, without the model.

    scikit-learn calls that column ``grade_B``, and stops where the table has a column of that name.
    """
    names: list[str] = []
    for part, fitted, columns in steps[0].transformers_:
        for name in _levels_out(fitted[-1], columns) if part == "categories" else list(columns):
            while name in names:
                name += " (category)"
            names.append(str(name))
    for step in steps[1:]:
        names = [str(name) for name in step.get_feature_names_out(names)]
    return names


def _levels_out(encoder: Any, columns: Sequence[str]) -> list[str]:
    # Numbered, since a column's name may hold the sign that divides it from the category.
    numbered = encoder.get_feature_names_out([str(place) for place in range(len(columns))])
    pairs = (str(name).partition("_")[::2] for name in numbered)
    return [f"{columns[int(place)]} = {level.replace('infrequent_sklearn', 'rare ones')}" for place, level in pairs]


def references_of(steps: Any) -> dict[str, str]:
    """Return which category of each column has no column of its own: the others are compared with it."""
    found = {}
    for part, fitted, columns in steps[0].transformers_:
        if part != "categories" or fitted[-1].drop_idx_ is None:
            continue
        encoder = fitted[-1]
        for place, column in enumerate(columns):
            dropped, rare = encoder.drop_idx_[place], encoder.infrequent_categories_[place]
            if dropped is not None:
                level = encoder.categories_[place][dropped]
                found[str(column)] = "rare ones" if rare is not None and level in rare else str(level)
    return found


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

"""What a kept pipeline may be made of: exact names, looked through before anything of a file is built.

skops trusts all of scikit-learn by itself, also what calls any function that it is given (``FunctionTransformer``), and
a module has whatever it imports. So each name in a file must be one that our own pipelines write.

Sources: skops' documentation, "Secure persistence with skops".
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from fer.errors import ModelError

PROTOCOL = 2
"""Of skops' format; files of older ones are read by older, less careful code."""
LOADERS = frozenset({
    "DTypeNode", "DictNode", "FunctionNode", "JsonNode", "ListNode", "LossNode", "NdArrayNode",
    "ObjectNode", "RandomGeneratorNode", "SliceNode", "TreeNode", "TupleNode", "TypeNode",
})  # fmt: skip
"""How skops may put a part together: no partials, methods, operators or constructors."""
PLAIN = frozenset({
    "builtins.dict", "builtins.list", "builtins.slice", "builtins.str", "builtins.tuple", "numpy.bool",
    "numpy.float32", "numpy.float64", "numpy.int32", "numpy.int64", "numpy.ndarray", "numpy.str_", "numpy.uint64",
})  # fmt: skip
"""Data, which does nothing."""
TRUSTED = frozenset({
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.feature_selection._univariate_selection.f_regression",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.model_selection._split.KFold",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.tree._tree.Tree",
})  # fmt: skip
"""Parts of our pipelines that skops does not know by itself."""
PARTS = TRUSTED | {
    "numpy.random._generator.Generator",
    "sklearn._loss._loss.CyHalfBinomialLoss",
    "sklearn._loss._loss.CyHalfMultinomialLoss",
    "sklearn._loss._loss.CyHalfSquaredError",
    "sklearn._loss.link.IdentityLink",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.link.MultinomialLogit",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn._loss.loss.HalfMultinomialLoss",
    "sklearn._loss.loss.HalfSquaredError",
    "sklearn.compose._column_transformer.ColumnTransformer",
    "sklearn.dummy.DummyClassifier",
    "sklearn.dummy.DummyRegressor",
    "sklearn.ensemble._forest.RandomForestClassifier",
    "sklearn.ensemble._forest.RandomForestRegressor",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingRegressor",
    "sklearn.feature_selection._univariate_selection.SelectKBest",
    "sklearn.feature_selection._variance_threshold.VarianceThreshold",
    "sklearn.impute._base.SimpleImputer",
    "sklearn.linear_model._base.LinearRegression",
    "sklearn.linear_model._coordinate_descent.ElasticNetCV",
    "sklearn.linear_model._coordinate_descent.LassoCV",
    "sklearn.linear_model._logistic.LogisticRegression",
    "sklearn.linear_model._ridge.RidgeCV",
    "sklearn.neighbors._classification.KNeighborsClassifier",
    "sklearn.neighbors._regression.KNeighborsRegressor",
    "sklearn.pipeline.Pipeline",
    "sklearn.preprocessing._data.StandardScaler",
    "sklearn.preprocessing._encoders.OneHotEncoder",
    "sklearn.preprocessing._label.LabelEncoder",
    "sklearn.preprocessing._polynomial.PolynomialFeatures",
    "sklearn.tree._classes.DecisionTreeClassifier",
    "sklearn.tree._classes.DecisionTreeRegressor",
}
"""All classes and functions that our pipelines are made of, also those that skops trusts by itself."""


def check_parts(data: bytes, name: str) -> None:
    """Refuse a file that holds anything that our pipelines are not made of; nothing of it is imported or built.

    Args:
        data: A skops file.
        name: What people call it.

    Raises:
        ModelError: If it holds anything else.
    """
    with zipfile.ZipFile(BytesIO(data)) as archive:
        schema = json.loads(archive.read("schema.json"))
    if schema.get("protocol") != PROTOCOL:
        raise ModelError(f"{name} is of another version of skops' format. Download it again.")
    for loader, part in parts_in(schema):
        if loader not in LOADERS or part not in PARTS | PLAIN:
            what = part if loader in LOADERS else f"{part} ({loader})"
            raise ModelError(
                f"{name} holds {what[:120]}, which no model here is made of, so it is not opened. "
                "Open a file that was downloaded here."
            )


def parts_in(schema: Any) -> Iterator[tuple[str, str]]:
    """Return how each part of a file would be put together, and its class or function, nested ones too."""
    rest = [schema]
    while rest:
        one = rest.pop()
        # A column may be called like one of skops' keys: then a part stands there, no text.
        if isinstance(one, dict) and isinstance(one.get("__loader__"), str):
            yield one["__loader__"], f"{one.get('__module__')}.{one.get('__class__')}"
        if isinstance(one, dict | list):
            rest.extend(one.values() if isinstance(one, dict) else one)

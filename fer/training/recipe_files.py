"""Recipes as files: presets, YAML and JSON, single values set from outside, and what differs between two."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from fer.errors import InputError
from fer.training.recipe import Recipe

PRESETS = Path(__file__).with_name("presets")
ALONE = ("quick", "course", "fresh", "small")
"""Begin with nothing; the others are steps to networks of ours."""
LARGEST_BYTES = 100_000
MOST_SENTENCES = 3
CHOSEN_BY_KIND = ("architecture", "optimizer", "schedule")
LONGEST_SAID, LONGEST_SENTENCE = 80, 400


class _Loader(yaml.SafeLoader):
    """YAML that holds what JSON can: a date is a text. A few lines of aliases would make millions of values."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if event.anchor or getattr(event, "tag", None):
            problem = "a recipe has no anchors (&), aliases (*) or tags (!)"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        return super().compose_node(parent, index)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: str(node.value))


def preset_names() -> list[str]:
    """Return the names of the recipes that ship, in the order in which they are offered: first what stands alone."""
    return sorted((path.stem for path in PRESETS.glob("*.yaml")), key=lambda name: (name not in ALONE, name))


def default_preset(drawn: bool) -> str:
    """Return the recipe that is offered first: faces are held out in it, so that its confidences can be calibrated.

    Args:
        drawn: Whether the data is the drawn set.
    """
    return "quick" if drawn else "fresh"


def read_recipe(named: str | Path, changes: Sequence[str] = ()) -> Recipe:
    """Read a recipe.

    Args:
        named: A preset's name, or the path of a YAML or JSON file.
        changes: ``key=value`` each, keys with dots: ``optimizer.learning_rate=0.01``.

    Raises:
        InputError: If there is no such recipe or it cannot be used; the sentence names the field.
    """
    path = Path(named)
    if str(named) in preset_names():
        path = PRESETS / f"{named}.yaml"
    elif not path.is_file():
        raise InputError(
            f"{named} is neither a file nor a preset. There are: {', '.join(preset_names())}; or name a .yaml file."
        )
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise InputError(
                f"{path.name} has {path.stat().st_size:,} bytes. A recipe is a page of text; name another."
            )
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"{path} cannot be read as text ({problem}). Name another file.") from problem
    return parse_recipe(text, path.name, changes)


def _load(text: str) -> Any:
    try:
        # A subclass of the safe loader.
        return yaml.load(text, _Loader)
    except RecursionError as problem:
        raise yaml.MarkedYAMLError(problem="brackets within brackets without end") from problem
    except ValueError as problem:
        # A number of 5,000 digits, or the beginning of one: 0x_.
        raise yaml.MarkedYAMLError(problem="a number that cannot be read") from problem


def parse_recipe(text: str, name: str, changes: Sequence[str] = ()) -> Recipe:
    """Read a recipe from YAML or JSON text (JSON is YAML).

    Raises:
        InputError: If it cannot be used; the sentence names the field.
    """
    try:
        document = _load(text)
    except yaml.YAMLError as problem:
        place = getattr(problem, "problem_mark", None)
        where, mend = (f" in line {place.line + 1}", "Mend that line.") if place else ("", "Mend it.")
        what = getattr(problem, "problem", None) or "not YAML"
        raise InputError(f"{name} is neither YAML nor JSON{where}: {what}. {mend}") from problem
    return check_recipe(with_changes({} if document is None else document, changes, name), name)


def check_recipe(document: Any, name: str = "the recipe") -> Recipe:
    """Turn a document into a recipe.

    Raises:
        InputError: If a field is unknown, has the wrong type, or does not go with another one.
    """
    if not isinstance(document, dict):
        raise InputError(f"{name}: expected fields such as 'epochs: 20', got {type(document).__name__}.")
    try:
        return Recipe.model_validate(document)
    except ValidationError as problem:
        # A field that may be one of several types is refused by each: the first says enough.
        by_place = {place_of(error["loc"]): error for error in reversed(_telling(problem.errors()))}
        sentences = [_cut(_sentence(error), LONGEST_SENTENCE) for error in reversed(by_place.values())]
        more = f" ({len(sentences) - MOST_SENTENCES} more.)" if len(sentences) > MOST_SENTENCES else ""
        raise InputError(f"{name}: {' '.join(sentences[:MOST_SENTENCES])}{more}") from problem


def _telling(errors: Sequence[Any]) -> list[Any]:
    """Return errors without those which say only that a table is no name, where others say what is wrong in it."""

    def is_less(error: Any) -> bool:
        return isinstance(error.get("input"), dict) and error["type"] in ("string_type", "literal_error")

    def place(error: Any) -> str:
        return place_of(error["loc"])

    said = [place(error) for error in errors if not is_less(error)]
    return [e for e in errors if not (is_less(e) and any(f"{other}.".startswith(f"{place(e)}.") for other in said))]


def with_changes(document: Any, changes: Sequence[str], name: str = "the recipe") -> Any:
    """Return a document with values set.

    A new ``kind`` takes the place of its whole part: what the other kind was told would not fit. It is set first,
    wherever it stands.

    >>> with_changes({"optimizer": {"kind": "nesterov", "momentum": 0.8}}, ["optimizer.kind=adam", "epochs=3"])
    {'optimizer': {'kind': 'adam'}, 'epochs': 3}

    Raises:
        InputError: If a change is not ``key=value``.
    """
    if not changes or not isinstance(document, dict):
        return document
    document = json.loads(json.dumps(document))
    for change in sorted(changes, key=lambda text: not text.partition("=")[0].endswith(".kind")):
        key, equals, value = change.partition("=")
        if not equals or not key:
            raise InputError(f"--set takes key=value, as in --set epochs=20; {_cut(repr(change))} came.")
        *path, last = key.split(".")
        part = document
        for step in path:
            part[step] = inner = part[step] if isinstance(part.get(step), dict) else {}
            part = inner
        if last == "kind":
            part.clear()
        try:
            part[last] = _load(value)
        except yaml.YAMLError as problem:
            raise InputError(f"{name}: the value of {_cut(key)} cannot be read: {_cut(repr(value))}.") from problem
    return document


def changes_between(base: Recipe, recipe: Recipe) -> list[str]:
    """Return the changes that make a recipe of another one, for ``--set``; what it says about itself is left out."""
    old, new = base.as_document(), recipe.as_document()
    return [change for key in new if key != "about" for change in _changes(key, old.get(key), new[key])]


def _changes(key: str, old: Any, new: Any) -> list[str]:
    if old == new:
        return []
    if not isinstance(new, dict):
        return [f"{key}={json.dumps(new)}"]
    if not isinstance(old, dict) or old.get("kind") != new.get("kind"):
        old = {}
    return [change for name, value in new.items() for change in _changes(f"{key}.{name}", old.get(name, ...), value)]


def as_yaml(recipe: Recipe) -> str:
    """Return a recipe as its file holds it."""
    return str(yaml.safe_dump(recipe.as_document(), sort_keys=False, allow_unicode=True))


def flat(document: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return a document's values by their keys with dots.

    >>> flat({"epochs": 3, "optimizer": {"kind": "adam"}})
    {'epochs': 3, 'optimizer.kind': 'adam'}
    """
    values: dict[str, Any] = {}
    for key, value in document.items():
        values |= flat(value, f"{before}{key}.") if isinstance(value, Mapping) else {f"{before}{key}": value}
    return values


def all_values(recipes: Sequence[Recipe]) -> dict[str, list[Any]]:
    """Return for each key the values of some recipes, None where a recipe lacks it."""
    tables = [flat(recipe.as_document()) for recipe in recipes]
    keys = dict.fromkeys(key for table in tables for key in table if key not in ("about", "schema"))
    return {key: [table.get(key) for table in tables] for key in keys}


def differences(recipes: Sequence[Recipe]) -> dict[str, list[Any]]:
    """Return what is not the same in all of some recipes."""
    rows = all_values(recipes)
    return {key: values for key, values in rows.items() if any(value != values[0] for value in values)}


def _cut(text: str, most: int = LONGEST_SAID) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _sentence(error: Any) -> str:
    """Say what is wrong with one field, by its name."""
    where, kind, came = place_of(error["loc"]), error["type"], error.get("input")
    if kind == "extra_forbidden":
        return f"There is no field {where}{_did_you_mean(error['loc'])}"
    if kind == "union_tag_invalid":
        return f"{where}.kind is {_cut(repr(error['ctx']['tag']))}; there are {error['ctx']['expected_tags']}."
    if kind == "union_tag_not_found":
        return f"{where} needs a kind, one of {', '.join(_parts_by_kind(where))}."
    if kind == "value_error":
        return f"{where + ': ' if where else ''}{error['ctx']['error']}."
    return f"{where} is {_cut(repr(came))}: {error['msg'][0].lower()}{error['msg'][1:]}."


def place_of(loc: Sequence[Any]) -> str:
    """Return a field's key with dots: pydantic puts a part's kind, and the types that it tried, between the names.

    >>> place_of(("optimizer", "adam", "momentum"))
    'optimizer.momentum'
    >>> place_of(("teacher", "str"))
    'teacher'
    """
    names = [str(step) for at, step in enumerate(loc) if not (at == 1 and loc[0] in CHOSEN_BY_KIND)]
    return ".".join(name for at, name in enumerate(names) if "[" not in name and not (at and name == "str"))


def _did_you_mean(loc: Sequence[Any]) -> str:
    part: Any = Recipe
    if len(loc) > 1:
        part = _parts_by_kind(loc[0])[loc[1]] if loc[0] in CHOSEN_BY_KIND else Recipe.model_fields[loc[0]].annotation
        part = next((kind for kind in getattr(part, "__args__", ()) if hasattr(kind, "model_fields")), part)
    known = [name for name in part.model_fields if name != "schema_version"]
    close = difflib.get_close_matches(str(loc[-1]), known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}."


def _parts_by_kind(field: str) -> dict[str, type[BaseModel]]:
    """Return the parts that a field can be, by their kinds."""
    members = getattr(Recipe.model_fields[field].annotation, "__args__", ())
    return {kind: part for part in members for kind in part.model_fields["kind"].annotation.__args__}

"""All runs: where each is, what it takes of the disk, and some of them side by side."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fer.errors import FerError
from fer.runs.folder import Run
from fer.training.curves import Curves
from fer.training.recipe_files import all_values, differences
from fer.training.run import KIND, data_of, recipe_of
from fer.training.summary import found_rate
from fer.ui.buttons import button_clicked
from fer.ui.charts import show_chart
from fer.ui.messages import plain, shown_errors
from fer.ui.train import go_to
from fer.ui.train_charts import compare_chart, name_of
from fer.ui.train_run import curves_so_far, delete_button, title_of

MOST_COMPARED = 6
MOST_SHOWN = 30
SELECTION = (
    "The faces that are looked at after every epoch choose among runs: they are too kind to the one that is chosen."
)


def runs_block(runs: Sequence[Run]) -> None:
    """List runs, the newest first, and compare those that are chosen."""
    if not runs:
        st.markdown("There is no run yet. Begin one under **New run**.")
        return
    readable: dict[str, Run] = {}
    older = len(runs) - MOST_SHOWN
    everything = older > 0 and st.toggle(f"Show {older:,} older ones, too", key="train.older")
    for run in runs if everything else runs[:MOST_SHOWN]:
        with shown_errors():
            if _row(run):
                readable[run.id] = run
    used = sum(run.bytes_used() for run in runs)
    st.caption(f"{used / 1e6:,.1f} MB on the disk in {len(runs):,} {'run' if len(runs) == 1 else 'runs'}. {SELECTION}")
    if len(readable) > 1:
        with shown_errors():
            _compare(readable)


def _row(run: Run) -> bool:
    """Show a run in a line; return whether it has figures."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        try:
            if run.kind != KIND:
                st.markdown(_short_job_words(run))
                return False
            status, curves = run.status(), curves_so_far(run)
            best = max(curves.column("validation_accuracy"), default=None)
            words = f"**{plain(title_of(run))}** {status.state}"
            if best is not None:
                epochs = "an epoch" if len(curves.epochs) == 1 else f"{len(curves.epochs)} epochs"
                words += f", best {best:.1%} of {name_of(curves.validation)} after {epochs}"
                words += f", kept {curves.kept:.1%}" if curves.kept is not None else ""
            st.markdown(words)
            if button_clicked("Open", key=f"train.open.{run.id}"):
                go_to(run)
                st.rerun()
            return bool(curves.epochs)
        except FerError as problem:
            st.markdown(plain(str(problem)))
            return False
        finally:
            delete_button(run)


def _short_job_words(run: Run) -> str:
    """Return in a line what a finder or a publishing is and what came of it."""
    status, rate = run.status(), found_rate(run).rate
    words = f"**{plain(title_of(run))}** {status.state}"
    if status.state == "done":
        return words + (f", found {rate:.2g}" if rate is not None else "")
    return words + (f": {plain(status.message)}" if status.message else "")


def _compare(runs: dict[str, Run]) -> None:
    st.subheader("Side by side", anchor=False)
    names = _names(runs)
    chosen = st.multiselect(
        "Runs to compare",
        list(names),
        default=list(names)[:2],
        format_func=names.__getitem__,
        max_selections=MOST_COMPARED,
        key="train.compare",
    )
    if len(chosen) < 2:
        st.caption("Choose two or more.")
        return
    curves = {names[run_id]: curves_so_far(runs[run_id]) for run_id in chosen}
    best = max(curves, key=lambda name: max(curves[name].column("validation_accuracy"), default=0.0))
    best_value = max(curves[best].column("validation_accuracy"))
    names_of = {"accuracy": "Accuracy", "loss": "Loss"}
    figure_name = st.segmented_control(
        "Over the epochs", list(names_of), default="accuracy", required=True, format_func=names_of.__getitem__,
        key="train.compare_by",
    )  # fmt: skip
    show_chart(
        compare_chart(curves, figure_name),
        "train.compare_chart",
        f"Validation {figure_name} of {len(curves)} runs over their epochs; the highest accuracy has {best} with "
        f"{best_value:.1%}",
    )
    with shown_errors():
        looked_at = {_looked_at(runs[run_id], curves[names[run_id]]) for run_id in chosen}
        _table([runs[run_id] for run_id in chosen], curves, best if len(looked_at) == 1 else None)


def _looked_at(run: Run, curves: Curves) -> tuple[str, ...]:
    """Return what tells the faces that a run looks at from those of others: only on the same faces is one the best."""
    data, recipe = data_of(run) or {}, recipe_of(run)
    own = (str(recipe.held_out), str(recipe.seed_of_held_out)) if curves.validation == "held_out" else ()
    return (curves.validation, str(data.get("sha256")), str(data.get("left")), *own)


def _names(runs: dict[str, Run]) -> dict[str, str]:
    """Return a name for each run; two of one minute are told apart by the end of their ids."""
    titles = {run_id: title_of(run) for run_id, run in runs.items()}
    many = [title for title in titles.values() if list(titles.values()).count(title) > 1]
    return {run_id: f"{title} ({run_id[-6:]})" if title in many else title for run_id, title in titles.items()}


def _table(runs: Sequence[Run], curves: dict[str, Curves], best: str | None) -> None:
    """Show figures and recipes of runs beside each other, with what differs in the recipes marked."""
    import pandas as pd

    recipes = [recipe_of(run) for run in runs]
    different = differences(recipes)
    whole = st.toggle("Show what is the same in all recipes, too", key="train.whole_recipes")
    rows: dict[str, list[str]] = {
        "best validation accuracy": [_best_words(one) for one in curves.values()],
        "validation accuracy of what is kept": [_kept_words(one) for one in curves.values()],
        "learned faces, at last": [f"{one.epochs[-1]['seen_accuracy']:.1%}" for one in curves.values()],
        "epochs done": [str(len(one.epochs)) for one in curves.values()],
        "seconds an epoch": [f"{sum(one.column('seconds')) / len(one.epochs):.1f}" for one in curves.values()],
        "data": [str((data_of(run) or {}).get("name", "–")) for run in runs],
        "looked at": [name_of(one.validation) for one in curves.values()],
    }
    values = all_values(recipes) if whole else different
    rows |= {
        f"{'≠ ' * (key in different)}{key}": ["–" if value is None else str(value) for value in row]
        for key, row in values.items()
    }
    columns = [f"★ {name}" if name == best else name for name in curves]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    marked = table.style.apply(
        lambda row: ["background-color: rgba(209, 125, 11, .18)" * str(row.name).startswith("≠")] * len(row), axis=1
    )
    st.dataframe(marked, key="train.differences")
    star = "★ is the best." if best else "They looked at different faces: their accuracies cannot be compared."
    marks = "≠ marks where the recipes differ." if different else "The recipes are the same in everything."
    st.caption(f"{star} {marks}")


def _kept_words(curves: Curves) -> str:
    return "–" if curves.kept is None else f"{curves.kept:.1%}"


def _best_words(curves: Curves) -> str:
    values = curves.column("validation_accuracy")
    at = values.index(max(values))
    return f"{values[at]:.1%} (epoch {curves.epochs[at]['epoch']})"

"""How engagement is worked out: the formula in use with its source, what each signal adds now, and the choice."""

from __future__ import annotations

import streamlit as st

from fer.classroom.engagement import FORMULAS, checked_weights
from fer.classroom.formula_uses import change_value
from fer.classroom.overview import ClassWatch, Now
from fer.classroom.records import AlertSettings, ClassSettings, FormulaName
from fer.classroom.store import open_store
from fer.emotions import EMOTIONS, STYLES
from fer.ui.buttons import button_clicked
from fer.ui.calm import calm_html
from fer.ui.face_cards import emotion_html
from fer.ui.messages import plain, shown_errors

TICK_S = 2.0
SIGNALS = {"attention": "looking away", "middle": "middle", "valence": "valence", "arousal": "arousal"}


def show_formula(watch: ClassWatch) -> None:
    """Show the formula in use, what each signal adds, and the choices.

    Args:
        watch: Of the class; it is read again after a change.
    """
    st.subheader("How engagement is worked out", anchor=False)
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.fragment(_show_adds, run_every=TICK_S)(watch)
    with right:
        st.fragment(_show_choice)(watch)


def adds_html(now: Now) -> str:
    """Return what each signal adds to engagement, as bars from 0 that add up to the last line."""
    if not now.contributions:
        return '<p class="cm-small">What each signal adds stands here as soon as engagement is known.</p>'
    parts = dict(now.contributions)
    reach = max(0.1, *(abs(value) for value in parts.values()))
    low = -reach if min(parts.values()) < 0 else 0.0
    span = reach - low
    rows = []
    for name, value in parts.items():
        style = STYLES.get(name)
        label = emotion_html(name) if style else SIGNALS.get(name, name)
        left, width = 100 * (min(0.0, value) - low) / span, 100 * abs(value) / span
        colour = style.colour if style else "#2a8f83"
        rows.append(
            f'<li><span>{label}</span><span class="cm-track"><i style="left:{left:.1f}%;width:{width:.1f}%;'
            f'background:{colour}"></i></span><span>{value:+.2f}</span></li>'.replace(">-", ">−")
        )
    total = f"{sum(parts.values()):.2f}"
    last = f'<li class="cm-sum"><span>engagement</span><span></span><span>{total}</span></li>'
    return f'<ul class="cm-adds">{"".join(rows)}{last}</ul>'


def _show_adds(watch: ClassWatch) -> None:
    with shown_errors():
        calm_html(adds_html(watch.now()), "class.adds")


def _show_choice(watch: ClassWatch) -> None:
    with shown_errors():
        settings = watch.row.settings
        names: list[FormulaName] = list(FORMULAS)
        name = st.selectbox(
            "Formula",
            names,
            index=names.index(settings.formula),
            format_func=lambda name: FORMULAS[name].title,
            key="class.formula",
        )
        formula = FORMULAS[name]
        st.markdown(plain(formula.definition))
        st.latex(formula.latex)
        st.caption(plain(formula.citation))
        weights = settings.weights if formula.weights is None else _weights(settings)
        changed = settings.model_copy(update={"formula": name, "weights": weights})
        if button_clicked("Use this from now on", key="class.formula_use", disabled=changed == settings):
            _use(watch, changed)
        with st.expander("When you are told"):
            alerts = _alerts(settings.alerts)
            told = settings.model_copy(update={"alerts": alerts})
            if button_clicked("Save", key="class.alerts_save", disabled=told == settings):
                open_store().change_class(watch.row.id, settings=told)
                watch.refresh()
                st.rerun()


def _weights(settings: ClassSettings) -> dict[str, float]:
    """Show the seven weights to edit; those as published are not saved."""
    known = checked_weights(settings.weights)
    published = checked_weights({})
    with st.expander("Weights of the emotions"):
        columns = st.columns(4)
        found = {
            name: columns[place % 4].number_input(
                name, 0.0, 1.0, known[name], 0.05, format="%.2f", key=f"class.weight_{name}"
            )
            for place, name in enumerate(EMOTIONS)
        }
        st.caption("As published: " + ", ".join(f"{name} {published[name]:g}" for name in EMOTIONS) + ".")
    return {name: float(value) for name, value in found.items() if abs(value - published[name]) > 1e-9}


def _alerts(alerts: AlertSettings) -> AlertSettings:
    on = st.toggle("Tell me", value=alerts.on, key="class.alerts_on")
    below = st.slider(
        "where engagement stays below, for half a minute",
        0.0,
        1.0,
        alerts.engagement_below,
        0.05,
        disabled=not on,
        key="class.alerts_below",
    )
    above = st.slider(
        "where so many of those present are lost or find it too fast",
        0,
        100,
        round(100 * alerts.lost_share_above),
        5,
        format="%d %%",
        disabled=not on,
        key="class.alerts_above",
    )
    st.caption("At most one message in five minutes, until you have seen it.")
    return AlertSettings(on=on, engagement_below=below, lost_share_above=above / 100)


def _use(watch: ClassWatch, settings: ClassSettings) -> None:
    """Save the formula with the class, and mark the change on the timeline."""
    change = change_value(watch.row.settings, settings)
    store = open_store()
    store.change_class(watch.row.id, settings=settings)
    store.add_event(watch.row.id, "formula", change)
    watch.refresh(whole=True)
    st.rerun()

"""How learning works: the error made visible, the walk down its surface, one neuron and XOR, gradients that vanish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.regression.comparing import number_figures
from fer.regression.descent import OPTIMIZERS, Walk, loss_at, scaled, surface, walk
from fer.regression.neurons import (
    CORNERS,
    GATES,
    GRID,
    Activation,
    Gate,
    Neuron,
    gradient_by_layer,
    hidden_layer,
    perceptron_steps,
)
from fer.ui.charts import show_chart
from fer.ui.messages import plain
from fer.ui.models import made_once, problem_now
from fer.ui.models_charts import COLOURS, SYMBOLS, add_line, base, line_chart, point_chart
from fer.ui.models_knobs import strongest

if TYPE_CHECKING:
    import plotly.graph_objects as go

LESSONS = ("The error", "Walking down", "One neuron", "Vanishing gradients")
MOST_STEPS = 60
DRAWN_ERRORS = 40

FloatArray = npt.NDArray[np.floating[Any]]


def learning_block() -> None:
    """Four lessons, each to be turned by hand."""
    lesson = st.segmented_control(
        "Lesson", LESSONS, default=LESSONS[0], required=True, key="models.lesson", label_visibility="collapsed"
    )
    dict(zip(LESSONS, (_error, _descent, _neuron, _vanishing), strict=True))[lesson]()


def _column_and_target() -> tuple[str, str, FloatArray, FloatArray] | None:
    """Return a column and the target, both scaled, of at most 200 rows; None where the table has none."""
    problem = problem_now()
    if not problem.numbers:
        st.info("This needs a column of numbers among the features. Choose one in Data.")
        return None
    feature = st.selectbox("Column", problem.numbers, strongest(problem), key="models.lesson_column")
    x = problem.features[feature].to_numpy(float)
    y = problem.y.astype(float)
    there = np.flatnonzero(np.isfinite(x))
    there = np.sort(np.random.default_rng(1).permutation(there)[:200])
    return feature, problem.target, scaled(x[there]), scaled(y[there])


def _error() -> None:
    st.markdown("Turn the line by hand. Each error is squared and they are averaged: that one number is all that "
                "learning "
                "looks at.")  # fmt: skip
    found = _column_and_target()
    if found is None:
        return
    feature, target, x, y = found
    left, right = st.columns(2)
    w = left.slider("Slope", -2.0, 2.0, 0.0, 0.05, key="models.slope")
    b = right.slider("Height", -2.0, 2.0, 0.0, 0.05, key="models.height")
    line = w * x + b
    figure = point_chart(x, y, f"{feature}, scaled", f"{target}, scaled", 380)
    for place in range(0, len(x), max(1, len(x) // DRAWN_ERRORS)):
        add_line(figure, [x[place]] * 2, [y[place], line[place]], "error", COLOURS[4])
    ends = np.array([x.min(), x.max()])
    add_line(figure, ends, w * ends + b, "line")
    left, right = st.columns([3, 2], gap="large")
    figures = number_figures(y, line)
    best = float(loss_at(x, y, np.array([np.mean(x * y)]), np.array([0.0]))[0])
    with left:
        show_chart(figure, "models.error_line", f"{len(x)} rows, a line of slope {w}, and errors")
    with right:
        st.metric("MSE, the mean squared error", f"{figures['rmse'] ** 2:.3f}")
        st.metric("MAE, the mean size of an error", f"{figures['mae']:.3f}")
        st.metric("R², the share that is explained", f"{figures['r2']:.3f}")
        st.caption(f"The best line has an MSE of {best:.3f}. R² is 0 for the mean and below 0 for worse.")
    st.markdown("**Of a class** the error is the cross-entropy: minus the logarithm of the probability that the "
                "right class "
                "was given.")  # fmt: skip
    said = st.slider("Probability given to the right class", 0.01, 1.0, 0.7, 0.01, key="models.said")
    grid = np.linspace(0.01, 1, 100)
    figure = line_chart(
        grid,
        {"cross-entropy": -np.log(grid)},
        "probability given to the right class",
        "cross-entropy",
        mark=said,
        height_px=240,
    )
    show_chart(figure, "models.cross_entropy", f"At {said:.2f} the cross-entropy is {-np.log(said):.2f}")
    st.caption(f"{-np.log(said):.2f} at {said:.0%}. Sure and wrong costs most: 4.6 at 1 %.")


def _descent() -> None:
    st.markdown("Every slope and height of the line has its error: a valley. **Gradient descent** feels the slope "
                "under its "
                "feet and takes a step down, again and again.")  # fmt: skip
    found = _column_and_target()
    if found is None:
        return
    feature, target, x, y = found
    first, second, third = st.columns(3)
    optimizer = first.segmented_control(
        "Steps", list(OPTIMIZERS), default="plain", required=True, format_func=lambda one: OPTIMIZERS[one],
        key="models.optimizer",
    )  # fmt: skip
    batches = {"All rows (batch)": len(x), "16 rows (mini-batch)": min(16, len(x)), "One row (stochastic)": 1}
    batch = batches[second.selectbox("Each step looks at", list(batches), key="models.batch")]
    rate = third.select_slider(
        "Learning rate", [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 0.9, 1.02, 1.3], 0.1, key="models.rate"
    )
    step = st.slider("Step", 0, MOST_STEPS, 15, key="models.step")
    walked = walk(x, y, optimizer, batch, rate, MOST_STEPS)
    at = min(step, len(walked.places) - 1)
    left, right = st.columns(2, gap="large")
    with left:
        show_chart(_valley(x, y, walked, at), "models.valley", f"The loss surface and {at} steps on it")
    with right:
        figure = point_chart(x, y, f"{feature}, scaled", f"{target}, scaled", 250)
        w, b = walked.places[at]
        ends = np.array([x.min(), x.max()])
        add_line(figure, ends, w * ends + b, "line")
        figure.update_yaxes(range=[-3.5, 3.5])
        show_chart(figure, "models.walked_line", f"The line after {at} steps")
        losses = np.minimum(walked.losses, 20)
        figure = line_chart(list(range(len(losses))), {"error": losses}, "step", "MSE", mark=at, height_px=210)
        show_chart(figure, "models.walked_loss", f"The error after {at} steps is {walked.losses[at]:.3g}")
    st.markdown(f"After {at} steps: slope {w:.3g}, height {b:.3g}, error **{walked.losses[at]:.4g}**.")
    if walked.lost:
        st.warning("The steps are too long: each lands higher on the other side of the valley, and it runs away. "
                   "Choose a "
                   "smaller learning rate.")  # fmt: skip
    elif batch < len(x):
        st.caption("Each step sees a part of the rows only, so it stumbles; it is far cheaper where rows are many.")


def _valley(x: FloatArray, y: FloatArray, walked: Walk, at: int) -> go.Figure:
    places, losses = surface(x, y)
    figure = base(480, "slope", "height")
    figure.add_contour(
        x=places, y=places, z=np.log10(losses), colorscale="Tealgrn", showscale=False, ncontours=22, hoverinfo="skip",
        line={"width": 0.6},
    )  # fmt: skip
    path = walked.places[: at + 1].clip(-6, 6)
    figure.add_scatter(
        x=path[:, 0], y=path[:, 1], mode="lines+markers", marker={"size": 6, "color": COLOURS[1]},
        line={"color": COLOURS[1], "width": 2}, hovertemplate="slope %{x:.3f}, height %{y:.3f}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=[float(np.mean(x * y))],
        y=[0.0],
        mode="markers",
        marker={"size": 13, "symbol": "star", "color": "#1d2423"},
        hoverinfo="skip",
    )
    figure.update_xaxes(range=[places[0], places[-1]])
    figure.update_yaxes(range=[places[0], places[-1]])
    return figure


def _neuron() -> None:
    st.markdown("A **perceptron** adds up two inputs and answers 1 above a threshold. It is shown the four corners "
                "in turn "
                "and moves its line when it is wrong. One line cannot divide XOR; a hidden layer can.")  # fmt: skip
    gate = st.segmented_control("What it should learn", list(GATES), default="XOR", required=True, key="models.gate")
    left, right = st.columns(2, gap="large")
    with left:
        step = st.slider("Corners shown", 0, 40, 12, key="models.corners")
        neuron = made_once(("perceptron", gate), lambda: perceptron_steps(gate, 40))[step]
        show_chart(_corner_chart(gate, neuron=neuron), "models.perceptron", f"{neuron.right} of 4 corners are right")
        st.markdown(f"One neuron: **{neuron.right} of 4** right after {step} corners.")
    with right:
        units = st.slider("Hidden neurons", 1, 6, 3, key="models.hidden")
        answers, count = made_once(("hidden", gate, units), lambda: hidden_layer(gate, units))
        show_chart(_corner_chart(gate, answers=answers), "models.hidden_layer", f"{count} of 4 corners are right")
        st.markdown(f"A hidden layer of {units}: **{count} of 4** right.")


def _corner_chart(gate: Gate, neuron: Neuron | None = None, answers: FloatArray | None = None) -> go.Figure:
    figure = base(360, "first input", "second input")
    places = np.linspace(-0.5, 1.5, GRID)
    if neuron is not None:
        first, second = np.meshgrid(places, places)
        answers = (neuron.weights[0] * first + neuron.weights[1] * second + neuron.bias > 0).astype(float)
    figure.add_heatmap(
        x=places,
        y=places,
        z=answers,
        colorscale=[[0, COLOURS[0]], [1, COLOURS[1]]],
        zmin=0,
        zmax=1,
        opacity=0.3,
        showscale=False,
        hoverinfo="skip",
    )
    for value in (0, 1):
        own = CORNERS[np.array(GATES[gate]) == value]
        figure.add_scatter(
            x=own[:, 0], y=own[:, 1], mode="markers+text", text=[str(value)] * len(own), textposition="top center",
            marker={"size": 15, "color": COLOURS[value], "symbol": SYMBOLS[value]}, hoverinfo="skip",
        )  # fmt: skip
    if neuron is not None and neuron.shown is not None:
        corner = CORNERS[neuron.shown]
        figure.add_scatter(
            x=[corner[0]],
            y=[corner[1]],
            mode="markers",
            hoverinfo="skip",
            marker={"size": 26, "symbol": "circle-open", "color": "#1d2423", "line": {"width": 2}},
        )
    figure.update_xaxes(range=[-0.5, 1.5], tickvals=[0, 1])
    figure.update_yaxes(range=[-0.5, 1.5], tickvals=[0, 1])
    return figure


def _vanishing() -> None:
    st.markdown("The error's slope is handed back from the last layer to the first, and each layer multiplies it by "
                "its own "
                "slope. A sigmoid's is at most a quarter: after ten layers little is left to learn from.")  # fmt: skip
    depth = st.slider("Layers", 2, 40, 12, key="models.layers")
    names: tuple[Activation, ...] = ("sigmoid", "tanh", "relu")
    lengths = {name: np.maximum(gradient_by_layer(depth, name), 1e-30) for name in names}
    figure = line_chart(
        list(range(1, depth + 1)),
        {str(name): values for name, values in lengths.items()},
        "layer, from the input on",
        "length of the gradient",
    )
    figure.update_yaxes(type="log", exponentformat="power")
    show_chart(figure, "models.vanishing", f"Gradients of {depth} layers: the sigmoid's shrinks most towards the input")
    shares = ", ".join(f"{plain(name)} {values[0] / values[-1]:.2g}" for name, values in lengths.items())
    st.markdown(f"What reaches the first layer, as a share of what the last one gets: **{shares}**.")
    st.caption(
        "An untrained network of 24 units a layer. ReLU, good first weights, and shortcuts past layers are the cure."
    )

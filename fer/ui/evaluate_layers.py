"""What is inside the network, on the tab Explain: the first filters, and what each layer makes of a face."""

from __future__ import annotations

import streamlit as st

from fer.evaluation.explanation import Explanation
from fer.ui.dataset_eigenfaces import pictures_html
from fer.ui.explain_pictures import filter_picture, map_picture

SMALL = "repeat(auto-fill,minmax(3.2rem,1fr))"
MOST_FILTERS = 64
LARGER = 16
"""A filter has a few weights: browsers would blur them into each other."""


def filters_block(found: Explanation) -> None:
    """Show the first layer's filters, where there are some."""
    if found.filters is None:
        return
    n, high, wide = found.filters.shape
    with st.expander(f"The first layer's {n} filters"):
        st.markdown(
            f"Each looks at {high} × {wide} pixels and answers where the face is light under orange and dark under "
            "blue. They find edges, lines and spots, the same in every face, and say nothing of emotions yet."
        )
        larger = [filter_picture(one).repeat(LARGER, 0).repeat(LARGER, 1) for one in found.filters[:MOST_FILTERS]]
        st.html(pictures_html([(one, f"{i}") for i, one in enumerate(larger, 1)], SMALL))


def layers_block(found: Explanation) -> None:
    """Show what a layer makes of the face, where there are convolutions."""
    if found.maps:
        with st.expander(f"What each of {len(found.maps)} layers makes of this face"):
            _layer(found)


@st.fragment
def _layer(found: Explanation) -> None:
    names = list(found.maps)
    titles = {
        name: f"{place}: {name}, {maps.shape[1]} × {maps.shape[2]}"
        for place, (name, maps) in enumerate(found.maps.items(), 1)
    }
    name = st.selectbox(
        "Layer, from the face on", names, format_func=titles.__getitem__, key="evaluate.explained_layer"
    )
    maps = found.maps[name]
    st.markdown(
        f"Light is where a map of layer `{name}` is high; those {len(maps)} are shown that answer most strongly, "
        "each from its own least to its own most. Early ones still look like the face; what late ones stand for, "
        "nobody can read off."
    )
    st.html(pictures_html([(map_picture(one), f"{i}") for i, one in enumerate(maps, 1)], SMALL))

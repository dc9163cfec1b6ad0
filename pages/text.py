"""Text: the emotion that the model reads in each message, why, and how a machine reads at all."""

from __future__ import annotations

import streamlit as st

from fer.ui.messages import plain, shown_errors
from fer.ui.text import classifier, file_block, lines_block, type_block
from fer.ui.texts import LABELLED, RESULTS, show_only
from fer.ui.theme import page_head

READ, INSIDE, COMPARE = ("Message", "Paste", "File"), "Look inside", "Train & compare"
BLOCKS = dict(zip(READ, (type_block, lines_block, file_block), strict=True))
HELD = {"Paste": RESULTS, "File": RESULTS, COMPARE: LABELLED}

page_head("Text", "Read which emotion a message carries, in a chat or in feedback, and see which words say so.")

source = st.segmented_control(
    "What to do",
    [*BLOCKS, INSIDE, COMPARE],
    default=READ[0],
    required=True,
    key="text.source",
    bind="query-params",
    label_visibility="collapsed",
)
show_only(HELD.get(source, ""))
with shown_errors():
    if source == INSIDE:
        from fer.ui.text_inside import inside_block

        inside_block(classifier())
    elif source == COMPARE:
        from fer.ui.text_compare import compare_block

        compare_block()
    else:
        BLOCKS[source]()
with shown_errors():
    entry = classifier().entry
    score = entry.figures["GoEmotions dev"]["macro_f1"]
    with st.expander("How good it is, and what it learned from"):
        st.markdown(
            f"The model **{plain(entry.name)}** reads English. On GoEmotions' dev split its macro F1 over the seven "
            f"emotions is **{100 * score:.1f} %** (that split was looked at while it was built); people often disagree "
            "about a message themselves. Irony, quotations and inside jokes are beyond it. It says what readers may "
            "see in a message, not what its writer feels: never judge or grade anybody by it.\n\n"
            f"Data: {plain(entry.data)}.\n\nLicence: {plain(entry.licence)}"
        )

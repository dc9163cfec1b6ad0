"""Home: what this is, three ways to start, what is ready, and what to know before use."""

from fer.ui.home import ready_block, responsible_block, ways_block
from fer.ui.messages import shown_errors
from fer.ui.theme import page_head

page_head(
    "A face in, a mood out",
    "Classmood finds the faces in photos, recordings and live pictures. It says which of seven emotions each one "
    "shows, and how sure it is.",
)
for block in (ways_block, ready_block, responsible_block):
    with shown_errors():
        block()

"""Home: what this is, the ways to start, what is ready, and what to know before use."""

from fer.ui.home import ready_block, responsible_block, ways_block
from fer.ui.messages import shown_errors
from fer.ui.theme import page_head

page_head(
    "A face in, a mood out",
    "Classmood shows a teacher how an online class feels, with everyone's consent, and forgets the faces. It also "
    "reads photos, recordings and your own camera, and says how sure it is.",
)
for block in (ways_block, ready_block, responsible_block):
    with shown_errors():
        block()

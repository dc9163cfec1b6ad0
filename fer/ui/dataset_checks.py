"""The tab Checks: what was found, kind by kind; look at each, choose what to leave out, and take the list with you."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st

from fer.dataset.checks_job import FACES, LABELS, STRUCTURE, Checks, new_checks_run
from fer.dataset.finding import KINDS, Finding, Findings
from fer.ui.dataset_clean import clean_block, keep_box, spared_rows
from fer.ui.dataset_face import show_face
from fer.ui.dataset_findings import checks_of
from fer.ui.dataset_held import Held
from fer.ui.dataset_work import worked_out
from fer.ui.downloads import download_frame
from fer.ui.face_grid import face_grid
from fer.ui.messages import plain

GROUPS, SINGLES = 8, 36
"""So many findings a page: of several faces, and of one."""
STAGES = {STRUCTURE: "the same photograph twice", FACES: "images that are no faces", LABELS: "suspect labels"}
SIDE_PX = 64
COLUMNS = 2
MOST_FACES = 24


def show_tab(held: Held) -> None:
    """Show the tab.

    Raises:
        StorageError: If what was worked out is damaged.
    """
    checks = checks_of(held)
    findings = checks.findings
    _deeper(held, checks)
    counts = {kind: count for kind, count in findings.counts().items() if count["findings"]}
    st.subheader("Findings", anchor=False)
    if not counts:
        st.markdown("Nothing was found so far.")
        return
    kind = _kinds(findings, counts)
    # What a clean list leaves out is marked above its choices.
    place = st.container()
    left_out = clean_block(held, findings)
    with place:
        _look(held, findings.of(kind).items, left_out)
        download_frame(
            lambda: findings.as_table(held.faces), "findings.csv", "dataset.findings_csv", "Findings as CSV",
            index=False,
        )  # fmt: skip


def _deeper(held: Held, checks: Checks) -> None:
    """Offer the checks that take longer, or say how far they are."""
    there = ", ".join(STAGES[stage] for stage in STAGES if stage not in checks.missing)
    coming = ", ".join(STAGES[stage] for stage in STAGES if stage in checks.missing)
    time = "about a minute" if len(held.faces) < 5_000 else "about five minutes for all of FER2013"
    worked_out(
        held,
        "checks",
        not checks.missing,
        lambda: new_checks_run(held.origin),
        f"Identical and blank images are found at once{f', and {there} were looked for' if there else ''}. "
        f"Still to look for: **{coming}**. That takes {time}, in the background.",
        "Look for them",
    )
    for note in checks.notes:
        st.info(plain(note))
    if held.faces.drawn:
        st.caption("Drawn faces resemble each other: for them, the same photograph and suspect labels say little.")


def _kinds(findings: Findings, counts: dict[str, dict[str, int]]) -> str:
    """Show a line for each kind and return the one to look at."""
    table = {
        "Finding": [KINDS[kind].title for kind in counts],
        "Images": [count["images"] for count in counts.values()],
        "Groups": [count["findings"] for count in counts.values()],
        "Can be left out": [len(findings.left_out_by(kind)) for kind in counts],
    }
    st.dataframe(table, hide_index=True, key="dataset.kinds_table")
    chosen: str = st.selectbox(
        "Look at", list(counts), format_func=lambda kind: KINDS[kind].title, key="dataset.look", persist_state="page"
    )
    st.caption(KINDS[chosen].meaning)
    return chosen


def _look(held: Held, items: Sequence[Finding], left_out: Collection[int]) -> None:
    """Show the findings of a kind, a page at a time; what the clean list leaves out is marked."""
    single = all(len(finding.rows) == 1 for finding in items)
    size = SINGLES if single else GROUPS
    pages = max(1, -(-len(items) // size))
    if st.session_state.get("dataset.look_page", 1) > pages:
        st.session_state["dataset.look_page"] = 1
    page = st.pagination(pages, key="dataset.look_page", max_visible_pages=5) if pages > 1 else 1
    shown = items[(page - 1) * size : page * size]
    if single:
        rows = [finding.rows[0] for finding in shown]
        reasons = {finding.rows[0]: finding.reason for finding in shown}
        clicked = face_grid(held.faces, rows, "dataset.singles", _notes(held, rows, left_out), SIDE_PX, reasons)
    else:
        columns = st.columns(COLUMNS)
        found = []
        for number, finding in enumerate(shown):
            with columns[number % COLUMNS]:
                found.append(_group(held, finding, number, left_out))
        clicked = next((row for row in found if row is not None), None)
    if clicked is not None:
        show_face(held, clicked)


def _group(held: Held, finding: Finding, place: int, left_out: Collection[int]) -> int | None:
    with st.container(border=True):
        st.markdown(plain(finding.reason))
        rows = list(finding.rows[:MOST_FACES])
        clicked = face_grid(held.faces, rows, f"dataset.group_{place}", _notes(held, rows, left_out), SIDE_PX)
        if len(finding.rows) > MOST_FACES:
            st.caption(f"and {len(finding.rows) - MOST_FACES:,} more")
        keep_box(held, finding.rows, "Keep all of these", f"dataset.keep_{finding.kind}_{finding.rows[0]}")
    return clicked


def _notes(held: Held, rows: Sequence[int], left_out: Collection[int]) -> dict[int, str]:
    kept = spared_rows(held)
    return {
        row: f"{str(held.faces.source[row]).rsplit('/', 1)[-1]}"
        f"{', left out' if row in left_out else ', kept' if row in kept else ''}"
        for row in rows
    }

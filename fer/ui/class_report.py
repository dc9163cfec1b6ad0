"""A class's report on a page: the very sheet that is downloaded and printed, and its numbers to take away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

import streamlit as st

from fer.classroom.fusion import Signal
from fer.classroom.report_html import facts, report_html, zone_of
from fer.classroom.report_signals import fusion_of
from fer.classroom.report_tables import report_csv, report_json
from fer.ui.class_signals import chosen_signals

Document = Mapping[str, Any]


def show_report(document: Document, key: str) -> None:
    """Show a report with its downloads.

    Args:
        document: From ``fer.classroom.report``.
        key: Of the page's controls, ``<page>.<control>``; one for each report of a page.
    """
    # Times are told as the visitor's clock has them.
    zone = st.context.timezone
    shown = signals_of_report(document, key)
    downloads(document, report_html(document, zone, shown=shown), key, zone_of(zone))
    st.iframe(
        report_html(document, zone, framed=True, shown=shown),
        height="content",
        alt=f"Report: {document['class']['title'] or 'class'}",
    )


def signals_of_report(document: Document, key: str) -> list[Signal]:
    """Show which signals the sheet draws, where voice or chat was laid over the class; return those chosen."""
    fusion = fusion_of(document)
    return [] if fusion is None else chosen_signals(list(fusion.scores), f"{key}_signals")


def downloads(document: Document, html: str, key: str, zone: tzinfo) -> None:
    """Show the buttons that take a report away; their names have the visitor's day, as the sheet has."""
    name = file_name(document, zone)
    with st.container(horizontal=True):
        st.download_button(
            "Report (HTML)",
            html,
            f"{name}.html",
            "text/html",
            key=f"{key}_html",
            icon=":material/description:",
            type="primary",
            on_click="ignore",
            help="One file that opens offline and prints on A4, also in black and white.",
        )
        st.download_button(
            "Table (CSV)",
            report_csv(document),
            f"{name}.csv",
            "text/csv",
            key=f"{key}_csv",
            icon=":material/table:",
            on_click="ignore",
            help="The timeline, a row for each step.",
        )
        st.download_button(
            "Everything (JSON)",
            report_json(document),
            f"{name}.json",
            "application/json",
            key=f"{key}_json",
            icon=":material/data_object:",
            on_click="ignore",
        )


def file_name(document: Document, zone: tzinfo = UTC) -> str:
    """Return a name that every system takes: ``classmood-<day>-<title>``, small letters, digits and dashes.

    Args:
        document: The report.
        zone: In which its day is told.
    """
    about = document["class"]
    began = about.get("recording_read") or about["started"]
    day = f"{datetime.fromisoformat(began).astimezone(zone):%Y-%m-%d}"
    title = re.sub(r"[^0-9A-Za-z]+", "-", about["title"]).strip("-").lower()[:40].strip("-")
    return "-".join(part for part in ("classmood", day, title) if part)


def report_line(document: Document) -> str:
    """Return a report's course, day, time and length as the visitor's clock has them."""
    return facts(document, zone_of(st.context.timezone))

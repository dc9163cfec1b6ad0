"""The command line, ``python -m fer``: what pages do, without the page; longer commands are in ``fer.commands``.

Exit codes: 0 done, 2 bad input (the other inputs are done all the same) or an output that cannot be written, 1 whoever
read our output left. What went wrong is a sentence on stderr.
"""

from __future__ import annotations

import errno
import io
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO, cast

import typer

from fer import registry
from fer.commands.card import card
from fer.commands.dataset import dataset
from fer.commands.evaluate import evaluate, evaluate_video
from fer.commands.regress import regress
from fer.commands.robustness import robustness
from fer.commands.speech import speech
from fer.commands.training import export, neutral, publish, runs, train
from fer.errors import FerError, InputError, StorageError

if TYPE_CHECKING:
    from fer.faces.detect import DetectorName
    from fer.faces.pipeline import FaceAnalyzer
    from fer.faces.recording import Sink
    from fer.faces.recording_mood import MoodKeeper

FPS = 5.0

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="Classmood: faces to emotions."
)
app.command()(dataset)
app.command()(evaluate)
app.command("evaluate-video")(evaluate_video)
app.command()(robustness)
app.command()(card)
for command in (train, runs, publish, export, neutral):
    app.command()(command)
app.command()(speech)
app.command()(regress)


def main() -> None:
    """Run a command; whatever the person at the keyboard can cause ends in a sentence and exit code 2."""
    # A file's name may hold letters that the terminal lacks.
    _write_stdout_as(None, "replace")
    try:
        app(prog_name="python -m fer")
    except FerError as problem:
        typer.echo(str(problem), err=True)
        sys.exit(2)
    except OSError as problem:
        # A full disk, for example. What stdout still holds would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        typer.echo(
            f"{problem.filename or 'The results'} cannot be read or written ({problem.strerror or problem}). Check the "
            "path, its permissions, and the room on its disk and in the folder for temporary files.",
            err=True,
        )
        sys.exit(2)


def _write_stdout_as(encoding: str | None, errors: str) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=encoding, errors=errors)


@dataclass
class Outputs:
    """Where results go: JSON element by element, CSV row by row, so that memory stays flat."""

    json: TextIO | None = None
    csv: TextIO | None = None
    video: Path | None = None
    summary: bool = True
    failed: int = 0
    elements: int = field(default=0, init=False)

    def begin_element(self) -> None:
        """Write what stands before the next element of ``inputs``."""
        if self.json is not None:
            self.json.write(",\n" if self.elements else "\n")
        self.elements += 1

    def element(self, document: dict[str, Any]) -> None:
        """Write a whole element of ``inputs``."""
        self.begin_element()
        if self.json is not None:
            self.json.write(json.dumps(document, ensure_ascii=False))

    def fail(self, path: Path, sentence: str) -> None:
        """Write the element of an input that cannot be read."""
        self.failed += 1
        self.element({"input": str(path), "error": sentence})
        typer.echo(sentence, err=True)

    def say(self, line: str) -> None:
        """Print a line for people, unless standard output holds JSON."""
        if self.summary:
            typer.echo(line)


@app.command()
def analyze(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Photos, recordings or folders of them.")],
    detector: Annotated[str, typer.Option(help="auto, yunet or haar.")] = "auto",
    model: Annotated[str | None, typer.Option(help="A face model of 'python -m fer models'.")] = None,
    fps: Annotated[float, typer.Option(help="Frames of a recording to analyse a second; 0 takes every frame.")] = FPS,
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE|-", help="Results; - is standard output.")
    ] = None,
    csv_to: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="One row a face and frame.")] = None,
    video_to: Annotated[
        Path | None, typer.Option("--video", metavar="FILE", help="The recording with its faces marked, as MP4.")
    ] = None,
) -> None:
    """Find the faces of photos and recordings and name their emotions."""
    from fer.faces.pipeline import open_analyzer

    files = _files_of(inputs)
    if video_to is not None and [_is_recording(path) and not wrong for path, wrong in files] != [True]:
        raise InputError(f"--video takes exactly one recording as input; {len(files)} inputs came. Name just the one.")
    if fps < 0:
        raise InputError(f"--fps must be 0 (every frame) or more; {fps:g} came.")
    _keep_inputs([path for path, _ in files], json_to, csv_to, video_to)
    analyzer = open_analyzer(cast("DetectorName", detector), model, threads=min(4, os.cpu_count() or 1))
    with ExitStack() as stack:
        outputs = _open_outputs(stack, json_to, csv_to, video_to)
        for path, wrong in files:
            if wrong:
                outputs.fail(path, wrong)
            else:
                _analyze_one(path, analyzer, fps or None, outputs)
        if outputs.json is not None:
            outputs.json.write("\n]}\n")
            outputs.json.flush()
    raise typer.Exit(2 if outputs.failed else 0)


def _keep_inputs(files: Sequence[Path], json_to: str | None, csv_to: Path | None, video_to: Path | None) -> None:
    from fer.faces.video_writer import part_of

    targets = [Path(json_to)] if json_to not in (None, "-") else []
    targets += [csv_to] if csv_to is not None else []
    targets += [video_to, part_of(video_to)] if video_to is not None else []
    for target in targets:
        if any(_same_file(target, path) for path in files):
            raise InputError(f"{target} is one of the inputs and would be overwritten. Name another file.")


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False  # one of them is not there: nothing is overwritten


def _open_outputs(stack: ExitStack, json_to: str | None, csv_to: Path | None, video_to: Path | None) -> Outputs:
    from fer.faces.report import csv_text

    outputs = Outputs(video=video_to and video_to.absolute(), summary=json_to != "-")
    outputs.json, outputs.csv = _open_files(stack, json_to, csv_to, video_to)
    if outputs.json is not None:
        outputs.json.write('{"schema": 1, "inputs": [')
    if outputs.csv is not None:
        outputs.csv.write(csv_text([]))
    return outputs


def _open_files(
    stack: ExitStack, json_to: str | None, csv_to: Path | None, video_to: Path | None = None
) -> tuple[TextIO | None, TextIO | None]:
    """Open what results are written to: JSON, CSV; make sure that a video's place can be written.

    Raises:
        StorageError: If one of them cannot.
    """
    json_out: TextIO | None = None
    csv_out: TextIO | None = None
    # A name that is no text, as Linux allows, becomes \udc… in JSON, which readers understand.
    how: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace"}
    try:
        if video_to is not None:
            _check_place(video_to)
        if json_to == "-":
            _write_stdout_as(**how)
            json_out = sys.stdout
        elif json_to is not None:
            json_out = stack.enter_context(Path(json_to).open("w", **how))  # noqa: SIM115 - the stack closes it
        if csv_to is not None:
            csv_out = stack.enter_context(csv_to.open("w", newline="", **how))
    except OSError as problem:
        raise StorageError(
            f"{problem.filename} cannot be written ({problem.strerror}). Name another file."
        ) from problem
    return json_out, csv_out


def _check_place(target: Path) -> None:
    """Make sure that a file can be written there, before hours of work.

    Raises:
        OSError: If it cannot.
    """
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    try:
        tempfile.TemporaryFile(dir=target.parent).close()
    except OSError as problem:
        problem.filename = str(target)
        raise


def _files_of(inputs: list[Path]) -> list[tuple[Path, str]]:
    """Return each file with an empty text, and each folder that gives none with a sentence that says why."""
    from fer.faces.images import IMAGE_SUFFIXES
    from fer.faces.video import RECORDING_SUFFIXES

    suffixes = IMAGE_SUFFIXES + RECORDING_SUFFIXES
    files = []
    for path in inputs:
        known, wrong = [path], ""
        try:
            if path.is_dir():
                known = sorted(file for file in path.iterdir() if file.is_file() and file.suffix.lower() in suffixes)
                wrong = f"{path} holds no photos or recordings. Expected files such as .jpg, .png or .mp4."
        except OSError as problem:
            known, wrong = [], f"{path} cannot be read ({problem.strerror or problem}). Check its permissions."
        files += [(file, "") for file in known] or [(path, wrong)]
    return files


def _is_recording(path: Path) -> bool:
    from fer.faces.video import RECORDING_SUFFIXES

    return path.suffix.lower() in RECORDING_SUFFIXES


def _analyze_one(path: Path, analyzer: FaceAnalyzer, fps: float | None, outputs: Outputs) -> None:
    try:
        if _is_recording(path):
            _analyze_recording(path, analyzer, fps, outputs)
        else:
            _analyze_photo(path, analyzer, outputs)
    except FerError as problem:
        outputs.fail(path, str(problem))


def _analyze_photo(path: Path, analyzer: FaceAnalyzer, outputs: Outputs) -> None:
    from fer.faces.images import read_photo
    from fer.faces.report import csv_text, face_row, photo_as_json

    photo = read_photo(path)
    faces = analyzer.analyze(photo.image_bgr)
    outputs.element(photo_as_json(str(path), photo.image_bgr, analyzer, faces, photo.note))
    if outputs.csv is not None:
        outputs.csv.write(csv_text((face_row(str(path), face) for face in faces), header=False))
    found = ", ".join(f"{'unsure, ' if face.unsure else ''}{face.emotion} {face.confidence:.0%}" for face in faces)
    outputs.say(f"{path}: {len(faces)} face{'s' * (len(faces) != 1)}{': ' * bool(faces)}{found}")


def _analyze_recording(path: Path, analyzer: FaceAnalyzer, fps: float | None, outputs: Outputs) -> None:
    from fer.faces.recording import analyze_recording, analyzed_rate
    from fer.faces.recording_files import AnnotatedVideo, CsvFile, JsonLines, write_element
    from fer.faces.recording_mood import MoodKeeper
    from fer.faces.video import read_info

    info = read_info(path)
    mood = MoodKeeper()
    with tempfile.TemporaryDirectory(prefix="classmood-") as folder, ExitStack() as stack:
        lines = Path(folder) / "frames.jsonl"
        sinks: list[Sink] = [mood, stack.enter_context(JsonLines(lines))]
        if outputs.csv is not None:
            sinks.append(stack.enter_context(CsvFile(outputs.csv, str(path), header=False)))
        if outputs.video is not None:
            sinks.append(stack.enter_context(AnnotatedVideo(outputs.video, analyzed_rate(fps, info))))
        analysis = analyze_recording(path, analyzer, fps, sinks, on_progress=_progress_line(), name=str(path))
        outputs.begin_element()
        if outputs.json is not None:
            write_element(outputs.json, analysis.head(), lines)
    _end_progress_line()
    outputs.say(f"{path}: {analysis.frames} frames analysed. {_mood_sentence(mood)}")


def _mood_sentence(mood: MoodKeeper) -> str:
    import numpy as np

    from fer.emotions import EMOTIONS

    if not mood.tracks:
        return "No faces were found."
    shares = np.nanmean(mood.seconds(), axis=0)
    most = ", ".join(f"{EMOTIONS[i]} {shares[i]:.0%}" for i in np.argsort(-shares)[:3])
    return f"{len(mood.tracks)} face track{'s' * (len(mood.tracks) != 1)}; mood on the whole: {most}."


def _progress_line(unit: str = "s") -> Any:
    if not sys.stderr.isatty():
        return None
    return lambda share, count: typer.echo(f"\r{share:4.0%}, at {count:,.0f} {unit} ", nl=False, err=True)


def _end_progress_line() -> None:
    if sys.stderr.isatty():
        typer.echo("\r" + " " * 60 + "\r", nl=False, err=True)


@app.command()
def text(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="Lines, a CSV, or a chat export; - is standard input.")],
    column: Annotated[str | None, typer.Option(help="The column of a CSV that holds the messages.")] = None,
    model: Annotated[str | None, typer.Option(help="A text model of 'python -m fer models'.")] = None,
    persons: Annotated[bool, typer.Option(help="Keep who wrote, as a number; names are never kept.")] = True,
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE|-", help="Results; - is standard output.")
    ] = None,
    csv_to: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="One row a message.")] = None,
) -> None:
    """Read the messages of a file and name the emotion of each."""
    from fer.text.command import read_named

    if file != "-":
        _keep_inputs([Path(file)], json_to, csv_to, None)
    with ExitStack() as stack:
        json_out, csv_out = _open_files(stack, json_to, csv_to)
        progress = _progress_line("messages")
        tally, wrong = read_named(file, sys.stdin.buffer, column, model, persons, json_out, csv_out, progress)
    _end_progress_line()
    if json_to != "-" and tally.messages:
        typer.echo(f"{file}: {tally.sentence()}")
    if wrong:
        typer.echo(wrong, err=True)
    raise typer.Exit(2 if wrong else 0)


@app.command()
def models(
    verify: Annotated[bool, typer.Option("--verify", help="Check every file's checksum.")] = False,
) -> None:
    """List the models there are, what was measured, and whether their files are whole."""
    damaged = 0
    for entry in registry.models():
        eight = ", in eight bits" if entry.precision == "int8" else ""
        typer.echo(f"{entry.name} ({entry.kind}{eight}){', taken by default' if entry.default else ''}")
        typer.echo(f"  data: {entry.data}; split: {entry.split or 'not said'}; licence: {entry.licence}")
        for split, figures in entry.figures.items():
            for line in _figure_lines(figures):
                typer.echo(f"  {split}: {line}")
        if entry.figures_note:
            typer.echo(f"  {entry.figures_note}")
        for kind, file in entry.files.items():
            state = _checked(entry, kind) if verify else ""
            damaged += state == "DAMAGED"
            typer.echo(f"  {kind}: {file.path}, {file.bytes / 1e6:.1f} MB, sha256 {file.sha256[:12]}… {state}")
    if damaged:
        raise InputError(f"{damaged} model files are damaged or missing. Restore them from git, or publish again.")


def _figure_lines(figures: Any) -> list[str]:
    """Put plain figures on one line, and each table of figures on a line of its own."""
    if not isinstance(figures, dict):
        return [str(figures)]
    plain = ", ".join(f"{name} {value}" for name, value in figures.items() if not isinstance(value, dict))
    tables = [
        f"{name}: " + ", ".join(f"{key} {value}" for key, value in table.items())
        for name, table in figures.items()
        if isinstance(table, dict)
    ]
    return [plain, *tables] if plain else tables


def _checked(entry: registry.ModelEntry, kind: str) -> str:
    try:
        entry.verified(kind)
    except FerError:
        return "DAMAGED"
    return "verified"

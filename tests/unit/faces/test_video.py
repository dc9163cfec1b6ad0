"""Reading recordings: their own times, upright, whatever people drop; writing ones that play."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from fer.errors import InputError
from fer.faces.video import MOST_MEGAPIXELS, RECORDING_SUFFIXES, VideoReader, read_info
from fer.faces.video_writer import VideoWriter, annotated_size, frame_at
from fer.settings import ROOT

Clip = Callable[..., Path]


def read(path: Path, fps: float | None = None) -> tuple[list[float], list[np.ndarray], list[str]]:
    with VideoReader(path) as reader:
        pairs = list(reader.frames(fps))
        return [t for t, _ in pairs], [image for _, image in pairs], reader.notes


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "libx264"), ("a.mov", "libx264"), ("a.mkv", "libx264"), ("a.avi", "mpeg4"), ("b.avi", "mjpeg"),
        ("a.webm", "libvpx"), ("b.webm", "libvpx-vp9"), ("a.3gp", "libx264"), ("a.flv", "libx264"), ("a.ts", "libx264"),
        ("a.wmv", "msmpeg4v3"), ("a.m4v", "libx264"),
    ],
)  # fmt: skip
def test_every_kind_gives_its_frames_at_their_times(
    clip: Clip, value_at: Callable[[float], int], name: str, codec: str
) -> None:
    times, images, notes = read(clip(name, codec=codec, frames=30))
    assert len(times) == 30 and np.allclose(times, np.arange(30) / 10, atol=0.002) and not notes
    assert images[0].shape == (120, 160, 3) and images[0].dtype == np.uint8
    for time_s, image in zip(times, images, strict=True):
        assert abs(int(image[80, 80, 0]) - value_at(time_s)) <= 12


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".y4m"])
def test_what_the_gallery_tool_writes_is_read(tmp_path: Path, suffix: str) -> None:
    # The same writers as in tools/make_gallery.py: OpenCV's, and raw frames.
    path, image = tmp_path / f"gallery{suffix}", np.full((120, 160, 3), 90, np.uint8)
    if suffix in (".mp4", ".avi"):
        code = cv2.VideoWriter_fourcc(*("mp4v" if suffix == ".mp4" else "MJPG"))
        video = cv2.VideoWriter(str(path), code, 15, (160, 120))
        for _ in range(30):
            video.write(image)
        video.release()
    else:
        frame = b"FRAME\n" + cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420).tobytes()
        path.write_bytes(b"YUV4MPEG2 W160 H120 F15:1 Ip A1:1 C420jpeg\n" + frame * 30)
    assert suffix in RECORDING_SUFFIXES
    times, images, notes = read(path)
    assert len(times) == 30 and not notes
    assert all(later > earlier for earlier, later in pairwise(times))
    assert abs(int(images[-1][60, 80, 0]) - 90) < 8


def test_a_title_in_an_old_code_page_is_no_damage(clip: Clip) -> None:
    path = clip("a.avi", codec="mpeg4", frames=5, title="cafe classroom")
    data = path.read_bytes()
    assert b"cafe" in data
    path.write_bytes(data.replace(b"cafe", b"caf\xe9"))
    assert len(read(path)[0]) == 5


def test_a_name_with_a_colon_is_no_address(clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no such names")
    clip("a.mp4", frames=5).rename(tmp_path / "10:30.mp4")
    monkeypatch.chdir(tmp_path)
    assert len(read(Path("10:30.mp4"))[0]) == 5


def test_the_header_is_told(clip: Clip) -> None:
    info = read_info(clip("a.mp4"))
    assert (info.width, info.height, info.fps, info.rotation, info.frames) == (160, 120, 10, 0, 60)
    assert info.duration_s == pytest.approx(6, abs=0.2)


@pytest.mark.parametrize(("fps", "expected"), [(2, 12), (5, 30), (10, 60), (30, 60), (0.5, 3), (4, 24)])
def test_frames_are_taken_evenly(clip: Clip, fps: float, expected: int) -> None:
    times, _, _ = read(clip("a.mp4"), fps)
    assert len(times) == expected
    assert all(abs(t - k / min(fps, 10)) < 0.1 for k, t in enumerate(times))


def test_frames_that_no_other_needs_are_skipped_but_times_stay_true(
    clip: Clip, value_at: Callable[[float], int]
) -> None:
    # 30 frames a second with B-frames: those no other frame needs are not decoded at 2 frames a second.
    path = clip("a.mp4", frames=180, fps=30)
    times, images, notes = read(path, 2)
    assert len(times) == 12 and not notes
    for k, (time_s, image) in enumerate(zip(times, images, strict=True)):
        assert k / 2 - 0.002 <= time_s <= k / 2 + 0.15
        assert abs(int(image[80, 80, 0]) - value_at(time_s)) <= 8


def test_uneven_frames_keep_their_own_times(clip: Clip, value_at: Callable[[float], int]) -> None:
    uneven = [0, 0.1, 0.15, 1.0, 1.04, 3.0, 3.5, 3.51, 3.52, 3.9]
    path = clip("phone.mp4", times_s=uneven)
    times, images, notes = read(path)
    assert np.allclose(times, uneven, atol=0.002) and not notes
    assert all(abs(int(i[80, 80, 0]) - value_at(t)) <= 12 for t, i in zip(times, images, strict=True))
    # The first frame at or after each tick, and a gap stays a gap.
    assert np.allclose(read(path, 2)[0], [0, 1.0, 3.0, 3.5], atol=0.002)


def test_a_webm_without_a_duration_is_read_and_its_progress_known(clip: Clip) -> None:
    path = clip("browser.webm", codec="libvpx", live="1")
    with VideoReader(path) as reader:
        assert reader.info.duration_s is None and reader.info.frames is None
        shares = [reader.share_read for _ in reader.frames(5)]
        assert reader.end_s == pytest.approx(6, abs=0.15) and not reader.notes
    assert shares == sorted(shares) and shares[0] < 0.5 < shares[-1] <= 1


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_recording_turned_by_its_metadata_comes_upright(
    clip: Clip, turned: Callable[[Path, int], Path], degrees: int
) -> None:
    path = turned(clip("phone.mp4"), degrees)
    assert read_info(path).rotation == degrees
    times, images, _ = read(path)
    assert len(times) == 60
    height, width = images[0].shape[:2]
    assert (width, height) == ((160, 120) if degrees == 180 else (120, 160))
    # The bright corner was upper left before the turn.
    corners = {90: images[0][4, -5], 180: images[0][-5, -5], 270: images[0][-5, 4]}
    assert corners[degrees].min() > 200 and images[0][4, 4].max() < 100
    assert read_info(path).width == width


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", {"movflags": "faststart"}), ("a.webm", "libvpx", {}), ("a.avi", "mpeg4", {}),
        ("a.mkv", "libx264", {}),
    ],
)  # fmt: skip
def test_a_file_cut_in_the_middle_gives_the_frames_there_are_and_a_note(
    clip: Clip, cut: Callable[[Path, float], Path], name: str, codec: str, options: dict[str, str]
) -> None:
    times, _, notes = read(cut(clip(name, codec=codec, frames=120, **options), 0.6))
    assert 20 < len(times) < 115
    assert len(notes) == 1 and "cut off or damaged" in notes[0] and "of 0:" in notes[0]


def test_a_file_cut_before_its_index_says_so(clip: Clip, cut: Callable[[Path, float], Path]) -> None:
    with pytest.raises(InputError, match=r"cut-a\.mp4 is damaged or cut off: the index.*again"):
        read_info(cut(clip("a.mp4"), 0.7))


def test_damage_in_the_middle_costs_only_what_is_damaged(clip: Clip) -> None:
    path = clip("a.avi", codec="mjpeg", frames=60)
    data = bytearray(path.read_bytes())
    places = [i for i in range(len(data)) if data[i : i + 4] == b"00dc"]
    for place in places[20:25]:  # before the index, which names them again
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        data[place + 8 : place + 8 + size] = b"\0" * size
    path.write_bytes(data)
    times, _, notes = read(path)
    assert 50 <= len(times) < 60 and times[-1] == pytest.approx(5.9) and "Damaged places were left out" in notes[0]


def test_sound_alone_is_no_recording(sound_only: Path) -> None:
    with pytest.raises(InputError, match=r"sound\.mp4 has only sound in it\. Expected an MP4"):
        read_info(sound_only)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b"Dear diary, this is no recording.\n" * 40, "is not a recording that can be read"),
        (bytes(range(256)) * 20, "is not a recording that can be read"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n", "is not a recording"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "is not a recording"),
    ],
)
def test_what_is_no_recording_gets_a_sentence(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(data)
    with pytest.raises(InputError, match=rf"clip\.mp4 {sentence}"):
        read_info(path)
    with pytest.raises(InputError, match=r"Lesson 3\.mov"):
        read_info(path, "Lesson 3.mov")


def test_a_photo_is_no_recording(tmp_path: Path) -> None:
    from PIL import Image

    for name in ("photo.mp4", "photo.png"):
        path = tmp_path / name
        Image.new("RGB", (64, 64), 120).save(path, "JPEG" if name.endswith("mp4") else "PNG")
        with pytest.raises(InputError, match="is not a recording that can be read"):
            read_info(path)


def test_a_stream_of_jpegs_is_read_where_its_name_says_so(tmp_path: Path) -> None:
    path = tmp_path / "camera.mjpeg"
    images = [np.full((60, 80, 3), 8 * n, np.uint8) for n in range(20)]
    path.write_bytes(b"".join(cv2.imencode(".jpg", image)[1].tobytes() for image in images))
    times, read_images, _ = read(path)
    assert len(times) == 20 and times == sorted(set(times))
    assert all(abs(int(i[30, 40, 0]) - 8 * n) <= 2 for n, i in enumerate(read_images))


def test_a_folder_and_a_missing_file_get_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        read_info(tmp_path)
    with pytest.raises(InputError, match=r"cannot be read \(No such file"):
        read_info(tmp_path / "none.mp4")


def huge_mjpeg(path: Path, first: tuple[int, int], then: tuple[int, int]) -> Path:
    """Write an AVI of JPEGs whose sizes are as given; one colour compresses to little."""
    from PIL import Image

    def jpeg(size: tuple[int, int]) -> bytes:
        out = io.BytesIO()
        Image.new("L", size, 120).save(out, "JPEG", quality=5)
        return out.getvalue()

    with av.open(str(path), "w") as out:
        stream = out.add_stream("mjpeg", rate=5)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuvj420p"
        out.start_encoding()
        for n, size in enumerate((first, then, first)):
            packet = av.Packet(jpeg(size))
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, n, n, Fraction(1, 5)
            out.mux(packet)
    return path


def test_an_absurd_size_is_refused_from_the_header(tmp_path: Path) -> None:
    path = huge_mjpeg(tmp_path / "bomb.avi", (9000, 9000), (9000, 9000))
    with pytest.raises(InputError, match=rf"9,000 x 9,000 pixels .* at most {MOST_MEGAPIXELS:g} are taken"):
        read_info(path)


def test_a_frame_that_grows_beyond_its_header_is_not_decoded(tmp_path: Path) -> None:
    path = huge_mjpeg(tmp_path / "bomb.avi", (320, 240), (9000, 9000))
    times, images, notes = read(path)
    assert [image.shape for image in images] == [(240, 320, 3)] * len(images)
    assert len(times) == 2 and "left out (1)" in notes[0]


def test_a_stream_that_changes_its_size_keeps_the_first_one(tmp_path: Path) -> None:
    _, images, _ = read(huge_mjpeg(tmp_path / "call.avi", (320, 240), (640, 480)))
    assert [image.shape for image in images] == [(240, 320, 3)] * 3


def test_a_damaged_time_stamp_does_not_stretch_the_recording(clip: Clip) -> None:
    times, _, _ = read(clip("a.mkv", times_s=[0, 0.1, 0.2, 9000.0, 9000.1]))
    assert len(times) == 5 and times[-1] < 1


def test_a_written_recording_plays_at_the_times_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    given = [0.0, 0.2, 0.4, 1.5, 1.7, 3.0]
    with VideoWriter(path, 5) as out:
        for n, time_s in enumerate(given):
            out.write(time_s, np.full((337, 597, 3), 40 * n, np.uint8))
    info = read_info(path)
    assert (info.width, info.height) == (596, 336) and info.duration_s == pytest.approx(3.2, abs=0.01)
    assert np.allclose(read(path)[0], given, atol=0.002)
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert context.pix_fmt == "yuv420p" and context.name == "h264"
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "a browser must not need the whole file to begin"
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]


def test_the_frame_shown_at_a_time_is_found(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, 2) as out:
        for n in range(30):
            out.write(n / 2, np.full((120, 160, 3), 10 + 8 * n, np.uint8))
    for time_s, n in [(0, 0), (0.6, 1), (7.5, 15), (14.4, 28), (99, 29)]:
        image = frame_at(path, time_s)
        assert image is not None and abs(image[60, 80].mean() - 10 - 8 * n) < 4, time_s


def test_a_recording_that_fails_on_the_way_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), VideoWriter(tmp_path / "out.mp4", 5) as out:
        out.write(0, np.zeros((120, 160, 3), np.uint8))
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_nothing_written_leaves_no_file(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4", 5):
        pass
    assert list(tmp_path.iterdir()) == []


def test_wide_recordings_are_written_smaller() -> None:
    assert annotated_size(3840, 2160) == (1280, 720) and annotated_size(3, 5) == (2, 4)


@pytest.mark.skipif(sys.platform == "win32", reason="resource is POSIX's")
def test_memory_does_not_grow_with_the_length(clip: Clip) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from fer.faces.video import VideoReader\n"
        "with VideoReader(Path(sys.argv[1])) as reader:\n"
        "    n = sum(1 for _ in reader.frames())\n"
        "print(n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )

    def peak(path: Path, frames: int) -> int:
        command = [sys.executable, "-c", code, path]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        count, kilobytes = map(int, answer.stdout.split())
        assert count == frames
        return kilobytes

    size = (640, 360)
    short, long = (clip(f"{n}.avi", codec="mjpeg", frames=n, size=size) for n in (60, 600))
    # 540 more frames of 691 kB would be 373 MB.
    assert peak(long, 600) - peak(short, 60) < 40_000

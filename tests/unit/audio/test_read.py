"""Reading: every form that people have, and every damage said in a sentence."""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from fer.audio.read import SoundReader, read_sound
from fer.errors import InputError

Write = Callable[..., Path]
Buzz = Callable[..., np.ndarray]


def strongest_hz(samples: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(samples * np.hanning(len(samples)))).argmax() * 16_000 / len(samples))


def tone(hz: float, rate_hz: int, seconds: float = 1.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz)).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "codec", "form", "rate_hz"),
    [
        ("a.wav", "pcm_s16le", "s16", 44_100),
        ("a.wav", "pcm_u8", "u8", 16_000),
        ("a.wav", "pcm_s24le", "s32", 48_000),
        ("a.wav", "pcm_f64le", "dbl", 22_050),
        ("a.flac", "flac", "s16", 16_000),
        ("a.ogg", "libopus", "flt", 48_000),
        ("a.mp3", "libmp3lame", "fltp", 44_100),
        ("a.m4a", "aac", "fltp", 44_100),
        ("a.webm", "libopus", "flt", 48_000),
    ],
)
def test_every_form_gives_the_same_tone(write: Write, tmp_path: Path, name: str, codec: str, form: str, rate_hz: int):
    sound = read_sound(write(tmp_path / name, tone(440, rate_hz), rate_hz, codec, form))
    assert sound.info.rate_hz == rate_hz and sound.samples.dtype == np.float32
    assert sound.duration_s == pytest.approx(1.0, abs=0.06)
    assert strongest_hz(sound.samples) == pytest.approx(440, abs=2)
    # Half of full scale; codecs ring at the ends.
    assert np.std(sound.samples[2000:-4000]) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("rate_hz", [8_000, 96_000])
def test_other_rates_keep_their_pitch(write: Write, tmp_path: Path, rate_hz: int):
    sound = read_sound(write(tmp_path / "a.wav", tone(1000, rate_hz), rate_hz))
    assert len(sound.samples) == pytest.approx(16_000, abs=40)
    assert strongest_hz(sound.samples) == pytest.approx(1000, abs=2)
    assert any("8 kHz" in note for note in sound.notes) == (rate_hz == 8_000)


def test_what_16_khz_cannot_hold_is_filtered_and_not_mirrored(write: Write, tmp_path: Path):
    # 11 kHz would come back as 5 kHz.
    sound = read_sound(write(tmp_path / "a.wav", tone(11_000, 96_000), 96_000))
    assert np.abs(sound.samples[1000:-1000]).max() < 0.01


def test_eight_channels_become_one(write: Write, tmp_path: Path):
    channels = np.zeros((8, 16_000), np.float32)
    channels[:2] = tone(440, 16_000)
    sound = read_sound(write(tmp_path / "a.wav", channels, 16_000))
    assert sound.info.channels == 8 and sound.samples.ndim == 1
    assert strongest_hz(sound.samples) == pytest.approx(440, abs=2)


@pytest.mark.parametrize(("left", "right"), [(1.0, -1.0), (0.5, -0.6), (-1.0, 0.9)])
def test_an_inverted_channel_does_not_silence_the_other(write: Write, tmp_path: Path, left: float, right: float):
    hiss = np.random.default_rng(0).normal(size=(2, 32_000)) * 0.001
    # A quiet beginning: what is loudest, and that they cancel each other out, shows later.
    voice = np.concatenate([np.zeros(16_000), tone(440, 16_000)])
    path = write(tmp_path / "a.wav", (np.stack([left * voice, right * voice]) + hiss).astype(np.float32), 16_000)
    sound = read_sound(path)
    loud = sound.samples[18_000:-500]
    assert strongest_hz(loud) == pytest.approx(440, abs=2) and np.std(loud) > 0.3 * min(abs(left), abs(right))
    assert np.abs(np.diff(loud)).max() < 0.12, "the chosen channel stays the same"
    assert any("cancel each other out" in note for note in sound.notes)


@pytest.mark.parametrize("sides", [(1.0, 1.0), (1.0, 0.0), (0.3, 0.9), (1.0, -0.4)])
def test_other_channels_are_their_mean(write: Write, tmp_path: Path, sides: tuple[float, float]):
    voice, hiss = tone(440, 16_000), np.random.default_rng(0).normal(size=(2, 16_000)) * 0.05
    both = (np.stack([side * voice for side in sides]) + hiss).astype(np.float32)
    sound = read_sound(write(tmp_path / "a.wav", both, 16_000))
    np.testing.assert_allclose(sound.samples, both.mean(axis=0).clip(-1, 1), atol=1e-3)
    assert not sound.notes


def test_memory_and_disk_give_the_same(write: Write, tmp_path: Path):
    path = write(tmp_path / "a.flac", tone(300, 16_000), 16_000, "flac")
    np.testing.assert_array_equal(read_sound(path).samples, read_sound(io.BytesIO(path.read_bytes()), "upload").samples)


def test_blocks_put_together_are_the_whole(write: Write, tmp_path: Path):
    path = write(tmp_path / "a.wav", tone(300, 44_100, 5.3), 44_100)
    with SoundReader(path) as reader:
        blocks = list(reader.blocks(2.0))
    assert [len(block) for block in blocks[:-1]] == [32_000, 32_000]
    np.testing.assert_array_equal(np.concatenate(blocks), read_sound(path).samples)


def float_wav(path: Path, samples: np.ndarray, rate_hz: int = 16_000) -> Path:
    data = samples.astype("<f4").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, 1, rate_hz, rate_hz * 4,
                       4, 32, b"data", len(data))  # fmt: skip
    path.write_bytes(head + data)
    return path


def test_nan_and_infinity_become_silence_and_are_said(tmp_path: Path):
    samples = tone(440, 16_000)
    samples[4000:8000] = np.nan
    samples[8000] = np.inf
    sound = read_sound(float_wav(tmp_path / "nan.wav", samples))
    assert np.isfinite(sound.samples).all()
    assert any("25.0 % of its samples are no numbers" in note for note in sound.notes)
    assert np.abs(sound.samples[4500:7500]).max() < 1e-3


def test_clipping_is_said(write: Write, tmp_path: Path):
    sound = read_sound(write(tmp_path / "a.wav", np.clip(tone(440, 16_000) * 4, -1, 1), 16_000))
    assert any("clipped" in note for note in sound.notes)
    assert not read_sound(write(tmp_path / "b.wav", tone(440, 16_000), 16_000)).notes


@pytest.mark.parametrize(("codec", "form"), [("pcm_u8", "u8"), ("pcm_mulaw", "s16"), ("pcm_alaw", "s16")])
def test_clipping_at_the_top_of_eight_bits_is_said(write: Write, tmp_path: Path, codec: str, form: str):
    above = np.maximum(np.clip(tone(440, 16_000) * 4, -1, 1), -0.5)
    assert any("clipped" in note for note in read_sound(write(tmp_path / "a.wav", above, 16_000, codec, form)).notes)
    soft = read_sound(write(tmp_path / "b.wav", tone(440, 16_000) * 1.9, 16_000, codec, form))
    assert not soft.notes, "0.95 of full scale is not clipped"


def test_a_video_gives_its_sound(shared: Path):
    # That recording has a picture alone.
    with pytest.raises(InputError, match=r"test\.mp4 has a picture but no sound in it\. Expected a recording"):
        read_sound(shared / "data" / "faces" / "test.mp4")


def test_a_video_with_sound(tmp_path: Path):
    path = tmp_path / "lesson.mp4"
    with av.open(str(path), "w") as out:
        picture = out.add_stream("libx264", rate=10)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        voice = out.add_stream("aac", rate=16_000, layout="mono")
        for n in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 * n, np.uint8), format="rgb24")
            out.mux(picture.encode(frame))
        frame = av.AudioFrame.from_ndarray(tone(440, 16_000)[None], format="fltp", layout="mono")
        frame.sample_rate = 16_000
        out.mux(voice.encode(frame))
        out.mux(picture.encode(None))
        out.mux(voice.encode(None))
    sound = read_sound(path)
    assert sound.info.video and strongest_hz(sound.samples) == pytest.approx(440, abs=3)


@pytest.mark.parametrize(
    ("name", "picture_codec", "sound_codec"),
    [
        ("a.mkv", "libx264", "aac"),
        ("a.webm", "libvpx", "libopus"),
        ("a.mp4", "libx264", "aac"),
        ("a.ts", "libx264", "aac"),
    ],
)
def test_sound_shorter_than_its_picture_is_whole_and_keeps_its_time(
    video: Write, tmp_path: Path, name: str, picture_codec: str, sound_codec: str
):
    sound = read_sound(video(tmp_path / name, tone(440, 48_000, 10.0), 6.0, picture_codec, sound_codec))
    assert sound.duration_s == pytest.approx(10, abs=0.15) and sound.begins_s == pytest.approx(6, abs=0.15)
    assert not any("cut off" in note for note in sound.notes)
    assert any("begins after 6.0 s" in note or "begins after 5.9 s" in note for note in sound.notes)


@pytest.mark.parametrize(
    ("name", "codec", "form"),
    [
        ("a.wav", "pcm_s16le", "s16"),
        ("a.mp3", "libmp3lame", "fltp"),
        ("a.m4a", "aac", "fltp"),
        ("a.webm", "libopus", "flt"),
    ],
)
def test_a_recording_without_a_picture_begins_at_once(write: Write, tmp_path: Path, name: str, codec: str, form: str):
    sound = read_sound(write(tmp_path / name, tone(440, 48_000), 48_000, codec, form))
    assert sound.begins_s == 0 and not sound.notes


def test_a_cut_file_says_where_it_ends(write: Write, tmp_path: Path):
    whole = write(tmp_path / "a.flac", np.tile(tone(440, 16_000) * np.random.default_rng(0).random(16_000), 8), 16_000,
                  "flac").read_bytes()  # fmt: skip
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    sound = read_sound(tmp_path / "cut.flac")
    assert 2 < sound.duration_s < 6
    assert any("of 8.0 seconds: the file is cut off" in note for note in sound.notes)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.wav", b"", "is empty .0 bytes."),
        ("notes.wav", b"Dear diary, today I recorded nothing at all.\n" * 50, "is not a recording that can be read"),
        ("notes.mp3", b"Dear diary, today I recorded nothing at all.\n" * 50, "is not a recording|no sound"),
        ("list.mp3", b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/other.mp3\n", "is not a recording that can be read"),
        ("concat.wav", b"ffconcat version 1.0\nfile 'other.wav'\n", "is not a recording that can be read"),
        ("photo.wav", b"\x89PNG\r\n\x1a\n" + bytes(64), "is not a recording that can be read"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, name: str, content: bytes, said: str):
    (tmp_path / name).write_bytes(content)
    for source in (tmp_path / name, io.BytesIO(content)):
        with pytest.raises(InputError, match=said) as caught:
            read_sound(source, name)
        assert "\n" not in str(caught.value) and "Expected" in str(caught.value)


def test_a_wav_of_no_length_is_refused(tmp_path: Path):
    with wave.open(str(tmp_path / "a.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
    with pytest.raises(InputError, match="0 seconds could be read|not a recording"):
        read_sound(tmp_path / "a.wav")


@pytest.mark.parametrize(("count", "rate_hz"), [(1, 44_100), (61, 44_100), (66, 48_000), (132, 96_000), (264, 192_000)])
def test_a_few_samples_are_no_sound(write: Write, tmp_path: Path, count: int, rate_hz: int):
    path = write(tmp_path / "a.wav", np.full(count, 0.5, np.float32), rate_hz)
    with pytest.raises(InputError, match=r"a\.wav holds no sound: 0 seconds could be read"):
        read_sound(path)


def test_missing_files_and_folders_are_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"gone\.wav cannot be read \(No such file"):
        read_sound(tmp_path / "gone.wav")
    with pytest.raises(InputError, match="is a folder"):
        read_sound(tmp_path)


def test_three_hours_are_refused_at_once_where_ten_minutes_are_the_most(tmp_path: Path):
    path = tmp_path / "long.wav"
    seconds = 3 * 3600
    data = seconds * 8000
    with path.open("wb") as out:
        out.write(struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + data, b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8,
                              b"data", data))  # fmt: skip
        # A hole in the file: it takes no room on the disk.
        out.truncate(44 + data)
    with pytest.raises(InputError, match=r"longer than 10 minutes.*python -m fer speech"):
        read_sound(path, most_s=600)
    with SoundReader(path) as reader:
        assert reader.info.duration_s == pytest.approx(seconds)
        assert len(next(reader.blocks())) == 60 * 16_000, "read block by block, the rest stays where it is"

"""The emotions' colours: told apart by colour-blind people, seen on both grounds, the same in the theme."""

from __future__ import annotations

import tomllib
from itertools import combinations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from fer.emotions import EMOTIONS, STYLES
from fer.settings import ROOT

# Machado, Oliveira & Fernandes 2009, table 1, severity 1.0: linear RGB as a dichromat sees it.
SIGHT = {
    "trichromat": np.eye(3),
    "protanope": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranope": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanope": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
LEAST_DIFFERENCE = 12.0
LEAST_CONTRAST = 3.0


def rgb(code: str) -> np.ndarray:
    return np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def linear(colour: np.ndarray) -> np.ndarray:
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def seen(code: str, sight: str) -> np.ndarray:
    mixed = np.clip(SIGHT[sight] @ linear(rgb(code)), 0, 1)
    encoded = np.where(mixed <= 0.0031308, mixed * 12.92, 1.055 * mixed ** (1 / 2.4) - 0.055)
    return rgb2lab(encoded[None])[0]


def contrast(one: str, other: str) -> float:
    lights = sorted(float(linear(rgb(code)) @ [0.2126, 0.7152, 0.0722]) for code in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.fixture(scope="module")
def config() -> dict:
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_emotions_are_told_apart(sight: str):
    differences = {
        (a, b): float(deltaE_ciede2000(seen(STYLES[a].colour, sight), seen(STYLES[b].colour, sight)))
        for a, b in combinations(EMOTIONS, 2)
    }
    closest = min(differences, key=differences.__getitem__)
    assert differences[closest] >= LEAST_DIFFERENCE, (closest, differences[closest])


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("emotion", EMOTIONS)
def test_every_emotion_stands_out_from_the_page(emotion: str, mode: str, config: dict):
    assert contrast(STYLES[emotion].colour, config["theme"][mode]["backgroundColor"]) >= LEAST_CONTRAST


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_and_links_can_be_read(mode: str, config: dict):
    theme = config["theme"][mode]
    for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["sidebar"]["backgroundColor"]):
        assert contrast(theme["textColor"], ground) >= 7
        assert contrast(theme["linkColor"], ground) >= 4.5
    # Streamlit writes white on primary buttons.
    assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= LEAST_CONTRAST
    assert contrast("#ffffff", theme["primaryColor"]) >= LEAST_CONTRAST


def test_the_theme_has_the_emotions_colours_in_their_order(config: dict):
    assert config["theme"]["chartCategoricalColors"] == [STYLES[name].colour for name in EMOTIONS]


def test_no_emotion_depends_on_colour_alone():
    assert len({style.symbol for style in STYLES.values()}) == len(EMOTIONS)
    assert len({style.pattern for style in STYLES.values()}) == len(EMOTIONS)


def test_no_font_or_picture_comes_from_another_server(config: dict):
    assert "http" not in str(config["theme"])

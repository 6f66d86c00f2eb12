"""The colours can be read: AA in both modes, and ramps that keep their order without colour vision."""

from __future__ import annotations

import itertools
import re

import pytest

from volunteer_hub.core.assets import STATIC

TOKENS = (STATIC / "css" / "tokens.css").read_text(encoding="utf-8")
STATES = ("ok", "warning", "error", "info")
TEXT_PAIRS = [
    ("ink", "paper"),
    ("ink", "surface"),
    ("ink", "surface-2"),
    ("ink-2", "paper"),
    ("ink-2", "surface"),
    ("ink-2", "surface-2"),
    ("link", "paper"),
    ("link", "surface"),
    ("link", "surface-2"),
    ("link", "brand-soft"),
    ("ink", "brand-soft"),
    ("brand-ink", "brand"),
    ("brand-ink", "brand-strong"),
    ("accent-ink", "accent"),
    ("danger-ink", "danger"),
    ("danger", "surface"),
    ("mast-ink", "mast"),
    ("mast-ink", "mast-2"),
    ("mast-ink-2", "mast"),
    *[(state, f"{state}-soft") for state in STATES],
    *[(state, "paper") for state in STATES],
    *[("ink", f"{state}-soft") for state in STATES],
    *[("ink-2", f"{state}-soft") for state in STATES],
]
SHAPE_PAIRS = [
    ("line-strong", "paper"),
    ("line-strong", "surface"),
    ("focus", "paper"),
    ("focus", "surface"),
    ("brand", "surface"),
    ("accent", "mast"),
    ("error", "surface"),
]


def blocks() -> dict[str, dict[str, str]]:
    """The declarations of each mode."""
    pattern = re.compile(r"(--[\w-]+):\s*([^;]+);")
    light = TOKENS.split('[data-theme="light"] {')[1].split("}")[0]
    system = TOKENS.split(':root:not([data-theme="light"]) {')[1].split("}")[0]
    chosen = TOKENS.split('\n[data-theme="dark"] {')[1].split("}")[0]
    texts = {"light": light, "dark": system, "dark when chosen": chosen}
    return {mode: dict(pattern.findall(text)) for mode, text in texts.items()}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_dark_is_the_same_whether_chosen_or_the_systems() -> None:
    assert blocks()["dark"] == blocks()["dark when chosen"]
    assert blocks()["light"].keys() == blocks()["dark"].keys()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_can_be_read(mode: str) -> None:
    colours = blocks()[mode]
    weak = {p: contrast(colours[f"--{p[0]}"], colours[f"--{p[1]}"]) for p in TEXT_PAIRS}
    assert {pair: round(ratio, 2) for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_edges_and_focus_can_be_seen(mode: str) -> None:
    colours = blocks()[mode]
    weak = {p: contrast(colours[f"--{p[0]}"], colours[f"--{p[1]}"]) for p in SHAPE_PAIRS}
    assert {pair: round(ratio, 2) for pair, ratio in weak.items() if ratio < 3} == {}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_ramp_goes_one_way_in_lightness(mode: str) -> None:
    """More stands out more from the ground: darker in light mode, lighter in dark mode."""
    steps = [luminance(blocks()[mode][f"--ramp-{n}"]) for n in range(1, 8)]
    assert steps == sorted(steps, reverse=mode == "light")
    assert all(contrast_of(a, b) > 1.2 for a, b in itertools.pairwise(steps))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_diverging_ramp_leaves_its_middle_on_both_sides(mode: str) -> None:
    steps = [luminance(blocks()[mode][f"--split-{n}"]) for n in range(1, 8)]
    away = steps if mode == "light" else [-s for s in steps]
    assert away[:4] == sorted(away[:4])
    assert away[3:] == sorted(away[3:], reverse=True)


def contrast_of(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def test_colours_are_named_in_one_file_only() -> None:
    for sheet in (STATIC / "css").glob("*.css"):
        if sheet.name in ("tokens.css", "print.css"):
            continue
        found = re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^;{]*\{)", sheet.read_text(encoding="utf-8"))
        assert found == [], sheet.name

"""Images of three colours and plans with clusters of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

import imbatch2soundvisu as i2s
from tests.small import small_outputs

SMALL = {"outputs": small_outputs(without=(i2s.Gif,)), "seconds_per_image": 0.5}


QUICK = [i2s.ContactSheet(), i2s.Tables()]


COLOURS = {"red": (200, 30, 30), "green": (40, 160, 40), "blue": (30, 40, 210)}


def paint(folder: Path, name: str, colour: tuple[int, int, int], seed: int) -> None:
    """A plain image of one colour with some noise, a little brighter for every seed."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).normal(0, 6, (40, 60, 3))
    Image.fromarray(np.clip(np.array(colour) + 4 * seed + noise, 0, 255).astype(np.uint8)).save(folder / f"{name}.png")


def plan(name: str = "colours", **fields) -> i2s.SequencePlan:
    return i2s.SequencePlan(name, **{**SMALL, "outputs": QUICK, "clusters": i2s.KMeans(3), **fields})


def folders(sequence) -> set[str]:
    return {record.name.split("/")[0] for record in sequence.records}

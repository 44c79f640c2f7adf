"""How well distances of `Look` agree with labels, and find copies, against two plain descriptors.

    python -m benchmarks.bench_look [folder of class folders]

Leave-one-out: every image takes the label of the nearest other one (1-NN), or that of most of the nearest five.
Copies are halved, saved as JPEG at quality 30, brightened, darkened, cropped and turned; recall is how often the
original is the nearest of all images. All see the same images, at the size at which features are measured.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageEnhance
from scipy.spatial.distance import cdist
from skimage.feature import hog, local_binary_pattern

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.datasets import images
from imbatch2soundvisu.features import Pixels

#: Labelled photographs beside the repository, used when no folder is named and they are there.
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = ("B-clothing", "A-photos-gcompris")


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """Accuracy and recall as shares; ratio: ours over the peer's. No rows without at least two class folders."""
    folders = [data] if data is not None else [SHARED / name for name in SETS]
    return [row for folder in folders for row in _of_folder(folder)]


def _of_folder(folder: Path) -> list[dict[str, Any]]:
    paths = sorted(path for path in folder.glob("*/*") if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    labels = np.array([path.parent.name for path in paths])
    if len(set(labels)) < 2:
        return []
    measured = [Pixels(images.decode(path, config.MEASURE_SIZE).rgb) for path in paths]
    copies = [(number, copy) for number in range(0, len(paths), 4) for copy in _copies(paths[number])]
    marks, took = {}, {}
    for name, describe in {"Look": i2s.Look().of_pixels, **PEERS}.items():
        began = time.process_time()
        vectors = np.stack([describe(Pixels(each.rgb)) for each in measured])
        took[name] = (time.process_time() - began) / len(paths) * 1000
        found = cdist(np.stack([describe(copy) for _, copy in copies]), vectors).argmin(axis=1)
        recall = float((found == [number for number, _ in copies]).mean())
        marks[name] = {
            "1-NN": nearest_label_accuracy(vectors, labels, 1),
            "5-NN": nearest_label_accuracy(vectors, labels, 5),
            "copies found": recall,
        }
    ours = marks.pop("Look")
    return [
        {
            "what": f"look, {what}, {folder.name}",
            "ours": round(ours[what], 3),
            "peer": round(theirs[what], 3),
            "ratio": ours[what] / max(theirs[what], 1e-9),
            "note": f"{peer} ({took[peer]:.1f} ms an image; ours {took['Look']:.1f})",
        }
        for what in ours
        for peer, theirs in marks.items()
    ]


def nearest_label_accuracy(vectors: np.ndarray, labels: np.ndarray, k: int) -> float:
    """Leave-one-out: share of (n, d) vectors whose k nearest others vote for their label; the nearest breaks ties."""
    distances = cdist(vectors, vectors)
    np.fill_diagonal(distances, np.inf)
    right = 0
    for row, own in zip(np.argsort(distances, axis=1, kind="stable")[:, :k], labels, strict=True):
        votes = {label: int((labels[row] == label).sum()) for label in labels[row]}
        right += max(votes, key=lambda label: votes[label]) == own
    return right / len(labels)


def _copies(path: Path) -> Iterator[Pixels]:
    """Copies of an image as a person makes them, decoded as files are."""
    with Image.open(path) as opened:
        whole = opened.convert("RGB")
    width, height = whole.size
    brighter = ImageEnhance.Contrast(ImageEnhance.Brightness(whole).enhance(1.25)).enhance(1.15)
    darker = ImageEnhance.Contrast(ImageEnhance.Brightness(whole).enhance(0.75)).enhance(0.9)
    cropped = whole.crop((width * 6 // 100, height * 4 // 100, width * 95 // 100, height * 95 // 100))
    for copy, quality in (
        (whole.resize((max(1, width // 2), max(1, height // 2))), 95),
        (whole, 30),
        (brighter, 92),
        (darker, 92),
        (cropped, 92),
        (whole.rotate(3, Image.Resampling.BICUBIC), 92),
    ):
        with tempfile.TemporaryDirectory() as folder:
            copy.save(file := Path(folder) / "copy.jpg", quality=quality)
            yield Pixels(images.decode(file, config.MEASURE_SIZE).rgb)


def _histogram_and_thumbnail(pixels: Pixels) -> np.ndarray:
    """4 × 4 × 4 bins of RGB, and 8 × 8 px, each of unit length. (256,)"""
    counts = cv2.calcHist([np.ascontiguousarray(pixels.rgb)], [0, 1, 2], None, [4, 4, 4], [0, 256] * 3)
    thumbnail = cv2.resize(pixels.rgb, (8, 8), interpolation=cv2.INTER_AREA)
    return np.concatenate((_unit(counts), _unit(thumbnail)))


def _lab_hog_lbp(pixels: Pixels) -> np.ndarray:
    """Roots of 16 bins each of L*, a*, b*; HOG; roots of uniform local binary patterns; unit length each. (1822,)"""
    square = cv2.resize(pixels.rgb, (128, 128), interpolation=cv2.INTER_AREA)
    lab, grey = cv2.cvtColor(square, cv2.COLOR_RGB2LAB), cv2.cvtColor(square, cv2.COLOR_RGB2GRAY)
    counts = np.concatenate([cv2.calcHist([lab], [channel], None, [16], [0, 256]) for channel in range(3)])
    patterns = np.bincount(local_binary_pattern(grey, 8, 1, "uniform").astype(int).ravel(), minlength=10)
    directions = hog(grey, pixels_per_cell=(16, 16), cells_per_block=(2, 2))
    return np.concatenate([_unit(each) for each in (np.sqrt(counts), directions, np.sqrt(patterns))])


def _unit(values: np.ndarray) -> np.ndarray:
    flat = np.asarray(values, np.float64).ravel()
    return flat / max(float(np.linalg.norm(flat)), 1e-9)


PEERS: dict[str, Callable[[Pixels], np.ndarray]] = {
    "colour histogram and thumbnail": _histogram_and_thumbnail,
    "Lab histograms, HOG and LBP": _lab_hog_lbp,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    for row in rows(parser.parse_args().data):
        print(row)

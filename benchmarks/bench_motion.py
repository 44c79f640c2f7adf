"""Motion: shots against cuts seen by eye, shuffled pans against a smooth path, bursts, stabilised films.

    python -m benchmarks.bench_motion

Photographs are those of scikit-image and scikit-learn; the clips are in ../shared/data, without which their rows are
left out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.stats import kendalltau

from imbatch2soundvisu.clustering import Shots
from imbatch2soundvisu.core import Collection
from imbatch2soundvisu.datasets import discover
from imbatch2soundvisu.datasets.images import open_image
from imbatch2soundvisu.datasets.videos import video_frames
from imbatch2soundvisu.features.focus import Focus
from imbatch2soundvisu.features.motion.thumbnails import Thumbnail
from imbatch2soundvisu.measurement import measure
from imbatch2soundvisu.sorting import paths
from imbatch2soundvisu.sorting.temporal import temporal_order
from imbatch2soundvisu.visuals.video import Steady, steadied
from tests.made_shots import SIZE, Shot, film, made_burst, photographs

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
#: First frames of shots, by eye, of the clip of 24 frames a second.
CUTS = {"big_buck_bunny_0_30.webm": (283, 376, 551), "bigbuckbunny_5s_51audio.mp4": ()}
RATES = (2, 4, 12)
PANS = (
    ((0.35, 0.5, 0.5), (0.62, 0.5, 0.5)),
    ((0.45, 0.5, 0.5), (0.48, 0.5, 0.5)),
    ((0.4, 0.4, 0.5), (0.5, 0.55, 0.42)),
)
BURSTS = 60


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """Shares of what is found: [{what, ours, peer, ratio, note}]."""
    return [*_shots(), *_orders(), *_bursts(), *_stabilised()]


def _row(what: str, ours: float, peer: float, note: str) -> dict[str, Any]:
    ratio = ours / peer if peer else float("inf") if ours else 1.0
    return {"what": what, "ours": round(ours, 3), "peer": round(peer, 3), "ratio": ratio, "note": note}


def _shots() -> Iterator[dict[str, Any]]:
    for what, cases in (("made films", _made_films()), ("clips, by eye", _clips())):
        counts = np.zeros((2, 3))
        for collection, truth in cases:
            table = measure(collection, ["shot_change", "residual_change"])
            found = Shots().cluster(table, np.random.default_rng(0))
            starts = [int(found.rows(number)[0]) for number in range(1, len(found))]
            counts += [_matches(starts, truth), _matches(_by_histogram(collection), truth)]
        if counts[0].sum():
            (precision, recall), (peer_precision, peer_recall) = (_shares(each) for each in counts)
            note = f"against differences of colour histograms; {int(counts[0, 0] + counts[0, 2])} boundaries"
            yield _row(f"shots of {what}, precision", precision, peer_precision, note)
            yield _row(f"shots of {what}, recall", recall, peer_recall, note)


def _matches(found: list[int], truth: list[int]) -> tuple[int, int, int]:
    """Right ones, wrong ones and missed ones; a boundary may be three images off, as in the middle of a dissolve."""
    left, right = list(found), 0
    for each in truth:
        near = [one for one in left if abs(one - each) <= 3]
        if near:
            left.remove(min(near, key=lambda one: abs(one - each)))
            right += 1
    return right, len(left), len(truth) - right


def _shares(counts: np.ndarray) -> tuple[float, float]:
    right, wrong, missed = counts
    return right / max(1, right + wrong), right / max(1, right + missed)


def _by_histogram(collection: Collection) -> list[int]:
    """Cuts where the correlation of histograms of hue and saturation is below 0.5, the usual recipe."""
    found, before = [], None
    for number, record in enumerate(collection):
        hsv = cv2.cvtColor(open_image(record, 256), cv2.COLOR_RGB2HSV)
        histogram = cv2.calcHist([hsv], [0, 1], None, [32, 32], [0, 180, 0, 256])
        if before is not None and cv2.compareHist(before, histogram, cv2.HISTCMP_CORREL) < 0.5:
            found.append(number)
        before = histogram
    return found


def _made_films() -> Iterator[tuple[Collection, list[int]]]:
    rng, photos = np.random.default_rng(0), photographs()
    for number in range(3):
        shots = [_any_shot(photo, rng) for photo in rng.permutation(np.arange(len(photos))).tolist()]
        rendered = [Shot(photos[photo], *rest).render(rng) for photo, *rest in shots]
        lengths = [int(rng.integers(6, 11)) if number and rng.random() < 0.4 else 0 for _ in shots[1:]]
        frames, truth = film(rendered, lengths)
        with tempfile.TemporaryDirectory() as folder:
            for i, frame in enumerate(frames):
                cv2.imwrite(str(Path(folder) / f"{i:04}.png"), frame[..., ::-1])
            yield discover(folder), truth


def _any_shot(photo: int, rng: np.random.Generator) -> tuple[Any, ...]:
    x, y = rng.uniform(0.4, 0.6, 2)
    pan, zoom = rng.uniform(-0.1, 0.1, 2), rng.uniform(0.4, 0.6)
    ends = (x, y, zoom), (x + pan[0], y + pan[1], zoom * rng.uniform(0.85, 1.1))
    return photo, int(rng.integers(16, 30)), *ends, 0.3 * (rng.random() < 0.4), float(rng.choice([0, 0, 0.7]))


def _clips() -> Iterator[tuple[Collection, list[int]]]:
    for name, cuts in CUTS.items():
        for rate in RATES if (DATA / "D-video" / name).exists() else ():
            with tempfile.TemporaryDirectory() as folder:
                collection = discover(video_frames(DATA / "D-video" / name, Path(folder), per_second=rate))
                moments = [float(record.label.split()[-1][:-5]) for record in collection]
                yield collection, [sum(s * 24 < cut - 0.5 for s in moments) for cut in cuts]


def _orders() -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(0)
    ours, peer = list[float](), list[float]()
    for photo in photographs():
        for pan in PANS:
            frames = Shot(photo, 40, *pan, subject=0.3).render(rng, noise=6)
            places = rng.permutation(len(frames))
            small = np.array(Thumbnail().measure([frames[i] for i in places]))
            for taus, order in ((ours, temporal_order(small, np.arange(40))), (peer, paths.shortest_path(small))):
                taus.append(abs(kendalltau(np.arange(40), places[order])[0]))
    note = f"against a smooth path through the same thumbnails; {len(ours)} pans with noise and a moving subject"
    yield _row("shuffled pans, Kendall's tau, mean", float(np.mean(ours)), float(np.mean(peer)), note)
    yield _row("shuffled pans, Kendall's tau, least", min(ours), min(peer), note)


def _bursts() -> Iterator[dict[str, Any]]:
    rng, photos, ours, peer = np.random.default_rng(0), photographs(), 0, 0
    for number in range(BURSTS):
        frames, sharpest = made_burst(photos[number % len(photos)], rng)
        ours += int(np.argmax([each["focus"] for each in Focus().measure(frames)])) == sharpest
        greys = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
        peer += int(np.argmax([cv2.Laplacian(grey, cv2.CV_64F).var() for grey in greys])) == sharpest
    note = f"against the variance of the Laplacian; {BURSTS} bursts of 5, blurred, shifted and noisy"
    yield _row("bursts, sharpest kept, share", ours / BURSTS, peer / BURSTS, note)


def _stabilised() -> Iterator[dict[str, Any]]:
    rng, kept, plain = np.random.default_rng(0), list[float](), list[float]()
    for photo in photographs():
        made = Shot(photo, 60, (0.4, 0.5, 0.5), (0.6, 0.5, 0.5), subject=0.2, shake=2)
        frames = made.render(rng)
        with tempfile.TemporaryDirectory() as folder:
            for i, each in enumerate(frames):
                cv2.imwrite(str(Path(folder) / f"{i:04}.png"), each[..., ::-1])
            steady = steadied(list(discover(folder)), frames[0].shape[1::-1])
        plain.append(_jitter(made, [None] * len(frames)))
        kept.append(_jitter(made, steady))
    note = (
        f"px of 320, between neighbours, of 4 points whose motion is known; against the film as it is; {len(kept)} pans"
    )
    yield _row("jitter of a stabilised film, mean", float(np.mean(kept)), float(np.mean(plain)), note)
    yield _row("jitter of a stabilised film, most", max(kept), max(plain), note)


def _jitter(made: Shot, steady: Sequence[Steady | None]) -> float:
    """Root mean square of the motion of points between neighbours, besides the mean motion."""
    points = 0.25 * np.array([1 + 0.5j, 1 - 0.5j, -1 + 0.5j, -1 - 0.5j])
    moved = [points * np.exp(-1j * np.radians(turn)) + complex(x, y) / SIZE[0] for x, y, turn in made.jitter]
    seen = [each if how is None else how.a * each + how.b for each, how in zip(moved, steady, strict=True)]
    steps = np.diff(SIZE[0] * np.array(seen), axis=0)
    return float(np.sqrt((np.abs(steps - steps.mean(axis=0)) ** 2).mean()))


if __name__ == "__main__":
    for row in rows():
        print(row)

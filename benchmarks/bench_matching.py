"""How cells and tiles are compared: candidates against the target, near and from afar.

    python -m benchmarks.bench_matching [--all]

Three targets of 1024 x 1024 px are made of 450 tiles of 16 x 24 px (photographs of the sets A-photos-gcompris and
B-clothing beside the repository, cropped to 2:3), 2,688 cells each, the most similar tile in each. The peer matches as
worldveil/photomosaic does: all pixels in sRGB, squared Euclidean distance. With `--all`, it prints the table of
`docs/mosaic-matching.md`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from imbatch2soundvisu import config
from imbatch2soundvisu.datasets.images import open_image
from imbatch2soundvisu.mosaic import Codebook, MosaicOptions, codebook_of
from imbatch2soundvisu.mosaic.layout.cells import lay_out
from imbatch2soundvisu.mosaic.matching import vectors
from imbatch2soundvisu.mosaic.matching.choosing import choose
from imbatch2soundvisu.mosaic.painting.strips import painted
from imbatch2soundvisu.mosaic.placed_tiles import PlacedTiles
from imbatch2soundvisu.mosaic.similarity import likeness
from imbatch2soundvisu.mosaic.sources import records_of

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
TILE, SIDE, TILES, BLUR = (16, 24), 1024, 450, 12.0


@dataclass(frozen=True)
class Candidate:
    """A way to compare: options, and the weights of chroma (OKLab only) and mean."""

    space: str = "oklab"
    detail: int = 8
    chroma: float = vectors.CHROMA_WEIGHT
    mean: float = vectors.MEAN_WEIGHT
    edges: float = 0.0

    @property
    def name(self) -> str:
        """As in the table."""
        parts = [self.space, f"detail {self.detail}" if self.detail < max(TILE) else "all pixels"]
        parts += [f"chroma x {self.chroma:g}"] * (self.space == "oklab") + [f"mean x {self.mean:g}"]
        return ", ".join(parts + [f"edges {self.edges:g}"] * bool(self.edges))


SEED = Candidate("srgb", max(TILE), mean=1)
CANDIDATES = (
    SEED,
    *(
        Candidate(space, detail, 1, 1)
        for space in ("srgb", "linear", "lab", "oklab")
        for detail in (1, 2, 4, 8, 16, 24)
    ),
    *(Candidate(chroma=chroma, mean=1) for chroma in (1.5, 2, 3)),
    *(Candidate(mean=mean) for mean in (1.25, 1.5, 2, 3)),
    *(Candidate(detail=detail) for detail in (4, 12, 24)),
    *(Candidate("srgb", detail, mean=1.5) for detail in (8, 24)),
    Candidate("lab", mean=1.5),
    *(Candidate(edges=edges) for edges in (0.25, 0.5, 1)),
    Candidate(),
)
FIGURES = ("psnr", "ssim", "delta_e")


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """PSNR, SSIM and mean colour difference of the default, near and from afar, beside those of the peer."""
    if not all((SHARED / name).exists() for name in ("A-photos-gcompris", "B-clothing", "C-faces")):
        return []
    codebook, found = tiles(), []
    for name, target in targets().items():
        ours, peer = (figures(target, codebook, each) for each in (Candidate(), SEED))
        for figure, one, other in zip(_HEADS, ours, peer, strict=True):
            ratio = other / one if figure.startswith("colour") else one / other
            found.append(
                {"what": f"mosaic of {name}, {figure}", "ours": round(one, 3), "peer": round(other, 3),
                 "ratio": round(ratio, 3), "note": "all pixels in sRGB; the same tiles and cells"}
            )  # fmt: skip
    return found


_HEADS = ("PSNR near", "SSIM near", "colour difference near", "PSNR far", "SSIM far", "colour difference far")


def tiles() -> Codebook:
    """450 tiles: all of the first set, and of the second one as many as are missing, evenly."""
    settings = config.resolve()
    first, second = (records_of(SHARED / name, settings).records for name in ("A-photos-gcompris", "B-clothing"))
    some = np.linspace(0, len(second) - 1, TILES - len(first)).round().astype(int)
    return codebook_of((*first, *(second[each] for each in some.tolist())), TILE, settings=settings)


def targets() -> dict[str, np.ndarray]:
    """Three images, enlarged to squares of 1024 px."""
    from skimage import data

    portrait = sorted((SHARED / "C-faces").glob("*/*"))[30]
    landscape = sorted((SHARED / "A-photos-gcompris" / "landmarks").glob("*"))[5]
    read = {name: open_image(path) for name, path in (("portrait", portrait), ("landscape", landscape))}
    return {"astronaut": _square(np.asarray(data.astronaut())), **{name: _square(each) for name, each in read.items()}}


def _square(image: np.ndarray) -> np.ndarray:
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    part = np.ascontiguousarray(image[top : top + side, left : left + side])
    return cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


def figures(target: np.ndarray, codebook: Codebook, candidate: Candidate) -> list[float]:
    """PSNR, SSIM and mean CIEDE2000, near and after a blur of sigma 12 px."""
    options = MosaicOptions(
        tile=TILE, cover="whole", space=candidate.space, detail=candidate.detail, edges=candidate.edges
    )
    cells = lay_out(target, options)
    samples = vectors.samples_of(TILE, candidate.detail)
    with _weights(candidate):
        tile_rows = vectors.tile_vectors(codebook, samples, options)
        chosen = choose(vectors.cell_vectors(target, cells, samples, options), tile_rows, cells, options)
    pixels, shown = painted(PlacedTiles(target, cells, codebook, chosen, options)), cells.part_of(target)
    near = likeness(pixels, shown)
    far = likeness(*(cv2.GaussianBlur(each.astype(np.float32), (0, 0), BLUR) for each in (pixels, shown)))
    return [getattr(each, figure) for each in (near, far) for figure in FIGURES]


@contextmanager
def _weights(candidate: Candidate) -> Iterator[None]:
    before = vectors.CHROMA_WEIGHT, vectors.MEAN_WEIGHT
    vectors.CHROMA_WEIGHT, vectors.MEAN_WEIGHT = candidate.chroma, candidate.mean
    try:
        yield
    finally:
        vectors.CHROMA_WEIGHT, vectors.MEAN_WEIGHT = before


def table(candidates: tuple[Candidate, ...] = CANDIDATES) -> Iterator[str]:
    """The lines of the table: near / far of each target."""
    codebook, images = tiles(), targets()
    yield "| candidate | " + " | ".join(f"{name} near | far" for name in images) + " |"
    yield "|---" * (1 + 2 * len(images)) + "|"
    for candidate in candidates:
        cells = []
        for target in images.values():
            found = figures(target, codebook, candidate)
            cells += [f"{psnr:.2f} / {ssim:.3f} / {delta:.1f}" for psnr, ssim, delta in (found[:3], found[3:])]
        yield f"| {candidate.name} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="all candidates, not the default and the peer alone")
    for line in table(CANDIDATES if parser.parse_args().all else (SEED, Candidate())):
        print(line, flush=True)

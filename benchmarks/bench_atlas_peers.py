"""The steps of a map beside those of AMNH's Image Collection Visualizer, and the page beside VIKUS's script.

    python -m benchmarks.bench_atlas_peers [folder of images] [--vikus]

The images are the 1,000 of `bench_atlas_grid`. Each step of the visualizer reads what our step before it wrote, so that
both do the same work. What does not run today is replaced: VGG16 of Keras by EfficientNet-Lite0, ours, in torch and
one image after the other as there; MulticoreTSNE by openTSNE with its method, angle and rate; RasterFairy by
SciPy's assignment; its pyramid by `vips dzsave`. Seconds are those of all processors together. npm installs the script
of VIKUS.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.bench_atlas_grid import COUNT, photographs_of
from imbatch2soundvisu import config
from imbatch2soundvisu.atlas import steps
from imbatch2soundvisu.atlas.grid_tables import read_grid_csv, read_points_csv
from imbatch2soundvisu.atlas.steps.files import read_features

COLUMNS, ROWS, TILE, TILE_SIZE = 40, 25, 128, 128
_PCA, _ANGLE, _RATE = 256, 0.1, 150  # of the visualizer
_VIKUS = "vikus-viewer-script@2.1.1"
#: What VIKUS's script is asked for: its own sizes, and about as many pixels as the images have, which it enlarges.
_SIZES = {"sizes of its own": {}, "sizes of the images": {"largeSize": 512, "mediumSize": 256, "spriteSize": 64}}
_ATLAS = """
import sys
import imbatch2soundvisu as i2s
plan = i2s.AtlasPlan("map", outputs=[i2s.AtlasPage()])
i2s.run([plan], root=sys.argv[1], outputs=sys.argv[2] + "/outputs", cache=sys.argv[2] + "/cache")
"""


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """Seconds of each step, ours and theirs; none without the extras `clip` and `maps`, or 1,000 photographs."""
    try:
        import openTSNE  # noqa: F401
        import timm  # noqa: F401
    except ImportError:
        return []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if data is None or not _copied(data, folder / "photos"):
            return []
        return _steps(folder)


def vikus_rows(data: Path) -> list[dict[str, Any]]:
    """Seconds and megabytes of our map of all that it has, and of the images of VIKUS's script; none without npm."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if not _copied(data, folder / "photos") or (script := _vikus_script()) is None:
            return []
        ours = _measured([sys.executable, "-c", _ATLAS, str(folder / "photos"), str(folder / "ours")])
        size = _megabytes(folder / "ours" / "outputs" / "map" / "map")
        found = []
        for name, sizes in _SIZES.items():
            options = [f"--{key}={value}" for key, value in sizes.items()]
            out = folder / name.replace(" ", "-")
            command = ["node", str(script), f"{folder / 'photos'}/*", "--output", str(out), *options]
            peer = _measured(command)
            shutil.rmtree(out / "tmp", ignore_errors=True)
            wall = f"VIKUS's script, {name}; {ours[1]:.0f} and {peer[1]:.0f} s on the clock"
            found.append(_row("map of 1,000 photos, CPU s", ours[0], peer[0], wall))
            found.append(_row("map of 1,000 photos, MB", size, _megabytes(out), f"VIKUS's script, {name}"))
        return found


def _copied(data: Path, folder: Path) -> bool:
    folder.mkdir()
    for number, path in enumerate(photographs_of(data)):
        shutil.copy2(path, folder / f"{number:04}{path.suffix.lower()}")
    return len(list(folder.iterdir())) == COUNT


def _steps(folder: Path) -> list[dict[str, Any]]:
    """Each of our steps, then theirs."""
    photos, file = folder / "photos", {name: folder / name for name in _FILES}
    steps_of = (
        ("images to features", "EfficientNet-Lite0 in torch, one by one; scikit-learn's PCA",
         lambda: steps.images_to_features(photos, file["f.npz"], pca=_PCA, on="cnn"), lambda: _features(photos)),
        ("features to t-SNE", f"openTSNE, Barnes-Hut, angle {_ANGLE}, rate {_RATE}",
         lambda: steps.features_to_tsne(file["f.npz"], file["tsne.csv"]), lambda: _tsne(file["f.npz"])),
        ("t-SNE to grid", "SciPy's linear_sum_assignment",
         lambda: steps.tsne_to_grid(file["tsne.csv"], file["grid.csv"], grid=f"{COLUMNS}x{ROWS}"),
         lambda: _assigned(file["tsne.csv"])),
        ("grid to image", "Pillow",
         lambda: steps.grid_to_image(file["grid.csv"], file["m.jpg"], tile=(TILE, TILE)),
         lambda: _matrix(file["grid.csv"], folder / "theirs.jpg")),
        ("image to tiles", "vips dzsave",
         lambda: steps.image_to_tiles(file["m.jpg"], file["m.dzi"], tile_size=TILE_SIZE),
         lambda: _tiles(folder / "theirs.jpg", folder / "theirs")),
        ("grid to tiles, without the image", "Pillow, then vips dzsave",
         lambda: steps.grid_to_tiles(file["grid.csv"], folder / "tiles", tile_size=TILE_SIZE),
         lambda: _tiles(_matrix(file["grid.csv"], folder / "again.jpg"), folder / "again")),
    )  # fmt: skip
    found = []
    for name, note, ours, theirs in steps_of:
        times = [_seconds(each) for each in (ours, theirs)]
        clock = f"; {times[0][1]:.1f} and {times[1][1]:.1f} s on the clock"
        found.append(_row(f"{name}, {COUNT:,} photos, CPU s", times[0][0], times[1][0], note + clock))
    return found


_FILES = ("f.npz", "tsne.csv", "grid.csv", "m.jpg", "m.dzi")


def _features(photos: Path) -> np.ndarray:
    import timm
    import torch
    from sklearn.decomposition import PCA

    network = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0).eval()
    found = []
    with torch.inference_mode():
        for path in sorted(photos.iterdir()):
            with Image.open(path) as image:
                pixels = np.asarray(image.convert("RGB").resize((224, 224)), np.float32) / 127.5 - 1
            found.append(network(torch.from_numpy(pixels).permute(2, 0, 1)[None])[0].numpy())
    return PCA(_PCA).fit_transform(np.array(found))


def _tsne(features: Path) -> np.ndarray:
    import openTSNE

    method = openTSNE.TSNE(
        negative_gradient_method="bh", theta=_ANGLE, learning_rate=_RATE, n_jobs=os.cpu_count() or 1, random_state=0,
        n_iter=750,
    )  # fmt: skip
    return np.asarray(method.fit(read_features(features).vectors))


def _assigned(table: Path) -> np.ndarray:
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    points = read_points_csv(table).places
    points = (points - points.min(axis=0)) / np.ptp(points, axis=0) * [COLUMNS - 1, ROWS - 1]
    cells = np.stack(np.meshgrid(np.arange(COLUMNS), np.arange(ROWS)), axis=-1).reshape(-1, 2)
    return cells[linear_sum_assignment(cdist(points, cells, "sqeuclidean"))[1]]


def _matrix(grid: Path, out: Path) -> Path:
    table = read_grid_csv(grid)
    whole = Image.new("RGB", (COLUMNS * TILE, ROWS * TILE))
    for (column, row), name in zip(table.places, table.names or (), strict=True):
        with Image.open(name) as image:
            factor = TILE / min(image.size)
            size = [max(TILE, round(side * factor)) for side in image.size]
            small = image.convert("RGB").resize((size[0], size[1]), Image.Resampling.LANCZOS)
            left, top = ((side - TILE) // 2 for side in size)
            whole.paste(small.crop((left, top, left + TILE, top + TILE)), (int(column) * TILE, int(row) * TILE))
    whole.save(out)
    return out


def _tiles(image: Path, out: Path) -> None:
    import pyvips

    opened = pyvips.Image.new_from_file(str(image), access="sequential")
    opened.dzsave(str(out), tile_size=TILE_SIZE, overlap=1, suffix=".jpg[Q=85]")


def _seconds(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of all processors, those of children included, and on the clock."""
    before, began = os.times(), time.perf_counter()
    work()
    return sum(os.times()[:4]) - sum(before[:4]), time.perf_counter() - began


def _measured(command: list[str]) -> tuple[float, float]:
    return _seconds(lambda: subprocess.run(command, check=True, capture_output=True))


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _vikus_script() -> Path | None:
    folder = config.resolve().cache / "benchmarks" / "vikus"
    script = folder / "node_modules" / "vikus-viewer-script" / "bin" / "textures.js"
    if script.is_file():
        return script
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["npm", "install", "--prefix", str(folder), _VIKUS], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{_VIKUS} cannot be installed, so it is not compared: {error}")
        return None
    return script


def _row(what: str, ours: float, peer: float, note: str) -> dict[str, Any]:
    return {"what": what, "ours": round(ours, 2), "peer": round(peer, 2), "ratio": peer / max(ours, 0.01), "note": note}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--vikus", action="store_true", help="compare the whole map with VIKUS's script, for minutes")
    arguments = parser.parse_args()
    for row in rows(arguments.data) + (vikus_rows(arguments.data) if arguments.vikus else []):
        print(row)

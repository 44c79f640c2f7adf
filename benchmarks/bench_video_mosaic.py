"""Video mosaics: frames a second against real time, processor time against decoding and encoding alone, stabilization.

    python -m benchmarks.bench_video_mosaic

The source is 640 x 360 at 30 frames a second: shots that pan over photographs, with noise, and one that stands still.
A film of 40 x 30 cells is made of 2,000 tiles. "Decoding and encoding alone" reads the source, and encodes the frames
of the finished film again with the same settings: what no way of making the frames can save. The seed's way is to
search the most similar tile of every cell in every frame by one query each (faiss, flat index), measured on a few
frames.
"""

from __future__ import annotations

import itertools
import resource
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from PIL import Image

from imbatch2soundvisu import config
from imbatch2soundvisu.datasets.video_pictures import picture
from imbatch2soundvisu.mosaic import MosaicOptions, video_mosaic
from imbatch2soundvisu.mosaic.videos.frame_samples import frame_samples
from imbatch2soundvisu.mosaic.videos.grid import grid_of
from imbatch2soundvisu.mosaic.videos.parts import PartEncoder

from .bench_path import _photographs

SIZE, RATE, SHOT, TILES = (640, 360), 30, 60, 2_000
OPTIONS: dict[str, Any] = {"tile": (16, 12)}
_NOISE, _SEARCHED_FRAMES = 4.0, 5


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """Frames a second, processor time, and share of changed tiles."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        photographs = [np.ascontiguousarray(each[..., ::-1]) for each in itertools.islice(_photographs(data), 40)]
        _write_tiles(root / "tiles", photographs)
        moving = _written(root / "moving.mp4", _shots(photographs[:6]))
        still = _written(root / "still.mp4", _noisy(photographs[0]))
        return [*_speed(root, moving), *_stability(root, still)]


def _speed(root: Path, video: Path) -> list[dict[str, Any]]:
    settings = config.resolve({"CACHE": str(root / "cache")})
    video_mosaic(video, root / "tiles", root / "film.mp4", settings=settings, seconds=0.1, **OPTIONS)  # tiles are kept
    report, seconds, spent = _timed(
        lambda: video_mosaic(video, root / "tiles", root / "film.mp4", settings=settings, **OPTIONS)
    )
    _, _, least = _timed(lambda: _decode_and_encode(video, root / "film.mp4"))
    rate, frames = report.frames / seconds, report.frames
    searched = _one_by_one(video, root) * frames
    cpu = [round(1000 * each / frames, 2) for each in (spent, least, spent - least + searched)]
    what = f"{SIZE[0]}x{SIZE[1]}, {report.grid[0]}x{report.grid[1]} cells, {TILES} tiles"
    return [
        _row("frames a second", round(rate, 1), RATE, rate / RATE, f"real time; {what}"),
        _row("CPU ms a frame", cpu[0], cpu[1], cpu[1] / cpu[0], f"decoding and encoding alone; {what}"),
        _row("CPU ms a frame", cpu[0], cpu[2], cpu[2] / cpu[0], "one query for each cell of each frame, faiss"),
    ]


def _stability(root: Path, video: Path) -> list[dict[str, Any]]:
    settings = config.resolve({"CACHE": str(root / "cache")})
    found = {}
    for threshold in (1.0, 0.9):
        film = root / "still-film.mp4"
        report = video_mosaic(video, root / "tiles", film, settings=settings, stabilization=threshold, **OPTIONS)
        found[threshold] = report.changed, _psnr(film, video), report.bytes
    (changed, decibels, size), (most, best, largest) = found[0.9], found[1.0]
    note = "stabilization=1; a still shot with noise"
    return [
        _row("% of tiles changed a frame", round(100 * changed, 3), round(100 * most, 3), most / changed, note),
        _row("PSNR in dB", round(decibels, 2), round(best, 2), decibels / best, note),
        _row("bytes", size, largest, largest / size, note),
    ]


def _row(what: str, ours: float, peer: float, ratio: float, note: str) -> dict[str, Any]:
    return {"what": f"video mosaic, {what}", "ours": ours, "peer": peer, "ratio": round(ratio, 2), "note": note}


def _timed(make: Callable[[], Any]) -> tuple[Any, float, float]:
    """(what is made, seconds, seconds of processor time)."""
    began, before = time.perf_counter(), _processor_time()
    made = make()
    return made, time.perf_counter() - began, _processor_time() - before


def _processor_time() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _decode_and_encode(source: Path, film: Path) -> None:
    with av.open(str(source)) as container:
        for _ in container.decode(video=0):
            pass
    with av.open(str(film)) as container:
        encoder = PartEncoder(SIZE, Fraction(1, RATE), Fraction(RATE))
        for number, frame in enumerate(container.decode(video=0)):
            encoder.add(frame.to_ndarray(), number, number % SHOT == 0)
        encoder.finish()


def _one_by_one(video: Path, root: Path) -> float:
    """Seconds of a search for each cell of a frame, one after the other, as the mean of some frames."""
    import faiss

    grid = grid_of(SIZE, MosaicOptions(**OPTIONS))
    files = sorted((root / "tiles").iterdir())
    tiles = np.stack([np.asarray(Image.open(each).resize(grid.samples, Image.Resampling.BOX)) for each in files])
    index = faiss.IndexFlatL2(tiles[0].size)
    index.add(tiles.reshape(len(tiles), -1).astype(np.float32))
    spent = 0.0
    with av.open(str(video)) as container:
        for frame in itertools.islice(container.decode(video=0), _SEARCHED_FRAMES):
            cells = grid.by_cell(frame_samples(frame, grid, None)).reshape(len(grid), 1, -1).astype(np.float32)
            before = _processor_time()
            for cell in cells:
                index.search(cell, 1)
            spent += _processor_time() - before
    return spent / _SEARCHED_FRAMES


def _psnr(film: Path, source: Path) -> float:
    with av.open(str(film)) as one, av.open(str(source)) as other:
        pairs = zip(one.decode(video=0), other.decode(video=0), strict=True)
        errors = [np.mean((picture(a).astype(np.float32) - picture(b)) ** 2) for a, b in pairs]
    return float(np.mean(10 * np.log10(255**2 / np.array(errors))))


def _write_tiles(folder: Path, photographs: list[np.ndarray]) -> None:
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(TILES):
        image = photographs[number % len(photographs)]
        height = int(min(image.shape[0], image.shape[1] * 3 / 4) * rng.uniform(0.1, 0.9))
        width = height * 4 // 3
        top, left = rng.integers(image.shape[0] - height + 1), rng.integers(image.shape[1] - width + 1)
        tile = cv2.resize(image[top : top + height, left : left + width], (64, 48), interpolation=cv2.INTER_AREA)
        Image.fromarray(tile).save(folder / f"{number:04}.jpg", quality=95)


def _shots(photographs: list[np.ndarray]) -> list[np.ndarray]:
    """A slow pan over each photograph."""
    rng, found = np.random.default_rng(1), []
    for image in photographs:
        wide = cv2.resize(image, (SIZE[0] * 5 // 4, SIZE[1] * 5 // 4), interpolation=cv2.INTER_AREA)
        for number in range(SHOT):
            matrix = np.array([[1, 0, 2.0 * number], [0, 1, 1.0 * number]], np.float32)
            part = cv2.warpAffine(wide, matrix, SIZE, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
            found.append(_with_noise(part, rng))
    return found


def _noisy(photograph: np.ndarray) -> list[np.ndarray]:
    rng, still = np.random.default_rng(2), cv2.resize(photograph, SIZE, interpolation=cv2.INTER_AREA)
    return [_with_noise(still, rng) for _ in range(2 * SHOT)]


def _with_noise(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip(pixels + rng.normal(0, _NOISE, pixels.shape), 0, 255).astype(np.uint8)


def _written(path: Path, pictures: list[np.ndarray]) -> Path:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=RATE, options={"crf": "18", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for pixels in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


if __name__ == "__main__":
    for row in rows():
        print(f"{row['what']:40} {row['ours']:>8} {row['peer']:>8}  x{row['ratio']:<8} {row['note']}")

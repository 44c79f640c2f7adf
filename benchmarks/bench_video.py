"""MP4 of stills: this package against MoviePy's and imageio's defaults, on the same frames.

    python benchmarks/bench_video.py [folder of images] [--full]

SSIM (luma) and PSNR (RGB) compare decoded frames with the source frames. MoviePy and imageio receive frames in memory;
the time of this package includes decoding the images. Conversion to Y'CbCr alone is in `bench_yuv`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity

from imbatch2soundvisu.core import ImageRecord, Timeline, silent
from imbatch2soundvisu.datasets import images
from imbatch2soundvisu.visuals.video import VideoOptions, write_mp4
from imbatch2soundvisu.visuals.video.options import VideoKeywords
from imbatch2soundvisu.visuals.video.schedule import shots

FPS = 30


def stills_of(data: Path | None, count: int, folder: Path) -> list[Path]:
    """Return `count` image files: evenly from `data`, or cut from the photographs of scikit-image and scikit-learn."""
    if data is not None:
        found = sorted(p for p in data.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
        return [found[i] for i in np.linspace(0, len(found) - 1, count).round().astype(int)]
    from skimage import data as photographs
    from sklearn.datasets import load_sample_images

    sources = [photographs.astronaut(), photographs.coffee(), photographs.chelsea(), *load_sample_images().images]
    rng = np.random.default_rng(0)
    paths = []
    for i in range(count):
        source = sources[i % len(sources)]
        height, width = source.shape[:2]
        w = int(width * rng.uniform(0.5, 0.9))
        h = min(int(w * 0.7), height)
        x, y = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
        paths.append(folder / f"{i:03}.png")
        Image.fromarray(source[y : y + h, x : x + w]).save(paths[-1])
    return paths


def rows(
    data: Path | None = None, stills: int = 6, seconds: float = 1.0, size: tuple[int, int] = (1920, 1080)
) -> list[dict[str, Any]]:
    """Return time, size and quality of `stills` images of `seconds` each, against MoviePy and imageio."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        records = [ImageRecord(path, "", 0, 0, name=path.name) for path in stills_of(data, stills, folder)]
        frames = [images.open_to_fit(record, size) for record in records]
        per_still = round(seconds * FPS)
        timeline = Timeline(FPS, 44_100, per_still, (1,) * stills)

        def ours(path: Path) -> None:
            write_mp4(path, records, timeline, size=size)

        results = {
            name: _measured(make, folder / f"{name}.mp4", frames, per_still)
            for name, make in (
                ("ours", ours),
                ("MoviePy", lambda path: _moviepy(path, frames, seconds)),
                ("imageio", lambda path: _imageio(path, frames, per_still)),
            )
        }
    mine = results.pop("ours")
    note = f"{stills} stills of {seconds:g} s, {size[0]}x{size[1]}, {FPS} frames a second"
    return [
        {
            "what": f"MP4 {key}",
            "ours": mine[key],
            "peer": peer[key],
            "ratio": _ratio(key, mine, peer),
            "note": f"{name}; {note}",
        }
        for name, peer in results.items()
        for key in mine
    ]


def moving_rows(
    data: Path | None = None, stills: int = 6, seconds: float = 1.5, size: tuple[int, int] = (1280, 720)
) -> list[dict[str, Any]]:
    """Return bytes of films with cross-fades and with slow zooms, against x264 `veryfast` at the same SSIM of luma.

    The bytes of the peer are interpolated between three qualities (CRF 16, 19, 22) of the same source frames.
    """
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        records = [ImageRecord(path, "", 0, 0, name=path.name) for path in stills_of(data, stills, folder)]
        timeline = Timeline(FPS, 44_100, round(seconds * FPS), (1,) * stills)
        kinds: dict[str, VideoKeywords] = {
            "cross-fades": {"size": size, "transition": "cross-fade"},
            "slow zooms": {"size": size, "motion": "slow-zoom"},
        }
        for kind, keywords in kinds.items():
            film = shots(records, timeline, VideoOptions(**keywords).resolved(), silent)
            source = [shot.planar.copy() for shot in film for _ in range(shot.length)]
            write_mp4(folder / "own.mp4", records, timeline, **keywords)
            own, similarity = _bytes_and_ssim(folder / "own.mp4", source)
            curve = sorted(_x264(folder / "peer.mp4", source, crf)[::-1] for crf in (16, 19, 22))
            peer = np.exp(np.interp(similarity, [s for s, _ in curve], np.log([b for _, b in curve])))
            note = f"x264 veryfast at the same SSIM, {similarity:.4f}; {stills} stills of {seconds:g} s"
            row = {"what": f"MP4 MB, {kind}", "ours": round(own / 1e6, 3), "peer": round(float(peer) / 1e6, 3)}
            found.append({**row, "ratio": round(float(peer) / own, 3), "note": note})
    return found


def _x264(path: Path, source: Sequence[np.ndarray], crf: int) -> tuple[int, float]:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = source[0].shape[1], source[0].shape[0] * 2 // 3, "yuv420p"
        stream.options = {"preset": "veryfast", "crf": str(crf)}
        for planar in source:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planar, format="yuv420p")))
        container.mux(stream.encode(None))
    return _bytes_and_ssim(path, source)


def _bytes_and_ssim(path: Path, source: Sequence[np.ndarray]) -> tuple[int, float]:
    height = source[0].shape[0] * 2 // 3
    with av.open(str(path)) as container:
        pairs = zip(container.decode(video=0), source, strict=True)
        found = [
            structural_similarity(frame.to_ndarray()[:height], planar[:height])
            for number, (frame, planar) in enumerate(pairs)
            if number % 7 == 0
        ]
    return os.path.getsize(path), float(np.mean(found))


def _ratio(key: str, mine: dict[str, float], peer: dict[str, float]) -> float:
    """How many times better: time and size of the peer over ours, qualities ours over theirs."""
    better = peer[key] / mine[key] if key in ("seconds", "MB") else mine[key] / peer[key]
    return round(better, 3)


def _measured(
    make: Callable[[Path], None], path: Path, frames: Sequence[np.ndarray], per_still: int
) -> dict[str, float]:
    begun = time.perf_counter()
    make(path)
    seconds = time.perf_counter() - begun
    similarity, noise = [], []
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            still, at = divmod(number, per_still)
            if at in (0, per_still // 2, per_still - 1):
                shown = frame.to_ndarray(format="rgb24")
                luma = [cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) for rgb in (shown, frames[still])]
                similarity.append(structural_similarity(*luma))
                noise.append(cv2.PSNR(shown, frames[still]))
    return {
        "seconds": round(seconds, 2),
        "MB": round(os.path.getsize(path) / 1e6, 3),
        "SSIM": round(float(np.mean(similarity)), 5),
        "PSNR": round(float(np.mean(noise)), 2),
    }


def _moviepy(path: Path, frames: Sequence[np.ndarray], seconds: float) -> None:
    from moviepy import VideoClip

    def frame(t: float) -> np.ndarray:
        return frames[min(int(t / seconds + 1e-6), len(frames) - 1)]

    VideoClip(frame_function=frame, duration=seconds * len(frames)).write_videofile(str(path), fps=FPS, logger=None)


def _imageio(path: Path, frames: Sequence[np.ndarray], per_still: int) -> None:
    import imageio.v2 as imageio

    writer: Any
    with imageio.get_writer(str(path), fps=FPS, macro_block_size=2) as writer:
        for frame in frames:
            for _ in range(per_still):
                writer.append_data(frame)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, help="folder of images")
    parser.add_argument("--full", action="store_true", help="30 stills of 3 s")
    arguments = parser.parse_args()
    for row in rows(arguments.data, stills=30, seconds=3.0) if arguments.full else rows(arguments.data):
        print(f"{row['what']:12} {row['ours']:>9} {row['peer']:>9}  x{row['ratio']:<8} {row['note']}")


if __name__ == "__main__":
    main()

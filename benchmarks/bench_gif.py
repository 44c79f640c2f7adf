"""GIF of distinct stills: this package against gifski, ffmpeg's palettegen, imageio's default and MoviePy.

    python benchmarks/bench_gif.py [folder of images] [--full]

All get the same frames. gifski is measured where it is on the PATH (`npm pack gifski` carries a Linux binary), with its
default quality, 90, and with 70; its seconds include writing the frames as PNG. SSIM is the structural similarity of
luma (scikit-image, window of 7 px), mean of the frames.

Blur-PSNR is the mean PSNR of the frames after a Gaussian blur (sigma 1.5 px) of both: it compares dithered images at a
viewing distance where single pixels are not resolved.
"""

from __future__ import annotations

import argparse
import functools
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageSequence
from skimage.metrics import structural_similarity

from imbatch2soundvisu import visuals
from imbatch2soundvisu.datasets import images

SIGMA = 1.5
SIZE = (480, 270)


def stills_of(data: Path | None, count: int) -> np.ndarray:
    """Return `count` frames of 480 x 270: evenly from `data`, or cut from the photographs of two libraries."""
    if data is not None:
        found = sorted(p for p in data.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
        chosen = [found[i] for i in np.linspace(0, len(found) - 1, count).round().astype(int)]
        return np.stack([images.open_to_fit(path, SIZE) for path in chosen])
    from skimage import data as photographs
    from sklearn.datasets import load_sample_images

    sources = [photographs.astronaut(), photographs.coffee(), photographs.chelsea(), *load_sample_images().images]
    rng = np.random.default_rng(0)
    frames = []
    for i in range(count):
        source = sources[i % len(sources)]
        height, width = source.shape[:2]
        w, h = int(width * rng.uniform(0.4, 0.9)), int(height * rng.uniform(0.4, 0.9))
        x, y = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
        frames.append(images.fit_to(np.ascontiguousarray(source[y : y + h, x : x + w]), SIZE))
    return np.stack(frames)


def rows(data: Path | None = None, count: int = 24) -> list[dict[str, Any]]:
    """Return time, size and blur-PSNR of `count` frames against every peer."""
    frames = stills_of(data, count)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        results = {
            name: _measured(make, folder / f"{name}.gif", frames)
            for name, make in (
                ("ours", lambda path: visuals.write_gif(path, frames, [0.5] * count)),
                *_gifskis(frames),
                ("ffmpeg palettegen", lambda path: _palettegen(path, frames)),
                ("imageio default", lambda path: _imageio(path, frames)),
                ("MoviePy write_gif", lambda path: _moviepy(path, frames)),
            )
        }
    mine = results.pop("ours")
    note = f"{count} stills, {SIZE[0]}x{SIZE[1]}, blur sigma {SIGMA}"
    return [
        {
            "what": f"GIF {key}",
            "ours": mine[key],
            "peer": peer[key],
            "ratio": round(mine[key] / peer[key] if key in ("blur-PSNR dB", "SSIM") else peer[key] / mine[key], 3),
            "note": f"{name}; {note}",
        }
        for name, peer in results.items()
        for key in mine
    ]


def _measured(make: Callable[[Path], Any], path: Path, frames: np.ndarray) -> dict[str, float]:
    begun = time.perf_counter()
    make(path)
    seconds = time.perf_counter() - begun
    with Image.open(path) as image:
        shown = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)]
    luma = [[cv2.cvtColor(x, cv2.COLOR_RGB2GRAY) for x in pair] for pair in zip(shown, frames, strict=True)]
    quality = [_blurred_psnr(a, b) for a, b in zip(shown, frames, strict=True)]
    return {
        "seconds": round(seconds, 2),
        "MB": round(path.stat().st_size / 1e6, 3),
        "blur-PSNR dB": round(float(np.mean(quality)), 2),
        "SSIM": round(float(np.mean([structural_similarity(*pair) for pair in luma])), 4),
    }


def _blurred_psnr(a: np.ndarray, b: np.ndarray) -> float:
    first, second = (cv2.GaussianBlur(x.astype(np.float32), (0, 0), SIGMA) for x in (a, b))
    return cv2.PSNR(first, second, R=255.0)


def _gifskis(frames: np.ndarray) -> list[tuple[str, Callable[[Path], Any]]]:
    program = shutil.which("gifski")
    if program is None:
        return []
    return [(f"gifski {quality}", functools.partial(_gifski, program, frames, quality)) for quality in (90, 70)]


def _gifski(program: str, frames: np.ndarray, quality: int, path: Path) -> None:
    folder = path.with_suffix("")
    folder.mkdir()
    files = [folder / f"{i:04}.png" for i in range(len(frames))]
    for file, frame in zip(files, frames, strict=True):
        Image.fromarray(frame).save(file, compress_level=0)
    command = [program, "--no-sort", "--quiet", "--quality", str(quality), "--fps", "2", "--output", str(path)]
    subprocess.run([*command, *map(str, files)], check=True)


def _palettegen(path: Path, frames: np.ndarray) -> None:
    import imageio_ffmpeg

    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24",
        "-s", f"{SIZE[0]}x{SIZE[1]}", "-r", "2", "-i", "-",
        "-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse", str(path),
    ]  # fmt: skip
    subprocess.run(command, input=frames.tobytes(), check=True)


def _imageio(path: Path, frames: np.ndarray) -> None:
    import imageio.v2 as imageio

    imageio.mimsave(path, list(frames), duration=500)


def _moviepy(path: Path, frames: np.ndarray) -> None:
    from moviepy import ImageSequenceClip

    ImageSequenceClip(list(frames), fps=2).write_gif(str(path), logger=None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, help="folder of images")
    parser.add_argument("--full", action="store_true", help="80 frames")
    arguments = parser.parse_args()
    for row in rows(arguments.data, 80 if arguments.full else 24):
        print(f"{row['what']:18} {row['ours']:>9} {row['peer']:>9}  x{row['ratio']:<7} {row['note']}")


if __name__ == "__main__":
    main()

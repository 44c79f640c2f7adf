"""Conversion of R'G'B' to planar Y'CbCr: this package against PyAV's `reformat` and FFmpeg's scale filter.

    python -m benchmarks.bench_yuv

Errors are root mean squares in 8-bit levels, against BT.709 limited range in float64 with chroma sited at the left
luma column of each pair, as H.264 decoders assume. An error of 0.289 is that of rounding alone.

`reformat` is faster, but has no parameter for the siting: colours move by half a pixel, up to 15 levels at edges.
FFmpeg's scale filter has one; it is faster and slightly closer to the reference than this package, which rounds the
averaged colours once more. The package keeps its own conversion, since another one would alter every decoded frame; it
takes about a quarter of the time of a still at 1920 x 1080, and the filter would save most of that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from imbatch2soundvisu.visuals.video import yuv

SIZE = (1920, 1080)
RUNS = 15
Planes = tuple[np.ndarray, np.ndarray, np.ndarray]


def rows(data: object = None) -> list[dict[str, Any]]:
    """Time, luma error and chroma error of one photograph of 1920 x 1080; `data` is not used."""
    from skimage import data as photographs

    rgb = cv2.resize(photographs.coffee(), SIZE, interpolation=cv2.INTER_AREA)
    reference = _reference(rgb)
    ours = _measured(lambda: yuv.to_planar(rgb), reference)
    peers = {"reformat": lambda: _reformat(rgb), "scale filter with siting": _scale_filter(rgb)}
    found = []
    for name, convert in peers.items():
        peer = _measured(convert, reference)
        found += [
            {
                "what": f"YUV {key}",
                "ours": ours[key],
                "peer": peer[key],
                "ratio": round(peer[key] / ours[key], 3),
                "note": f"{name}; {SIZE[0]}x{SIZE[1]}",
            }
            for key in ours
        ]
    return found


def _reference(rgb: np.ndarray) -> Planes:
    """BT.709 limited range in float64; chroma averaged over two rows, and by a tent over three columns."""
    red, green, blue = np.moveaxis(rgb.astype(np.float64) / 255, 2, 0)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def subsampled(chroma: np.ndarray) -> np.ndarray:
        pairs = np.pad((chroma[0::2] + chroma[1::2]) / 2, ((0, 0), (1, 1)), mode="edge")
        return 128 + 224 * ((pairs[:, :-2] + 2 * pairs[:, 1:-1] + pairs[:, 2:]) / 4)[:, ::2]

    return 16 + 219 * luma, subsampled((blue - luma) / 1.8556), subsampled((red - luma) / 1.5748)


def _measured(convert: Callable[[], np.ndarray], reference: Planes) -> dict[str, float]:
    seconds = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        planar = convert()
        seconds.append(time.perf_counter() - begun)
    luma, *chroma = (a - b for a, b in zip(yuv.planes(planar), reference, strict=True))
    return {
        "ms": round(1000 * min(seconds), 2),
        "luma error": round(float(np.sqrt(np.mean(luma**2))), 3),
        "chroma error": round(float(np.sqrt(np.mean(np.square(chroma)))), 3),
        "largest chroma error": round(float(np.abs(chroma).max()), 1),
    }


def _reformat(rgb: np.ndarray) -> np.ndarray:
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    converted = frame.reformat(
        format="yuv420p", src_colorspace=Colorspace.ITU709, dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG, dst_color_range=ColorRange.MPEG, interpolation=Interpolation.AREA,
    )  # fmt: skip
    return converted.to_ndarray()


def _scale_filter(rgb: np.ndarray) -> Callable[[], np.ndarray]:
    width, height = SIZE
    options = "flags=area+accurate_rnd+full_chroma_inp:out_color_matrix=bt709:out_range=tv:out_v_chr_pos=128"
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=width, height=height, format=av.VideoFormat("rgb24", width, height), time_base=Fraction(1, 30)
    )
    nodes = [graph.add("scale", f"{width}:{height}:{options}:out_h_chr_pos=0"), graph.add("format", "yuv420p")]
    for one, other in zip([source, *nodes], [*nodes, graph.add("buffersink")], strict=True):
        one.link_to(other)
    graph.configure()

    def convert() -> np.ndarray:
        graph.push(av.VideoFrame.from_ndarray(rgb, format="rgb24"))
        return graph.pull().to_ndarray()  # type: ignore[union-attr]

    return convert


if __name__ == "__main__":
    for row in rows():
        print(f"{row['what']:24} {row['ours']:>8} {row['peer']:>8}  x{row['ratio']:<8} {row['note']}")

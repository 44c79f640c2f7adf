"""Small videos and tiles that tests make."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from imbatch2soundvisu.datasets.video_pictures import picture

COLOURS = [(r, g, b) for r in (20, 128, 235) for g in (20, 128, 235) for b in (20, 128, 235)]


def tiles(folder: Path, size: tuple[int, int] = (8, 6)) -> Path:
    """A folder with 27 images of one colour each."""
    folder.mkdir(exist_ok=True)
    for number, colour in enumerate(COLOURS):
        Image.new("RGB", size, colour).save(folder / f"{number:03}.png")
    return folder


def moving(frames: int, size: tuple[int, int] = (64, 48), noise: float = 0.0, seed: int = 0) -> list[np.ndarray]:
    """Frames with a bright square that moves over a gradient."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    rng, found = np.random.default_rng(seed), []
    for number in range(frames):
        image = np.stack((40 + 150 * x / width, 60 + 120 * y / height, np.full(x.shape, 90.0)), axis=2)
        left = 4 * number % max(1, width - 16)
        image[height // 4 : height // 4 + 16, left : left + 16] = (235, 200, 60)
        found.append(np.clip(image + rng.normal(0, noise, image.shape), 0, 255).astype(np.uint8))
    return found


def written(
    path: Path,
    pictures: Sequence[np.ndarray],
    rate: Fraction | int = 25,
    stamps: Sequence[int] | None = None,
    audio: dict[str, Any] | None = None,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    **context: Any,
) -> Path:
    """A video of pictures; `stamps` are in ticks of 1/1000 s, `audio` has codec, rate, layout and seconds."""
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w", options=options or {}) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv444p" if width % 2 or height % 2 else "yuv420p"
        if codec == "libx264":
            stream.options = {"crf": "10", "preset": "ultrafast", "g": "12"}
        for name, value in context.items():
            setattr(stream.codec_context, name, value)
        if stamps is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        sound = None if audio is None else container.add_stream(audio["codec"], rate=audio["rate"])
        if sound is not None and audio is not None:
            sound.layout = audio["layout"]
        for number, pixels in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=stream.pix_fmt)
            frame.pts = number if stamps is None else stamps[number]
            frame.time_base = 1 / Fraction(rate) if stamps is None else Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None and audio is not None:
            _sing(container, sound, audio)
    return path


def _sing(container: Any, stream: Any, audio: dict[str, Any]) -> None:
    """A click every 0.1 s, of another height in each channel."""
    rate, samples = audio["rate"], round(audio["rate"] * audio["seconds"])
    channels = av.AudioLayout(audio["layout"]).nb_channels
    wave = np.tile(melody(samples, rate), (channels, 1)) * np.linspace(1, 0.4, channels)[:, None]
    resampler = av.AudioResampler(format=stream.codec_context.format, layout=audio["layout"], rate=rate)
    fifo = av.AudioFifo()
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(wave, np.float32), format="fltp", layout=audio["layout"])
    frame.sample_rate = rate
    for each in resampler.resample(frame):
        fifo.write(each)
    at, size = round(audio.get("begins", 0) * rate), stream.codec_context.frame_size or 1024
    while (chunk := fifo.read(size, True)) is not None:
        chunk.pts, chunk.time_base = at, Fraction(1, rate)
        at += chunk.samples
        container.mux(stream.encode(chunk))
    container.mux(stream.encode(None))


def melody(samples: int, rate: int) -> np.ndarray:
    """(samples,): a tone whose height and loudness change, so that it is like itself at no other time."""
    time = np.arange(samples) / rate
    return 0.5 * np.sin(2 * np.pi * (200 + 900 * time) * time) * (0.3 + 0.7 * np.abs(np.sin(9 * time)))


def turned(path: Path, matrix: Sequence[int]) -> Path:
    """An MP4 with another display matrix: a, b, c, d of 16.16 numbers, as 1, 0 or -1."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 44
    a, b, c, d = (each << 16 for each in matrix)
    values = (a, b, 0, c, d, 0, 0, 0, 1 << 30)
    data[at : at + 36] = b"".join(each.to_bytes(4, "big", signed=True) for each in values)
    path.write_bytes(bytes(data))
    return path


def decoded(path: Path) -> list[np.ndarray]:
    """The frames of a video, (h, w, 3) uint8 each."""
    with av.open(str(path)) as container:
        return [picture(frame) for frame in container.decode(video=0)]


def times(path: Path) -> list[Fraction]:
    """When the frames of a video are shown, in seconds."""
    with av.open(str(path)) as container:
        return [frame.pts * Fraction(frame.time_base) for frame in container.decode(video=0)]


def samples(path: Path) -> tuple[np.ndarray, Fraction]:
    """The sound of a video, (channels, n), and when it begins, in seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp", layout=stream.layout.name, rate=stream.rate)
        chunks, start = [], None
        for frame in container.decode(stream):
            start = frame.pts * Fraction(frame.time_base) if start is None else start
            chunks += [each.to_ndarray() for each in resampler.resample(frame)]
    assert start is not None
    return np.concatenate(chunks, axis=1), start


def audio_packets(path: Path) -> list[tuple[float, bytes]]:
    """(time in seconds, content) of the packets of the first sound track."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return [(float(each.pts * stream.time_base), bytes(each)) for each in container.demux(stream) if each.size]

"""What a film file says about itself: comment, chapters, a poster."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...core import ImageRecord, Region, Timeline
from ...core.errors import ImageError
from ..frames import frame

_POSTER_PX = 640


@dataclass(frozen=True)
class Tags:
    """Metadata of a film besides its title.

    Parameters
    ----------
    comment : str
        One line.
    chapters : tuple of (int, str)
        First frame and title of each chapter, in order; the first starts at 0. Fewer than two are not written.
    poster : bytes
        A JPEG that players and file managers show for the film; none if empty.
    """

    comment: str = ""
    chapters: tuple[tuple[int, str], ...] = ()
    poster: bytes = b""


def poster(
    record: ImageRecord,
    size: tuple[int, int],
    fit: str,
    background: tuple[int, int, int] | None,
    faces: tuple[Region, ...] | None = None,
) -> bytes:
    """Return an image as it is in the film, at most 640 pixels wide and high, as JPEG; nothing if it cannot be read."""
    from PIL import Image

    scale = min(1.0, _POSTER_PX / max(size))
    try:
        pixels = frame(record, (round(size[0] * scale), round(size[1] * scale)), fit, background, faces)
    except ImageError:
        return b""  # the film itself reports the image
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def begin(container: Any, timeline: Timeline, tags: Tags) -> None:
    """Write the tags of a container to which all other streams have been added."""
    if tags.comment:
        container.metadata["comment"] = tags.comment
    if len(tags.chapters) > 1:
        container.set_chapters(_chapters(timeline, tags.chapters))
    if tags.poster:
        _add_poster(container, tags.poster)


def _chapters(timeline: Timeline, chapters: tuple[tuple[int, str], ...]) -> list[dict[str, Any]]:
    ends = [start for start, _ in chapters[1:]] + [timeline.total_frames]
    tick = 1 / Fraction(timeline.fps)
    return [
        {"id": i, "start": start, "end": end, "time_base": tick, "metadata": {"title": title}}
        for i, ((start, title), end) in enumerate(zip(chapters, ends, strict=True))
    ]


def _add_poster(container: Any, jpeg: bytes) -> None:
    import av
    from av.stream import Disposition
    from PIL import Image

    stream = container.add_stream("mjpeg", rate=1)
    with Image.open(io.BytesIO(jpeg)) as picture:
        stream.width, stream.height = picture.size
    stream.pix_fmt, stream.disposition = "yuvj420p", Disposition.attached_pic
    packet = av.Packet(jpeg)
    packet.stream, packet.time_base = stream, Fraction(1, 1)
    packet.pts = packet.dts = 0
    packet.is_keyframe = True
    container.mux(packet)

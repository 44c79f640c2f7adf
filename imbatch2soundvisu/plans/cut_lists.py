"""The cuts of a film for editing programs: an edit decision list (CMX 3600), and OpenTimelineIO."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..config import Settings
from ..core import FrameRate, ImageRecord, rate_text
from ..core.errors import ConfigError
from ..core.timecode import drops_frames, timecode
from ..runtime import files
from .protocols import OutputFiles, SequenceSource
from .registry import OUTPUT_KINDS
from .sequence_outputs import SequenceOutput

#: Frame rates of edit decision lists; slower films are counted in one of these where it is a multiple of theirs.
EDL_RATES = (24, 25, 30)
#: The frames of a second have two digits.
HIGHEST_EDL_FPS = 100
#: Letters of a reel name.
REEL = 8
#: A transition of an edit decision list has three digits.
LONGEST_DISSOLVE = 999


@dataclass(frozen=True)
class Event:
    """An image of the cut list, in frames of the film.

    Parameters
    ----------
    record : ImageRecord
    start, end : int
        Frame of its cut, and of the next one or the end.
    fade_in, fade_out : int
        Frames of the cross-fades before `start` and after `end` in which it is visible too.
    """

    record: ImageRecord
    start: int
    end: int
    fade_in: int = 0
    fade_out: int = 0


def events(content: SequenceSource) -> list[Event]:
    """Return the images of a film in time, with the cross-fades between them."""
    from ..visuals.video import TRANSITIONS
    from ..visuals.video.schedule import spans

    transition: Any = TRANSITIONS.resolve(content.film.transition)
    shown = spans(content.timeline, transition)
    starts = content.timeline.start_frames.tolist()
    return [
        Event(record, a, b, span.cut - span.start, span.end - b)
        for record, a, b, span in zip(content.sequence.records, starts[:-1], starts[1:], shown, strict=True)
    ]


@OUTPUT_KINDS.register("edl")
@dataclass(frozen=True)
class Edl(SequenceOutput):
    """The cuts as an edit decision list (CMX 3600), for editing programs.

    Parameters
    ----------
    drop_frame : bool, optional
        Drop-frame timecode; None: at 29.97 and 59.94 frames per second. Only these have it.

    Notes
    -----
    Films of 12, 15 and other rates that divide 24, 25 or 30 are counted in that rate, in which each cut is exact too;
    50 and 60 in their own. A title card is black until the first image.

    Examples
    --------
    >>> Edl().names(None)
    ['sequence.edl']
    """

    drop_frame: bool | None = None

    def check(self, settings: Settings) -> None:
        """Raise ConfigError unless drop_frame is True, False or None."""
        if self.drop_frame not in (None, True, False):
            raise ConfigError(f"Edl(drop_frame={self.drop_frame!r}) must be True, False or None")

    def names(self, settings: Settings | None) -> list[str]:
        """Return the file names this output may write."""
        return ["sequence.edl"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `sequence.edl`. Raises ConfigError for frame rates that have no timecode."""
        text = edl(content.sequence.title, events(content), content.timeline.fps, self.drop_frame)
        path = out.path("edl", "sequence.edl", "text", "Cut list (EDL)")
        with files.atomic(path) as partial:
            partial.write_bytes(text.encode("utf-8", "replace"))


def edl(title: str, cuts: Sequence[Event], fps: FrameRate, drop_frame: bool | None = None) -> str:
    """Return an edit decision list.

    Parameters
    ----------
    title : str
    cuts : sequence of Event
    fps : int or Fraction
        Frames per second of the film.
    drop_frame : bool, optional
        As `Edl.drop_frame`.

    Raises
    ------
    ConfigError
        For 100 frames per second and more, and drop-frame timecode at a frame rate that has none.
    """
    if round(fps) >= HIGHEST_EDL_FPS:
        raise ConfigError(f"an EDL counts up to 99 frames per second, not {rate_text(fps)}: use Otio()")
    if drop_frame and not drops_frames(fps):
        raise ConfigError(
            f"there is no drop-frame timecode at {rate_text(fps)} frames per second, only at 29.97 and 59.94"
        )
    times, drop = edl_multiple(fps), drops_frames(fps) if drop_frame is None else drop_frame
    reels = reel_names([each.record.label for each in cuts])

    def code(frame: int) -> str:
        return timecode(frame * times, fps * times, drop)

    lines = [f"TITLE: {_line(title)[:70]}", f"FCM: {'DROP FRAME' if drop else 'NON-DROP FRAME'}"]
    lines.append(f"* FRAME RATE: {rate_text(fps * times)}")
    for i, event in enumerate(cuts):
        begins, ends = event.start - event.fade_in, event.end - (cuts[i + 1].fade_in if i + 1 < len(cuts) else 0)
        length = min(2 * event.fade_in * times, LONGEST_DISSOLVE)
        lines += ["", *_dissolve_from(cuts, reels, i, code)] if length else [""]
        kind = f"D    {length:03}" if length else "C       "
        source = f"{code(0)} {code(ends - begins)}"
        lines.append(f"{i + 1:03}  {reels[i]:<{REEL}} V     {kind} {source} {code(begins)} {code(ends)}")
        name = "TO CLIP NAME" if length else "FROM CLIP NAME"
        lines += [f"* {name}: {_line(event.record.label)}", f"* SOURCE FILE: {_line(str(event.record.path))}"]
    return "\r\n".join(lines) + "\r\n"


def _dissolve_from(cuts: Sequence[Event], reels: Sequence[str], i: int, code: Any) -> list[str]:
    """The first line of a dissolve: the image before, for no frames."""
    at, before = cuts[i].start - cuts[i].fade_in, cuts[i - 1]
    shown = code(at - before.start + before.fade_in)
    return [f"{i + 1:03}  {reels[i - 1]:<{REEL}} V     C        {shown} {shown} {code(at)} {code(at)}"]


def edl_multiple(fps: FrameRate) -> int:
    """Return how often a frame of the film is counted, to count in one of EDL_RATES; 1 where none is a multiple.

    Examples
    --------
    >>> edl_multiple(12), edl_multiple(15), edl_multiple(60), edl_multiple(30)
    (2, 2, 1, 1)
    """
    whole = fps if isinstance(fps, int) else 0
    return next((rate // whole for rate in EDL_RATES if whole and rate % whole == 0), 1)


def reel_names(names: Iterable[str]) -> list[str]:
    """Return a reel name for each file name: up to eight letters and digits, the same for the same file only.

    Examples
    --------
    >>> reel_names(["Sunset over sea.jpg", "Sunset over the hill.jpg", "été.png", "海.png"])
    ['SUNSETOV', 'SUNSET_2', 'ETE', 'IMAGE']
    """
    given: dict[str, str] = {}
    used: set[str] = set()
    for name in names:
        if name not in given:
            plain = unicodedata.normalize("NFKD", Path(name).stem).encode("ascii", "ignore").decode()
            base = re.sub(r"[^A-Z0-9]", "", plain.upper())[:REEL] or "IMAGE"
            reel, number = base, 1
            while reel in used or reel in ("BL", "AX"):  # black, and an auxiliary source
                number += 1
                reel = f"{base[: REEL - len(str(number)) - 1]}_{number}"
            used.add(reel)
            given[name] = reel
    return [given[name] for name in names] if isinstance(names, Sequence) else list(given.values())


def _line(text: str) -> str:
    """Text on one line, without control characters and bytes that are no text."""
    return "".join(c if c.isprintable() else " " for c in text.encode("utf-8", "replace").decode("utf-8"))


@OUTPUT_KINDS.register("otio")
@dataclass(frozen=True)
class Otio(SequenceOutput):
    """The cuts as an OpenTimelineIO timeline, for editing programs: any frame rate, cross-fades included.

    References
    ----------
    https://opentimelineio.readthedocs.io: "Serialized data schema" (Timeline.1, Stack.1, Track.1, Clip.2, Gap.1,
    Transition.1).

    Examples
    --------
    >>> Otio().names(None)
    ['sequence.otio']
    """

    def names(self, settings: Settings | None) -> list[str]:
        """Return the file names this output may write."""
        return ["sequence.otio"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `sequence.otio`."""
        found = otio(content.sequence.title, events(content), content.timeline.fps, content.timeline.total_frames)
        files.write_json(out.path("otio", "sequence.otio", "download", "Cut list (OpenTimelineIO)"), found)


def otio(title: str, cuts: Sequence[Event], fps: FrameRate, frames: int) -> dict[str, Any]:
    """Return an OpenTimelineIO timeline as plain JSON values.

    Parameters
    ----------
    title : str
    cuts : sequence of Event
    fps : int or Fraction
        Frames per second.
    frames : int
        Of the whole film; what no image covers, title and end cards, is a gap.
    """
    children: list[dict[str, Any]] = [_gap(cuts[0].start, fps)] if cuts and cuts[0].start else []
    for i, event in enumerate(cuts):
        if event.fade_in and i:
            children.append(_transition(event.fade_in, cuts[i - 1].fade_out, fps))
        children.append(_clip(event, fps))
    if cuts and cuts[-1].end < frames:
        children.append(_gap(frames - cuts[-1].end, fps))
    track = _item("Track.1", "Images", kind="Video", children=children, source_range=None)
    stack = _item("Stack.1", "tracks", children=[track], source_range=None)
    start = _time(0, fps)
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {},
        "name": _line(title),
        "global_start_time": start,
        "tracks": stack,
    }


def _item(schema: str, name: str, **fields: Any) -> dict[str, Any]:
    shared = {"OTIO_SCHEMA": schema, "metadata": {}, "name": _line(name), "effects": [], "markers": [], "enabled": True}
    return shared | fields


def _time(frame: int, fps: FrameRate) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(fps), "value": float(frame)}


def _range(start: int, length: int, fps: FrameRate) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "duration": _time(length, fps), "start_time": _time(start, fps)}


def _gap(length: int, fps: FrameRate) -> dict[str, Any]:
    return _item("Gap.1", "", source_range=_range(0, length, fps))


def _transition(before: int, after: int, fps: FrameRate) -> dict[str, Any]:
    """A cross-fade of so many frames before and after its cut."""
    return {
        "OTIO_SCHEMA": "Transition.1", "metadata": {}, "name": "cross-fade", "transition_type": "SMPTE_Dissolve",
        "in_offset": _time(before, fps), "out_offset": _time(after, fps),
    }  # fmt: skip


def _clip(event: Event, fps: FrameRate) -> dict[str, Any]:
    length = event.end - event.start
    media = {
        "OTIO_SCHEMA": "ExternalReference.1", "metadata": {}, "name": _line(event.record.label),
        "available_range": _range(0, event.fade_in + length + event.fade_out, fps),
        "available_image_bounds": None,
        "target_url": "file://" + quote(os.fsencode(os.path.abspath(event.record.path))),
    }  # fmt: skip
    return _item(
        "Clip.2", event.record.label, source_range=_range(event.fade_in, length, fps),
        media_references={"DEFAULT_MEDIA": media}, active_media_reference_key="DEFAULT_MEDIA",
    )  # fmt: skip

"""Parts of a film: encoded one after another and kept, so that a later run continues where this one is stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ...runtime.files import atomic
from ...visuals.video.encoder import configure_moving, video_frame
from .reading import TimedFrame
from .stabilization import Step, TileState


@dataclass
class FilmState:
    """What is known of the frames that are finished.

    Parameters
    ----------
    used : ndarray of shape (m,)
        bool: which tiles are in the film.
    tiles : TileState, optional
        Of the last frame.
    colours : ndarray of shape (n, y, x, 3), optional
        uint8: in which the cells are painted, where tiles depend on them.
    parts, frames : int
        How many are finished.
    first, last, length : Fraction
        Times of the first and last frame on the clock of the source, and duration of the last, in seconds.
    changed : float
        Sum of the shares of tiles that changed, without cuts.
    cuts : list of int
        Frames that begin another scene.
    psnr : list of float
        Of sampled frames, in dB.
    """

    used: np.ndarray
    tiles: TileState | None = None
    colours: np.ndarray | None = None
    parts: int = 0
    frames: int = 0
    first: Fraction = Fraction(0)
    last: Fraction = Fraction(0)
    length: Fraction = Fraction(0)
    changed: float = 0.0
    cuts: list[int] = field(default_factory=list)
    psnr: list[float] = field(default_factory=list)

    def add(self, timed: TimedFrame, step: Step, length: int) -> None:
        """Count a frame; parts have `length` of them."""
        self.frames, self.last, self.length = self.frames + 1, timed.time, timed.length
        self.parts = -(-self.frames // length)
        self.used[step.chosen[step.changed]] = True
        if self.frames == 1:
            self.first = timed.time
        elif step.cut:
            self.cuts.append(self.frames - 1)
        else:
            self.changed += float(step.changed.mean())

    def save(self, path: Path) -> None:
        """Write the state as `atomic` does."""
        assert self.tiles is not None
        fields = {name: value for name, value in vars(self).items() if name not in ("used", "tiles", "colours")}
        arrays = {"used": self.used, **vars(self.tiles)}
        if self.colours is not None:
            arrays["painted"] = self.colours
        text = json.dumps(fields, default=str)
        with atomic(path) as partial, open(partial, "wb") as file:
            np.savez(file, fields=np.array(text), **arrays)

    @classmethod
    def load(cls, path: Path) -> FilmState:
        """Return a state that was saved."""
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        fields: dict[str, Any] = json.loads(str(arrays.pop("fields")))
        for name in ("first", "last", "length"):
            fields[name] = Fraction(fields[name])
        used, painted = arrays.pop("used"), arrays.pop("painted", None)
        return cls(used, TileState(**arrays), painted, **fields)

    def copy(self) -> FilmState:
        """Return the state as it is now."""
        assert self.tiles is not None
        tiles = TileState(**{name: value.copy() for name, value in vars(self.tiles).items()})
        own = {**vars(self), "used": self.used.copy(), "tiles": tiles, "cuts": [*self.cuts], "psnr": [*self.psnr]}
        return FilmState(**own)


@dataclass(frozen=True)
class Part:
    """Encoded frames, of which the first is a key frame.

    Parameters
    ----------
    packets : tuple of bytes
        H.264 (Annex B), in the order of decoding.
    stamps : tuple of int
        When each is shown, in ticks.
    keys : tuple of bool
        Which are key frames.
    """

    packets: tuple[bytes, ...]
    stamps: tuple[int, ...]
    keys: tuple[bool, ...]

    def save(self, path: Path) -> None:
        """Write the part as `atomic` does."""
        data = np.frombuffer(b"".join(self.packets), np.uint8)
        sizes = np.array([len(each) for each in self.packets], np.int64)
        with atomic(path) as partial, open(partial, "wb") as file:
            np.savez(file, data=data, sizes=sizes, stamps=np.array(self.stamps, np.int64), keys=np.array(self.keys))

    @classmethod
    def load(cls, path: Path) -> Part:
        """Return a part that was saved."""
        with np.load(path) as stored:
            ends = np.cumsum(stored["sizes"]).tolist()
            data = stored["data"].tobytes()
            packets = tuple(data[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True))
            return cls(packets, tuple(stored["stamps"].tolist()), tuple(stored["keys"].tolist()))


class PartStore:
    """The parts of one film in a folder of the cache.

    Parameters
    ----------
    folder : Path
        Whose name stands for all that determines the film.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def state(self) -> FilmState | None:
        """Return what an earlier run has finished, or None; damaged files count as missing."""
        try:
            found = FilmState.load(self.folder / "state.npz")
            for _ in self.parts(found.parts):
                pass
        except Exception:  # whatever the reason, the film is made from its beginning
            return None
        return found

    def add(self, part: Part, state: FilmState) -> None:
        """Write a part, then the state after it."""
        part.save(self.path(state.parts - 1))
        state.save(self.folder / "state.npz")

    def path(self, number: int) -> Path:
        """Return the file of a part, counted from 0."""
        return self.folder / f"part-{number:05}.npz"

    def parts(self, count: int) -> Iterator[Part]:
        """Yield the parts in order."""
        for number in range(count):
            yield Part.load(self.path(number))

    def stamps(self, count: int) -> list[int]:
        """Return the time stamps of all packets, in the order of decoding."""
        found: list[int] = []
        for number in range(count):
            with np.load(self.path(number)) as stored:
                found += stored["stamps"].tolist()
        return found


class PartEncoder:
    """Encodes the frames of one part.

    Parameters
    ----------
    size : (int, int)
        Width and height in pixels.
    tick : Fraction
        Seconds of a unit of time stamps.
    rate : Fraction
        Frames a second.
    """

    def __init__(self, size: tuple[int, int], tick: Fraction, rate: Fraction) -> None:
        import av

        self._context: Any = av.CodecContext.create("libx264", "w")
        configure_moving(self._context, size, tick, rate)
        self._context.flags |= int(av.codec.context.Flags.global_header)
        self._tick, self._packets = tick, list[Any]()
        self.frames = 0

    def add(self, planar: np.ndarray, stamp: int, key: bool) -> None:
        """Encode a frame."""
        self._keep(video_frame(planar, stamp, self._tick, key or self.frames == 0))
        self.frames += 1

    def finish(self) -> Part:
        """Return the part."""
        self._keep(None)
        stamps, keys = zip(*[(each[1], each[2]) for each in self._packets], strict=True)
        return Part(tuple(each[0] for each in self._packets), stamps, keys)

    def _keep(self, frame: Any) -> None:
        self._packets += [(bytes(each), each.pts, each.is_keyframe) for each in self._context.encode(frame)]

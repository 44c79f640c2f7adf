"""Scores as sound: FluidSynth, in process, scheduled on the timeline's own sample grid."""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import functools
import importlib
import importlib.util
import io
import os
import sys
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from .. import buffers, config
from ..errors import EngineMissing, WishError
from ..records import Audio, Control, Note, Part, Score, Timeline
from .midi import PAN, REVERB, VOLUME, bends, voices

#: FluidSynth takes events at the edges of blocks of this many samples.
BLOCK = 64
GAIN = 0.35
#: Parts that are played at the same time.
TOGETHER = 2
REVERB_ROOM: dict[str, float] = {"roomsize": 0.55, "damping": 0.35, "width": 0.8, "level": 0.42}
#: The highest sample a rendering may have.
HEADROOM = 0.97
DRUM_BANK = 128
DRUM_CHANNEL = 9
SUSTAIN = 64
#: What sounds into the end is let go this share of the last picture before it, at most so many seconds.
RELEASE_SHARE, RELEASE_S = 0.4, 1.2
#: Kinds of events, in the order in which those of one block are played: as in MIDI files.
CONTROL, OFF, BEND, ON = range(4)

#: Sound fonts by how good they sound, as file names that distributions and people use.
FONT_NAMES = (
    "FluidR3_GM.sf2", "FluidR3_GM2-2.sf2", "GeneralUser-GS.sf2", "GeneralUser GS.sf2", "MuseScore_General.sf2",
    "MuseScore_General.sf3", "FluidR3Mono_GM.sf3", "default-GM.sf2", "default.sf2", "TimGM6mb.sf2",
)  # fmt: skip
FONT_FOLDERS = (
    "/usr/share/sounds/sf2", "/usr/share/soundfonts", "/usr/local/share/soundfonts", "/usr/local/share/sounds/sf2",
    "/usr/share/sounds/sf3", "/opt/homebrew/share/soundfonts", "/opt/homebrew/share/sounds/sf2",
    "/opt/homebrew/opt/fluid-synth/share/fluid-synth/sf2", "/usr/local/opt/fluid-synth/share/fluid-synth/sf2",
    "~/Library/Audio/Sounds/Banks", "~/.local/share/soundfonts", "~/.local/share/sounds/sf2",
    "C:/soundfonts", "C:/ProgramData/soundfonts", "C:/tools/fluidsynth/share/soundfonts",
)  # fmt: skip
#: Names under which systems know the library.
LIBRARY_NAMES = ("fluidsynth", "fluidsynth-3", "libfluidsynth", "libfluidsynth-3", "libfluidsynth-2")
LIBRARY_FILES = (
    "/opt/homebrew/lib/libfluidsynth.dylib", "/usr/local/lib/libfluidsynth.dylib",
    "/opt/homebrew/opt/fluid-synth/lib/libfluidsynth.dylib", "C:/tools/fluidsynth/bin/libfluidsynth-3.dll",
    "C:/tools/fluidsynth/bin/fluidsynth-3.dll",
)  # fmt: skip

NO_LIBRARY = (
    "no FluidSynth library was found, so there is no sound. Install it with: pip install pygame-ce "
    "(its wheel carries one), or apt install libfluidsynth3, or brew install fluid-synth"
)
NO_BINDING = "pyfluidsynth is not installed, so there is no sound. Install it with: pip install pyfluidsynth"
NO_FONT = (
    "no General MIDI sound font was found, so there is no sound. Install one with: pip install pretty_midi "
    "(its wheel carries one), or apt install fluid-soundfont-gm; or set SOUNDFONT to an .sf2 file"
)

_loading = threading.Lock()
_Event = TypeVar("_Event", Note, Control)


@dataclass(frozen=True, slots=True)
class Engine:
    """What plays: the FluidSynth library, its version, where it came from, and the sound font."""

    library: str
    version: str
    origin: str
    soundfont: Path

    @property
    def name(self) -> str:
        """As people read it: "FluidSynth 2.4.4 (pygame-ce), TimGM6mb.sf2"."""
        return f"FluidSynth {self.version} ({self.origin}), {self.soundfont.name}"


def find_engine() -> Engine:
    """The best engine there is: a system library before the one in pygame-ce's wheel, a full font before a small one.

    Raises EngineMissing, saying what to install, when there is no library or no font; WishError when the sound font
    that was asked for does not exist.
    """
    font = find_soundfont()
    if "fluidsynth" not in sys.modules and importlib.util.find_spec("fluidsynth") is None:
        raise EngineMissing(NO_BINDING)
    for library, origin in _libraries():
        with contextlib.suppress(OSError, ImportError, AttributeError):
            return Engine(library, _version(library), origin, font)
    raise EngineMissing(NO_LIBRARY)


def find_soundfont() -> Path:
    """The font asked for (SOUNDFONT), else the best one installed, else the one in pretty_midi's wheel."""
    wanted = config.soundfont()
    if wanted is not None:
        if not wanted.is_file():
            raise WishError(f"SOUNDFONT = {wanted} is not a file. Give it the path of an .sf2 file, or unset it")
        return wanted
    folders = [Path(folder).expanduser() for folder in FONT_FOLDERS]
    folders += [folder for package in _package_folders("pretty_midi") for folder in (package, package / "data")]
    for name in FONT_NAMES:
        for folder in folders:
            if (folder / name).is_file():
                return folder / name
    raise EngineMissing(NO_FONT)


def render(score: Score, engine: Engine | None = None, guarded: bool = True) -> Audio:
    """Play `score`: (total_samples, 2) float32, exactly as long as the timeline.

    The sum of its parts, each played by itself (see `render_part`), two at a time. guarded : scaled where that is too
    loud, never beyond [-1, 1]. Same score and engine, same samples. Raises EngineMissing where nothing can play.
    """
    engine = engine or find_engine()
    samples = buffers.scratch(score.timeline.total_samples)
    playing = sorted({note.part for note in score.notes})
    with ThreadPoolExecutor(TOGETHER, thread_name_prefix="play") as pool:
        for first in range(0, len(playing), TOGETHER):
            for alone in pool.map(functools.partial(render_part, score, engine), playing[first : first + TOGETHER]):
                for piece in buffers.pieces(samples):
                    samples[piece] += alone[piece]
    peak = max((float(np.abs(samples[piece]).max()) for piece in buffers.pieces(samples)), default=0.0)
    if guarded and peak > HEADROOM:
        for piece in buffers.pieces(samples):
            samples[piece] *= np.float32(HEADROOM / peak)
    return Audio(samples, score.timeline.sample_rate, engine.name)


def render_part(score: Score, engine: Engine, part: int) -> np.ndarray:
    """One part alone: (total_samples, 2) float32, as loud as it comes.

    Alone, because FluidSynth's voices keep a trace of what they played before, so a part would sound otherwise beside
    others. Every note starts, and every controller moves, within half a block (0.7 ms) of its place on the sample grid.
    What sounds into the end is let go a little before it (see `release_sample`), so that it dies away by itself.
    """
    total = score.timeline.total_samples
    blocks = -(-total // BLOCK)
    buffer = buffers.scratch(blocks * BLOCK)
    lanes = voices(replace(score, parts=(score.parts[part],), notes=tuple(_own(score.notes, part)), controls=()))[0]
    channels = [i if i < DRUM_CHANNEL else i + 1 for i in range(len(lanes))]
    with _synth(engine, score.timeline.sample_rate, score.parts[part], channels) as (fluid, synth):
        write_float = _writer(fluid)
        players = {
            CONTROL: synth.cc,
            OFF: lambda channel, pitch, _: synth.noteoff(channel, pitch),
            BEND: lambda channel, wheel, _: synth.pitch_bend(channel, wheel),
            ON: synth.noteon,
        }
        at = 0
        for block, events in _schedule(
            score.timeline, dict(zip(channels, lanes, strict=True)), _own(score.controls, part)
        ):
            if block >= blocks:
                break
            _write(write_float, synth, buffer, at, block)
            at = block
            for kind, *event in events:
                players[kind](*event)
        _write(write_float, synth, buffer, at, blocks)
    return buffer[:total]


def release_sample(timeline: Timeline) -> int:
    """The sample at which what sounds into the end is let go: 0.4 of the last picture before it, at most 1.2 s."""
    last = timeline.beats[-1] * timeline.samples_per_beat
    return timeline.total_samples - round(min(RELEASE_SHARE * last, RELEASE_S * timeline.sample_rate))


def _own(events: Iterable[_Event], part: int) -> Iterator[_Event]:
    """The notes or controls of one part, as those of the only part there is."""
    return (replace(event, part=0) for event in events if event.part == part)


def _schedule(
    timeline: Timeline, lanes: Mapping[int, Sequence[Note]], controls: Iterable[Control]
) -> Iterator[tuple[int, list[tuple[int, int, int, int]]]]:
    """(block, [(kind, channel, pitch or controller or wheel, velocity or value)]) in the order in which they play.

    lanes : the notes of each channel.
    """
    release = round(release_sample(timeline) / BLOCK)
    events: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)

    def block_of(tick: int) -> int:
        return round(timeline.samples_at(tick) / BLOCK)

    for channel, notes in lanes.items():
        for note, wheel in zip(notes, bends(notes), strict=True):
            start, end = block_of(note.start), block_of(note.start + note.length)
            end = max(start + 1, min(end, release) if start < release else end)
            events[start].append((ON, channel, note.pitch, note.velocity))
            events[end].append((OFF, channel, note.pitch, 0))
            if wheel is not None:
                events[start].append((BEND, channel, wheel, 0))
        events[release].append((CONTROL, channel, SUSTAIN, 0))
    for control in controls:
        block = block_of(control.tick)
        if control.controller != SUSTAIN or block < release:
            events[block] += [(CONTROL, channel, control.controller, control.value) for channel in lanes]
    for block in sorted(events):
        yield block, sorted(events[block])


@contextlib.contextmanager
def _synth(engine: Engine, sample_rate: int, part: Part, channels: Sequence[int]) -> Iterator[tuple[ModuleType, Any]]:
    """A synthesizer with the part's instrument chosen on some channels."""
    fluid = _fluidsynth(engine.library)
    with _loading:
        synth = fluid.Synth(
            gain=GAIN, samplerate=sample_rate, channels=16 * (max(channels) // 16 + 1),
            **{
                "synth.chorus.active": 0, "synth.cpu-cores": 1, "synth.polyphony": 256,
                "synth.dynamic-sample-loading": 1,
            },
        )  # fmt: skip
    try:
        font = synth.sfload(str(engine.soundfont))
        if font < 0:
            raise EngineMissing(f"{engine.soundfont} is not a sound font that FluidSynth can read. {NO_FONT}")
        synth.set_reverb(**REVERB_ROOM)
        bank = DRUM_BANK if part.drums else 0
        for channel in channels:
            if synth.program_select(channel, font, bank, part.program) != 0:
                synth.program_select(channel, font, bank, 0)
            for controller, value in ((VOLUME, part.volume), (PAN, part.pan), (REVERB, part.reverb)):
                synth.cc(channel, controller, value)
        yield fluid, synth
    finally:
        synth.delete()


def _writer(fluid: ModuleType) -> Any:
    """fluid_synth_write_float, which pyfluidsynth does not bind; unlike the 16-bit one it never clips."""
    function = fluid._fl.fluid_synth_write_float
    function.restype = ctypes.c_int
    pointer, whole = ctypes.c_void_p, ctypes.c_int
    function.argtypes = [pointer, whole, pointer, whole, whole, pointer, whole, whole]
    return function


def _write(write_float: Any, synth: Any, buffer: np.ndarray, first: int, last: int) -> None:
    """Render blocks `first` to `last` into the buffer."""
    data, step = buffer.ctypes.data, buffers.PIECE // BLOCK
    for start in range(first, last, step):
        count = min(step, last - start)
        write_float(synth.synth, count * BLOCK, data, 2 * start * BLOCK, 2, data, 2 * start * BLOCK + 1, 2)
    if first // step != last // step:
        buffers.release(buffer)


def _libraries() -> Iterator[tuple[str, str]]:
    """(path or name, origin) of every FluidSynth library there may be, best first."""
    loaded = sys.modules.get("fluidsynth")
    if loaded is not None and hasattr(loaded, "_fl"):
        name = str(loaded._fl._name)
        yield name, "pygame-ce" if "pygame" in name else "system"
    for name in LIBRARY_NAMES:
        found = ctypes.util.find_library(name)
        if found:
            yield found, "system"
    for file in LIBRARY_FILES:
        if Path(file).is_file():
            yield file, "system"
    for path in _bundled():
        yield str(path), "pygame-ce"


def _bundled() -> Iterable[Path]:
    """The library in pygame-ce's wheel: beside the package on Linux, within it on macOS and Windows."""
    for package in _package_folders("pygame"):
        for folder, pattern in (
            (package.parent / "pygame_ce.libs", "libfluidsynth-*.so*"),
            (package.parent / "pygame.libs", "libfluidsynth-*.so*"),
            (package / ".dylibs", "libfluidsynth*.dylib"),
            (package, "*fluidsynth*.dll"),
        ):
            yield from sorted(folder.glob(pattern))


def _package_folders(name: str) -> list[Path]:
    """Where a package lies, without importing it."""
    spec = importlib.util.find_spec(name)
    return [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []


@functools.cache
def _version(library: str) -> str:
    """The version of a library, loaded through pyfluidsynth. Raises OSError or ImportError when it cannot be."""
    fluid = _fluidsynth(library)
    name = fluid._fl.fluid_version_str
    name.restype = ctypes.c_char_p
    return name().decode()


def _fluidsynth(library: str) -> ModuleType:
    """pyfluidsynth bound to `library`, and silent. Once imported it stays with the library it has.

    pyfluidsynth asks ctypes for the library while it is imported, so the answer is given for just that long.
    """
    with _loading:
        if "fluidsynth" not in sys.modules:
            asked, folder = ctypes.util.find_library, os.path.dirname(library)
            if folder and hasattr(os, "add_dll_directory"):
                os.add_dll_directory(folder)
            ctypes.util.find_library = lambda name: library  # type: ignore[assignment]
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    importlib.import_module("fluidsynth").find_library = asked  # type: ignore[attr-defined]
            finally:
                ctypes.util.find_library = asked
        module = sys.modules["fluidsynth"]
        for level in range(5):
            module._fl.fluid_set_log_function(level, None, None)
        return module

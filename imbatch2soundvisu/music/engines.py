"""Find the synthesizer: the FluidSynth library and a General MIDI sound font."""

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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from .. import config
from ..core.errors import ConfigError, EngineMissing
from ..runtime.homes import expanded

#: File names of sound fonts, the best first, as distributions and downloads use them.
FONT_NAMES = (
    "FluidR3_GM.sf2", "FluidR3_GM2-2.sf2", "GeneralUser-GS.sf2", "GeneralUser GS.sf2", "MuseScore_General_Full.sf2",
    "MuseScore_General.sf2", "MuseScore_General.sf3", "MuseScore_General_Lite.sf3", "FluidR3Mono_GM.sf3",
    "default-GM.sf2", "default-GM.sf3", "default.sf2", "TimGM6mb.sf2",
)  # fmt: skip
FONT_FOLDERS = (
    "/usr/share/sounds/sf2", "/usr/share/soundfonts", "/usr/local/share/soundfonts", "/usr/local/share/sounds/sf2",
    "/usr/share/sounds/sf3", "/opt/homebrew/share/soundfonts", "/opt/homebrew/share/sounds/sf2",
    "/opt/homebrew/opt/fluid-synth/share/fluid-synth/sf2", "/usr/local/opt/fluid-synth/share/fluid-synth/sf2",
    "~/Library/Audio/Sounds/Banks", "~/.local/share/soundfonts", "~/.local/share/sounds/sf2",
    "C:/soundfonts", "C:/ProgramData/soundfonts", "C:/tools/fluidsynth/share/soundfonts",
)  # fmt: skip
#: Names of the library on the systems that have it.
LIBRARY_NAMES = ("fluidsynth", "fluidsynth-3", "libfluidsynth", "libfluidsynth-3", "libfluidsynth-2")
LIBRARY_FILES = (
    "/opt/homebrew/lib/libfluidsynth.dylib", "/usr/local/lib/libfluidsynth.dylib",
    "/opt/homebrew/opt/fluid-synth/lib/libfluidsynth.dylib", "C:/tools/fluidsynth/bin/libfluidsynth-3.dll",
    "C:/tools/fluidsynth/bin/fluidsynth-3.dll",
)  # fmt: skip

NO_LIBRARY = (
    "no FluidSynth library was found, so there is no sound. Install it with: pip install pygame-ce "
    "(its wheel contains one), or apt install libfluidsynth3, or brew install fluid-synth"
)
NO_BINDING = "pyfluidsynth is not installed, so there is no sound. Install it with: pip install pyfluidsynth"
NO_FONT = (
    "no General MIDI sound font was found, so there is no sound. Install one with: pip install pretty_midi "
    "(its wheel contains one), or fetch one with: make font; or set SOUNDFONT to an .sf2 file"
)
UNREADABLE = "set SOUNDFONT to a complete .sf2 or .sf3 file, or unset it"

#: Form types of sound fonts in the first 12 bytes of the RIFF file.
FONT_TYPES = (b"sfbk", b"DLS ")

#: Held while the library is loaded and while a synthesizer is created.
loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class Engine:
    """A synthesizer.

    Parameters
    ----------
    library : str
        Path or name of the FluidSynth library.
    version : str
        Version of the library.
    origin : str
        "system" or "pygame-ce", the package that contains it.
    soundfont : Path
        The sound font.
    """

    library: str
    version: str
    origin: str
    soundfont: Path

    @property
    def name(self) -> str:
        """The name for display: "FluidSynth 2.4.4 (pygame-ce), TimGM6mb.sf2"."""
        return f"FluidSynth {self.version} ({self.origin}), {self.soundfont.name}"


def find_engine(soundfont: Path | None = None) -> Engine:
    """Return the best synthesizer that is installed: a system library before the one in the wheel of pygame-ce.

    Parameters
    ----------
    soundfont : Path, optional
        The sound font to play with; None: as `find_soundfont`.

    Raises
    ------
    EngineMissing
        If there is no library or no sound font, with what to install.
    ConfigError
        If the sound font that was set does not exist, or is not a sound font.
    """
    font = find_soundfont(soundfont)
    if "fluidsynth" not in sys.modules and importlib.util.find_spec("fluidsynth") is None:
        raise EngineMissing(NO_BINDING)
    for library, origin in _libraries():
        with contextlib.suppress(OSError, ImportError, AttributeError):
            return Engine(library, _version(library), origin, font)
    raise EngineMissing(NO_LIBRARY)


def find_soundfont(soundfont: Path | None = None) -> Path:
    """Return the sound font to play with.

    Parameters
    ----------
    soundfont : Path, optional
        The file to use. None: the setting SOUNDFONT, else the best font that is installed, else the one in the wheel
        of pretty_midi.

    Raises
    ------
    EngineMissing
        If none is installed.
    ConfigError
        If the file does not exist, or is not a sound font.
    """
    chosen = config.resolve().soundfont if soundfont is None else soundfont
    if chosen is not None:
        return _validated_font(chosen)
    for font in installed_fonts():
        return font
    raise EngineMissing(NO_FONT)


def installed_fonts() -> list[Path]:
    """Return the sound fonts that are installed, the best first; that of pretty_midi is the last."""
    folders = [expanded(folder) for folder in FONT_FOLDERS]
    folders += [folder for package in package_folders("pretty_midi") for folder in (package, package / "data")]
    return [folder / name for name in FONT_NAMES for folder in folders if (folder / name).is_file()]


def _validated_font(path: Path) -> Path:
    if not path.is_file():
        raise ConfigError(f"SOUNDFONT = {path} is not a file. Set it to the path of an .sf2 file, or unset it")
    if not is_font(path):
        raise ConfigError(f"SOUNDFONT = {path} is not a sound font: {UNREADABLE}")
    return path


def is_font(path: Path) -> bool:
    """Return whether a file begins as a sound font, so that others are refused before any work; damage shows later."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        return False
    return head.startswith(b"RIFF") and head.endswith(FONT_TYPES)


def _libraries() -> Iterator[tuple[str, str]]:
    """(path or name, origin) of every FluidSynth library that may exist, best first."""
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
    """The library in the wheel of pygame-ce: beside the package on Linux, within it on macOS and Windows."""
    for package in package_folders("pygame"):
        for folder, pattern in (
            (package.parent / "pygame_ce.libs", "libfluidsynth-*.so*"),
            (package.parent / "pygame.libs", "libfluidsynth-*.so*"),
            (package / ".dylibs", "libfluidsynth*.dylib"),
            (package, "*fluidsynth*.dll"),
        ):
            yield from sorted(folder.glob(pattern))


def package_folders(name: str) -> list[Path]:
    """Return the folders of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    return [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []


@functools.cache
def _version(library: str) -> str:
    """The version of a library, loaded through pyfluidsynth. Raises OSError or ImportError when it cannot be loaded."""
    fluid = fluidsynth(library)
    name = fluid._fl.fluid_version_str
    name.restype = ctypes.c_char_p
    return name().decode()


def fluidsynth(library: str) -> ModuleType:
    """Return pyfluidsynth bound to `library`, with its log output off. Once imported, it keeps its library.

    pyfluidsynth asks `ctypes.util.find_library` while it is imported; that function is replaced for the import.
    """
    with loading:
        if "fluidsynth" not in sys.modules:
            original, folder = ctypes.util.find_library, os.path.dirname(library)
            if folder and hasattr(os, "add_dll_directory"):
                os.add_dll_directory(folder)
            ctypes.util.find_library = lambda name: library  # type: ignore[assignment]
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    importlib.import_module("fluidsynth").find_library = original  # type: ignore[attr-defined]
            finally:
                ctypes.util.find_library = original
        module = sys.modules["fluidsynth"]
        for level in range(5):
            module._fl.fluid_set_log_function(level, None, None)
        return module

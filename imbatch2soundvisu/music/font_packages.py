"""Fetch a better sound font from the package registry of Debian or Ubuntu: `make font`.

No administrator is needed: the package is downloaded by apt, which verifies its signature, and only its font is taken.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import EngineMissing, MakeError
from ..runtime.homes import expanded
from .engines import FONT_NAMES, find_soundfont, installed_fonts, is_font

#: Where fetched fonts are kept; `engines.FONT_FOLDERS` has it.
FOLDER = "~/.local/share/soundfonts"


@dataclass(frozen=True)
class Package:
    """A package with a sound font: its name, its font, and who may use it."""

    name: str
    font: str
    licence: str


PACKAGES = {
    "large": Package("fluid-soundfont-gm", "FluidR3_GM.sf2", "MIT licence, (c) Frank Wen and others"),
    "small": Package(
        "musescore-general-soundfont-small",
        "MuseScore_General_Lite.sf3",
        "MIT licence, (c) S. Christian Collins, Michael Cowgill, Frank Wen and others",
    ),
}
ELSEWHERE = f"""apt was not found, so the font has to be installed in another way:
  Fedora:  sudo dnf install fluid-soundfont-gm
  Arch:    sudo pacman -S soundfont-fluid
  openSUSE: sudo zypper install fluid-soundfont-gm
  macOS and Windows: download FluidR3_GM.sf2 or GeneralUser-GS.sf2 and put it into {FOLDER}
  (on Windows into C:/soundfonts), or set SOUNDFONT to its path.
It is found and used from the next run on."""


def fetch(package: Package, folder: Path, say: Callable[[str], None] = print) -> Path:
    """Return the path of a font after fetching its package.

    Parameters
    ----------
    package : Package
        One of PACKAGES.
    folder : Path
        Where the font and its licence are put.
    say : callable
        Takes the lines that are shown: size and licence before, the path after.

    Raises
    ------
    MakeError
        If apt is not there, does not know the package or cannot download it, or the disk is full; with what to do.
    """
    if not (shutil.which("apt-get") and shutil.which("apt-cache") and shutil.which("dpkg-deb")):
        raise MakeError(ELSEWHERE)
    if not folder.is_absolute():
        raise MakeError(f"there is no home folder for {folder}; set HOME")
    download, on_disk = _sizes(package.name)
    say(f"{package.name}: {download / 1e6:.0f} MB to download, {on_disk / 1e6:.0f} MB on the disk; {package.licence}.")
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < 2 * on_disk:
        raise MakeError(f"{folder} has no space for {2 * on_disk / 1e6:.0f} MB; free some, or use --small")
    with tempfile.TemporaryDirectory(dir=folder) as work:
        _run(["apt-get", "-q", "download", package.name], Path(work))
        (archive,) = Path(work).glob("*.deb")
        _run(["dpkg-deb", "-x", str(archive), "content"], Path(work))
        found = sorted(path for path in Path(work, "content").rglob("*") if path.name == package.font)
        if not found or not is_font(found[0]):
            raise MakeError(f"the package {package.name} has no sound font {package.font}; install it with apt instead")
        for terms in Path(work, "content").rglob("copyright"):
            os.replace(terms, folder / f"{Path(package.font).stem}.LICENCE.txt")
        os.replace(found[0], folder / package.font)
    return folder / package.font


def _sizes(name: str) -> tuple[int, int]:
    """Bytes to download, and on the disk, as apt lists them."""
    shown = _run(["apt-cache", "show", "--no-all-versions", name])
    fields = dict(line.partition(": ")[::2] for line in shown.splitlines() if ": " in line)
    try:
        return int(fields["Size"]), 1024 * int(fields["Installed-Size"])
    except (KeyError, ValueError):
        raise MakeError(f"apt knows no package {name}; update its lists with: sudo apt-get update") from None


def _run(command: Sequence[str], folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0 and command[0] != "apt-cache":
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise MakeError(f"{' '.join(command[:3])} failed: {reason}. Try: sudo apt-get update, or --small")
    return done.stdout


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch a font unless a good one is there, and say which one plays."""
    parser = argparse.ArgumentParser(prog="make font", description="Fetch a better General MIDI sound font.")
    parser.add_argument("--small", action="store_true", help="the smaller of the two fonts: 34 MB instead of 120 MB")
    options = parser.parse_args(arguments)
    package = PACKAGES["small" if options.small else "large"]
    wanted = FONT_NAMES[: FONT_NAMES.index(package.font) + 1]
    good = [font for font in installed_fonts() if font.name in wanted]
    try:
        if good:
            print(f"{good[0]} is installed already.")
        else:
            print(f"{fetch(package, expanded(FOLDER))} is installed.")
        print(f"Music is played with {find_soundfont()}.")
    except (MakeError, EngineMissing, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""`make font`: size and licence first, apt without an administrator, and what to do where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from imbatch2soundvisu import config
from imbatch2soundvisu.music import engines, font_packages

SHOW = 'echo "Package: $4"; echo "Size: 34150714"; echo "Installed-Size: 39000"'
DOWNLOAD = 'touch "$3_1.0_all.deb"'
EXTRACT = (
    "mkdir -p content/usr/share/sounds content/usr/share/doc; printf 'free for all' > content/usr/share/doc/copyright; "
    "printf 'RIFF1234sfbkLIST' > content/usr/share/sounds/FONT"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder, and no font but those in it."""
    monkeypatch.delenv("SOUNDFONT", raising=False)
    monkeypatch.setattr(config, "SOUNDFONT", None)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(engines, "FONT_FOLDERS", (font_packages.FOLDER,))
    monkeypatch.setattr(engines, "package_folders", lambda name: [])
    return tmp_path / "home"


def programs(folder: Path, monkeypatch: pytest.MonkeyPatch, font: str, download: str = DOWNLOAD) -> None:
    """Programs with the names of those of Debian, which make a package with a font."""
    folder.mkdir()
    for name, script in (("apt-cache", SHOW), ("apt-get", download), ("dpkg-deb", EXTRACT.replace("FONT", font))):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.mark.parametrize("size", ["large", "small"])
def test_a_font_is_fetched_once(
    size: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    font = font_packages.PACKAGES[size].font
    programs(tmp_path / "bin", monkeypatch, font)
    asked = ["--small"] if size == "small" else []
    assert font_packages.main(asked) == 0
    said = capsys.readouterr().out
    assert "34 MB to download, 40 MB on the disk; MIT licence" in said
    folder = home / ".local/share/soundfonts"
    assert sorted(path.name for path in folder.iterdir()) == sorted([font, f"{Path(font).stem}.LICENCE.txt"])
    assert engines.find_soundfont() == folder / font
    assert f"played with {folder / font}" in said
    assert font_packages.main(asked) == 0
    assert "is installed already" in capsys.readouterr().out


def test_the_large_font_is_better_than_the_small_one(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs(tmp_path / "bin", monkeypatch, "MuseScore_General_Lite.sf3")
    assert font_packages.main(["--small"]) == 0
    programs(tmp_path / "bin2", monkeypatch, "FluidR3_GM.sf2")
    assert font_packages.main([]) == 0
    assert engines.find_soundfont().name == "FluidR3_GM.sf2"
    assert len(engines.installed_fonts()) == 2


@pytest.mark.usefixtures("home")
def test_without_apt_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert font_packages.main([]) == 1
    said = capsys.readouterr().err
    assert "dnf install fluid-soundfont-gm" in said
    assert font_packages.FOLDER in said


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("font", "download", "message"),
    [
        ("FluidR3_GM.sf2", "echo no network >&2; exit 100", "no network. Try: sudo apt-get update"),
        ("other.sf2", DOWNLOAD, "has no sound font FluidR3_GM.sf2"),
    ],
)
def test_failures_leave_nothing_behind(
    font: str, download: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    programs(tmp_path / "bin", monkeypatch, font, download)
    assert font_packages.main([]) == 1
    assert message in capsys.readouterr().err
    assert not list((tmp_path / "home/.local/share/soundfonts").iterdir())

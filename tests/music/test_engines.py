"""Which library and sound font are found, and the messages where they are missing."""

from __future__ import annotations

import ctypes.util
import json
import sys
from pathlib import Path

import av
import mido
import pytest
from PIL import Image

from imbatch2soundvisu import config
from imbatch2soundvisu.cli import command as command
from imbatch2soundvisu.core.errors import ConfigError, EngineMissing
from imbatch2soundvisu.music import engines, synthesis
from imbatch2soundvisu.plans import SequencePlan


@pytest.fixture
def no_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOUNDFONT", raising=False)
    monkeypatch.setattr(config, "SOUNDFONT", None)


def test_the_library_hook_leaves_ctypes_as_it_was(engine: synthesis.Engine) -> None:
    assert ctypes.util.find_library.__module__ == "ctypes.util"
    assert sys.modules["fluidsynth"].find_library.__module__ == "ctypes.util"


def test_a_sound_font_that_is_set_is_used_or_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOUNDFONT", str(tmp_path / "nowhere.sf2"))
    with pytest.raises(ConfigError, match="nowhere.sf2"):
        synthesis.find_engine()
    for other in (b"", b"RIFF", b"RIFF1234WAVEfmt ", b"\x89PNG1234sfbk"):
        (tmp_path / "mine.sf2").write_bytes(other)
        monkeypatch.setenv("SOUNDFONT", str(tmp_path / "mine.sf2"))
        with pytest.raises(ConfigError, match=r"mine\.sf2 is not a sound font: set SOUNDFONT to") as refused:
            SequencePlan("a").check()
        assert "nstall" not in str(refused.value)
    (tmp_path / "mine.sf2").write_bytes(b"RIFF1234sfbkLIST")
    monkeypatch.setenv("SOUNDFONT", str(tmp_path / "mine.sf2"))
    assert synthesis.find_soundfont() == tmp_path / "mine.sf2"


@pytest.mark.usefixtures("no_font")
def test_without_a_library_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_libraries", lambda: iter(()))
    with pytest.raises(EngineMissing, match="pip install pygame-ce"):
        synthesis.find_engine()


@pytest.mark.usefixtures("no_font")
def test_without_a_library_a_run_makes_all_but_the_sound(
    monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engines, "_libraries", lambda: iter(()))
    monkeypatch.setenv("IMBATCH2SOUNDVISU_DATA_ROOT", str(folder))
    (tmp_path / "session_file.py").write_text(
        "from imbatch2soundvisu import *\n"
        "outputs = standard_outputs(Film(size=(64, 48)), Gif(size=(64, 48)), Stems())\n"
        "PLANS = [SequencePlan('p', limit=3, outputs=outputs, total_seconds=2)]\n"
    )
    assert command.main([str(tmp_path / "session_file.py")]) == 1
    out = tmp_path / "outputs"
    (entry,) = json.loads((out / "run.json").read_text())["results"]
    made = entry["files"]
    assert {"mid", "gif", "mp4", "decisions"} <= set(made)
    assert not [kind for kind in made if kind == "wav" or kind.startswith("stem")]
    assert any(message.type == "note_on" for message in mido.MidiFile(out / made["mid"]))
    with av.open(str(out / made["mp4"])) as film:
        assert not film.streams.audio
        assert sum(1 for _ in film.decode(video=0)) == entry["frames"]
    with Image.open(out / made["gif"]) as gif:
        assert gif.n_frames == 3
    output = capsys.readouterr().out
    assert "pip install pygame-ce" in output
    assert "apt install libfluidsynth3" in output
    assert "pip install pygame-ce" in " ".join(entry["problems"])


@pytest.mark.usefixtures("no_font")
def test_better_fonts_are_preferred_and_missing_ones_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engines, "FONT_FOLDERS", (str(tmp_path),))
    for name in ("MuseScore_General_Lite.sf3", "MuseScore_General.sf3", "GeneralUser-GS.sf2", "FluidR3_GM.sf2"):
        (tmp_path / name).touch()
        assert synthesis.find_soundfont().name == name
    assert [font.name for font in engines.installed_fonts()][:2] == ["FluidR3_GM.sf2", "GeneralUser-GS.sf2"]
    for path in tmp_path.iterdir():
        path.unlink()
    monkeypatch.setattr(engines, "package_folders", lambda name: [])
    with pytest.raises(EngineMissing, match="pretty_midi"):
        synthesis.find_soundfont()

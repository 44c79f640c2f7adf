"""Stems: each part alone, as long as the whole, and together the whole."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import TICKS_PER_BEAT, Control, Note, Part, Score, Timeline
from imbatch2soundvisu.core.errors import EngineMissing, MakeError
from imbatch2soundvisu.music import mastering, stems, synthesis
from imbatch2soundvisu.music.timeline import build
from imbatch2soundvisu.runtime import files, ownership
from tests.conftest import photo

PARTS = (Part("Melody: flute", 73), Part("Chords: Klavier, große", 0), Part("silent", 5), Part("Drums", 0, drums=True))


@pytest.fixture(scope="module")
def engine() -> synthesis.Engine:
    try:
        return synthesis.find_engine()
    except EngineMissing as missing:
        pytest.skip(str(missing))


def piece(n: int = 4) -> Score:
    beats = range(2 * n)
    notes = [Note(0, 72 + b % 5, 80, b * TICKS_PER_BEAT, 900) for b in beats]
    notes += [Note(1, 48 + 7 * (b % 2), 100, b * TICKS_PER_BEAT, 480) for b in beats]
    notes += [Note(3, 38, 127, b * TICKS_PER_BEAT, 240) for b in beats]
    return Score(
        build(n, 30, beats_per_image=2, tempo_bpm=120), PARTS, tuple(notes), controls=(Control(1, 64, 127, 60),)
    )


def test_they_add_up_to_the_whole(engine: synthesis.Engine) -> None:
    whole = synthesis.render(piece(), engine, guarded=False).samples
    parts = dict(stems.separate(piece(), engine))
    assert list(parts) == ["Melody: flute", "Chords: Klavier, große", "Drums"]
    assert all(np.abs(samples).max() > 0.01 for samples in parts.values())
    assert np.abs(sum(parts.values()) - whole).max() < 1e-6


def test_a_part_sounds_the_same_whatever_else_plays(engine: synthesis.Engine) -> None:
    alone = Score(piece().timeline, PARTS, tuple(n for n in piece().notes if n.part == 0))
    assert np.array_equal(synthesis.render(alone, engine).samples, synthesis.render_part(piece(), engine, 0))


def test_the_files_are_the_master_before_its_limiter(engine: synthesis.Engine, tmp_path: Path) -> None:
    made = stems.write(tmp_path, piece(), engine)
    assert list(made.values()) == [
        "stems/01-melody-flute.wav", "stems/02-chords-klavier-grosse.wav", "stems/03-drums.wav",
    ]  # fmt: skip
    read = [soundfile.read(tmp_path / name, dtype="float32") for name in made.values()]
    assert {rate for _, rate in read} == {44_100}
    assert {samples.shape for samples, _ in read} == {(piece().timeline.total_samples, 2)}
    together = sum(samples for samples, _ in read)
    assert mastering.loudness(together, 44_100) == pytest.approx(-14, abs=0.05)
    finished = mastering.master(synthesis.render(piece(), engine), fade_out_s=mastering.ending_s(piece().timeline))
    factor = (
        together[:, 0]
        @ finished.samples[:, 0]
        / np.sqrt((together[:, 0] @ together[:, 0]) * (finished.samples[:, 0] @ finished.samples[:, 0]))
    )
    assert factor > 0.98  # the limiter's work is all the difference


def test_they_fade_as_the_finished_piece_does(engine: synthesis.Engine, tmp_path: Path) -> None:
    made = stems.write(tmp_path, piece(), engine)
    together = sum(soundfile.read(tmp_path / name, dtype="float32")[0] for name in made.values())
    whole = synthesis.render(piece(), engine, guarded=False)
    quiet = mastering.master(whole, loudness_lufs=-40, fade_out_s=mastering.ending_s(piece().timeline))  # no limiting
    scale = (together * quiet.samples).sum() / (quiet.samples**2).sum()
    assert np.abs(together - scale * quiet.samples).max() < 1e-3 * np.abs(together).max()


def test_a_piece_longer_than_a_wav_is_refused_before_it_is_played(tmp_path: Path) -> None:
    four_hours = Timeline(30, 44_100, 30 * 3600, (1,) * 4)
    with pytest.raises(MakeError, match="3.38 hours"):
        stems.write(tmp_path, Score(four_hours, PARTS, (Note(0, 60, 80, 0, 960),)))
    assert not list(tmp_path.iterdir())


def test_same_bytes_every_time(engine: synthesis.Engine, tmp_path: Path) -> None:
    for name in ("a", "b"):
        made = stems.write(tmp_path / name, piece(), engine)
    assert all((tmp_path / "a" / n).read_bytes() == (tmp_path / "b" / n).read_bytes() for n in made.values())


@pytest.mark.usefixtures("engine")
def test_a_plan_makes_them_keeps_them_and_takes_them_away(tmp_path: Path) -> None:
    for seed in range(3):
        (tmp_path / "images").mkdir(exist_ok=True)
        Image.fromarray(photo(seed, 40, 30)).save(tmp_path / "images" / f"{seed}.png")

    def run(wanted: bool) -> i2s.Result:
        plan = i2s.SequencePlan("p", stems=wanted, gif=False, video=False, total_seconds=3)
        (made,) = i2s.run([plan], root=tmp_path / "images").pieces
        return made

    first = run(True)
    named = {kind: name for kind, name in first.files.items() if kind.startswith("stem_")}
    assert len(named) >= 4
    assert all(first.path(kind).is_file() for kind in named)
    assert run(True).kept
    assert not run(False).kept
    assert not (first.folder / stems.FOLDER).exists()


@pytest.mark.usefixtures("engine")
def test_without_a_wav_there_is_all_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(3):
        Image.fromarray(photo(seed, 40, 30)).save(tmp_path / f"{seed}.png")
    monkeypatch.setattr(mastering, "MOST_WAV_BYTES", 1000)
    plan = i2s.SequencePlan("p", stems=True, gif=False, size=(64, 48), total_seconds=3)
    (made,) = i2s.run([plan], root=tmp_path).pieces
    assert {"mp4", "mid", "decisions"} <= set(made.files)
    assert not [kind for kind in made.files if kind == "wav" or kind.startswith("stem")]
    assert [problem.partition(":")[0] for problem in made.problems] == ["WAV", "stems"]
    with av.open(str(made.path("mp4"))) as film:
        assert film.streams.audio


def test_what_a_person_put_beside_them_stays(tmp_path: Path) -> None:
    with ownership.guarding(tmp_path):
        files.write_text(tmp_path / "stems/01-melody.wav", "ours")
        for name in ("02-mine.wav", "my mix.wav"):
            (tmp_path / "stems" / name).touch()
        stems.forget(tmp_path)
    assert sorted(path.name for path in (tmp_path / "stems").iterdir()) == ["02-mine.wav", "my mix.wav"]

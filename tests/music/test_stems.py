"""Stems: each part alone, as long as the score; their sum is the score."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import TICKS_PER_BEAT, Control, Note, Part, Score, Timeline
from imbatch2soundvisu.core.errors import MakeError
from imbatch2soundvisu.music import loudness, mastering, stems, synthesis, wav
from imbatch2soundvisu.music.timeline import build
from tests.conftest import photo

PARTS = (Part("Melody: flute", 73), Part("Chords: Klavier, große", 0), Part("silent", 5), Part("Drums", 0, drums=True))


def score(n: int = 4) -> Score:
    beats = range(2 * n)
    notes = [Note(0, 72 + b % 5, 80, b * TICKS_PER_BEAT, 900) for b in beats]
    notes += [Note(1, 48 + 7 * (b % 2), 100, b * TICKS_PER_BEAT, 480) for b in beats]
    notes += [Note(3, 38, 127, b * TICKS_PER_BEAT, 240) for b in beats]
    return Score(
        build(n, 30, beats_per_image=2, tempo_bpm=120), PARTS, tuple(notes), controls=(Control(1, 64, 127, 60),)
    )


def test_stems_add_up_to_the_score(engine: synthesis.Engine) -> None:
    whole = synthesis.render(score(), engine, limit_peak=False).samples
    parts = dict(stems.render_parts(score(), engine))
    assert list(parts) == ["Melody: flute", "Chords: Klavier, große", "Drums"]
    assert all(np.abs(samples).max() > 0.01 for samples in parts.values())
    assert np.abs(sum(parts.values()) - whole).max() < 1e-6


def test_a_part_does_not_depend_on_the_others(engine: synthesis.Engine) -> None:
    single = Score(score().timeline, PARTS, tuple(n for n in score().notes if n.part == 0))
    assert np.array_equal(synthesis.render(single, engine).samples, synthesis.render_part(score(), engine, 0))


def test_stems_add_up_to_the_master_before_its_limiter(engine: synthesis.Engine, tmp_path: Path) -> None:
    made = stems.write(tmp_path, score(), engine)
    assert list(made.values()) == [
        "stems/01-melody-flute.wav", "stems/02-chords-klavier-grosse.wav", "stems/03-drums.wav",
    ]  # fmt: skip
    read = [soundfile.read(tmp_path / name, dtype="float32") for name in made.values()]
    assert {rate for _, rate in read} == {44_100}
    assert {samples.shape for samples, _ in read} == {(score().timeline.total_samples, 2)}
    together = sum(samples for samples, _ in read)
    assert loudness.integrated(together, 44_100) == pytest.approx(-14, abs=0.05)
    finished = mastering.master(synthesis.render(score(), engine), fade_out_s=mastering.ending_s(score()))
    factor = (
        together[:, 0]
        @ finished.samples[:, 0]
        / np.sqrt((together[:, 0] @ together[:, 0]) * (finished.samples[:, 0] @ finished.samples[:, 0]))
    )
    assert factor > 0.98  # the limiter is the only difference


def test_stems_have_the_fades_of_the_master(engine: synthesis.Engine, tmp_path: Path) -> None:
    made = stems.write(tmp_path, score(), engine)
    together = sum(soundfile.read(tmp_path / name, dtype="float32")[0] for name in made.values())
    whole = synthesis.render(score(), engine, limit_peak=False)
    quiet = mastering.master(whole, loudness_lufs=-40, fade_out_s=mastering.ending_s(score()))  # no limiting
    scale = (together * quiet.samples).sum() / (quiet.samples**2).sum()
    assert np.abs(together - scale * quiet.samples).max() < 1e-3 * np.abs(together).max()


def test_sound_longer_than_a_wav_is_refused_before_rendering(tmp_path: Path) -> None:
    four_hours = Timeline(30, 44_100, 30 * 3600, (1,) * 4)
    with pytest.raises(MakeError, match="3.38 hours"):
        stems.write(tmp_path, Score(four_hours, PARTS, (Note(0, 60, 80, 0, 960),)))
    assert not list(tmp_path.iterdir())


def test_same_bytes_every_time(engine: synthesis.Engine, tmp_path: Path) -> None:
    for name in ("a", "b"):
        made = stems.write(tmp_path / name, score(), engine)
    assert all((tmp_path / "a" / n).read_bytes() == (tmp_path / "b" / n).read_bytes() for n in made.values())


@pytest.mark.usefixtures("engine")
def test_a_plan_writes_keeps_and_removes_stems(tmp_path: Path) -> None:
    for seed in range(3):
        (tmp_path / "images").mkdir(exist_ok=True)
        Image.fromarray(photo(seed, 40, 30)).save(tmp_path / "images" / f"{seed}.png")

    def run(with_stems: bool) -> i2s.Result:
        outputs = [i2s.Wav(), *([i2s.Stems()] if with_stems else [])]
        plan = i2s.SequencePlan("p", outputs=outputs, total_seconds=3)
        (made,) = i2s.run([plan], root=tmp_path / "images").results
        return made

    first = run(True)
    named = {kind: name for kind, name in first.files.items() if kind.startswith("stem_")}
    assert len(named) >= 4
    assert all(first.path(kind).is_file() for kind in named)
    assert run(True).kept
    assert not run(False).kept
    assert not (first.folder / stems.FOLDER).exists()


@pytest.mark.usefixtures("engine")
def test_other_outputs_are_written_when_a_wav_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(3):
        Image.fromarray(photo(seed, 40, 30)).save(tmp_path / f"{seed}.png")
    monkeypatch.setattr(wav, "MAX_BYTES", 1000)
    outputs = i2s.standard_outputs(i2s.Film(size=(64, 48)), i2s.Stems(), without=(i2s.Gif,))
    plan = i2s.SequencePlan("p", outputs=outputs, total_seconds=3)
    (made,) = i2s.run([plan], root=tmp_path).results
    assert {"mp4", "mid", "decisions"} <= set(made.files)
    assert not [kind for kind in made.files if kind == "wav" or kind.startswith("stem")]
    assert [problem.partition(":")[0] for problem in made.problems] == ["wav", "stems"]
    with av.open(str(made.path("mp4"))) as film:
        assert film.streams.audio


def test_files_of_the_user_beside_the_stems_stay(tmp_path: Path) -> None:
    (tmp_path / "stems").mkdir()
    for name in ("01-melody.wav", "my mix.wav"):
        (tmp_path / "stems" / name).touch()
    stems.remove(tmp_path)
    assert [path.name for path in (tmp_path / "stems").iterdir()] == ["my mix.wav"]

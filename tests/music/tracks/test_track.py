"""Tracks in a run, and what happens with unusable files and parameters."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core import (
    Timing,
)
from imbatch2soundvisu.core.errors import ConfigError, EngineMissing, MakeError
from imbatch2soundvisu.music import synthesis
from imbatch2soundvisu.music.tracks import (
    Track,
)
from imbatch2soundvisu.report import decision_table
from tests.music.tracks.synthetic import (
    ALBUMS,
    FPS,
    RATE,
    album,
    lively,
    made,
)


def test_unusable_tracks_are_left_out_with_the_reason(tmp_path, music):
    (tmp_path / "good.ogg").write_bytes((music / "lively.ogg").read_bytes())
    (tmp_path / "broken.mp3").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "empty.wav").write_bytes(b"")
    soundfile.write(tmp_path / "silent.flac", np.zeros(10 * RATE), RATE)
    soundfile.write(tmp_path / "blink.wav", lively(0.2), RATE)
    soundfile.write(tmp_path / "nearly.wav", np.concatenate((lively(1), np.zeros(9 * RATE))), RATE)
    (tmp_path / ".hidden.wav").write_bytes(b"")
    score = made(Track(tmp_path), album(**ALBUMS["bright"]))
    assert score.recordings[0].path.name == "good.ogg"
    reasons = {each["track"]: each["reason"] for each in score.decisions[0]["left_out"]}
    assert set(reasons) == {"broken.mp3", "empty.wav", "silent.flac", "blink.wav", "nearly.wav"}
    assert "cannot be played" in reasons["broken.mp3"]
    assert "silent" in reasons["silent.flac"]
    assert "0.2 s" in reasons["blink.wav"]
    assert all(name in score.summary for name in reasons)
    (tmp_path / "good.ogg").unlink()
    with pytest.raises(MakeError, match=r"no track in .* can be used: .*Put music there"):
        Track(tmp_path).timeline(album(), FPS, Timing())


def test_a_mix_reports_all_tracks_that_are_left_out(tmp_path, music):
    for k in range(12):
        (tmp_path / f"broken{k:02}.mp3").write_bytes(b"abc%d" % k * 100)
    (tmp_path / "good.ogg").write_bytes((music / "lively.ogg").read_bytes())
    sequence, rng = album(8), np.random.default_rng(0)
    alone = made(Track(tmp_path), sequence)
    assert "broken07.mp3" in alone.summary
    assert alone.summary.endswith("; and 4 more.")
    mixed = i2s.Mix(i2s.Sonified(feature=None), Track(tmp_path))
    twice = i2s.Mix(mixed, Track(music))
    for style, folders in ((Track(tmp_path), 1), (mixed, 1), (twice, 2)):
        score = style.compose(sequence, style.timeline(sequence, FPS, Timing()), rng)
        found = decision_table.track_rankings({}, score.decisions)
        assert len(found) == folders
        assert found[0]["ranking"] == [
            {"track": "good.ogg", "distance": found[0]["ranking"][0]["distance"], "chosen": True}
        ]
        assert [each["path"] for each in found[0]["left_out"]] == [f"broken{k:02}.mp3" for k in range(12)]
        assert all("cannot be played" in each["reason"] for each in found[0]["left_out"])


def test_a_named_file_that_cannot_be_decoded_is_an_error(tmp_path):
    (tmp_path / "broken.mp3").write_bytes(bytes(range(256)) * 20)
    with pytest.raises(MakeError, match=r"^broken\.mp3 cannot be played: [^']*$") as refused:
        Track(file=tmp_path / "broken.mp3").timeline(album(), FPS, Timing())
    assert "Put music" not in str(refused.value)


def test_names_that_are_not_utf8_are_escaped_in_all_outputs(tmp_path, folder, music):
    own = os.fsencode(tmp_path / "own")
    os.mkdir(own)
    try:
        with open(own + b"/caf\xe9.ogg", "wb") as file:
            file.write((music / "lively.ogg").read_bytes())
        with open(own + b"/na\xefve.mp3", "wb") as file:
            file.write(b"nothing")
    except OSError:
        pytest.skip("names here are text")
    plan = i2s.SequencePlan("plan", music=Track(tmp_path / "own"), outputs=[i2s.Wav(), i2s.Tables()])
    result = i2s.run([plan], root=folder, outputs=tmp_path / "out", cache=tmp_path / "cache")
    assert result.problems == ()
    first, music_entry = result.results[0].entry["decisions"][0], result.results[0].entry["music"]
    assert first["track"] == "caf\\xe9.ogg"
    assert first["left_out"][0]["track"] == "na\\xefve.mp3"
    assert "cannot be played" in first["left_out"][0]["reason"]
    assert "na" not in first["left_out"][0]["reason"].replace("cannot", "")
    assert music_entry["engine"] == "caf\\xe9.ogg"
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8").replace("<wbr>", "")
    assert "caf\\xe9.ogg" in page
    assert "\ufffd" not in page


def test_a_file_is_the_only_track(music):
    file = music / "lively.ogg"
    assert Track(file).paths() == Track(file=file).paths() == [file]


def test_invalid_parameters_are_refused_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "MUSIC", tmp_path / "music")
    plan = i2s.SequencePlan("plan", music=Track())
    with pytest.raises(ConfigError, match="the folder .*music.* does not exist.*Put music there"):
        plan.check()
    with pytest.raises(ConfigError, match=re.escape(f"the folder {str(tmp_path / 'nowhere')!r} does not exist")):
        Track("nowhere").paths()
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "notes.txt").write_text("none")
    with pytest.raises(ConfigError, match=r"contains no tracks.*MP3.*OGG"):
        plan.check()
    with pytest.raises(ConfigError, match="the file does not exist"):
        i2s.SequencePlan("plan", music=Track(file="none.mp3")).check()
    with pytest.raises(ConfigError, match="unknown mood 'upbaet'. Did you mean 'upbeat'"):
        Track(mood="upbaet")
    with pytest.raises(ConfigError, match="folder must be a path"):
        Track(folder=3)
    (tmp_path / "music" / "a.mp3").write_bytes(b"not analysed yet")
    plan.check()
    with pytest.raises(ConfigError, match="frames per second"):
        dataclasses.replace(plan, outputs=[i2s.Film(fps=31)]).check()


def test_the_tracks_of_the_source_are_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "MUSIC", "music")
    beside = Path(i2s.__file__).parents[1] / "music"
    assert {path.parent for path in Track().paths()} == {beside}
    (tmp_path / "music").mkdir()  # where tests run
    with pytest.raises(ConfigError, match="contains no tracks"):
        Track().paths()


def test_a_run_with_a_track_needs_no_engine_and_keeps_unchanged_results(folder, tmp_path, music, monkeypatch):
    def missing():
        raise EngineMissing("no engine")

    monkeypatch.setattr(synthesis, "find_engine", missing)
    own = tmp_path / "own"
    own.mkdir()
    (own / "lively.ogg").write_bytes((music / "lively.ogg").read_bytes())
    plan = i2s.SequencePlan(
        "plan", music=Track(own), outputs=i2s.standard_outputs(i2s.Film(size=(64, 48)), without=(i2s.Gif,))
    )

    def run() -> i2s.Result:
        result = i2s.run([plan], root=folder, outputs=tmp_path / "out", cache=tmp_path / "cache")
        assert result.problems == ()
        return result.results[0]

    first = run()
    assert {"wav", "mid", "mp4", "csv", "decisions"} <= set(first.files)
    markers = [each.text for each in mido.MidiFile(first.path("mid")).tracks[0] if each.type == "marker"]
    assert len(markers) == 12, "without notes, a sequencer still shows where the images are"
    samples, rate = soundfile.read(first.path("wav"))
    assert len(samples) == round(first.entry["seconds"] * rate)
    assert np.abs(samples).max() > 0.1
    assert first.entry["tempo_bpm"] == pytest.approx(120, rel=0.01)
    rows = first.path("csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[8:10] for row in rows[1:3]] == [["1", "1"], ["1", "3"]]
    assert run().kept
    (own / "calm.flac").write_bytes((music / "more" / "calm.flac").read_bytes())
    assert not run().kept
    os.utime(own / "calm.flac", (1, 1))
    assert not run().kept


@pytest.mark.slow
def test_results_with_tracks_are_kept_between_processes(folder, tmp_path):
    soundfile.write(tmp_path / "own.wav", lively(6), RATE)
    arguments = f"i2s.Track(file={str(tmp_path / 'own.wav')!r}), outputs=[i2s.Wav()])"
    script = f"""
import imbatch2soundvisu as i2s
plans = [i2s.SequencePlan(name, order, music={arguments} for name, order in (("one", "name"), ("two", "luminance"))]
found = i2s.run(plans, root={str(folder)!r}, outputs={str(tmp_path / "out")!r}, cache={str(tmp_path / "cache")!r})
print([piece.kept for piece in found.results])
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(i2s.__file__).parents[1])}
    outputs = [
        subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert [each.splitlines()[-1] for each in outputs] == ["[False, False]", "[True, True]"]

"""Analyses are cached by the content of the file."""

from __future__ import annotations

import json

import pytest
import soundfile

from imbatch2soundvisu.core.errors import MakeError
from imbatch2soundvisu.music.tracks import (
    Track,
    analysis_cache,
    analysis_caching,
    cached_analysis,
)
from imbatch2soundvisu.runtime.cache import Cache
from imbatch2soundvisu.runtime.fingerprints import fingerprint
from tests.music.tracks.synthetic import (
    ALBUMS,
    RATE,
    album,
    calm,
    lively,
    made,
)


def test_a_renamed_file_is_analysed_once(tmp_path, analysed):
    soundfile.write(tmp_path / "one.flac", lively(8), RATE)
    (tmp_path / "silence.wav").write_bytes(b"nothing")
    with Cache(tmp_path / "cache") as cache, analysis_caching(cache):
        first = cached_analysis(tmp_path / "one.flac")
        with pytest.raises(MakeError, match="silence.wav cannot be played"):
            cached_analysis(tmp_path / "silence.wav")
    analysis_cache._in_memory.clear()
    (tmp_path / "one.flac").rename(tmp_path / "two.flac")
    (tmp_path / "silence.wav").rename(tmp_path / "hush.wav")
    with Cache(tmp_path / "cache") as cache, analysis_caching(cache):
        assert cached_analysis(tmp_path / "two.flac") == first
        with pytest.raises(MakeError, match="hush.wav cannot be played"):
            cached_analysis(tmp_path / "hush.wav")
    assert len(analysed) == 2
    soundfile.write(tmp_path / "two.flac", calm(8), RATE)
    assert cached_analysis(tmp_path / "two.flac") != first
    assert len(analysed) == 3


@pytest.mark.parametrize("kept", [None, 3, [], {"mode": 1}, {"refused": "is silent"}])
def test_unknown_cache_values_are_analysed_again(tmp_path, analysed, kept):
    class OneValue:
        def get(self, key):
            return kept

        def put(self, key, value):
            json.dumps(value)

    soundfile.write(tmp_path / "one.flac", lively(8), RATE)
    with analysis_caching(OneValue()):
        if kept == {"refused": "is silent"}:
            with pytest.raises(MakeError, match="one.flac is silent"):
                cached_analysis(tmp_path / "one.flac")
        else:
            assert cached_analysis(tmp_path / "one.flac").has_beat
    assert len(analysed) == (0 if kept == {"refused": "is silent"} else 1)


def test_progress_is_reported_for_new_tracks_only(music, tmp_path, analysed):
    reports: list[tuple[str, int, int]] = []
    with Cache(tmp_path / "cache") as cache, analysis_caching(cache, lambda *each: reports.append(each)):
        Track(music).choose(album())
        assert reports == [("analyse", done, 3) for done in range(4)]
        analysis_cache._in_memory.clear()
        Track(music).choose(album())
        assert len(reports) == 4, "all are in the cache"
        soundfile.write(tmp_path / "new.wav", lively(5), RATE)
        Track(tmp_path, file="new.wav").choose(album())
        assert reports[4:] == [("analyse", 0, 1), ("analyse", 1, 1)]


def test_cached_analyses_do_not_change_the_fingerprint_of_the_style(music, analysed):
    before = fingerprint(Track)
    cached_analysis(music / "lively.ogg")
    assert analysed
    assert fingerprint(Track) == before


def test_the_same_images_get_the_same_track(music, analysed):
    sequence = album(**ALBUMS["dark"])
    first = made(Track(music), sequence)
    analysis_cache._in_memory.clear()
    assert made(Track(music), sequence) == first
    assert made(Track(str(music)), sequence) == first

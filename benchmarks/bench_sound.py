"""How the music sounds: width, treble, mud, mono, and the melody against the rest, in our hall and with other effects.

python -m benchmarks.bench_sound [folder of images]

Peers are the synthesizer without effects, its own reverb as it was used before, its reverb and chorus at full width,
and, where it is installed, pedalboard: the same equalization, and convolution with the same late reverberation. That is
slower than ours, has no early reflections and needs the whole sound in memory, so the package does without it.
Recordings are those of shared/data/D-music; mono ones have no width.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core import PAN, REVERB, Control, Part, Score, Timeline
from imbatch2soundvisu.music import mastering, stems, synthesis, synthesizers
from imbatch2soundvisu.music.analysis import sound_measures
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES
from imbatch2soundvisu.music.effects import convolution, overtones, reflections, stage
from imbatch2soundvisu.plans.sequence_content import SequenceContent

from .bench_music import FEATURES, SHARED

IMAGES, PIECES = 16, 6
BEFORE = {
    "synth.reverb.active": 1, "synth.reverb.room-size": 0.55, "synth.reverb.damp": 0.35, "synth.reverb.width": 0.8,
    "synth.reverb.level": 0.42,
}  # fmt: skip
WIDE = {**BEFORE, "synth.reverb.width": 1.0, "synth.reverb.level": 0.9, "synth.chorus.active": 1}
#: The measures, and whether more is better.
MEASURES = {
    "correlation of left and right": False,
    "above 6 kHz, dB": True,
    "below 200 Hz, %": False,
    "200 to 500 Hz, %": False,
    "spectral flatness, dB": True,
    "most that a third octave loses in mono, dB": False,
    "melody above the rest in its band, dB": True,
}


@dataclass(frozen=True)
class _Sound:
    measures: Mapping[str, float]
    #: Seconds of music per second of processor time.
    speed: float


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """Each measure, the mean over pieces for PIECES ensembles, ours against the reverb that was used before; a row per
    other peer with its correlation and speed; and the range of recordings."""
    scores = list(_scores(data))
    ours = _mean([_rendered(score) for score in scores])
    peers = {name: _mean([_rendered(dry, name) for dry in map(_panned, scores)]) for name in _peers()}
    before = peers["FluidSynth's reverb"]
    found = []
    for name, more in MEASURES.items():
        value, other = ours.measures[name], before.measures[name]
        found.append(_row(f"sound: {name}", value, other, value - other if more else other - value, _range(name)))
    for name, peer in peers.items():
        width = ours.measures["correlation of left and right"], peer.measures["correlation of left and right"]
        note = f"x faster than {name}; correlation {width[0]:.2f} against {width[1]:.2f}"
        treble = ours.measures["above 6 kHz, dB"], peer.measures["above 6 kHz, dB"]
        note += f", above 6 kHz {treble[0]:.1f} against {treble[1]:.1f} dB"
        found.append(_row(f"sound: {name}, x real time", ours.speed, peer.speed, ours.speed / peer.speed, note))
    return found


def _row(what: str, ours: float, peer: float, ratio: float, note: str) -> dict[str, Any]:
    return {"what": what, "ours": round(ours, 2), "peer": round(peer, 2), "ratio": round(ratio, 2), "note": note}


def _scores(data: Path | None) -> Iterator[Score]:
    """Pieces for several ensembles, from the sample or a folder."""
    table = i2s.measure(i2s.discover(data), FEATURES)
    for number, name in enumerate(list(ENSEMBLES)[:PIECES]):
        music = i2s.Composed(ensemble=name)
        plan = i2s.SequencePlan(f"sound of {name}", ("luminance", "hue")[number % 2], limit=IMAGES, music=music)
        score = SequenceContent(plan, plan.sequence(table), config.resolve()).score
        assert score is not None
        yield score


def _panned(score: Score) -> Score:
    """The score with place and reverb for the synthesizer."""
    places = tuple(Control(i, PAN, part.pan, 0) for i, part in enumerate(score.parts))
    halls = tuple(Control(i, REVERB, part.reverb, 0) for i, part in enumerate(score.parts))
    return replace(score, controls=places + halls + score.controls)


def _peers() -> list[str]:
    there = importlib.util.find_spec("pedalboard") is not None
    return ["no effects", "FluidSynth's reverb", "FluidSynth's reverb and chorus", *["pedalboard"] * there]


@contextlib.contextmanager
def _effects(peer: str | None) -> Iterator[None]:
    """Replace our hall by that of a peer."""
    settings = {"FluidSynth's reverb": BEFORE, "FluidSynth's reverb and chorus": WIDE}.get(peer or "", {})
    hall: Callable[..., None] = _pedalboard if peer == "pedalboard" else lambda samples, paths: None
    with contextlib.ExitStack() as stack:
        if peer is not None:
            stack.enter_context(mock.patch.dict(synthesizers.SETTINGS, settings))
            stack.enter_context(mock.patch.object(convolution, "convolve", hall))
            stack.enter_context(mock.patch.object(overtones, "extend", return_value=-math.inf))
        if peer == "pedalboard":
            stack.enter_context(mock.patch.object(stage, "paths", _board))
        yield


def _board(part: Part, controls: Sequence[Control], timeline: Timeline, seat: stage.Seat) -> Any:
    """The effects of pedalboard for a part: the equalization of its seat, and our late reverberation."""
    import pedalboard as pb

    bands = [pb.PeakFilter(*each) for each in seat.bells]
    cut = [pb.HighpassFilter(seat.high_pass)] * bool(seat.high_pass)
    response = np.ascontiguousarray(reflections.late(timeline.sample_rate).T, np.float32)
    wet = pb.Pedalboard(
        [pb.Convolution(response, 1.0, timeline.sample_rate), pb.Gain(13.4 + stage.LATE_DB + 6 * part.reverb / 64 - 6)]
    )
    mixed = pb.Mix([pb.Gain(0), wet])
    return pb.Pedalboard([*cut, *bands, pb.HighShelfFilter(stage.SHELF_HZ, seat.shelf_db), mixed]), timeline.sample_rate


def _pedalboard(samples: np.ndarray, board: Any) -> None:
    effects, sample_rate = board
    samples[:] = effects(np.ascontiguousarray(samples.T), sample_rate).T


def _rendered(score: Score, peer: str | None = None) -> _Sound:
    engine = synthesis.find_engine()
    with _effects(peer):
        start = time.process_time()
        audio = synthesis.render(score, engine)
        took = time.process_time() - start
        parts = list(stems.render_parts(score, engine))
    samples = mastering.master(audio, fade_out_s=mastering.ending_s(score)).samples
    melody, rest = (
        sum((each for name, each in parts if name.startswith("Melody") == tune), np.zeros_like(samples))
        for tune in (True, False)
    )
    measures = _measured(samples, audio.sample_rate)
    measures["melody above the rest in its band, dB"] = sound_measures.prominence_db(melody, rest, audio.sample_rate)
    return _Sound(measures, float(score.timeline.seconds) / took)


def _measured(samples: np.ndarray, rate: int) -> dict[str, float]:
    return {
        "correlation of left and right": sound_measures.correlation(samples),
        "above 6 kHz, dB": sound_measures.share_db(samples, rate, 6000),
        "below 200 Hz, %": 100 * 10 ** (sound_measures.share_db(samples, rate, 0, 200) / 10),
        "200 to 500 Hz, %": 100 * 10 ** (sound_measures.share_db(samples, rate, 200, 500) / 10),
        "spectral flatness, dB": sound_measures.flatness_db(samples, rate),
        "most that a third octave loses in mono, dB": sound_measures.mono_loss_db(samples, rate),
    }


def _mean(found: Sequence[_Sound]) -> _Sound:
    means = {name: float(np.mean([each.measures[name] for each in found])) for name in MEASURES}
    return _Sound(means, float(np.mean([each.speed for each in found])))


def _range(name: str) -> str:
    """The difference, and what the recordings have."""
    measured = [each[name] for each in _recordings().values() if name in each]
    if not measured:
        return "better by this than with FluidSynth's reverb"
    return f"better by this than with FluidSynth's reverb; recordings {min(measured):.2f} to {max(measured):.2f}"


_KEPT: dict[str, dict[str, float]] = {}


def _recordings() -> dict[str, dict[str, float]]:
    """The measures of each recording; those of width of stereo ones only."""
    import soundfile

    for path in sorted((SHARED / "D-music").glob("*.[om][gp][g3]")) if not _KEPT else ():
        samples, rate = soundfile.read(path, always_2d=True)
        both = samples if samples.shape[1] == 2 else np.repeat(samples, 2, axis=1)
        found = _measured(both, rate)
        if samples.shape[1] == 1:
            found = {name: each for name, each in found.items() if "left" not in name and "mono" not in name}
        _KEPT[path.name] = found
    return _KEPT


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    for row in rows(parser.parse_args().data):
        print(f"{row['what']:<58} {row['ours']:>8} {row['peer']:>8} {row['ratio']:>7} {row['note']}")

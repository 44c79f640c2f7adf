"""What a reader should know of the tempo of a piece: a request that was not met exactly, images that share beats."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from ...core import ExactTimeline, Score, TempoTimeline, Timeline, tempo_text
from ..metred import fits

#: Tempi that differ by less count as equal.
EXACT = 0.002
#: Images that last shorter cannot be looked at one by one, in seconds.
READABLE_S = 0.2


def with_notes(
    score: Score, tempi_bpm: tuple[float, float], tempo_bpm: float | None, further: Sequence[str] = ()
) -> Score:
    """Return a score whose summary ends with the notes on its tempo, which the first decision has as "tempo_notes".

    Parameters
    ----------
    score : Score
    tempi_bpm : (float, float)
        The range of genre and mood.
    tempo_bpm : float or None
        The requested tempo.
    further : sequence of str
        Notes on its metre, which the first decision has as "metre_notes", too.
    """
    notes = [*further, *tempo_notes(score.timeline, tempi_bpm, tempo_bpm)]
    if not notes or not score.decisions:
        return score
    summary = " ".join([score.summary, *(f"{note[0].upper()}{note[1:]}." for note in notes)])
    first = {**score.decisions[0], "tempo_notes": notes, **({"metre_notes": list(further)} if further else {})}
    return replace(score, summary=summary, decisions=(first, *score.decisions[1:]))


def unusual_metre(genre: str, metres: Sequence[str], timeline: Timeline) -> list[str]:
    """Return what there is to say of a given metre in which a given genre is not.

    Examples
    --------
    >>> unusual_metre("waltz", ("3/4",), Timeline(30, 44_100, 15, (2, 2)))
    ['4/4 was asked for and is kept; waltz is usually in 3/4']
    """
    metre = timeline.metre.name
    if metre in metres:
        return []
    return [f"{metre} was asked for and is kept; {genre} is usually in {' or '.join(metres)}"]


def metre_notes(timeline: Timeline, tempi_bpm: tuple[float, float]) -> list[str]:
    """Return why images of equal length do not begin on the bars of a given metre, and which would.

    Examples
    --------
    >>> grid = Timeline(30, 44_100, 15, (2,) * 8, 3, signature="3/4")
    >>> metre_notes(grid, (100, 180)), metre_notes(grid, (120, 120))
    (['images of 1 s last 2 beats, so every 3rd begins on a bar of 3/4; those of 1.0 to 1.8 s would last a bar'], \
['images of 1 s last 2 beats, so every 3rd begins on a bar of 3/4; those of 1.5 s would last a bar'])
    """
    metre, beats = timeline.metre, set(timeline.beats[:-1])
    each = next(iter(beats)) if len(beats) == 1 else 0
    if each < 1 or Fraction(each).denominator > 1 or fits(metre, each):
        return []
    slow, fast = (60 * metre.beats_per_bar / (metre.pulse * bpm) for bpm in tempi_bpm)
    bars = f"{fast:.1f} to {slow:.1f}" if f"{fast:.1f}" != f"{slow:.1f}" else f"{slow:.2g}"
    count = metre.beats_per_bar // math.gcd(int(each), metre.beats_per_bar)
    ordinal = {2: "2nd", 3: "3rd"}.get(count, f"{count}th")
    last = f"images of {each * 60 / timeline.tempo_bpm:.3g} s last {_count(Fraction(each))}"
    return [f"{last}, so every {ordinal} begins on a bar of {metre}; those of {bars} s would last a bar"]


def tempo_notes(timeline: Timeline, tempi_bpm: tuple[float, float], tempo_bpm: float | None) -> list[str]:
    """Return a sentence for each thing about the tempo and the beats of images that was not asked for.

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> tempo_notes(ExactTimeline(30, 44_100, 18, (half,) * 8), (60, 140), 96)
    ['the requested 96 bpm became 100 bpm: cuts are on beats and whole frames, and the length is met', 'images are \
shorter than a beat (0.30 s): 2 images a beat']
    """
    notes, tempo = [], timeline.pulse_bpm
    if tempo_bpm is not None and abs(tempo / tempo_bpm - 1) > EXACT:
        reason = "cuts are on beats and whole frames, and the length is met"
        notes.append(f"the requested {tempo_bpm:g} bpm became {tempo_text(tempo)} bpm: {reason}")
    slow, fast = tempi_bpm
    if tempo_bpm is None and not slow * (1 - EXACT) <= tempo <= fast * (1 + EXACT):
        notes.append(
            f"the beats of an image and the length make {tempo_text(tempo)} bpm; without beats_per_image= the tempo is "
            f"between {slow:g} and {fast:g} bpm"
        )
    if isinstance(timeline, ExactTimeline):
        notes += _beats(timeline)
    return notes


def _beats(timeline: ExactTimeline) -> list[str]:
    """What there is to say of the beats of images: those that share beats, and those that last longer than others."""
    beats = [Fraction(each) for each in timeline.beats]
    if len(beats) < 2:
        return []
    notes, counts = [], Counter(beats[:-1])
    mean = _usual_beats(beats)
    if mean < 1:
        notes.append(_shared(mean, mean * 60 / timeline.tempo_bpm))
    elif len(counts) > 1:
        common = counts.most_common(2)
        notes.append(" and ".join(f"{count} images last {_count(each)}" for each, count in common))
    usual = counts.most_common(1)[0][0]
    if beats[-1] > 1.5 * usual and beats[-1] not in counts and not isinstance(timeline, TempoTimeline):
        notes.append(f"the last image lasts {_count(beats[-1])}, so that the length is met")
    return notes


def _usual_beats(beats: Sequence[Fraction]) -> float:
    """The beats that most images but the last have, else their mean."""
    usual, count = Counter(beats[:-1]).most_common(1)[0]
    return float(usual if 2 * count > len(beats) else sum(beats[:-1]) / (len(beats) - 1))


def _shared(beats: float, seconds: float) -> str:
    """How many images share a beat, and what to do where they are too short to look at."""
    advice = "; show fewer (limit=) or give more time to see each of them" if seconds < READABLE_S else ""
    return f"images are shorter than a beat ({seconds:.2f} s): {1 / beats:.2g} images a beat{advice}"


def _count(beats: Fraction) -> str:
    number = f"{float(beats):.1f}".removesuffix(".0")
    return f"{number} beat{'s' if beats != 1 else ''}"


def images_per_beat(score: Score) -> float | None:
    """Return how many images share a beat on average; None where none do, and for music with beats of its own."""
    beats = [Fraction(each) for each in score.timeline.beats]
    mean = _usual_beats(beats) if len(beats) > 1 else 0.0
    own = abs(score.bpm / score.timeline.tempo_bpm - 1) > EXACT
    return 1 / mean if 0 < mean < 1 and not own else None

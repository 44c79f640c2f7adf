"""The accompaniment: the same figuration of the chords in every bar of a passage, as dense as the images need."""

from __future__ import annotations

from collections.abc import Iterator

from ...core import TICKS_PER_BEAT, Note
from .dynamics import velocity_of
from .figures import FIGURES, Pattern
from .inner_voices import players
from .instruments import CHORDS, range_of
from .orchestration import Passage
from .piece import Piece
from .spans import ChordSpan

EIGHTH = TICKS_PER_BEAT // 2
#: No eighth of an accompaniment is shorter, in seconds; at faster tempi it moves in beats.
SHORTEST_S = 0.15
#: Seconds between the notes of the arpeggiated last chord, and its highest pitch.
ROLL_S, HIGHEST_ROLLED = 0.045, 91
#: Seconds from its first note to its last, at most, so that it rings.
LONGEST_ROLL_S = 0.7
#: Voices of a chord in a figure: three, and the lowest an octave higher.
VOICES = 4
#: The least share of the notes of a figure that are played, and how many more than it has.
LEAST, MORE = 0.5, 1.5


def ranked(pattern: Pattern, offbeats_first: bool, per_beat: int = 2, voices: int = VOICES) -> list[tuple[int, int]]:
    """Return (eighth, voice) of every note that a figure can have in a bar, most important first.

    First the notes of the figure itself, then the other voices where it strikes some. Its rests stay.

    Parameters
    ----------
    pattern : Pattern
        Of a bar.
    offbeats_first : bool
        Whether notes between the beats come before others of their group, or only after all notes on the beats.
    per_beat : int
        Eighths in a beat.
    voices : int
        Of the chords.
    """
    found = []
    for step, struck in enumerate(pattern):
        others = tuple(v for v in range(voices) if v not in struck) if struck else ()
        is_offbeat = step % per_beat != 0
        for rank, voice in enumerate((*struck, *others)):
            group = rank + (0.0 if rank < len(struck) else 2.0)
            found.append((group + is_offbeat * (-0.5 if offbeats_first else 0.5), step, voice))
    return [(step, voice) for _, step, voice in sorted(found)]


def figure_part(piece: Piece, passage: Passage, name: str, per_bar: float, end: int) -> Iterator[Note]:
    """Yield a figure in every bar of a passage, up to the tick `end`, with the chords of the plan.

    Each bar has the same most important notes of the figure, the last bars one more where `per_bar` is not whole.

    Parameters
    ----------
    piece : Piece
    passage : Passage
    name : str
        In FIGURES.
    per_bar : float
        Notes in a bar.
    end : int
    """
    pattern, count = _pattern(piece, name)
    ordered = ranked(pattern, piece.offbeats_first[passage.first], piece.eighths_per_beat, count)
    bar, slow = sum(piece.groups) * piece.eighth, piece.eighth * piece.seconds_per_beat < SHORTEST_S * TICKS_PER_BEAT
    few, share = divmod(per_bar, 1.0)
    more_from = piece.index.end_of(passage) - share * (piece.index.end_of(passage) - piece.index.starts[passage.first])
    for span in piece.index.chord_spans(passage):
        voices, stop = _voices(piece, span.first), min(span.end, end)
        for first in range(span.start - span.start % bar, stop, bar):
            for step, voice in sorted(ordered[: int(few) + (first + bar / 2 > more_from)]):
                tick = first + step * piece.eighth
                if span.start <= tick < stop and not (slow and step % 2):
                    yield _struck(piece, span, tick, voices[voice], stop)


def _pattern(piece: Piece, name: str) -> tuple[Pattern, int]:
    """A bar of a figure and how many voices it has: two where inner voices are those of two players."""
    pattern = FIGURES[name].bar(piece.groups)
    if not piece.ensemble.has_voices:
        return pattern, VOICES
    both, low, high = (0, 1), (0,), (1,)
    return tuple(both if len(each) > 1 else each and (low if each[0] < 2 else high) for each in pattern), 2


def _voices(piece: Piece, slot: int) -> list[tuple[int, int]]:
    """(part, pitch) of the voices of a figure, lowest first."""
    pitches = piece.chord_voicings[slot]
    if piece.ensemble.has_voices:
        return sorted(players(piece, pitches), key=lambda each: each[1])
    return [(CHORDS, pitch) for pitch in (*pitches, pitches[0] + 12)]


def _struck(piece: Piece, span: ChordSpan, tick: int, voice: tuple[int, int], stop: int) -> Note:
    part, pitch = voice
    slot = piece.index.slot_at(tick)
    space, eighth = float(piece.levels["space"][slot]), piece.eighth
    length = span.end - span.start
    held = eighth * (0.8 + 0.6 * space) if space < 0.5 else eighth + min(length, 2 * TICKS_PER_BEAT) * (2 * space - 1)
    softer = 2 if tick == span.start else 5 if tick % TICKS_PER_BEAT == 0 else 8
    return Note(part, pitch, velocity_of(piece.loudness[slot] - softer), tick, max(1, round(min(held, stop - tick))))


def figure_limits(piece: Piece, name: str) -> tuple[int, int]:
    """Return the fewest and the most notes per bar of a figure."""
    pattern, voices = _pattern(piece, name)
    count = sum(map(len, pattern))
    return max(1, round(LEAST * count)), min(len(ranked(pattern, False, voices=voices)), round(MORE * count))


def answers(piece: Piece, passage: Passage, end: int) -> Iterator[Note]:
    """Yield two chords off the beat in every rest of the melody, in every second one if a soloist answers, too."""
    eighth = piece.eighth
    for k, (start, stop) in enumerate(piece.index.gaps(passage)):
        if k % 2 == 0 and passage.texture.counter == "answer":
            continue
        for tick in (start + eighth, start + 3 * eighth):
            if tick < min(stop, end):
                slot = piece.index.slot_at(tick)
                velocity = velocity_of(piece.loudness[slot] - 4)
                voices = [(CHORDS, pitch) for pitch in piece.chord_voicings[slot]]
                for part, pitch in players(piece, piece.chord_voicings[slot]) if piece.ensemble.has_voices else voices:
                    yield Note(part, pitch, velocity, tick, min(eighth, stop - tick))


def _with_root_on_top(tones: list[int], count: int, root: int) -> list[int]:
    """About so many of some tones, ascending: up to a root, so that the highest voice ends on it.

    Examples
    --------
    >>> _with_root_on_top([55, 60, 64, 67, 72, 76], 4, 0)
    [55, 60, 64, 67, 72]
    """
    roots = [k + 1 for k, pitch in enumerate(tones) if pitch % 12 == root and k + 1 >= VOICES]
    return tones[: min(roots, key=lambda k: abs(k - count), default=count)]


def closing_chord(piece: Piece, slot: int, count: int) -> Iterator[Note]:
    """Yield the last chord as a slow upward arpeggio into a held chord, which sounds like a ritardando.

    Parameters
    ----------
    piece : Piece
    slot : int
        The last slot.
    count : int
        Notes to play, at least VOICES.
    """
    last, pitches = piece.plan.slots[slot], piece.chord_voicings[slot]
    velocity = velocity_of(piece.loudness[slot] - 2)
    start, length = last.beat * TICKS_PER_BEAT, last.beats * TICKS_PER_BEAT
    highest = min(HIGHEST_ROLLED, range_of(piece.ensemble.chords)[1])
    tones = [p + 12 * octave for octave in range(4) for p in pitches if p + 12 * octave <= highest]
    tones = _with_root_on_top(tones, max(count, VOICES), piece.plan.chords[slot].root)
    gap = EIGHTH if length >= 4 * TICKS_PER_BEAT else round(ROLL_S / piece.seconds_per_beat * TICKS_PER_BEAT)
    longest = LONGEST_ROLL_S / piece.timeline.beat_seconds_at(start) * TICKS_PER_BEAT
    gap = min(gap, length // 2 // len(tones), int(longest) // (len(tones) - 1))
    for j, pitch in enumerate(tones):
        at = start + min(j * gap, length - 1)
        yield Note(CHORDS, pitch, max(1, velocity - 4 * j), at, start + length - at)

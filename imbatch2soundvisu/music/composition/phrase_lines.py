"""The pitches of a phrase: what its theme asks for, in the register of its images, without parallels with the bass."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .. import voice_leading
from . import contours, tune
from .form import FINAL, Phrase
from .melody_notes import MelodyNote
from .melody_settings import MelodySettings
from .phrase_layout import IDEA, Event
from .theme_tunes import ThemeTune
from .tune import Place

#: How often a line is found anew to avoid parallels from chord to chord.
CORRECTIONS = 6
#: Semitones by which phrases rise in their middle and fall to their end.
RISE, FALL = 2.5, 3.0
#: Semitones to which the register of a theme is rounded, so that one image seldom moves it.
QUANTUM = 6
#: How often the free notes of a phrase are moved so that its mean pitch is in its register; how far, in semitones;
#: how far where only its second half is in the register of its own images.
ADJUSTMENTS, FARTHEST, FARTHEST_OF_HALF = 4, 12.0, 9.0
#: What each semitone of that move counts, relative to one of the mean off the register.
MOVED = 0.3
#: The least share of free notes by which a move is computed.
LEAST_FREE = 0.3


@dataclass(frozen=True)
class PhraseLine:
    """The line of a phrase.

    Parameters
    ----------
    settings : MelodySettings
    phrase : Phrase
    theme : ThemeTune
    events : sequence of Event
        The notes of the phrase.
    """

    settings: MelodySettings
    phrase: Phrase
    theme: ThemeTune
    events: Sequence[Event]

    @property
    def start(self) -> int:
        """The first tick of the phrase."""
        return self.settings.span(self.phrase)[0]

    def by_chords(self) -> tuple[int, ...]:
        """Return the pitches of a first statement by its chords alone: single images do not change what returns.

        A bar with the rhythm of an earlier one has its directions.
        """
        middle, rises = around(self.settings, self.phrase), self.theme.rises(self.events)
        places = self._places(self.theme.wanted(self.settings, self.phrase, self.events, 0, 0.0), middle)
        line = tune.find_line(_with_rises(places, rises), self.settings.limits).pitches
        repeated = contours.echoes(self.events, line, self.settings.style.bar)
        rises = [a if b is None else b for a, b in zip(rises, repeated, strict=True)]
        return tune.find_line(_with_rises(places, rises), self.settings.limits).pitches

    def in_register(self, steps: int, rises: Sequence[int | None], earlier: Sequence[MelodyNote]) -> tuple[int, ...]:
        """Return the pitches; what follows the idea makes up for where that lies off the register.

        Parameters
        ----------
        steps : int
            Scale steps by which the theme is moved.
        rises : sequence of int or None
            The direction of each note that is asked for.
        earlier : sequence of MelodyNote
            The phrases before.
        """
        settings, events = self.settings, self.events
        first = settings.middle(self.phrase) if settings.plan.follows_halves else self.phrase.first
        centre, offset = settings.centre(first, self.phrase.last), 0.0
        counts = [event.start >= settings.plan.starts[first] - self.start for event in events]
        counts = counts if any(counts) else [True] * len(events)
        free = sum(e.kind != IDEA for e, is_counted in zip(events, counts, strict=True) if is_counted) / sum(counts)
        farthest = FARTHEST_OF_HALF if settings.plan.follows_halves else FARTHEST
        best: tuple[float, tuple[int, ...]] | None = None
        for _ in range(ADJUSTMENTS):
            wanted = self.theme.wanted(settings, self.phrase, events, steps, offset)
            places = _with_rises(self._places(wanted, centre + offset), rises)
            line = self._without_parallels(places, earlier)
            off = centre - float(np.mean(line, where=counts))
            cost = abs(off) + MOVED * abs(offset)
            if best is None or cost < best[0] - 0.1:
                best = cost, line
            offset = float(np.clip(offset + off / max(free, LEAST_FREE), -farthest, farthest))
        assert best is not None
        return best[1]

    def _places(self, wanted: Sequence[int | None], centre: float) -> list[Place]:
        start, end = self.settings.span(self.phrase)
        places = []
        for event, pitch in zip(self.events, wanted, strict=True):
            curve = centre + _arch(event.start / (end - start))
            allowed = self.settings.allowed(self.phrase, event, event == self.events[-1])
            places.append(self.settings.place(event, start, curve, pitch, allowed))
        return [*places[:-1], replace(places[-1], is_last=self.phrase.cadence == FINAL)]

    def _without_parallels(self, places: Sequence[Place], earlier: Sequence[MelodyNote]) -> tuple[int, ...]:
        """The pitches without parallels with the bass from chord to chord or image to image."""
        before = (earlier[-1].pitch, self.settings.bass[earlier[-1].slot]) if earlier else None
        avoided: set[tuple[int, int]] = set()
        for _ in range(CORRECTIONS):
            line = tune.find_line(places, self.settings.limits, before, avoided)
            found = self._parallels(line.pitches, earlier)
            if not found:
                break
            avoided |= found
        return line.pitches

    def _parallels(self, pitches: Sequence[int], earlier: Sequence[MelodyNote]) -> set[tuple[int, int]]:
        """(note, pitch) of the notes that make parallels with the bass from chord to chord or image to image."""
        settings, last = self.settings, self.events[-1]
        begin, end = self.start + self.events[0].start, self.start + last.start + last.length
        pairs: list[tuple[int, int]] = []
        for ticks in (settings.heads, settings.image_starts):
            first = max(0, bisect.bisect_left(ticks, begin) - 1)
            pairs += itertools.pairwise(ticks[first : bisect.bisect_left(ticks, end)])
        found = set()
        for a, b in pairs:
            one, two = (self._sounding(tick, pitches, earlier) for tick in (a, b))
            if one is None or two is None or two[0] is None:
                continue
            bass = settings.bass[settings.plan.slot_at(a)], settings.bass[settings.plan.slot_at(b)]
            if voice_leading.is_parallel((one[1], two[1]), bass):
                found.add((two[0], two[1]))
        return found

    def _sounding(
        self, tick: int, pitches: Sequence[int], earlier: Sequence[MelodyNote]
    ) -> tuple[int | None, int] | None:
        """(note of the phrase, pitch) of what sounds at a tick; None for a rest."""
        after = tick - self.start
        for k, event in enumerate(self.events):
            if event.start <= after < event.start + event.length:
                return k, pitches[k]
        for note in reversed(earlier):
            if note.start <= tick:
                return (None, note.pitch) if tick < note.start + note.length else None
        return None


def around(settings: MelodySettings, phrase: Phrase) -> float:
    """Return the pitch around which a theme is found that is stated first in a phrase."""
    return QUANTUM * round(settings.opening(phrase) / QUANTUM)


def _with_rises(places: Sequence[Place], rises: Sequence[int | None]) -> list[Place]:
    return [replace(place, rise=rise) for place, rise in zip(places, rises, strict=True)]


def _arch(position: float) -> float:
    """Semitones by which the curve of a phrase is above its register: up to two thirds, then down to the cadence."""
    return float(np.interp(position, (0.0, 0.65, 1.0), (0.0, RISE, -FALL)))

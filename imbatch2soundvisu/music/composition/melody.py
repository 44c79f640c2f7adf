"""The melody: themes that return, phrase by phrase.

The idea of a theme is a tune of two bars. It is invented once, on the chords of its first phrase, and returns with the
same notes wherever the theme does, moved as a whole (by octaves or scale steps) to the register of the phrase. What
follows it is found anew in each phrase, and leads to its cadence.
"""

from __future__ import annotations

import bisect
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...core import TICKS_PER_BEAT
from .. import voice_leading
from . import contours, motif, ornaments, phrase_layout, phrase_structures, tune
from .contours import Contours
from .form import FINAL, Phrase
from .melody_settings import MelodySettings
from .motif import Motif
from .ornaments import Tone
from .phrase_layout import IDEA, Event
from .phrase_structures import AUGMENTED, INVERTED, ORNAMENTED
from .theme_tunes import ThemeTune
from .tune import Place

#: Motifs of which the best is kept for a theme.
CANDIDATES = 4
#: How many ornaments an idea that is varied by them has, relative to what follows it.
VARIED_SHARE = 0.5
#: Share of pieces that begin after the downbeat, relative to the share of phrases with a pickup.
ENTRIES = 0.6
#: How often a line is found anew to avoid parallels from chord to chord.
CORRECTIONS = 6
#: Semitones by which phrases rise in their middle and fall to their end.
RISE, FALL = 2.5, 3.0
#: Semitones to which the register of a theme is rounded, so that one image seldom moves it.
QUANTUM = 6
#: How often the free notes of a phrase are moved so that its mean pitch is in its register; how far, in semitones.
ADJUSTMENTS, FARTHEST = 4, 9.0
#: Semitones of that mean off the register that are near enough.
NEAR = 0.8


@dataclass(frozen=True, slots=True)
class MelodyNote:
    """A note of the melody.

    Parameters
    ----------
    pitch : int
    start, length : int
        Ticks.
    slot : int
        Index of the slot in which it starts.
    phrase : int
        Index of its phrase; a pickup belongs to the phrase after it.
    opens_slot : bool
        Whether it starts with the slot.
    """

    pitch: int
    start: int
    length: int
    slot: int
    phrase: int
    opens_slot: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """How a phrase states its theme.

    Parameters
    ----------
    number : int
        How many phrases have had this theme before.
    treatment : str
        As of `phrase_structures.treatment`.
    moved : int
        Scale steps by which the theme is moved.
    has_pickup : bool
    idea_ends : int
        Tick at which the idea ends.
    """

    number: int
    treatment: str
    moved: int
    has_pickup: bool
    idea_ends: int


class Melody:
    """The notes of a melody, and how each phrase states its theme."""

    def __init__(self, settings: MelodySettings) -> None:
        self.settings = settings
        self.tunes: dict[str, ThemeTune] = {}
        self.notes: list[MelodyNote] = []
        self.statements: list[Statement] = []
        self._contours = Contours()
        counts: dict[str, int] = defaultdict(int)
        for index, phrase in enumerate(settings.plan.phrases):
            if phrase.theme not in self.tunes:
                self.tunes[phrase.theme] = self._found(phrase)
            self._state(index, phrase, counts[phrase.theme])
            counts[phrase.theme] += 1

    def _found(self, phrase: Phrase) -> ThemeTune:
        """The best of several motifs for a theme, on the chords of its first phrase."""
        settings, theme = self.settings, phrase.theme
        of = self.tunes["A"].motif if theme != "A" and "A" in self.tunes else None
        start, middle = settings.span(phrase)[0], QUANTUM * round(settings.opening(phrase) / QUANTUM)
        taken_up = phrase_structures.STRUCTURES[settings.structure].taken_up
        body = max(settings.body(each) for each in settings.plan.phrases if each.theme == theme)
        found: list[tuple[float, int, ThemeTune]] = []
        for k in range(CANDIDATES):
            rng = np.random.default_rng([*settings.seed, ord(theme), k])
            each = motif.invent(settings.style, settings.pickups, theme, rng, of, taken_up)
            each = each.with_signature(settings.signature) if theme == "A" and settings.signature else each
            events = phrase_layout.idea_events(each, body)
            places = [settings.place(event, start, middle + _rise(each, event)) for event in events]
            line = tune.find_line(places, settings.limits)
            cost = line.cost + tune.dullness(line.pitches, [event.length for event in events])
            found.append((cost, k, ThemeTune(each, line.pitches, phrase.key)))
        return min(found)[2]

    def _state(self, index: int, phrase: Phrase, number: int) -> None:
        """Add the notes of a phrase."""
        settings, theme = self.settings, self.tunes[phrase.theme]
        start, varied = settings.span(phrase)[0], phrase_structures.treatment(settings.structure, number)
        if varied == AUGMENTED:
            theme = replace(theme, motif=theme.motif.augmented(settings.style.bar), continuation={})
        if varied == INVERTED:
            theme = replace(theme, pitches=theme.inverted, continuation={})
        events = self._events(index, phrase, theme.motif)
        steps = theme.shift(settings, phrase, events)
        steps = steps if number else 0
        if not number:
            theme = self.tunes[phrase.theme] = replace(theme, continuation=self._continuation(phrase, theme, events))
        name, body = phrase.theme + varied * (varied in (AUGMENTED, INVERTED)), settings.body(phrase)
        rises = self._rises(name, theme, events, body)
        line = self._in_register(phrase, theme, events, steps, rises, self._onward(index))
        self._contours.remember(name, events, body, line, self.notes[-1].pitch if self.notes else None)
        ends = max((e.start + e.length for e in events if e.kind == IDEA), default=0)
        self.statements.append(Statement(number, varied, steps, events[0].start < 0, start + ends))
        for pitch, at, length in self._ornamented(events, line, start, phrase.theme, varied):
            slot = settings.slot_at(at)
            self.notes.append(MelodyNote(pitch, at, length, slot, index, settings.starts[slot] == at))

    def _rises(self, name: str, theme: ThemeTune, events: Sequence[Event], body: int) -> list[int | None]:
        """The direction of each note that is asked for: as in the theme, else as in an earlier phrase with it."""
        before = self._contours.of(name, events, body)
        return [b if a is None else a for a, b in zip(theme.rises(events), before, strict=True)]

    def _onward(self, index: int) -> tuple[int, int] | None:
        """The pitch with which the next phrase is likely to begin, and the direction to it that its theme had."""
        settings, phrases = self.settings, self.settings.plan.phrases
        if index + 1 == len(phrases):
            return None
        after = phrases[index + 1]
        theme, body = self.tunes[after.theme], settings.body(after)
        events = phrase_layout.idea_events(theme.motif, body)
        if not self._pickup_length(theme.motif, phrases[index]):
            events = events[len(theme.motif.pickup) :]
        known = self._contours.of(after.theme, events[:1], body)[0]
        pitch = theme.wanted(settings, after, events[:1], theme.shift(settings, after, events), 0.0)[0]
        return None if known is None or pitch is None else (pitch, known)

    def _continuation(self, phrase: Phrase, theme: ThemeTune, events: Sequence[Event]) -> dict[int, int]:
        """What follows an idea, by its chords alone, so that single images do not change what returns."""
        settings = self.settings
        start, end = settings.span(phrase)
        middle, body = QUANTUM * round(settings.opening(phrase) / QUANTUM), settings.body(phrase)
        wanted = theme.wanted(settings, phrase, events, 0, 0.0)
        places = [
            settings.place(event, start, middle + _arch(event.start / (end - start)), pitch)
            for event, pitch in zip(events, wanted, strict=True)
        ]
        rises = theme.rises(events)
        places = [replace(place, rise=rise) for place, rise in zip(places, rises, strict=True)]
        line = tune.find_line(places, settings.limits).pitches
        rises = contours.echoes(events, line, settings.style.bar)
        places = [replace(p, rise=p.rise if rise is None else rise) for p, rise in zip(places, rises, strict=True)]
        line = tune.find_line(places, settings.limits).pitches
        pairs = zip(events, line, strict=True)
        return {event.start: pitch for event, pitch in pairs if event.kind != IDEA and event.start < body}

    def _in_register(
        self,
        phrase: Phrase,
        theme: ThemeTune,
        events: Sequence[Event],
        steps: int,
        rises: Sequence[int | None],
        onward: tuple[int, int] | None,
    ) -> tuple[int, ...]:
        """The pitches of a phrase; what follows its idea makes up for where that lies off the register."""
        settings = self.settings
        start, end = settings.span(phrase)
        first = settings.middle(phrase) if settings.follows_halves else phrase.first
        centre, offset = settings.centre(first, phrase.last), 0.0
        allowed = [settings.allowed(phrase, event, event == events[-1]) for event in events]
        counts = [event.start >= settings.starts[first] - start for event in events]
        counts = counts if any(counts) else [True] * len(events)
        free = sum(e.kind != IDEA for e, is_counted in zip(events, counts, strict=True) if is_counted) / sum(counts)
        best: tuple[float, tuple[int, ...]] | None = None
        for _ in range(ADJUSTMENTS):
            wanted = theme.wanted(settings, phrase, events, steps, offset)
            places = [
                replace(
                    settings.place(event, start, centre + offset + _arch(event.start / (end - start)), pitch, tones),
                    rise=rise,
                )
                for event, pitch, tones, rise in zip(events, wanted, allowed, rises, strict=True)
            ]
            places[-1] = replace(places[-1], onward=onward, is_last=phrase.cadence == FINAL)
            line = self._line(places, events, start)
            off = centre - float(np.mean(line, where=counts))
            if best is None or abs(off) < best[0] - 0.1:
                best = abs(off), line
            if best[0] < NEAR:
                break
            offset = float(np.clip(offset + off / max(free, 0.3), -FARTHEST, FARTHEST))
        assert best is not None
        return best[1]

    def _ornamented(
        self, events: Sequence[Event], line: Sequence[int], start: int, theme: str, varied: str
    ) -> Iterator[Tone]:
        """The notes of a phrase, with ornaments in busy images; an idea has them only where it is varied by them."""
        settings = self.settings
        for k, (event, pitch) in enumerate(zip(events, line, strict=True)):
            tone = (pitch, start + event.start, event.length)
            slot = settings.slot_at(tone[1])
            is_free = (event.kind != IDEA or varied == ORNAMENTED) and k + 1 < len(events)
            is_free = is_free and slot == settings.slot_at(tone[1] + event.length - 1)
            if not is_free or event.start < 0 or event.start + event.length != events[k + 1].start:
                yield tone
                continue
            share = settings.ornaments[slot] * (VARIED_SHARE if event.kind == IDEA else 1.0)
            draw = self._draw(event, slot, theme)
            if draw >= share:
                yield tone
                continue
            scale = settings.scales[slot]
            found = ornaments.ornamented(tone, line[k + 1], scale, settings.style, draw / share)
            is_playable = all(settings.limits[0] <= each <= settings.limits[1] for each, _, _ in found)
            is_good = is_playable and self._is_without_parallels(found, line[k + 1], tone[1] + event.length)
            yield from found if is_good else (tone,)

    def _draw(self, event: Event, slot: int, theme: str) -> float:
        """A number in [0, 1) for an ornament: by the image for an idea, else by the theme, with which it returns."""
        settings = self.settings
        if event.kind == IDEA:
            return settings.draws.unit(settings.plan.slots[slot].image, "ornament", event.start)
        return float(np.random.default_rng([*settings.seed, ord(theme), 7, event.start]).random())

    def _is_without_parallels(self, tones: Sequence[Tone], following: int, at: int) -> bool:
        """Whether the last of some notes makes no parallels with the bass to the next note."""
        settings = self.settings
        bass = settings.bass[settings.slot_at(at - 1)], settings.bass[settings.slot_at(at)]
        return not voice_leading.is_parallel((tones[-1][0], following), bass)

    def _events(self, index: int, phrase: Phrase, own: Motif) -> list[Event]:
        """The notes of a phrase without pitches, with time for the pickup of the phrase after it."""
        settings, phrases = self.settings, self.settings.plan.phrases
        start, reserved = settings.span(phrase)[0], 0
        if index + 1 < len(phrases):
            after = self.tunes.get(phrases[index + 1].theme) or self._found(phrases[index + 1])
            self.tunes.setdefault(phrases[index + 1].theme, after)
            reserved = self._pickup_length(after.motif, phrase)
        layout = settings.layout(phrase, reserved)
        rng = np.random.default_rng([*settings.seed, ord(phrase.theme), 100 + len(phrase.label)])
        events = phrase_layout.phrase_events(own, layout, settings.style, rng)
        if index and self._pickup_length(own, phrases[index - 1]):
            events = [*(Event(s, n, IDEA, k) for k, (s, n) in enumerate(own.pickup)), *events]
        if index == 0 and not settings.signature:
            events = self._entering(events)
        return [each for event in events for each in settings.split(event, start)]

    def _entering(self, events: list[Event]) -> list[Event]:
        """The notes of the first phrase, whose first one is late where the piece begins like a pickup."""
        first, settings = events[0], self.settings
        is_late = np.random.default_rng([*settings.seed, 11]).random() < ENTRIES * settings.pickups
        if not is_late or first.start or len(events) < 3 or first.length < settings.style.shortest * 2:
            return events
        half = first.length // 2
        return [replace(first, start=first.length - half, length=half), *events[1:]]

    def _pickup_length(self, own: Motif, before: Phrase) -> int:
        """The ticks of a pickup in the last slot of the phrase before; 0 where it has no time for one."""
        length = -own.pickup[0][0] if own.pickup else 0
        slot = self.settings.plan.slots[before.last - 1]
        return length if 2 * length <= slot.beats * TICKS_PER_BEAT else 0

    def _line(self, places: Sequence[Place], events: Sequence[Event], start: int) -> tuple[int, ...]:
        """The pitches of a phrase, without parallels with the bass from chord to chord or image to image."""
        before = (self.notes[-1].pitch, self.settings.bass[self.notes[-1].slot]) if self.notes else None
        avoided: set[tuple[int, int]] = set()
        for _ in range(CORRECTIONS):
            line = tune.find_line(places, self.settings.limits, before, avoided)
            found = self._parallels(line.pitches, events, start)
            if not found:
                break
            avoided |= found
        return line.pitches

    def _parallels(self, pitches: Sequence[int], events: Sequence[Event], start: int) -> set[tuple[int, int]]:
        """(note, pitch) of the notes that make parallels with the bass from chord to chord or image to image."""
        settings = self.settings
        first, last = start + events[0].start, start + events[-1].start + events[-1].length
        pairs: list[tuple[int, int]] = []
        for ticks in (settings.heads, settings.image_starts):
            begin = max(0, bisect.bisect_left(ticks, first) - 1)
            pairs += itertools.pairwise(ticks[begin : bisect.bisect_left(ticks, last)])
        found = set()
        for a, b in pairs:
            one, two = (self._sounding(tick, pitches, events, start) for tick in (a, b))
            if one is None or two is None or two[0] is None:
                continue
            bass = settings.bass[settings.slot_at(a)], settings.bass[settings.slot_at(b)]
            if voice_leading.is_parallel((one[1], two[1]), bass):
                found.add((two[0], two[1]))
        return found

    def _sounding(
        self, tick: int, pitches: Sequence[int], events: Sequence[Event], start: int
    ) -> tuple[int | None, int] | None:
        """(note of the phrase, pitch) of what sounds at a tick; None for a rest."""
        for k, event in enumerate(events):
            if start + event.start <= tick < start + event.start + event.length:
                return k, pitches[k]
        for note in reversed(self.notes):
            if note.start <= tick:
                return (None, note.pitch) if tick < note.start + note.length else None
        return None


def by_slot(notes: Sequence[MelodyNote]) -> dict[int, list[MelodyNote]]:
    """Return the notes that start in each slot, in time; an empty list for a slot without notes."""
    found: dict[int, list[MelodyNote]] = defaultdict(list)
    for note in notes:
        found[note.slot].append(note)
    return found


def _rise(own: Motif, event: Event) -> float:
    """Semitones of the contour of an idea at a note of it."""
    end = max(start + length for start, length in own.idea)
    return 12 / 7 * own.curve(max(0.0, event.start / end))


def _arch(position: float) -> float:
    """Semitones by which the curve of a phrase is above its register: up to two thirds, then down to the cadence."""
    return float(np.interp(position, (0.0, 0.65, 1.0), (0.0, RISE, -FALL)))

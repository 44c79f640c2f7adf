"""The melody: themes that return, phrase by phrase.

The idea of a theme is a tune of two bars. It is invented once, on the chords of its first phrase, and returns with the
same notes wherever the theme does, moved as a whole (by octaves or scale steps) to the register of the phrase. What
follows it is found anew in each phrase, and leads to its cadence.
"""

from __future__ import annotations

import bisect
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ...core import TICKS_PER_BEAT
from .. import theory, voice_leading
from ..theory import Key
from . import motif, ornaments, phrase_layout, phrase_structures, tune
from .form import FINAL, HALF, Phrase
from .harmony import HarmonicPlan
from .hashed_random import HashedRandom
from .motif import Motif
from .ornaments import Tone
from .phrase_layout import FREE, IDEA, SEQUENCE, Event
from .phrase_structures import AUGMENTED, INVERTED, ORNAMENTED
from .rhythms import RhythmStyle
from .tune import Place

#: Motifs of which the best is kept for a theme.
CANDIDATES = 4
#: Cost of a note of a moved theme that is outside its chord on a strong beat, and of other degrees than the theme has.
CLASH, OTHER_DEGREES = 3.0, 1.5
#: How much what follows an idea keeps to its first statement, 1 for as much as the idea itself.
SOFT_PULL = 0.7
#: How many ornaments an idea that is varied by them has, relative to what follows it.
VARIED_SHARE = 0.5
#: Share of pieces that begin after the downbeat, relative to the share of phrases with a pickup.
ENTRIES = 0.6
#: How often a line is found anew to avoid parallels from chord to chord.
CORRECTIONS = 6
#: Semitones by which phrases rise in their middle and fall to their end.
RISE, FALL = 2.5, 3.0
#: From so many phrases on, the register follows the images over whole phrases, else over halves of phrases.
FEW_PHRASES = 5
#: Semitones to which the register of a theme is rounded, so that one image seldom moves it.
QUANTUM = 6
#: How often the free notes of a phrase are moved so that its mean pitch is in its register; how far, in semitones.
ADJUSTMENTS, FARTHEST = 4, 6.0


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


@dataclass(frozen=True)
class MelodySettings:
    """What the melody of a piece depends on.

    Parameters
    ----------
    plan : HarmonicPlan
    style : RhythmStyle
    bass : sequence of int
        Pitch of each slot.
    register : (slots,) array
        The pitch around which the melody lies, by the images.
    limits : (int, int)
        Lowest and highest pitch.
    pickups, rests : float
        See `genres.Genre`.
    ornaments : (slots,) array
        How usual ornaments are, by the images, [0, 1].
    draws : HashedRandom
        Chooses the ornaments, image by image.
    structure : str
        A name in `phrase_structures.STRUCTURES`.
    seed : tuple of int
        Of the themes.
    signature : tuple of bool
        Of theme A, see `themes.Theme`; empty for none.
    """

    plan: HarmonicPlan
    style: RhythmStyle
    bass: Sequence[int]
    register: np.ndarray
    limits: tuple[int, int]
    pickups: float
    rests: float
    ornaments: np.ndarray
    draws: HashedRandom
    structure: str
    seed: tuple[int, ...]
    signature: tuple[bool, ...] = ()

    @cached_property
    def starts(self) -> list[int]:
        """(slots,) the first tick of each."""
        return [slot.beat * TICKS_PER_BEAT for slot in self.plan.slots]

    @cached_property
    def scales(self) -> list[tuple[int, ...]]:
        """(slots,) the pitch classes of the melody over each chord."""
        return [theory.melody_scale(chord) for chord in self.plan.chords]

    @cached_property
    def tones(self) -> list[frozenset[int]]:
        """(slots,) the pitch classes of each chord that the melody may have."""
        pairs = zip(self.plan.chords, self.scales, strict=True)
        return [frozenset(chord.pitch_classes) & set(scale) or frozenset(scale) for chord, scale in pairs]

    @cached_property
    def heads(self) -> list[int]:
        """The first ticks of the chords."""
        return [self.starts[i] for i in self.plan.changes]

    @cached_property
    def end(self) -> int:
        """The tick of the end."""
        last = self.plan.slots[-1]
        return (last.beat + last.beats) * TICKS_PER_BEAT

    def slot_at(self, tick: int) -> int:
        """Return the slot at a tick."""
        return max(0, bisect.bisect_right(self.starts, tick) - 1)

    def span(self, phrase: Phrase) -> tuple[int, int]:
        """Return the first tick of a phrase and its end."""
        after = self.starts[phrase.last] if phrase.last < len(self.starts) else self.end
        return self.starts[phrase.first], after

    @cached_property
    def follows_halves(self) -> bool:
        """Whether there are so few phrases that each half of them is in the register of its images."""
        return len(self.plan.phrases) < FEW_PHRASES

    def middle(self, phrase: Phrase) -> int:
        """Return the first slot of the second half of a phrase, counted in images."""
        images = sorted({slot.image for slot in self.plan.slots[phrase.first : phrase.last]})
        half = images[(len(images) + 1) // 2 if len(images) > 1 else 0]
        return next(k for k in range(phrase.first, phrase.last) if self.plan.slots[k].image == half)

    def centre(self, first: int, last: int) -> float:
        """Return the mean register of slots."""
        by_image = {slot.image: float(self.register[k]) for k, slot in enumerate(self.plan.slots[first:last], first)}
        return sum(by_image.values()) / len(by_image)

    def opening(self, phrase: Phrase) -> float:
        """Return the register of the idea of a phrase."""
        last = self.middle(phrase) if self.follows_halves and len(phrase) > 1 else phrase.last
        return self.centre(phrase.first, max(last, phrase.first + 1))


@dataclass(frozen=True)
class ThemeTune:
    """A theme as it is first found.

    Parameters
    ----------
    motif : Motif
    pitches : tuple of int
        Of its pickup and its idea.
    key : Key
    continuation : {int: int}
        What follows the idea in the first statement: pitches by the ticks from the start of the phrase.
    """

    motif: Motif
    pitches: tuple[int, ...]
    key: Key
    continuation: Mapping[int, int] = field(default_factory=dict)

    @property
    def inverted(self) -> tuple[int, ...]:
        """The pitches upside down, in scale steps around the first note of the idea."""
        degrees = [_degree(pitch, self.key)[0] for pitch in self.pitches]
        axis = degrees[len(self.motif.pickup)]
        return tuple(_pitch(2 * axis - degree, 0, self.key, self.key) for degree in degrees)


class Melody:
    """The notes of a melody, and how each phrase states its theme."""

    def __init__(self, settings: MelodySettings) -> None:
        self.settings = settings
        self.tunes: dict[str, ThemeTune] = {}
        self.notes: list[MelodyNote] = []
        self.statements: list[Statement] = []
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
        body = max(self._body(each) for each in settings.plan.phrases if each.theme == theme)
        found: list[tuple[float, int, ThemeTune]] = []
        for k in range(CANDIDATES):
            rng = np.random.default_rng([*settings.seed, ord(theme), k])
            each = motif.invent(settings.style, settings.pickups, theme, rng, of, taken_up)
            each = each.with_signature(settings.signature) if theme == "A" and settings.signature else each
            events = phrase_layout.idea_events(each, body)
            places = [self._place(event, start, middle + _rise(each, event)) for event in events]
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
        steps = self._shift(phrase, theme, events)
        steps = steps if number else 0
        line = self._in_register(phrase, theme, events, steps)
        if not number:
            body = self._body(phrase)
            later = {e.start: p for e, p in zip(events, line, strict=True) if e.kind != IDEA and e.start < body}
            self.tunes[phrase.theme] = replace(theme, continuation=later)
        ends = max((e.start + e.length for e in events if e.kind == IDEA), default=0)
        self.statements.append(Statement(number, varied, steps, events[0].start < 0, start + ends))
        for pitch, at, length in self._ornamented(events, line, start, phrase.theme, varied):
            slot = settings.slot_at(at)
            self.notes.append(MelodyNote(pitch, at, length, slot, index, settings.starts[slot] == at))

    def _in_register(self, phrase: Phrase, theme: ThemeTune, events: Sequence[Event], steps: int) -> tuple[int, ...]:
        """The pitches of a phrase; what follows its idea makes up for where that lies off the register."""
        settings = self.settings
        start, end = settings.span(phrase)
        first = settings.middle(phrase) if settings.follows_halves else phrase.first
        centre, offset = settings.centre(first, phrase.last), 0.0
        free = sum(event.kind != IDEA for event in events) / len(events)
        allowed = [self._allowed(phrase, event, event == events[-1]) for event in events]
        counts = [event.start >= settings.starts[first] - start for event in events]
        counts = counts if any(counts) else [True] * len(events)
        best: tuple[float, tuple[int, ...]] | None = None
        for _ in range(ADJUSTMENTS):
            wanted = self._wanted(phrase, theme, events, steps, offset)
            places = [
                self._place(event, start, centre + offset + _arch(event.start / (end - start)), pitch, tones)
                for event, pitch, tones in zip(events, wanted, allowed, strict=True)
            ]
            line = self._line(places, events, start)
            off = centre - float(np.mean(line, where=counts))
            if best is None or abs(off) < best[0] - 0.1:
                best = abs(off), line
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
            if not is_free or event.start < 0 or event.start + event.length != events[k + 1].start:
                yield tone
                continue
            share = settings.ornaments[slot] * (VARIED_SHARE if event.kind == IDEA else 1.0)
            draw = self._draw(event, slot, theme)
            if draw >= share:
                yield tone
                continue
            scale = settings.scales[settings.slot_at(tone[1] + event.length - 1)]
            found = ornaments.ornamented(tone, line[k + 1], scale, settings.style, draw / share)
            yield from found if self._is_without_parallels(found, line[k + 1], tone[1] + event.length) else (tone,)

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
        """The notes of a phrase without pitches, with room for the pickup of the phrase after it."""
        settings, phrases = self.settings, self.settings.plan.phrases
        start, room = settings.span(phrase)[0], 0
        if index + 1 < len(phrases):
            after = self.tunes.get(phrases[index + 1].theme) or self._found(phrases[index + 1])
            self.tunes.setdefault(phrases[index + 1].theme, after)
            room = self._pickup_length(after.motif, phrase)
        layout = self._layout(phrase, room)
        rng = np.random.default_rng([*settings.seed, ord(phrase.theme), 100 + len(phrase.label)])
        events = phrase_layout.phrase_events(own, layout, settings.style, rng)
        if index and self._pickup_length(own, phrases[index - 1]):
            events = [*(Event(s, n, IDEA, k) for k, (s, n) in enumerate(own.pickup)), *events]
        if index == 0 and not settings.signature:
            events = self._entering(events)
        return [each for event in events for each in self._split(event, start)]

    def _entering(self, events: list[Event]) -> list[Event]:
        """The notes of the first phrase, whose first one is late where the piece begins like a pickup."""
        first, settings = events[0], self.settings
        is_late = np.random.default_rng([*settings.seed, 11]).random() < ENTRIES * settings.pickups
        if not is_late or first.start or len(events) < 3 or first.length < settings.style.shortest * 2:
            return events
        half = first.length // 2
        return [replace(first, start=first.length - half, length=half), *events[1:]]

    def _body(self, phrase: Phrase) -> int:
        """The ticks of a phrase before its cadence."""
        layout = self._layout(phrase, 0)
        return (layout.beats - phrase_layout.cadence_beats(layout, self.settings.style.beats)) * TICKS_PER_BEAT

    def _layout(self, phrase: Phrase, room: int) -> phrase_layout.Layout:
        start, end = self.settings.span(phrase)
        beats, last = (end - start) // TICKS_PER_BEAT, self.settings.plan.slots[phrase.last - 1].beats
        last = last if last < beats else max(1, beats // 2)
        return phrase_layout.Layout(beats, last, phrase.cadence == FINAL, room, self.settings.rests)

    def _pickup_length(self, own: Motif, before: Phrase) -> int:
        """The ticks of a pickup in the last slot of the phrase before; 0 where it has no room."""
        length = -own.pickup[0][0] if own.pickup else 0
        slot = self.settings.plan.slots[before.last - 1]
        return length if 2 * length <= slot.beats * TICKS_PER_BEAT else 0

    def _split(self, event: Event, start: int) -> list[Event]:
        """A note in two where it is held into a chord that has no tone in common."""
        settings = self.settings
        begin, end = start + event.start, start + event.start + event.length
        index = bisect.bisect_right(settings.heads, begin)
        if index == len(settings.heads) or settings.heads[index] >= end:
            return [event]
        head = settings.heads[index]
        one, two = (settings.tones[settings.slot_at(tick)] for tick in (begin, head))
        if len(one & two) > 1:
            return [event]
        later = Event(event.start + head - begin, end - head, FREE)
        return [replace(event, length=head - begin), *self._split(later, start)]

    def _place(
        self, event: Event, start: int, centre: float, wanted: int | None = None, allowed: frozenset[int] = frozenset()
    ) -> Place:
        settings = self.settings
        begin = start + event.start
        slot, last = settings.slot_at(begin), settings.slot_at(begin + event.length - 1)
        later = settings.tones[slot + 1 : last + 1]
        held = frozenset.intersection(*later) or later[-1] if later else frozenset()
        return Place(
            frozenset(settings.scales[slot]), settings.tones[slot], held, self._weight(event, begin, slot),
            settings.bass[slot], centre, wanted, 1.0 if event.kind == IDEA else SOFT_PULL, allowed,
        )  # fmt: skip

    def _weight(self, event: Event, begin: int, slot: int) -> int:
        """2 on a strong beat, 1 on another beat or for a long note, else 0."""
        beat, off = divmod(begin, TICKS_PER_BEAT)
        if self.settings.starts[slot] == begin or (off == 0 and self.settings.style.metre.strength(beat)):
            return 2
        return 1 if off == 0 or event.length >= TICKS_PER_BEAT else 0

    def _wanted(
        self, phrase: Phrase, theme: ThemeTune, events: Sequence[Event], steps: int, offset: float
    ) -> list[int | None]:
        """The pitch of each note that the theme has; None for those that are free.

        offset : semitones by which what follows the idea is moved.
        """
        start = self.settings.span(phrase)[0]
        count = len(theme.motif.pickup)
        degrees = [_degree(pitch, theme.key) for pitch in theme.pitches]
        size, sequence = len(phrase.key.scale), round(offset / 2) or theme.motif.drift
        found: list[int | None] = []
        for event in events:
            first = theme.continuation.get(event.start) if event.kind != IDEA else None
            if first is not None:
                (step, altered), moved = _degree(first, theme.key), steps + round(offset * size / 12)
            elif event.kind == FREE:
                found.append(None)
                continue
            else:
                step, altered = degrees[event.index if event.start < 0 else event.index + count]
                moved = steps + (sequence * event.moved if event.kind == SEQUENCE else 0)
            pitch = _pitch(step + moved, 0 if moved % size else altered, phrase.key, theme.key)
            found.append(theory.nearest_pitch(pitch, self.settings.scales[self.settings.slot_at(start + event.start)]))
        return found

    def _shift(self, phrase: Phrase, theme: ThemeTune, events: Sequence[Event]) -> int:
        """The scale steps by which a theme is moved so that it lies in the register of a phrase, on its chords."""
        settings, size, count = self.settings, len(phrase.key.scale), len(theme.motif.pickup)
        start, centre = settings.span(phrase)[0], settings.opening(phrase)
        ideas = [each for each in events if each.kind == IDEA and each.start >= 0]
        degrees = [_degree(theme.pitches[each.index + count], theme.key)[0] for each in ideas]
        slots = [settings.slot_at(start + each.start) for each in ideas]
        is_strong = [self._weight(e, start + e.start, slot) == 2 for e, slot in zip(ideas, slots, strict=True)]
        tones = [settings.tones[slot] for slot in slots]
        low, high = settings.limits

        def cost(steps: int) -> tuple[float, int]:
            pitches = [_pitch(degree + steps, 0, phrase.key, theme.key) for degree in degrees]
            clashes = sum(s and p % 12 not in t for s, p, t in zip(is_strong, pitches, tones, strict=True))
            outside = max(0, low - min(pitches)) + max(0, max(pitches) - high)
            distance = 0.3 * abs(float(np.mean(pitches)) - centre)
            return distance + CLASH * clashes + outside + OTHER_DEGREES * (steps % size != 0), abs(steps)

        octaves = (0, -size, size, -2 * size, 2 * size)
        return min((steps + third for steps in octaves for third in (0, -2, 2)), key=cost) if ideas else 0

    def _allowed(self, phrase: Phrase, event: Event, is_last: bool) -> frozenset[int]:
        """The pitch classes with which a phrase may close; empty for all."""
        settings = self.settings
        start, end = settings.span(phrase)
        slot = settings.slot_at(start + event.start)
        chord = settings.plan.chords[slot]
        count = len(settings.plan.slots)
        usual = chord.melody_tones or settings.scales[slot]
        opens = settings.starts[slot] == start + event.start
        if slot == count - 1 and is_last:
            tones: Sequence[int] = (chord.root,)
        elif slot == count - 2 and opens:
            tones = chord.pitch_classes[1:3]
        elif slot == phrase.last - 1 and opens:
            tones = chord.pitch_classes[:3] if phrase.cadence == HALF else chord.pitch_classes[:2]
        else:
            return frozenset()
        return frozenset(tones) & set(usual) or frozenset(usual)

    def _line(self, places: Sequence[Place], events: Sequence[Event], start: int) -> tuple[int, ...]:
        """The pitches of a phrase, without parallels with the bass from chord to chord."""
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
        """(note, pitch) of the notes that make parallels with the bass from the start of one chord to the next."""
        settings = self.settings
        first, last = start + events[0].start, start + events[-1].start + events[-1].length
        head = bisect.bisect_left(settings.heads, first) - 1
        heads = settings.heads[max(0, head) : bisect.bisect_left(settings.heads, last)]
        sounding = [self._sounding(head, pitches, events, start) for head in heads]
        found = set()
        for (a, one), (b, two) in itertools.pairwise(zip(heads, sounding, strict=True)):
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


def _degree(pitch: int, key: Key) -> tuple[int, int]:
    """(scale steps above the tonic of octave 0, semitones above that) of a pitch."""
    octave, above = divmod(pitch - key.tonic, 12)
    steps = [(pc - key.tonic) % 12 for pc in key.scale]
    index = bisect.bisect_right(steps, above) - 1
    return octave * len(steps) + index, above - steps[index]


def _pitch(step: int, altered: int, key: Key, of: Key) -> int:
    """The pitch of a degree of the scale `of` in another key, no more than half an octave away from it."""
    octave, index = divmod(step, len(key.scale))
    tonic = of.tonic + (key.tonic - of.tonic + 6) % 12 - 6
    return 12 * octave + tonic + (key.scale[index] - key.tonic) % 12 + altered

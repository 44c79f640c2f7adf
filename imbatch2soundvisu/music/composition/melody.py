"""The melody: themes that return, phrase by phrase.

The idea of a theme is a tune of two bars. It is invented once, on the chords of its first phrase, and returns with the
same notes wherever the theme does, moved as a whole (by octaves or scale steps) to the register of the phrase. What
follows it is found anew in each phrase, and leads to its cadence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...core import TICKS_PER_BEAT
from .. import voice_leading
from . import motif, ornaments, phrase_layout, phrase_structures, tune
from .contours import Contours
from .form import Phrase
from .melody_notes import MelodyNote
from .melody_settings import MelodySettings
from .motif import Motif
from .ornaments import Tone
from .phrase_layout import IDEA, Event
from .phrase_lines import PhraseLine, around
from .phrase_structures import AUGMENTED, INVERTED, ORNAMENTED, REPETITION
from .theme_tunes import ThemeTune

#: Motifs of which the best is kept for a theme.
CANDIDATES = 4
#: How many ornaments an idea that is varied by them has, relative to what follows it.
VARIED_SHARE = 0.5
#: Share of pieces that begin after the downbeat, relative to the share of phrases with a pickup.
ENTRIES = 0.6


@dataclass(frozen=True, slots=True)
class Statement:
    """How a phrase states its theme.

    Parameters
    ----------
    number : int
        How many phrases have had this theme before.
    treatment : str
        As of `phrase_structures.treatment`; REPETITION in place of ORNAMENTED where no ornament fitted.
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
        start, middle = settings.span(phrase)[0], around(settings, phrase)
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
            cost = line.cost + tune.theme_penalty(line.pitches, [event.length for event in events])
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
        steps = theme.shift(settings, phrase, events) if number else 0
        name, body = phrase.theme + varied * (varied in (AUGMENTED, INVERTED)), settings.body(phrase)
        if not number:
            line = PhraseLine(settings, phrase, theme, events).by_chords()
            theme = self.tunes[phrase.theme] = theme.continued(events, line, body)
            self._contours.remember(name, events, body, line)
        rises = self._rises(name, theme, events, body)
        line = PhraseLine(settings, phrase, theme, events).in_register(steps, rises, self.notes)
        self._contours.remember(name, events, body, line)
        ends = max((e.start + e.length for e in events if e.kind == IDEA), default=0)
        tones = list(self._ornamented(events, line, start, phrase.theme, varied))
        if varied == ORNAMENTED and sum(at < start + ends for _, at, _ in tones) == sum(e.start < ends for e in events):
            varied = REPETITION  # no ornament fitted
        self.statements.append(Statement(number, varied, steps, events[0].start < 0, start + ends))
        for pitch, at, length in tones:
            slot = settings.plan.slot_at(at)
            self.notes.append(MelodyNote(pitch, at, length, slot, index, settings.plan.starts[slot] == at))

    def _rises(self, name: str, theme: ThemeTune, events: Sequence[Event], body: int) -> list[int | None]:
        """The direction of each note that is asked for: as in the theme, else as in an earlier phrase with it."""
        before = self._contours.of(name, events, body)
        return [b if a is None else a for a, b in zip(theme.rises(events), before, strict=True)]

    def _ornamented(
        self, events: Sequence[Event], line: Sequence[int], start: int, theme: str, varied: str
    ) -> Iterator[Tone]:
        """The notes of a phrase, with ornaments in busy images; an idea has them only where it is varied by them."""
        settings = self.settings
        for k, (event, pitch) in enumerate(zip(events, line, strict=True)):
            tone = (pitch, start + event.start, event.length)
            slot = settings.plan.slot_at(tone[1])
            is_free = (event.kind != IDEA or varied == ORNAMENTED) and k + 1 < len(events)
            is_free = is_free and slot == settings.plan.slot_at(tone[1] + event.length - 1)
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
        bass = settings.bass[settings.plan.slot_at(at - 1)], settings.bass[settings.plan.slot_at(at)]
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


def _rise(own: Motif, event: Event) -> float:
    """Semitones of the contour of an idea at a note of it."""
    end = max(start + length for start, length in own.idea)
    return 12 / 7 * own.curve(max(0.0, event.start / end))

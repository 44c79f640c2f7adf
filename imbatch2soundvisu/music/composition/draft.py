"""From a plan of harmony to notes: who plays what, how loud, how many."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core import REVERB, TICKS_PER_BEAT, Control, ImageSequence, Note, Timeline
from . import accompaniment, drums, dynamics, feature_levels, melody, texture
from .dynamics import velocity_of
from .ensembles import ACCENT, CHORDS, DRUMS, MELODY, SECOND, Ensemble, Mood
from .feature_levels import FeatureLevels
from .form import FINAL
from .harmony import Plan
from .hashed_random import HashedRandom
from .mapping import Link
from .melody import MelodyNote
from .motif import Cell, Motif, cell_for, vary

#: Notes a beat of all parts together, for the plainest images and for the busiest; a kit plays beside them.
NOTES_A_BEAT = (1.2, 6.2)
#: Notes that every slot has besides, as it begins; and those that a pad adds each time the chord changes.
HEAD_NOTES, PAD_NOTES = 4.5, 0.8
#: Which figure each bar of a phrase has, from that of its theme on.
FIGURE_OF_BAR = (0, 1, 0, 2)
#: How busy the phrase must be in which two soloists play together.
DUET = 0.35
#: How far the middle of the chords lies below the tune, in semitones, and how low it may: below, chords are mud.
UNDER_TUNE, LOWEST_CHORDS = 8.0, 56.0
#: The least and most of a part's own reverberation that the space of the images leaves.
NEAR, FAR = 0.45, 1.6


@dataclass(frozen=True)
class Draft:
    """Everything that a piece is made of, slot by slot; what follows from the rest is worked out when it is asked for.

    motif : as theme A has it. intensity : in [0, 1]. has_drums : whether busy phrases have a kit.
    """

    sequence: ImageSequence
    timeline: Timeline
    reading: FeatureLevels
    links: dict[str, Link]
    mood: Mood
    ensemble: Ensemble
    plan: Plan
    dice: HashedRandom
    motif: Motif
    intensity: float
    has_drums: bool

    @property
    def seconds_per_beat(self) -> float:
        return 60 / self.timeline.tempo_bpm

    @cached_property
    def slots_of(self) -> list[list[int]]:
        """(images,) the slots of each."""
        found: list[list[int]] = [[] for _ in self.timeline.beats]
        for i, slot in enumerate(self.plan.slots):
            found[slot.image].append(i)
        return found

    @cached_property
    def levels(self) -> dict[str, np.ndarray]:
        """{parameter of the mapping: (slots,) in [0, 1]}."""
        images = [slot.image for slot in self.plan.slots]
        return {parameter: each[images] for parameter, each in self.reading.levels.items()}

    @cached_property
    def density(self) -> np.ndarray:
        """(slots,) in [0, 1]: fuller or thinner by mood and intensity, with every difference between images kept."""
        shift = 0.5 * self.mood.density + 0.3 * (self.intensity - 0.5)
        return max(shift, 0.0) + self.levels["density"] * (1 - abs(shift))

    @cached_property
    def register(self) -> np.ndarray:
        """(slots,) the pitch around which the tune lies."""
        low, high = self.ensemble.range
        return low + self.levels["register"] * (high - low)

    @cached_property
    def loudness(self) -> np.ndarray:
        """(slots,) velocity: the dynamics, with a small swell over each phrase."""
        return dynamics.loudness(self.levels["dynamics"], self.mood.velocity, self.intensity, self.plan.phrases)

    @cached_property
    def busy(self) -> np.ndarray:
        """(slots,) in [0, 1]: how full the texture of its phrase is. Constant in a phrase; the first is held back."""
        busy = np.empty(len(self.plan.slots))
        for i, phrase in enumerate(self.plan.phrases):
            here = slice(phrase.first, phrase.last)
            held_back = 0.18 if i == 0 and len(self.plan.phrases) > 1 else 0.12 if phrase.theme == "B" else 0.0
            busy[here] = np.clip(float(self.density[here].mean()) - held_back, 0, 1)
        return busy

    @cached_property
    def warm(self) -> tuple[bool, ...]:
        """(phrases,) whether the second soloist, the warm one, has the tune."""
        level, warm, last = self.levels["timbre"], [], self.reading.whole["timbre"] >= 0.5
        for phrase in self.plan.phrases:
            mean = float(level[phrase.first : phrase.last].mean())
            warm.append(mean >= 0.55 or (mean > 0.45 and last))
        return tuple(warm)

    @cached_property
    def bass(self) -> list[int]:
        """(slots,) the pitch of the bass."""
        return texture.bass_line(self.plan, self.levels["register"], self.dice)

    @cached_property
    def motifs(self) -> dict[str, Motif]:
        """The motif as each theme has it."""
        return {theme: vary(self.motif, theme) for theme in "ABCD"}

    @cached_property
    def cells(self) -> list[Cell]:
        """(slots,) what fills each slot of the tune."""
        slots, seconds = self.plan.slots, self.seconds_per_beat
        return [
            cell_for(self.motifs[p.theme], p, k - p.first, slots[k].beats, float(self.density[k]), seconds)
            for p in self.plan.phrases
            for k in range(p.first, p.last)
        ]

    @cached_property
    def tune(self) -> list[MelodyNote]:
        middle = np.array([np.average(cell.shape, weights=cell.rhythm) for cell in self.cells])
        centres = self.register - 12 / 7 * middle
        line = melody.skeleton(self.plan, centres, self.bass, self.motifs, self.levels["accent"], self.dice)
        low, high = self.ensemble.range
        return melody.fill(self.plan, line, self.bass, self.cells, self.register, (low - 9, high + 9))

    @cached_property
    def tune_of(self) -> dict[int, list[MelodyNote]]:
        return melody.by_slot(self.tune)

    @cached_property
    def inner(self) -> list[tuple[int, ...]]:
        """(slots,) the pitches of the pad."""
        return texture.voicings(self.plan, 54 + 6 * feature_levels.smooth(self.levels["register"], 3))

    @cached_property
    def upper(self) -> list[tuple[int, ...]]:
        """(slots,) the pitches of the chords: below the tune, unless that lies very low itself."""
        below = feature_levels.smooth(self.register, 3) - UNDER_TUNE
        own = 60 + 7 * feature_levels.smooth(self.levels["register"], 3)
        return texture.voicings(self.plan, np.clip(below, LOWEST_CHORDS, own))

    @cached_property
    def figures(self) -> list[str]:
        """(slots,) the accompaniment: the figures of the ensemble by turns, from bar to bar of a theme.

        That of the first theme is by how busy all images are.
        """
        names, home = self.ensemble.figures, self._fullness
        shift = dict(zip("ABCD", (0, 1, 2, 1), strict=True))
        found = []
        for phrase in self.plan.phrases:
            first = home + shift[phrase.theme]
            bars = [2 * k // len(self.motif.cells) for k in range(len(phrase))]
            found += [names[(first + FIGURE_OF_BAR[bar % 4]) % 3] for bar in bars]
        return found

    @cached_property
    def flows(self) -> list[bool]:
        """(slots,) whether the chords go on between the beats: in theme A when there is much to see, in B otherwise."""
        themes = [self.plan.phrases[self.plan.phrase_of(i)].theme for i in range(len(self.plan.slots))]
        return [(self._fullness > 0) != (theme in "BD") for theme in themes]

    @property
    def _fullness(self) -> int:
        """0 to 2, by how busy all images are."""
        share = self.reading.whole["density"] + 0.5 * self.mood.density + 0.3 * (self.intensity - 0.5)
        return 0 if share < 0.35 else 1 if share < 0.65 else 2

    @cached_property
    def accents(self) -> list[int]:
        """(slots,) velocity of the accent: the loudness, and more where the images jump or a phrase begins."""
        first = {p.first for p in self.plan.phrases}
        jump = self.levels["accent"]
        return [
            velocity_of(max(58.0, v) + 4 + 20 * jump[i] + (6 if i in first else 0)) for i, v in enumerate(self.loudness)
        ]

    @cached_property
    def strong(self) -> list[bool]:
        """(slots,) where the accent is doubled: as a phrase begins, and at the greater jumps between images."""
        first, jump = {p.first for p in self.plan.phrases}, self.levels["accent"]
        return [i in first or bool(jump[i] > 0.8) for i in range(len(self.plan.slots))]

    @cached_property
    def padded(self) -> list[bool]:
        """(slots,) where the pad plays: it waits for the second phrase, and leaves where there is little to see."""
        few = len(self.plan.phrases) <= 2
        plays = [
            few or (i > 0 and float(self.density[p.first : p.last].mean()) > 0.25) or p.cadence == FINAL
            for i, p in enumerate(self.plan.phrases)
        ]
        return [plays[self.plan.phrase_of(i)] for i in range(len(self.plan.slots))]

    def notes(self) -> list[Note]:
        """Every note, as written."""
        full = [velocity_of(v) for v in self.loudness]
        notes = [self._tune_note(n) for n in self.tune]
        notes += self.duet
        notes += texture.bass_notes(self.plan, self.bass, self.tune, full, self.busy.tolist())
        soft = [velocity_of(v - 6) for v in self.loudness]
        notes += texture.pad_notes(self.plan, self.inner, soft, self.padded)
        if self.has_drums:
            bar, loud = self.timeline.beats_per_bar, self.loudness.tolist()
            notes += drums.drum_notes(self.plan, self.busy.tolist(), loud, bar, self.seconds_per_beat)
        chords = self._chords(notes)
        heads = {(n.start, n.part): n.pitch for n in sorted([*notes, *chords], key=lambda n: n.pitch)}
        highest = [self._highest(heads, slot.beat * TICKS_PER_BEAT, i) for i, slot in enumerate(self.plan.slots)]
        top = [voices[-1] for voices in self.inner]
        return [
            *notes, *chords,
            *texture.accent_notes(self.plan, self.accents, top, self.strong, self.bass, highest),
        ]  # fmt: skip

    def controls(self) -> list[Control]:
        """Reverberation, image by image: near and dry to far and wide."""
        space, parts = self.levels["space"], self.ensemble.parts()
        found: list[Control] = []
        for i, slot in enumerate(self.plan.slots):
            if self.plan.first_of(i) == i and self.reading.sources["space"]:
                for part in (MELODY, SECOND, CHORDS, ACCENT):
                    value = min(127, round(parts[part].reverb * (NEAR + (FAR - NEAR) * space[i])))
                    found.append(Control(part, REVERB, value, slot.beat * TICKS_PER_BEAT))
        return found

    def _chords(self, others: list[Note]) -> list[Note]:
        """The accompaniment: as many notes as are wanting to what the image's detail asks for."""
        starts = np.array([slot.beat for slot in self.plan.slots]) * TICKS_PER_BEAT
        slot_of = np.searchsorted(starts, [n.start for n in others if n.part != DRUMS], "right") - 1
        there = Counter(slot_of.tolist())
        space, few, many = self.levels["space"], *NOTES_A_BEAT
        notes: list[Note] = []
        for i, slot in enumerate(self.plan.slots):
            velocity = velocity_of(self.loudness[i] - 2)
            held = HEAD_NOTES + (PAD_NOTES if self.padded[i] else 0.0)
            wanted = (few + (many - few) * self.density[i]) * slot.beats + held
            accents = 0 if self.plan.first_of(i) != i else 1 + self.strong[i]
            count = max(0, round(wanted) - there[i] - accents)
            if i == len(self.plan.slots) - 1:
                notes += accompaniment.rolled(slot, self.upper[i], count, velocity, self.seconds_per_beat)
                break
            notes += accompaniment.figure_notes(
                slot,
                self.upper[i],
                self.figures[i],
                count,
                velocity,
                float(space[i]),
                self.flows[i],
                self.seconds_per_beat,
            )
        return notes

    @cached_property
    def duet(self) -> list[Note]:
        """The other soloist a third to a sixth below the tune, when the first theme comes back at last."""
        notes: list[Note] = []
        for index, phrase in enumerate(self.plan.phrases):
            if phrase.label != "A''" or float(self.density[phrase.first : phrase.last].mean()) < DUET:
                continue
            part = MELODY if self.warm[index] else SECOND
            for k in range(phrase.first, phrase.last):
                slot, tune = self.plan.slots[k], self.tune_of[k][0].pitch
                below = [p for p in range(tune - 9, tune - 2) if p % 12 in self.plan.chords[k].pitch_classes[:3]]
                length = round(slot.beats * TICKS_PER_BEAT * 0.96)
                loud = velocity_of(self.loudness[k] - 6)
                notes += [Note(part, below[-1], loud, slot.beat * TICKS_PER_BEAT, length)] if below else []
        return notes

    def _highest(self, heads: dict[tuple[int, int], int], tick: int, slot: int) -> int:
        """The highest pitch as a slot begins, its accent left out."""
        found = [heads[tick, part] for part in (MELODY, SECOND, CHORDS) if (tick, part) in heads]
        return max([*found, *(self.inner[slot] if self.padded[slot] else ()), self.bass[slot]])

    def _tune_note(self, note: MelodyNote) -> Note:
        """A tune note: louder on cuts, lighter off the beat, with a breath at the end of a phrase."""
        index = self.plan.phrase_of(note.slot)
        phrase, slot = self.plan.phrases[index], self.plan.slots[note.slot]
        weight = 5 if note.strong else 1 if note.start % TICKS_PER_BEAT == 0 else -3
        length = round(note.length * 0.96)
        closes = note.start + note.length == (slot.beat + slot.beats) * TICKS_PER_BEAT
        if note.slot == phrase.last - 1 and phrase.cadence != FINAL and closes:
            length = max(note.length // 2, note.length - TICKS_PER_BEAT)
        part = SECOND if self.warm[index] else MELODY
        return Note(part, note.pitch, velocity_of(self.loudness[note.slot] + weight), note.start, length)

"""From a harmonic plan to notes: instrumentation, dynamics and density, slot by slot."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core import REVERB, TICKS_PER_BEAT, Control, ImageSequence, Note, Timeline
from . import accompaniment, bass, drums, dynamics, melody, texture
from .accompaniment import Figuration
from .dynamics import velocity_of
from .ensembles import ACCENT, CHORDS, DRUMS, MELODY, SECOND, Ensemble, Mood
from .feature_levels import FeatureLevels
from .form import FINAL
from .genres import Genre
from .harmony import HarmonicPlan
from .hashed_random import HashedRandom
from .melody import Melody, MelodyNote, MelodySettings
from .motif import Motif
from .rhythms import RhythmStyle
from .scaling import smooth

#: Notes per beat of all parts without drums, at the densities 0 and 1.
NOTES_PER_BEAT = (1.2, 6.2)
#: Notes of the melody per quarter note, about, at the densities 0 and 1 of all images.
MELODY_PER_QUARTER = (0.8, 1.9)
#: Mean beats of a phrase from which two bars of two beats count as one of a theme.
LONG_PHRASE = 14
#: Notes that every slot has in addition, as it begins; and those that a pad adds.
SLOT_NOTES, PAD_NOTES = 4.5, 0.8
#: The figure of each bar of a phrase, counted from that of its theme.
FIGURE_OF_BAR = (0, 1, 0, 2)
#: Density of a phrase from which its recapitulation has two soloists.
DUET = 0.35
#: How far the centre of the chords lies below the melody, in semitones, and its lower limit: chords below are muddy.
BELOW_MELODY, LOWEST_CHORDS = 8.0, 56.0
#: The least and most of a part's reverberation, by the level "space".
NEAR, FAR = 0.45, 1.6
#: Level of a jump from which the accent is doubled.
STRONG_JUMP = 0.8
#: Mean level of a phrase from which the second soloist has the melody, and from which it keeps it.
WARM, STILL_WARM = 0.55, 0.45


@dataclass(frozen=True)
class Draft:
    """Everything a piece is composed of; what follows from its fields is computed at first use.

    Parameters
    ----------
    sequence : ImageSequence
    timeline : Timeline
    features : FeatureLevels
        Levels per image.
    mood : Mood
    ensemble : Ensemble
    plan : HarmonicPlan
    draws : HashedRandom
    theme_seed : tuple of int
        Of the themes.
    intensity : float
        In [0, 1].
    has_drums : bool
        Whether dense phrases have a drum kit.
    genre : Genre
    """

    sequence: ImageSequence
    timeline: Timeline
    features: FeatureLevels
    mood: Mood
    ensemble: Ensemble
    plan: HarmonicPlan
    draws: HashedRandom
    theme_seed: tuple[int, ...]
    intensity: float
    has_drums: bool
    genre: Genre

    @property
    def seconds_per_beat(self) -> float:
        """Length of a beat."""
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
        """{musical parameter: (slots,) in [0, 1]}."""
        images = [slot.image for slot in self.plan.slots]
        return {parameter: each[images] for parameter, each in self.features.levels.items()}

    @cached_property
    def density(self) -> np.ndarray:
        """(slots,) in [0, 1]: shifted by mood and intensity, with every difference between images kept."""
        shift = 0.5 * self.mood.density + 0.3 * (self.intensity - 0.5)
        return max(shift, 0.0) + self.levels["density"] * (1 - abs(shift))

    @cached_property
    def register(self) -> np.ndarray:
        """(slots,) the pitch around which the melody lies."""
        low, high = self.ensemble.range
        return low + self.levels["register"] * (high - low)

    @cached_property
    def loudness(self) -> np.ndarray:
        """(slots,) velocity."""
        return dynamics.loudness(self.levels["dynamics"], self.mood.velocity, self.intensity, self.plan.phrases)

    @cached_property
    def phrase_density(self) -> np.ndarray:
        """(slots,) in [0, 1]: the mean density of the phrase; less in the first phrase and in theme B."""
        found = np.empty(len(self.plan.slots))
        for i, phrase in enumerate(self.plan.phrases):
            here = slice(phrase.first, phrase.last)
            reduction = 0.18 if i == 0 and len(self.plan.phrases) > 1 else 0.12 if phrase.theme == "B" else 0.0
            found[here] = np.clip(float(self.density[here].mean()) - reduction, 0, 1)
        return found

    @cached_property
    def uses_second_soloist(self) -> tuple[bool, ...]:
        """(phrases,) whether the second soloist, the one of warm images, has the melody."""
        level, found, last = self.levels["timbre"], [], self.features.whole["timbre"] >= 0.5
        for phrase in self.plan.phrases:
            mean = float(level[phrase.first : phrase.last].mean())
            found.append(mean >= WARM or (mean > STILL_WARM and last))
        return tuple(found)

    @cached_property
    def bass(self) -> list[int]:
        """(slots,) the pitch of the bass."""
        return bass.bass_line(self.plan, self.levels["register"], self.draws, self.genre.inversions)

    @property
    def motif(self) -> Motif:
        """The motif of theme A."""
        return self.tune.tunes["A"].motif

    @property
    def signature(self) -> tuple[bool, ...]:
        """The rhythm with which theme A begins; empty for any."""
        return ()

    @cached_property
    def rhythm_style(self) -> RhythmStyle:
        """What the rhythms of the melody are chosen by."""
        few, many = MELODY_PER_QUARTER
        share = self._overall_share
        is_long = self.timeline.total_beats >= LONG_PHRASE * len(self.plan.phrases)
        per_beat = few + (many - few) * min(max(share, 0.0), 1.0)
        return RhythmStyle(self.timeline.metre, self.seconds_per_beat, per_beat, self.genre.ornaments, is_long)

    @cached_property
    def tune(self) -> Melody:
        """The melody, and how each phrase states its theme."""
        low, high = self.ensemble.range
        return Melody(
            MelodySettings(
                self.plan, self.rhythm_style, self.bass, self.register, (low - 9, high + 9), self.genre.pickups,
                self.genre.rests, self.theme_seed, self.signature,
            )
        )  # fmt: skip

    @property
    def melody(self) -> list[MelodyNote]:
        """The melody in time."""
        return self.tune.notes

    @cached_property
    def melody_of(self) -> dict[int, list[MelodyNote]]:
        """The melody by slot."""
        return melody.by_slot(self.melody)

    @cached_property
    def pad_voicings(self) -> list[tuple[int, ...]]:
        """(slots,) the pitches of the pad."""
        return texture.voicings(self.plan, 54 + 6 * smooth(self.levels["register"], 3))

    @cached_property
    def chord_voicings(self) -> list[tuple[int, ...]]:
        """(slots,) the pitches of the chords: below the melody, unless that lies very low."""
        below = smooth(self.register, 3) - BELOW_MELODY
        highest = 60 + 7 * smooth(self.levels["register"], 3)
        return texture.voicings(self.plan, np.clip(below, LOWEST_CHORDS, highest))

    @cached_property
    def figures(self) -> list[str]:
        """(slots,) the figure of the accompaniment: it changes from bar to bar, and starts from that of the theme."""
        names, shift = self.ensemble.figures, {"A": 0, "B": 1, "C": 2, "D": 1}
        found = []
        for phrase in self.plan.phrases:
            first = self._overall_density + shift[phrase.theme]
            start, per_bar = self.plan.slots[phrase.first].beat, self.timeline.beats_per_bar
            bars = [(slot.beat - start) // per_bar for slot in self.plan.slots[phrase.first : phrase.last]]
            found += [names[(first + FIGURE_OF_BAR[bar % 4]) % 3] for bar in bars]
        return found

    @cached_property
    def offbeats_first(self) -> list[bool]:
        """(slots,) whether the accompaniment plays between the beats: in dense music in A and C, else in B and D."""
        themes = [self.plan.phrase_at(i).theme for i in range(len(self.plan.slots))]
        return [(self._overall_density > 0) != (theme in "BD") for theme in themes]

    @property
    def _overall_share(self) -> float:
        """About [0, 1], by the density of all images, the mood and the intensity."""
        return self.features.whole["density"] + 0.5 * self.mood.density + 0.3 * (self.intensity - 0.5)

    @property
    def _overall_density(self) -> int:
        """0 to 2, by the density of all images."""
        share = self._overall_share
        return 0 if share < 0.35 else 1 if share < 0.65 else 2

    @cached_property
    def accents(self) -> list[int]:
        """(slots,) velocity of the accent: higher where the images jump or a phrase begins."""
        first = {p.first for p in self.plan.phrases}
        jump = self.levels["accent"]
        return [
            velocity_of(max(58.0, v) + 4 + 20 * jump[i] + (6 if i in first else 0)) for i, v in enumerate(self.loudness)
        ]

    @cached_property
    def doubled_accents(self) -> list[bool]:
        """(slots,) where the accent has two notes: as a phrase begins, and at large jumps between images."""
        first, jump = {p.first for p in self.plan.phrases}, self.levels["accent"]
        return [i in first or bool(jump[i] > STRONG_JUMP) for i in range(len(self.plan.slots))]

    @cached_property
    def has_pad(self) -> list[bool]:
        """(slots,) where the pad plays: from the second phrase on, except in sparse phrases."""
        few = len(self.plan.phrases) <= 2
        plays = [
            few or (i > 0 and float(self.density[p.first : p.last].mean()) > 0.25) or p.cadence == FINAL
            for i, p in enumerate(self.plan.phrases)
        ]
        return [plays[self.plan.phrase_of(i)] for i in range(len(self.plan.slots))]

    def notes(self) -> list[Note]:
        """Return every note, as written; parts are indexed as in `Ensemble.parts`."""
        notes = [*(self._melody_note(n) for n in self.melody), *self.duet, *self._bass_and_pad()]
        if self.has_drums:
            kit = drums.Kit(self.genre.drums or "rock", self.timeline.metre, self.seconds_per_beat)
            notes += drums.drum_notes(self.plan, self.phrase_density.tolist(), self.loudness.tolist(), kit)
        notes += self._chords(notes)
        top = [voices[-1] for voices in self.pad_voicings]
        return notes + texture.accent_notes(self.plan, self.accents, self.doubled_accents, top, self._outer(notes))

    def controls(self) -> list[Control]:
        """Return the reverberation of each image: near and dry to far and wide."""
        space, parts = self.levels["space"], self.ensemble.parts()
        found: list[Control] = []
        for i, slot in enumerate(self.plan.slots):
            if self.plan.first_of(i) == i and self.features.sources["space"]:
                for part in (MELODY, SECOND, CHORDS, ACCENT):
                    value = min(127, round(parts[part].reverb * (NEAR + (FAR - NEAR) * space[i])))
                    found.append(Control(part, REVERB, value, slot.beat * TICKS_PER_BEAT))
        return found

    @cached_property
    def duet(self) -> list[Note]:
        """The other soloist a third to a sixth below the melody in the last phrase A''."""
        notes: list[Note] = []
        for index, phrase in enumerate(self.plan.phrases):
            if phrase.label == "A''" and float(self.density[phrase.first : phrase.last].mean()) >= DUET:
                part = MELODY if self.uses_second_soloist[index] else SECOND
                notes += [n for k in range(phrase.first, phrase.last) for n in self._duet_note(k, part)]
        return notes

    def _duet_note(self, k: int, part: int) -> list[Note]:
        if not self.melody_of[k] or not self.melody_of[k][0].opens_slot:
            return []
        slot, pitch = self.plan.slots[k], self.melody_of[k][0].pitch
        below = [p for p in range(pitch - 9, pitch - 2) if p % 12 in self.plan.chords[k].melody_tones]
        length = round(slot.beats * TICKS_PER_BEAT * 0.96)
        velocity = velocity_of(self.loudness[k] - 6)
        return [Note(part, below[-1], velocity, slot.beat * TICKS_PER_BEAT, length)] if below else []

    def _bass_and_pad(self) -> list[Note]:
        full, soft = ([velocity_of(v - less) for v in self.loudness] for less in (0, 6))
        density = self.phrase_density.tolist()
        return [
            *bass.bass_notes(self.plan, self.bass, self.melody, full, density),
            *texture.pad_notes(self.plan, self.pad_voicings, soft, self.has_pad),
        ]

    def _chords(self, others: list[Note]) -> list[Note]:
        """The accompaniment: as many notes as the other parts leave of the density of each image."""
        last = len(self.plan.slots) - 1
        notes: list[Note] = []
        for i, (slot, count) in enumerate(zip(self.plan.slots, self._chord_counts(others), strict=True)):
            velocity, pitches = velocity_of(self.loudness[i] - 2), self.chord_voicings[i]
            if i == last:
                notes += accompaniment.arpeggio(slot, pitches, count, velocity, self.seconds_per_beat)
            else:
                space, offbeats = float(self.levels["space"][i]), self.offbeats_first[i]
                figuration = Figuration(self.figures[i], count, velocity, space, offbeats)
                notes += accompaniment.figure_notes(slot, pitches, figuration, self.seconds_per_beat)
        return notes

    def _chord_counts(self, others: list[Note]) -> list[int]:
        """(slots,) notes of the accompaniment."""
        starts = np.array([slot.beat for slot in self.plan.slots]) * TICKS_PER_BEAT
        slot_of = np.searchsorted(starts, [n.start for n in others if n.part != DRUMS], "right") - 1
        present = Counter(slot_of.tolist())
        few, many = NOTES_PER_BEAT
        counts = []
        for i, slot in enumerate(self.plan.slots):
            extra = SLOT_NOTES + (PAD_NOTES if self.has_pad[i] else 0.0)
            wanted = (few + (many - few) * self.density[i]) * slot.beats + extra
            accents = 0 if self.plan.first_of(i) != i else 1 + self.doubled_accents[i]
            counts.append(max(0, round(wanted) - present[i] - accents))
        return counts

    def _outer(self, notes: list[Note]) -> list[tuple[int, int]]:
        """(slots,) the highest pitch as each slot begins, accents left out, and the bass."""
        heads = {(n.start, n.part): n.pitch for n in sorted(notes, key=lambda n: n.pitch)}
        found = []
        for i, slot in enumerate(self.plan.slots):
            tick = slot.beat * TICKS_PER_BEAT
            upper = [heads[tick, part] for part in (MELODY, SECOND, CHORDS) if (tick, part) in heads]
            pad = self.pad_voicings[i] if self.has_pad[i] else ()
            found.append((max([*upper, *pad, self.bass[i]]), self.bass[i]))
        return found

    def _melody_note(self, note: MelodyNote) -> Note:
        """A melody note: louder on cuts, softer off the beat."""
        weight = 5 if note.opens_slot else 1 if note.start % TICKS_PER_BEAT == 0 else -3
        part = SECOND if self.uses_second_soloist[note.phrase] else MELODY
        velocity = velocity_of(self.loudness[note.slot] + weight)
        return Note(part, note.pitch, velocity, note.start, round(note.length * 0.96))

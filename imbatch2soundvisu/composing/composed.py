"""Styles of music: frozen dataclasses that turn a sequence into a score."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import WishError, unknown
from ..records import TICKS_PER_BEAT, ImageSequence, Note, Pace, Score, Timeline
from ..sound import theory
from ..sound.timeline import build
from . import curves, ensembles, harmony, melody, texture
from .curves import Curves
from .ensembles import MELODY, MOODS, NEUTRAL, Ensemble, Mood
from .harmony import AUTHENTIC, DECEPTIVE, FINAL, HALF, Plan
from .melody import MelodyNote

TEMPO_LIMITS_BPM = (30.0, 240.0)
#: The circle of fifths, laid on the wheel of hues: red is C, yellow D, green E ..., thirty degrees a fifth.
CIRCLE = tuple(range(0, 84, 7))
DYNAMICS = ((52, "pp"), (64, "p"), (76, "mp"), (88, "mf"), (100, "f"), (128, "ff"))


@dataclass(frozen=True)
class Composed:
    """A tonal piece written for the sequence: tune, chords and bass follow its values, with an accent on every cut.

    mood : a name in `ensembles.MOODS` ("bright", "calm", "dark", "lively"), or None to follow the pictures alone.
    tempo_bpm : beats a minute, from 30 to 240; None: what fits the seconds a picture. key : "Eb", "A minor" ...;
    a mode given with it is kept throughout; None: the tonic comes from the pictures' hue.
    """

    mood: str | None = None
    tempo_bpm: float | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        if self.mood is not None and self.mood not in MOODS:
            raise unknown("mood", self.mood, MOODS)
        if self.key is not None:
            theory.parse_key(self.key)
        if self.tempo_bpm is not None:
            low, high = TEMPO_LIMITS_BPM
            if not (isinstance(self.tempo_bpm, (int, float)) and low <= self.tempo_bpm <= high):
                raise WishError(f"tempo_bpm = {self.tempo_bpm!r} must be a number from {low:.0f} to {high:.0f}")

    @property
    def character(self) -> Mood:
        """The mood's line of the table."""
        return MOODS[self.mood] if self.mood else NEUTRAL

    def timeline(self, sequence: ImageSequence, fps: int, pace: Pace) -> Timeline:
        """The grid for the sequence. Raises WishError for frame rates that no sample rate fits."""
        return build(len(sequence), fps, pace, tempo_bpm=self.tempo_bpm, preferred_bpm=self.character.tempo_bpm)

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
        """The score: same sequence, timeline and generator state, same notes."""
        if len(timeline.beats) != len(sequence):
            raise ValueError(f"a timeline of {len(timeline.beats)} pictures for a sequence of {len(sequence)}")
        reading, mood = curves.read(sequence), self.character
        name, ensemble = ensembles.choose(self.mood, reading.warmth, reading.light, rng)
        tonic, mode = theory.parse_key(self.key) if self.key else (_tonic(reading, rng), None)
        plan = harmony.plan(timeline, reading.level, tonic, mode, mood.mode_bias, mood.colour, rng, sequence.sections)
        return _Writer(sequence, timeline, reading, mood, name, ensemble, plan, rng).score()


def _tonic(reading: Curves, rng: np.random.Generator) -> int:
    """The home note: the mean hue on the circle of fifths, or a neighbour; any, where the pictures have no hue.

    A neighbour, so that several pieces of one collection are related, and not all in the same key.
    """
    if reading.hue is None:
        return int(rng.integers(12))
    return CIRCLE[(math.floor(reading.hue / 30 + 0.5) + int(rng.integers(-1, 2))) % 12] % 12


class _Writer:
    """Writes one score. Everything it needs is computed once, in the order of the constructor."""

    def __init__(
        self, sequence: ImageSequence, timeline: Timeline, reading: Curves, mood: Mood, name: str,
        ensemble: Ensemble, plan: Plan, rng: np.random.Generator,
    ) -> None:  # fmt: skip
        self.sequence, self.timeline, self.reading, self.mood = sequence, timeline, reading, mood
        self.ensemble_name, self.ensemble, self.plan, self.rng = name, ensemble, plan, rng
        pictures = np.array([slot.picture for slot in plan.slots])
        self.level = reading.level[pictures]
        self.density = np.clip(reading.density[pictures] + mood.density, 0, 1)
        self.register = ensemble.range[0] + self.level * (ensemble.range[1] - ensemble.range[0])
        self.loudness = self._loudness()
        self.busy = self._busy()
        self.bass = texture.bass_line(plan, self.level, rng)
        self.tune = self._tune()
        height = curves.smooth(self.level, 3)
        self.inner = texture.voicings(plan, 54 + 6 * height)
        self.upper = texture.voicings(plan, 60 + 7 * height)
        self.accents, self.figures = self._accents(), self._figures()
        self.slots_of: dict[int, list[int]] = defaultdict(list)
        for k, slot in enumerate(plan.slots):
            self.slots_of[slot.picture].append(k)
        self.tune_of = melody.by_slot(self.tune)
        self.starts = {
            "beat": timeline.start_beats.tolist(),
            "frame": timeline.start_frames.tolist(),
            "sample": timeline.start_samples.tolist(),
        }

    def score(self) -> Score:
        drums = self.mood.drums
        return Score(
            self.timeline,
            self.ensemble.parts(drums),
            tuple(sorted(self._notes(drums), key=lambda n: (n.start, n.part, n.pitch))),
            self.plan.home.name,
            "Composed" if self.mood is NEUTRAL else f"Composed, {next(k for k, m in MOODS.items() if m is self.mood)}",
            self._summary(),
            tuple(self._decision(i) for i in range(len(self.sequence))),
        )

    def _loudness(self) -> np.ndarray:
        """(slots,) velocity: the level, an arch over each phrase, a little more at the start and at the cadence."""
        soft, loud = self.mood.velocity
        velocity = soft + self.level * (loud - soft)
        for phrase in self.plan.phrases:
            place = (np.arange(len(phrase)) + 0.5) / len(phrase)
            velocity[phrase.first : phrase.last] += 5 * np.sin(np.pi * place) - 1.5
        return np.clip(velocity, 28, 118)

    def _busy(self) -> np.ndarray:
        """(slots,) in [0, 1]: how full the texture of its phrase is. Constant in a phrase; the first is held back."""
        busy = np.empty(len(self.plan.slots))
        for i, phrase in enumerate(self.plan.phrases):
            here = slice(phrase.first, phrase.last)
            value = 0.5 * float(self.density[here].mean()) + 0.5 * float(self.level[here].mean())
            held_back = 0.18 if i == 0 and len(self.plan.phrases) > 1 else 0.12 if phrase.theme == "B" else 0.0
            busy[here] = np.clip(value - held_back, 0, 1)
        return busy

    def _tune(self) -> list[MelodyNote]:
        beats = Counter(slot.beats for slot in self.plan.slots).most_common(1)[0][0]
        motif = melody.invent(beats, self.rng, 4 if beats == 1 else 2)
        motifs = {theme: melody.vary(motif, theme) for theme in "ABCD"}
        line = melody.skeleton(self.plan, self.register, self.bass, motifs, self.rng)
        seconds = 60 / self.timeline.tempo_bpm
        cells = [
            melody.cell_for(motifs[p.theme], p, k - p.first, self.plan.slots[k].beats, float(self.density[k]), seconds)
            for p in self.plan.phrases
            for k in range(p.first, p.last)
        ]
        low, high = self.ensemble.range
        return melody.fill(self.plan, line, self.bass, cells, (low - 9, high + 9))

    def _velocity(self, value: float) -> int:
        return min(max(round(value), 1), 127)

    def _notes(self, drums: bool) -> list[Note]:
        wobble = self.rng.integers(-3, 4, len(self.tune))
        cuts = set(self.timeline.start_ticks[:-1].tolist())
        notes = [self._tune_note(n, int(w), n.start in cuts) for n, w in zip(self.tune, wobble, strict=True)]
        quiet, full = [self._velocity(v - 8) for v in self.loudness], [self._velocity(v) for v in self.loudness]
        notes += texture.bass_notes(self.plan, self.bass, self.tune, full, self.busy.tolist())
        entry = self.plan.phrases[0].last if len(self.plan.phrases) > 2 else 0
        notes += texture.pad_notes(self.plan, self.inner, [self._velocity(v - 14) for v in self.loudness], entry)
        seconds, last = 60 / self.timeline.tempo_bpm, len(self.plan.slots) - 1
        for i, slot in enumerate(self.plan.slots):
            notes += texture.chord_notes(slot, self.upper[i], self.figures[i], quiet[i], seconds, i == last)
        notes += texture.accent_notes(self.plan, self.accents, [v[-1] for v in self.inner], self._strong())
        if drums:
            notes += texture.drum_notes(self.plan, self.busy.tolist(), self.timeline.beats_per_bar, seconds)
        return notes

    def _tune_note(self, note: MelodyNote, wobble: int, is_cut: bool) -> Note:
        """A tune note as it is played: louder on cuts, lighter off the beat, with a breath at the end of a phrase."""
        weight = 8 if is_cut else 2 if note.start % TICKS_PER_BEAT == 0 else -5
        length = round(note.length * 0.96)
        phrase = self.plan.phrases[self.plan.phrase_of(note.slot)]
        slot = self.plan.slots[note.slot]
        closes = note.start + note.length == (slot.beat + slot.beats) * TICKS_PER_BEAT
        if note.slot == phrase.last - 1 and phrase.cadence != FINAL and closes:
            length = max(note.length // 2, note.length - TICKS_PER_BEAT // 2)
        return Note(MELODY, note.pitch, self._velocity(self.loudness[note.slot] + weight + wobble), note.start, length)

    def _accents(self) -> list[int]:
        """(slots,) velocity of the accent: the loudness, and more where the pictures jump or a phrase begins."""
        first = {p.first for p in self.plan.phrases}
        return [
            self._velocity(max(60.0, v) + 4 + 28 * self.reading.jump[slot.picture] + (8 if i in first else 0))
            for i, (slot, v) in enumerate(zip(self.plan.slots, self.loudness, strict=True))
        ]

    def _strong(self) -> list[bool]:
        """(slots,) where the accent is doubled: as a phrase begins, and at the greater jumps between pictures."""
        first, jumps = {p.first for p in self.plan.phrases}, self.reading.jump
        return [i in first or bool(jumps[slot.picture] > 0.6) for i, slot in enumerate(self.plan.slots)]

    def _figures(self) -> list[str]:
        """The accompaniment of each slot: one figure a phrase, by how busy it is."""
        names = self.ensemble.figures
        return [names[0 if b < 0.3 else 1 if b < 0.62 else 2] for b in self.busy]

    def _decision(self, i: int) -> dict[str, Any]:
        """Why the music of picture `i` is what it is, as plain values."""
        slots = self.slots_of[i]
        first = slots[0]
        phrase = self.plan.phrases[self.plan.phrase_of(first)]
        chord = self.plan.chords[first]
        bar, beat = divmod(self.starts["beat"][i], self.timeline.beats_per_bar)
        value = float(self.sequence.values[i])
        velocity = self._velocity(self.loudness[first])
        return {
            "position": i + 1,
            "value": round(value, 6) if math.isfinite(value) else None,
            "level": round(float(self.level[first]), 4),
            "bar": bar + 1,
            "beat": beat + 1,
            "frame": self.starts["frame"][i],
            "sample": self.starts["sample"][i],
            "phrase": phrase.label,
            "key": chord.key.name,
            "mode": chord.key.mode,
            "chord": chord.name,
            "degree": chord.numeral,
            "chords": [self.plan.chords[k].name for k in slots],
            "borrowed": chord.borrowed or chord.target is not None,
            "bass": theory.note_name(self.bass[first], chord.key, chord.raises),
            "register": round(float(self.register[first])),
            "velocity": velocity,
            "accent": self.accents[first],
            "figure": self.figures[first],
            "melody": [self._name(n) for k in slots for n in self.tune_of[k]],
            "why": self._why(i, first, velocity),
        }

    def _name(self, note: MelodyNote) -> str:
        chord = self.plan.chords[note.slot]
        return theory.note_name(note.pitch, chord.key, chord.raises)

    def _why(self, i: int, slot: int, velocity: int) -> str:
        level, chord = float(self.level[slot]), self.plan.chords[slot]
        phrase = self.plan.phrases[self.plan.phrase_of(slot)]
        source = self.reading.source or "nothing varies, an arch"
        height = "low" if level < 0.34 else "high" if level > 0.66 else "middling"
        effect = f"{chord.key.mode}, around {self._register_name(slot)}, {_dynamic(velocity)}"
        parts = [f"{source} is {height} ({level:.2f}): {effect}"]
        end = {HALF: "half cadence", AUTHENTIC: "cadence", DECEPTIVE: "deceptive cadence", FINAL: "final cadence"}
        if slot == len(self.plan.slots) - 1 or slot == phrase.last - 1:
            parts.append(f"{chord.name} closes phrase {phrase.label} ({end[phrase.cadence]})")
        elif slot == phrase.first:
            parts.append(f"{chord.name} opens phrase {phrase.label} in {phrase.key.name}")
        elif chord.borrowed or chord.target is not None:
            parts.append(f"{chord.name} ({chord.numeral}) colours the key")
        if self.reading.jump[i] > 0.3:
            parts.append("the pictures jump, so the accent is strong")
        return "; ".join(parts)

    def _register_name(self, slot: int) -> str:
        key = self.plan.chords[slot].key
        return theory.note_name(theory.nearest(round(float(self.register[slot])), key.scale), key)

    def _summary(self) -> str:
        keys = [p.key for p in self.plan.phrases]
        journey = keys[0].name if keys[0] == keys[-1] else f"{keys[0].name} to {keys[-1].name}"
        form = " ".join(p.label for p in self.plan.phrases[:8]) + (" …" if len(keys) > 8 else "")
        follows = f"follows {self.reading.source or 'a gentle arch, for nothing varies'}"
        players = ", ".join(voice.name for voice in self.ensemble.voices)
        return (
            f"{journey}, {self.timeline.tempo_bpm:.0f} beats a minute in {self.timeline.beats_per_bar}/4, "
            f"{len(keys)} phrase{'s' if len(keys) > 1 else ''} ({form}); {follows}; for {players}"
            f"{' and drums' if self.mood.drums else ''}."
        )


def _dynamic(velocity: int) -> str:
    return next(name for limit, name in DYNAMICS if velocity < limit)

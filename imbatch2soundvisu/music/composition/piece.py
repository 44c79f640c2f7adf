"""A piece: its melody, bass, voicings and planned textures, which follow from its outline."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core import TICKS_PER_BEAT, Note
from . import melody_notes, orchestration, voicings
from .bass import BASS_RANGE, bass_line
from .canons import Canon, canon_of
from .dynamics import velocity_of
from .figures import FIGURES
from .four_voices import FourVoices
from .instruments import COUNTER, MELODY, PAD, SECOND, Instrument, range_of
from .melody import Melody
from .melody_notes import MelodyNote
from .melody_settings import MelodySettings
from .motif import Motif
from .orchestration import OrchestrationSettings, Passage
from .outline import PieceOutline
from .phrase_structures import STRUCTURES
from .piece_index import PieceIndex
from .rhythms import RhythmStyle
from .textures import CLOSE, TEXTURES

#: Notes of the melody per quarter note, about, at the densities 0 and 1 of all images.
MELODY_PER_QUARTER = (1.0, 2.4)
#: Mean beats of a phrase from which two bars of two beats count as one of a theme.
LONG_PHRASE = 14
#: How far the centre of the chords lies below the melody, in semitones, and its lower limit: chords below are muddy.
BELOW_MELODY, LOWEST_CHORDS = 8.0, 56.0
#: The lowest and highest centre of the inner voices.
INNER_CENTRES = (53.0, 64.0)
#: The lowest and the highest pitch of a bass, and its compass where its instrument begins higher.
LOWEST_BASS, HIGHEST_BASS, BASS_COMPASS = 28, 55, 21
#: How far the centre of a chord lies above the lowest pitch of its instrument, at least.
ABOVE_LOWEST = 8
#: The second voice of a canon is at least so many seconds behind.
LEAST_DELAY_S = 1.0
#: Share of its value that a connected note sounds at most.
MOST_CONNECTED = 0.96


@dataclass(frozen=True)
class Piece(PieceOutline):
    """The melody of a piece and what it is accompanied by, computed at first use."""

    @cached_property
    def counter_player(self) -> tuple[int, Instrument]:
        """(part, instrument) of a countermelody: the soloist without the melody; that of the pad if both have it."""
        if len(set(self.uses_second_soloist)) > 1:
            return PAD, self.ensemble.pad
        return COUNTER, self.ensemble.melody if self.uses_second_soloist[0] else self.ensemble.second

    @cached_property
    def canons(self) -> list[Canon | None]:
        """(phrases,) what imitates the melody in a canon."""
        limits, phrases = range_of(self.counter_player[1]), range(len(self.plan.phrases))
        bar = self.timeline.beats_per_bar * TICKS_PER_BEAT
        least = round(LEAST_DELAY_S / self.seconds_per_beat * TICKS_PER_BEAT)
        return [canon_of(self.index, phrase, limits, bar, least) for phrase in phrases]

    @property
    def bass_limits(self) -> tuple[int, int]:
        """The lowest and the highest pitch of the bass."""
        low = max(LOWEST_BASS, range_of(self.ensemble.bass)[0])
        return low, max(HIGHEST_BASS, low + BASS_COMPASS)

    @cached_property
    def bass(self) -> list[int]:
        """(slots,) the pitch of the bass."""
        lowest, highest = BASS_RANGE
        low = max(lowest, self.bass_limits[0])
        limits = low, max(highest, low + BASS_COMPASS)
        return bass_line(self.plan, self.levels["register"], self.draws, self.genre.inversions, limits)

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
        per_beat = self.genre.notes * (few + (many - few) * min(max(share, 0.0), 1.0))
        return RhythmStyle(self.timeline.metre, self.seconds_per_beat, per_beat, self.genre.ornaments, is_long)

    @cached_property
    def tune(self) -> Melody:
        """The melody, and how each phrase states its theme."""
        return Melody(
            MelodySettings(
                self.plan, self.rhythm_style, self.bass, self.register, self.ensemble.limits, self.genre.pickups,
                self.genre.rests, self.genre.ornaments * (0.3 + 0.7 * self.density), self.draws, self.structure,
                self.theme_seed, self.signature,
            )
        )  # fmt: skip

    @property
    def melody(self) -> list[MelodyNote]:
        """The melody in time."""
        return self.tune.notes

    @cached_property
    def melody_of(self) -> dict[int, list[MelodyNote]]:
        """The melody by slot."""
        return melody_notes.by_slot(self.melody)

    @cached_property
    def four_voices(self) -> FourVoices:
        """Tenor and alto between melody and bass."""
        players = self.ensemble.pad, self.ensemble.chords if self.ensemble.has_voices else self.ensemble.pad
        tenor, alto = (range_of(each) for each in players)
        return FourVoices(self.plan, self.index, self.register, tenor, alto)

    @cached_property
    def pad_voicings(self) -> list[tuple[int, ...]]:
        """(slots,) the pitches of the inner voices: three, or two that complete melody and bass to the chord."""
        if self.ensemble.has_voices:
            return list(self.four_voices.held)
        centres = np.clip(self._phrase_register - BELOW_MELODY - 2, *INNER_CENTRES)
        return voicings.voicings(self.plan, centres, ceilings=self.ceilings, is_held=True)

    @cached_property
    def chord_voicings(self) -> list[tuple[int, ...]]:
        """(slots,) the pitches of the chords: below the melody, unless that lies very low; two as in `pad_voicings`."""
        if self.ensemble.has_voices:
            return self.pad_voicings
        below = self._phrase_register - BELOW_MELODY
        highest = 60 + 7 * self._of_phrases(self.levels["register"])
        lowest = max(LOWEST_CHORDS, range_of(self.ensemble.chords)[0] + ABOVE_LOWEST)
        centres = np.clip(below, lowest, np.maximum(highest, lowest))
        return voicings.voicings(self.plan, centres, ceilings=self.ceilings)

    @cached_property
    def ceilings(self) -> list[float]:
        """(slots,) the lowest pitch of the melody while a chord lasts."""
        found: list[float] = []
        for first, last in itertools.pairwise((*self.plan.changes, len(self.plan.slots))):
            end = self.index.starts[last] if last < len(self.plan.slots) else self.index.end_of_piece
            pitches = [note.pitch for note in self.index.melody_between(self.index.starts[first], end)]
            found += [float(min(pitches, default=127))] * (last - first)
        return found

    @cached_property
    def planned(self) -> tuple[Passage, ...]:
        """The texture of each phrase or half of one, as planned."""
        is_thin = self.genre.close == "thin"
        cadence = "chorale" if self.closes_in_voices else "melody and chords" if is_thin else CLOSE
        beats_per_bar = self.timeline.beats_per_bar
        settings = OrchestrationSettings(
            self.textures, self.half_levels, self.middles, self.climax, beats_per_bar, self.genre.close, cadence,
            self.genre.opening,
        )  # fmt: skip
        return orchestration.plan_passages(self.plan, settings, self.draws)

    @property
    def closes_in_voices(self) -> bool:
        """Whether the last chord is one of four voices, not of bass and chords."""
        return self.ensemble.has_voices or all(TEXTURES[name].has_four_voices for name in self.textures)

    @cached_property
    def textures(self) -> tuple[str, ...]:
        """Names of the textures to choose from: those of the structure or the genre that suit the ensemble."""
        names = STRUCTURES[self.structure].textures or self.genre.textures
        return orchestration.suited(names, self.ensemble.textures)

    def figure_of(self, passage: Passage) -> str:
        """Return the name of the figure of a passage; empty for none."""
        name = passage.texture.chords
        return name if name in FIGURES else self.figures[passage.first] if name == "figure" else ""

    @cached_property
    def index(self) -> PieceIndex:
        """Chords and melody by tick."""
        return PieceIndex(self.plan, self.bass, self.melody)

    def melody_notes_in(self, passage: Passage) -> list[Note]:
        """Return the melody notes that begin in a passage, as written."""
        return [self._melody_note(note) for note in self.index.melody_in(passage)]

    def _melody_note(self, note: MelodyNote) -> Note:
        """A melody note: louder on cuts, softer off the beat."""
        weight = 5 if note.opens_slot else 1 if note.start % TICKS_PER_BEAT == 0 else -3
        part = SECOND if self.uses_second_soloist[note.phrase] else MELODY
        velocity = velocity_of(self.loudness[note.slot] + weight)
        length = round(note.length * min(self.genre.articulation, MOST_CONNECTED))
        return Note(part, note.pitch, velocity, note.start, length)

"""`Composed`: a tonal piece written for a sequence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ...core import Control, ImageSequence, Note, Part, Score, Timeline, Timing
from ...features import FEATURES
from .. import theory
from ..performance import perform
from ..timeline import build
from . import explanations, feature_levels, form, harmony
from .draft import Draft
from .ensembles import ENSEMBLES, MOODS, NEUTRAL, ROLES, Ensemble, Mood, choose
from .evaluation import faults, severity
from .feature_levels import FeatureLevels
from .hashed_random import HashedRandom
from .mapping import Wish, check_names, links
from .motif import invent
from .validation import check_name, check_number, check_switch

TEMPO_LIMITS_BPM = (30.0, 240.0)
#: The tempo that the darkest, palest images suggest, and the lightest, most saturated.
SLOW_BPM, QUICK_BPM = 88.0, 132.0
#: How far the images move the tempo of a mood, either way.
MOOD_SPAN_BPM = 10.0
#: How often a piece is begun anew when it has faults.
ATTEMPTS = 8
#: The circle of fifths, laid on the wheel of hues: red is C, yellow D, green E ..., thirty degrees a fifth.
CIRCLE = tuple(range(0, 84, 7))


@dataclass(frozen=True)
class Composed:
    """A tonal piece written for the sequence: tune, chords and bass follow its images, with an accent on every cut.

    mood : a name in `ensembles.MOODS` ("bright", "calm", "dark", "lively"), or None to follow the images alone.
    tempo_bpm : beats a minute, from 30 to 240; None: what the images suggest and the seconds an image allow.
    key : "Eb", "A minor" ...; a mode given with it is kept throughout; None: the tonic comes from the images' hue.
    ensemble : who plays, a name in `ensembles.ENSEMBLES` or an Ensemble; None: by the mood and the images' warmth.
    intensity : from 0 (sparse, soft) to 1 (full, loud). drums : whether busy phrases have a kit; None: as the mood has.
    mapping : what musical parameters follow, where it is not as in `mapping.MAPPING`: {"register": "value",
    "dynamics": "-contrast", "space": None}.
    """

    mood: str | None = None
    tempo_bpm: float | None = None
    key: str | None = None
    ensemble: str | Ensemble | None = None
    intensity: float = 0.5
    drums: bool | None = None
    mapping: Mapping[str, Wish] | None = None
    most_parts: ClassVar[int] = len(ROLES) - 1

    def __post_init__(self) -> None:
        if self.mood is not None:
            check_name("mood", self.mood, MOODS)
        if self.key is not None:
            theory.parse_key(self.key)
        if self.tempo_bpm is not None:
            check_number("tempo_bpm", self.tempo_bpm, TEMPO_LIMITS_BPM)
        if not isinstance(self.ensemble, Ensemble | None):
            check_name("ensemble", self.ensemble, ENSEMBLES)
        check_number("intensity", self.intensity, (0.0, 1.0))
        if self.drums is not None:
            check_switch("drums", self.drums)
        links(self.mapping)

    @property
    def character(self) -> Mood:
        """The mood's line of the table."""
        return MOODS[self.mood] if self.mood else NEUTRAL

    def check(self, fps: int, pace: Timing) -> None:
        """Raises ConfigError where the mapping follows a feature there is not."""
        check_names(self.mapping, FEATURES)

    def state(self, sequence: ImageSequence) -> list[Any]:
        """What the music depends on besides the sequence's own numbers: how its images are among all."""
        seen = feature_levels.read(sequence, links(self.mapping))
        levels = {parameter: each.tolist() for parameter, each in seen.levels.items()}
        return [seen.hue, dict(seen.whole), dict(seen.sources), levels]

    def timeline(self, sequence: ImageSequence, fps: int, pace: Timing) -> Timeline:
        """The grid for the sequence. Raises ConfigError for frame rates that no sample rate fits."""
        return build(len(sequence), fps, pace, tempo_bpm=self.tempo_bpm, preferred_bpm=self._tempo(sequence))

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
        """The score: same sequence, timeline and generator state, same notes.

        A piece with faults (see `criticism`) is written again with another motif, up to ATTEMPTS times; the first
        of those with the least is kept.
        Raises ValueError when the timeline is that of another number of images, ConfigError where the mapping follows
        a feature that the table does not have.
        """
        if len(timeline.beats) != len(sequence):
            raise ValueError(f"a timeline of {len(timeline.beats)} images for a sequence of {len(sequence)}")
        seed = int(rng.integers(2**62))
        style = f"Composed, {self.mood}" if self.mood else "Composed"
        draft, score = chosen((self.draft(sequence, timeline, seed, k) for k in range(ATTEMPTS)), style)
        told = tuple(explanations.decision(draft, i) for i in range(len(sequence)))
        return perform(replace(score, summary=explanations.summary(draft), decisions=told), seed)

    def draft(self, sequence: ImageSequence, timeline: Timeline, seed: int, attempt: int = 0) -> Draft:
        """Everything that is decided before the notes are written. attempt : which motif and progressions are tried."""
        rows, mood = links(self.mapping), self.character
        check_names(self.mapping, sequence.table.columns)
        seen = feature_levels.read(sequence, rows)
        dice = HashedRandom(seed, [record.digest for record in sequence.records])
        wishes = np.random.default_rng(seed)
        if self.key:
            tonic, mode = theory.parse_key(self.key)
        else:
            tonic, mode = tonic_of(seen.hue, int(wishes.integers(-1, 2))), None
        ensemble = self._players(seen, float(wishes.random()))
        mode_level = seen.levels["mode"] + mood.mode_bias
        phrases = form.phrases(timeline, mode_level, seen.levels["accent"], tonic, mode, sequence.sections)
        light = np.where(np.isfinite(seen.values["colour"]), seen.levels["colour"], np.nan)
        models = np.random.default_rng([seed, 1, tonic, attempt])
        plan = harmony.plan(timeline, phrases, tonic, mode, seen.levels["tension"], light, mood.colour, dice, models)
        beats = Counter(slot.beats for slot in plan.slots).most_common(1)[0][0]
        motif = invent(beats, timeline.beats_per_bar, np.random.default_rng([seed, 2, tonic, attempt]))
        kit = mood.drums if self.drums is None else self.drums
        return Draft(sequence, timeline, seen, rows, mood, ensemble, plan, dice, motif, self.intensity, kit)

    def _players(self, seen: FeatureLevels, whim: float) -> Ensemble:
        if isinstance(self.ensemble, Ensemble):
            return self.ensemble
        light = seen.whole["register"]
        return ENSEMBLES[self.ensemble or choose(self.mood, seen.whole["timbre"], light, whim)]

    def _tempo(self, sequence: ImageSequence) -> float:
        """The tempo that mood and images suggest, beats a minute."""
        row = {"tempo": links(self.mapping)["tempo"]}
        share = feature_levels.read(sequence, row).whole["tempo"]
        if self.mood is None:
            return SLOW_BPM + share * (QUICK_BPM - SLOW_BPM)
        return self.character.tempo_bpm + (2 * share - 1) * MOOD_SPAN_BPM


def chosen(drafts: Iterable[Draft], style: str) -> tuple[Draft, Score]:
    """The first draft whose piece has no faults (see `criticism`), else the first with the least; and that piece."""
    best: tuple[float, Draft, Score] | None = None
    for draft in drafts:
        parts, notes, controls = seated(draft.ensemble.parts(), draft.notes(), draft.controls())
        score = Score(draft.timeline, parts, notes, draft.plan.home.name, style, controls=controls)
        weight = severity(faults(score, draft.reading))
        if best is None or weight < best[0]:
            best = weight, draft, score
        if not weight:
            break
    assert best is not None
    return best[1:]


def seated(
    parts: tuple[Part, ...], notes: list[Note], controls: list[Control]
) -> tuple[tuple[Part, ...], tuple[Note, ...], tuple[Control, ...]]:
    """Only the parts that play, with their notes in order of time and their controls."""
    playing = sorted({n.part for n in notes})
    place = {part: i for i, part in enumerate(playing)}
    moved = [replace(n, part=place[n.part]) for n in notes]
    kept = [replace(c, part=place[c.part]) for c in controls if c.part in place]
    return (
        tuple(parts[part] for part in playing),
        tuple(sorted(moved, key=lambda n: (n.start, n.part, n.pitch))),
        tuple(sorted(kept, key=lambda c: (c.tick, c.part, c.controller))),
    )


def tonic_of(hue: float | None, neighbour: int = 0) -> int:
    """The home note for a hue in degrees, on the circle of fifths, or a neighbour of it; red's, where there is none.

    A neighbour, so that several pieces of one collection are related, and not all in the same key.
    """
    known = hue if hue is not None and math.isfinite(hue) else 0.0
    return CIRCLE[(math.floor(known / 30 + 0.5) + neighbour) % 12] % 12

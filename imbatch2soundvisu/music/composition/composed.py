"""`Composed`: tonal music composed for a sequence. The composer itself is imported when it composes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ...core import METRES, FrameRate, ImageSequence, Needs, Score, Timeline, Timing
from ..scales import parse_key
from ..style_registry import STYLES
from .ensembles import ENSEMBLES, Ensemble
from .genres import GENRES, TEMPI_BPM, Genre
from .instruments import MAX_PARTS
from .mapping import OF_SEQUENCE, FeatureExpression, check_features, feature_names, resolve_mapping
from .moods import MOODS, NEUTRAL, Mood
from .validation import check_name, check_number, check_switch

if TYPE_CHECKING:
    from .draft import Draft
    from .settings import ComposerSettings


@STYLES.register("composed")
@dataclass(frozen=True)
class Composed:
    """Tonal music composed for the sequence: melody, chords and bass follow its images, with an accent on every cut.

    Parameters
    ----------
    mood : str, optional
        "bright", "calm", "dark" or "lively" (see `moods.MOODS`); None to follow the images alone.
    tempo_bpm : float, optional
        From 30 to 240; None for a tempo from the images and the duration of an image.
    key : str or sequence of int, optional
        "Eb", "A minor", "D dorian", "E blues", a scale alone ("lydian"), or pitch classes, tonic first: (2, 5, 9).
        A scale is kept throughout; see `scales.SCALES`. None for a tonic from the mean hue.
    ensemble : str or Ensemble, optional
        A name in `ensembles.ENSEMBLES`, or your own; None to choose by the mood and the warmth of the images.
    intensity : float
        From 0 (sparse, soft) to 1 (dense, loud).
    drums : bool, optional
        Whether dense phrases have a drum kit; None for as mood and genre have it.
    mapping : mapping, optional
        What musical parameters follow, where it differs from `mapping.MAPPING`: {"register": "value",
        "dynamics": "-contrast", "space": None}.
    genre : str or Genre, optional
        A name in `genres.GENRES`: "waltz", "chorale" ...; or your own; None for one of those of the mood. One that is
        given keeps its metre and its range of tempi with images of any length.
    metre : str, optional
        The time signature, a name in `core.METRES`: "3/4", "6/8", "7/8" ..., kept with images of any length; None for
        one of those of the genre.
    rubato : float, optional
        From 0 to 1: how much the tempo yields at section ends and before the last image, which lasts longer then; 0 for
        a steady tempo and a last image as long as the others. None for as the genre has it.

    Raises
    ------
    ConfigError
        For a parameter out of range, with what is allowed.

    Examples
    --------
    >>> Composed(mood="calm", key="D minor").tempo_bpm is None
    True
    """

    mood: str | None = None
    tempo_bpm: float | None = None
    key: str | tuple[int, ...] | None = None
    ensemble: str | Ensemble | None = None
    intensity: float = 0.5
    drums: bool | None = None
    mapping: Mapping[str, FeatureExpression] | None = None
    genre: str | Genre | None = None
    metre: str | None = None
    rubato: float | None = None
    max_parts: ClassVar[int] = MAX_PARTS

    def __post_init__(self) -> None:
        if self.mood is not None:
            check_name("mood", self.mood, MOODS)
        if self.key is not None:
            parse_key(self.key)
            object.__setattr__(self, "key", tuple(self.key) if isinstance(self.key, list) else self.key)
        if self.tempo_bpm is not None:
            check_number("tempo_bpm", self.tempo_bpm, TEMPI_BPM)
        if not isinstance(self.ensemble, Ensemble | None):
            check_name("ensemble", self.ensemble, ENSEMBLES)
        check_number("intensity", self.intensity, (0.0, 1.0))
        if self.drums is not None:
            check_switch("drums", self.drums)
        resolve_mapping(self.mapping)
        if not isinstance(self.genre, Genre | None):
            check_name("genre", self.genre, GENRES)
        if self.metre is not None:
            check_name("metre", self.metre, METRES)
        if self.rubato is not None:
            check_number("rubato", self.rubato, (0.0, 1.0))

    @property
    def character(self) -> Mood:
        """The row of MOODS, NEUTRAL without a mood."""
        return MOODS[self.mood] if self.mood else NEUTRAL

    @property
    def settings(self) -> ComposerSettings:
        """What the composer needs of these parameters."""
        from .settings import ComposerSettings

        rows = resolve_mapping(self.mapping)
        return ComposerSettings(
            self.mood, self.character, self.key, self.ensemble, self.intensity, self.drums, rows, self.genre, self.metre
        )

    @property
    def needs(self) -> Needs:
        """The features that the mapping names."""
        names = {name for each in (self.mapping or {}).values() for name in feature_names(each)}
        return Needs(frozenset(names - OF_SEQUENCE))

    def check(self, fps: FrameRate, timing: Timing) -> None:
        """Raise ConfigError if the mapping follows an unknown feature."""
        from ...features import COLUMNS

        check_features(self.mapping, COLUMNS)

    def state(self, sequence: ImageSequence) -> list[Any]:
        """Return what the music depends on besides the sequence: its levels among all images."""
        from .feature_levels import feature_levels

        features = feature_levels(sequence, resolve_mapping(self.mapping))
        levels = {parameter: each.tolist() for parameter, each in features.levels.items()}
        return [features.hue, dict(features.whole), dict(features.sources), levels]

    def timeline(self, sequence: ImageSequence, fps: FrameRate, timing: Timing) -> Timeline:
        """Return the timeline of the sequence, in a metre and at a tempo of genre and mood; see `choices.timeline_of`.

        The tempo yields at section ends and before the last image, which lasts longer; see `music.ritardando`.

        Raises
        ------
        ConfigError
            If the timing or the frame rate cannot be met.
        """
        from ..ritardando import with_ritardando
        from .choices import timeline_of
        from .rubato import rubato_of

        settings = self.settings
        return with_ritardando(
            lambda each: timeline_of(settings, sequence, fps, each, self.tempo_bpm), fps, timing,
            lambda steady: rubato_of(settings, sequence, steady, self.rubato),
        )  # fmt: skip

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
        """Return the score; the same sequence, timeline and generator state give the same notes.

        A draft with problems (see `evaluation`) is composed again with another motif, see `composer.attempts`.
        The first of those with the lowest penalty is kept.

        Raises
        ------
        ValueError
            If the timeline is for another number of images.
        ConfigError
            If the mapping follows a feature that the table does not have.
        """
        from .choices import requested
        from .composer import compose_for_images
        from .tempo_notes import with_notes

        check_features(self.mapping, sequence.table.columns)
        score = compose_for_images(self.settings, sequence, timeline, rng)
        range_bpm, notes = requested(self.settings, sequence, timeline, self.tempo_bpm)
        return with_notes(score, range_bpm, self.tempo_bpm, notes)

    def draft(self, sequence: ImageSequence, timeline: Timeline, seed: int, attempt: int = 0) -> Draft:
        """Return everything that is decided before the notes are written, for groups where images share beats."""
        from .beat_groups import beat_groups, grouped_sequence
        from .composer import make_draft

        check_features(self.mapping, sequence.table.columns)
        groups = beat_groups(timeline)
        if groups is not None:
            sequence, timeline = grouped_sequence(sequence, groups), groups.timeline
        return make_draft(self.settings, sequence, timeline, seed, attempt)

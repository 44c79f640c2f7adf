"""What a plan chooses where the user leaves it open: the genre, its metre, a tempo for them, and the ensemble."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...core import METRES, FrameRate, ImageSequence, Metre, Timeline, Timing
from ..metred import in_metre
from ..tempo_range import Tempi, in_range
from .ensembles import ENSEMBLES, Ensemble
from .feature_levels import FeatureLevels, feature_levels
from .genres import GENRES, Genre
from .settings import ComposerSettings

#: How much the images, rather than the plan, say of the tempo within its range.
IMAGES = 0.5
#: Tempi are so much farther from the middle of their range, so that those of a session differ.
STRETCH = 1.8
#: Images lighter than this never have the ensemble "low".
LIGHT = 0.45
#: A metre is so many times as probable as the one after it in the list of its genre.
MORE_USUAL = 1.8
#: The least ratio of the fastest to the slowest tempo of a range, so that there are tempi to choose from.
LEAST_RANGE = 1.2


def row_of(genre: str | Genre) -> Genre:
    """Return the row of a genre."""
    return genre if isinstance(genre, Genre) else GENRES[genre]


def genres_of(settings: ComposerSettings, sequence: ImageSequence) -> tuple[str | Genre, ...]:
    """Return the given genre, else those of the mood in an order drawn by plan and cluster."""
    if settings.genre is not None:
        return (settings.genre,)
    rng = sequence.rng().spawn(1)[0]
    return tuple(settings.mood.genres[i] for i in rng.permutation(len(settings.mood.genres)))


def metres_of(settings: ComposerSettings, genre: Genre, sequence: ImageSequence) -> tuple[str, ...]:
    """Return the given metre, else those of a genre in an order drawn by plan and cluster, usual ones first."""
    if settings.metre is not None:
        return (settings.metre,)
    rng, count = sequence.rng().spawn(2)[1], len(genre.metres)
    weights = MORE_USUAL ** -np.arange(count, dtype=np.float64)
    order = rng.choice(count, count, replace=False, p=weights / weights.sum())
    return tuple(genre.metres[i] for i in order)


def genre_of(settings: ComposerSettings, sequence: ImageSequence, metre: str | None = None) -> str | Genre:
    """Return the genre of a piece: the given one, else the first that has the metre, by plan and cluster.

    Parameters
    ----------
    settings : ComposerSettings
    sequence : ImageSequence
    metre : str, optional
        The metre of the timeline; None for any.
    """
    drawn = genres_of(settings, sequence)
    having = (name for name in drawn if metre is None or metre in row_of(name).metres)
    return next(having, drawn[0])


def choose_ensemble(names: Sequence[str], warmth: float, brightness: float, draw: float) -> str:
    """Return one of the two ensembles that are nearest in warmth.

    Parameters
    ----------
    names : sequence of str
        Names in ENSEMBLES.
    warmth : float
        Of all images, [0, 1], cool to warm.
    brightness : float
        Of all images, [0, 1]; light ones have the ensemble "low" only where there is no other.
    draw : float
        A random number in [0, 1) that chooses between the two.
    """
    if brightness > LIGHT:
        names = [name for name in names if name != "low"] or names
    ranked = sorted(names, key=lambda name: (abs(ENSEMBLES[name].temperature - warmth), name))
    return ranked[int(draw * min(2, len(ranked)))]


def ensemble_of(settings: ComposerSettings, genre: Genre, features: FeatureLevels, draw: float) -> Ensemble:
    """Return the given ensemble, else one of those of the genre or the mood, of both where there are any.

    Parameters
    ----------
    settings : ComposerSettings
    genre : Genre
    features : FeatureLevels
    draw : float
        A random number in [0, 1).
    """
    if isinstance(settings.ensemble, Ensemble):
        return settings.ensemble
    if settings.ensemble is not None:
        return ENSEMBLES[settings.ensemble]
    both = [name for name in genre.ensembles if name in settings.mood.ensembles]
    names = both or list(genre.ensembles or settings.mood.ensembles)
    return ENSEMBLES[choose_ensemble(names, features.whole["timbre"], features.whole["register"], draw)]


def has_kit(settings: ComposerSettings, genre: Genre) -> bool:
    """Return whether dense phrases have a drum kit: as given, else where the mood or the genre has one."""
    if settings.has_drums is not None:
        return settings.has_drums
    return genre.needs_drums or (settings.mood.drums and bool(genre.drums))


def tempi_bpm(settings: ComposerSettings, genre: Genre) -> tuple[float, float]:
    """Return the slowest and the fastest tempo of a genre in a mood, in pulses per minute.

    Those that both have; where they have none, the end of the mood's range that is nearer. Without a mood a given genre
    has its own range.
    """
    if settings.mood_name is None and settings.genre is not None:
        return genre.tempi_bpm
    (slow, fast), (slowest, fastest) = settings.mood.tempi_bpm, genre.tempi_bpm
    low, high = min(max(slow, slowest), fast), max(min(fast, fastest), slow)
    low, high = min(low, high), max(low, high)
    if high < low * LEAST_RANGE:
        low, high = max(slow, high / LEAST_RANGE), min(fast, low * LEAST_RANGE)
    return low, high


def tempi(settings: ComposerSettings, genre: Genre, sequence: ImageSequence, metre: Metre) -> Tempi:
    """Return the range of tempi in beats of a metre, and the preferred one: from the images and the plan."""
    return _tempi(settings, tempi_bpm(settings, genre), sequence, metre.pulse)


def _tempi(settings: ComposerSettings, span: tuple[float, float], sequence: ImageSequence, pulse: int) -> Tempi:
    slow, fast = (pulse * each for each in span)
    images = feature_levels(sequence, {"tempo": settings.mapping["tempo"]}).whole["tempo"]
    mixed = IMAGES * images + (1 - IMAGES) * float(sequence.rng().spawn(3)[2].random())
    share = min(max(0.5 + STRETCH * (mixed - 0.5), 0.0), 1.0)
    return Tempi(slow, fast, slow * (fast / slow) ** share)


def timeline_of(
    settings: ComposerSettings, sequence: ImageSequence, fps: FrameRate, timing: Timing, tempo_bpm: float | None
) -> Timeline:
    """Return the timeline in the first metre of the first genre that the timing allows, else in the nearest tempo.

    Raises
    ------
    ConfigError
        If the timing or the frame rate cannot be met.
    """
    for genre, metre in possible(settings, sequence):
        requested = None if tempo_bpm is None else metre.pulse * tempo_bpm
        found = in_metre(len(sequence), fps, timing, tempi(settings, genre, sequence, metre), metre, requested)
        if found is not None:
            return found
    wide = _tempi(settings, _range(settings), sequence, 1)
    return in_range(len(sequence), fps, timing, wide, tempo_bpm)


def _range(settings: ComposerSettings) -> tuple[float, float]:
    """The range of tempi of the given genre, else of the mood."""
    return settings.mood.tempi_bpm if settings.genre is None else tempi_bpm(settings, row_of(settings.genre))


def possible(settings: ComposerSettings, sequence: ImageSequence) -> Iterator[tuple[Genre, Metre]]:
    """Yield each genre with each of its metres, first those that the plan draws first."""
    for name in genres_of(settings, sequence):
        genre = row_of(name)
        for metre in metres_of(settings, genre, sequence):
            yield genre, METRES[metre]


def requested(
    settings: ComposerSettings, sequence: ImageSequence, timeline: Timeline
) -> tuple[tuple[float, float], tuple[str, ...]]:
    """Return the range of tempi that a timeline should be in, in pulses per minute, and the metres it should have."""
    if settings.metre is not None:
        return _range(settings), (settings.metre,)
    metres = (timeline.metre.name,) if settings.genre is None else row_of(settings.genre).metres
    return _range(settings), metres

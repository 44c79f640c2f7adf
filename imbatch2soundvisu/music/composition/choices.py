"""What a plan chooses where the user leaves it open: the genre, its metre, a tempo for them, and the ensemble."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ...core import METRES, FrameRate, ImageSequence, Metre, Timeline, Timing
from ..metred import counted_in, in_metre
from ..tempo_range import Tempi, in_range
from .ensembles import ENSEMBLES, Ensemble
from .feature_levels import FeatureLevels, feature_levels
from .genres import GENRES, Genre
from .settings import ComposerSettings
from .tempo_notes import metre_notes, unusual_metre
from .titles import genre_name

#: How much the images, rather than the plan, say of the tempo within its range.
IMAGES = 0.5
#: Tempi are so much farther from the middle of their range, so that those of a session differ.
TEMPO_CONTRAST = 1.8
#: Images lighter than this never have the ensemble "low".
LIGHT = 0.45
#: A metre is so many times as probable as the one after it in the list of its genre.
METRE_RATIO = 1.8
#: The least ratio of the fastest to the slowest tempo of a range, so that there are tempi to choose from.
LEAST_RANGE = 1.2


def row_of(genre: str | Genre) -> Genre:
    """Return the row of a genre."""
    return genre if isinstance(genre, Genre) else GENRES[genre]


def genres_of(settings: ComposerSettings, sequence: ImageSequence) -> tuple[str | Genre, ...]:
    """Return the given genre, else those of the mood in an order drawn by plan and cluster.

    Those that have the given metre come first.
    """
    if settings.genre is not None:
        return (settings.genre,)
    rng = sequence.rng().spawn(1)[0]
    drawn = tuple(settings.mood.genres[i] for i in rng.permutation(len(settings.mood.genres)))
    return tuple(sorted(drawn, key=lambda name: settings.metre not in (None, *row_of(name).metres)))


def metres_of(settings: ComposerSettings, genre: Genre, sequence: ImageSequence) -> tuple[str, ...]:
    """Return the given metre, else those of a genre in an order drawn by plan and cluster, usual ones first."""
    if settings.metre is not None:
        return (settings.metre,)
    rng, count = sequence.rng().spawn(2)[1], len(genre.metres)
    weights = METRE_RATIO ** -np.arange(count, dtype=np.float64)
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

    Those that both have. Where they have none, or hardly any, a given genre is at the end of its own range that is
    nearer to the mood's, and a genre that the mood chose at the end of the mood's. A given genre without a mood has its
    own range.
    """
    if settings.mood_name is None and settings.genre is not None:
        return genre.tempi_bpm
    is_given = settings.genre is not None
    first, other = (genre, settings.mood) if is_given else (settings.mood, genre)
    (slow, fast), (slowest, fastest) = first.tempi_bpm, other.tempi_bpm
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
    share = min(max(0.5 + TEMPO_CONTRAST * (mixed - 0.5), 0.0), 1.0)
    return Tempi(slow, fast, slow * (fast / slow) ** share)


def timeline_of(
    settings: ComposerSettings, sequence: ImageSequence, fps: FrameRate, timing: Timing, tempo_bpm: float | None
) -> Timeline:
    """Return the timeline in the first metre of the first genre that the timing allows, else in the nearest tempo.

    A genre or metre that was given is kept. Images last whole bars or even parts of one, at a tempo of both genre and
    mood, else at one of the genre; where no such tempo suits their length, they last any number of beats.

    Raises
    ------
    ConfigError
        If the timing or the frame rate cannot be met.
    """
    is_given = settings.genre is not None or settings.metre is not None
    rows = list(possible(settings, sequence))
    for any_beats, wide in ((False, False), (False, True), (True, False), (True, True))[: 4 if is_given else 1]:
        for genre, metre in rows:
            range_bpm = tempi(settings, genre, sequence, metre)
            if wide:
                range_bpm = _wider(settings, genre, range_bpm, metre.pulse)
            asked = None if tempo_bpm is None else metre.pulse * tempo_bpm
            found = in_metre(len(sequence), fps, timing, range_bpm, metre, asked, any_beats)
            if found is not None:
                return found
    if is_given:
        genre, metre = rows[0]
        asked = None if tempo_bpm is None else metre.pulse * tempo_bpm
        range_bpm = _wider(settings, genre, tempi(settings, genre, sequence, metre), metre.pulse)
        return counted_in(in_range(len(sequence), fps, timing, range_bpm, asked), metre)
    return in_range(len(sequence), fps, timing, _tempi(settings, settings.mood.tempi_bpm, sequence, 1), tempo_bpm)


def _wider(settings: ComposerSettings, genre: Genre, usual: Tempi, pulse: int) -> Tempi:
    """The tempi of a given genre, or of a mood and one of its genres, nearest to those of both."""
    slow, fast = _range(settings, (genre,))
    return replace(usual, slowest=pulse * slow, fastest=pulse * fast)


def _range(settings: ComposerSettings, genres: Sequence[Genre]) -> tuple[float, float]:
    """The range of tempi of the given genre; else of the mood, with those of genres where the metre is given."""
    if settings.genre is not None:
        return row_of(settings.genre).tempi_bpm
    spans = [settings.mood.tempi_bpm, *(each.tempi_bpm for each in genres if settings.metre is not None)]
    return min(slow for slow, _ in spans), max(fast for _, fast in spans)


def possible(settings: ComposerSettings, sequence: ImageSequence) -> Iterator[tuple[Genre, Metre]]:
    """Yield each genre with each of its metres, first those that the plan draws first."""
    for name in genres_of(settings, sequence):
        genre = row_of(name)
        for metre in metres_of(settings, genre, sequence):
            yield genre, METRES[metre]


def requested(
    settings: ComposerSettings, sequence: ImageSequence, timeline: Timeline, tempo_bpm: float | None = None
) -> tuple[tuple[float, float], list[str]]:
    """Return the range of tempi that a timeline should be in, in pulses per minute, and notes on a given metre."""
    name = genre_of(settings, sequence, timeline.metre.name)
    genre, title = row_of(name), genre_name(name)
    both = settings.genre is not None and settings.metre is not None
    range_bpm = _range(settings, [row_of(each) for each in genres_of(settings, sequence)])
    if settings.genre is None and settings.metre is None:
        return range_bpm, []
    tempi = _range(settings, (genre,)) if tempo_bpm is None else (timeline.pulse_bpm, timeline.pulse_bpm)
    notes = metre_notes(timeline, tempi)
    return range_bpm, [*(unusual_metre(title, genre.metres, timeline) if both else []), *notes]

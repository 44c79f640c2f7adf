"""`--list`: everything that a session can name, generated from the registries and tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..core.registry import Registry
from ..core.text import plural
from .text import plain

Entries = Iterable[tuple[str, str]]


def listing(plans: Sequence[Any]) -> str:
    """Return everything that can be named in a session, one line each, and the plans of this session."""
    lines = []
    for title, entries in (*_registries(), *_tables(), ("plans of this session", _plans(plans))):
        lines.append(f"{plain(title)}:")
        lines += [f"  {plain(name):<18} {plain(description)}" for name, description in entries]
    return "\n".join(lines)


def _registries() -> list[tuple[str, Entries]]:
    from ..atlas.layout_kinds import LAYOUTS
    from ..clustering import CLUSTERINGS
    from ..embeddings import EMBEDDINGS
    from ..features import FEATURES, PASSES
    from ..features.faces import FACE_DETECTORS, FACE_EMBEDDINGS
    from ..mosaic.layout.cells import TILINGS
    from ..music.styles import STYLES
    from ..plans import OUTPUT_KINDS, PLAN_KINDS
    from ..sorting import ORDERS
    from ..visuals.video import MOTIONS, TRANSITIONS

    named: list[tuple[str, Any]] = [
        ("features (order=)", FEATURES),
        ("passes (their columns: order=)", PASSES),
        ("detectors of faces (Faces(detector=))", FACE_DETECTORS),
        ("embeddings of faces (Faces(embedding=))", FACE_EMBEDDINGS),
        ("orders (order=)", ORDERS),
        ("embeddings (on=)", EMBEDDINGS),
        ("clusterings (clusters=)", CLUSTERINGS),
        ("styles of music (music=)", STYLES),
        ("outputs (outputs=)", OUTPUT_KINDS),
        ("transitions (Film(transition=))", TRANSITIONS),
        ("motions (Film(motion=))", MOTIONS),
        ("tilings (MosaicPlan(tiling=))", TILINGS),
        ("layouts (AtlasPlan(layouts=))", LAYOUTS),
        ("kinds of plan", PLAN_KINDS),
    ]
    return [(title, _described(registry)) for title, registry in named]


def _described(registry: Mapping[str, Any]) -> Entries:
    if isinstance(registry, Registry):
        return registry.describe()
    return Registry.describe(registry)  # type: ignore[arg-type]


def _tables() -> list[tuple[str, Entries]]:
    from ..core.metres import METRES
    from ..core.rates import SIZES
    from ..datasets.fitting import FITS
    from ..music.composition.ensembles import ENSEMBLES
    from ..music.composition.genres import GENRES
    from ..music.composition.mapping import MAPPING
    from ..music.composition.moods import MOODS
    from ..music.composition.sonified import SCALES
    from ..music.cutting import CUTTINGS
    from ..music.tracks import MOODS as TRACK_MOODS

    return [
        ("moods (Composed(mood=))", [(name, _mood(mood)) for name, mood in MOODS.items()]),
        ("genres (Composed(genre=))", [(name, _genre(genre)) for name, genre in GENRES.items()]),
        ("metres (Composed(metre=))", [(name, _metre(metre)) for name, metre in METRES.items()]),
        ("ensembles (Composed(ensemble=), Genre(ensembles=))", [(k, _players(each)) for k, each in ENSEMBLES.items()]),
        *_parts_of_genres(),
        (
            "what the music follows (Composed(mapping=))",
            [(name, f"{row.feature}: from {row.low} to {row.high}") for name, row in MAPPING.items()],
        ),
        (
            "scales (Composed(key=), Sonified(scale=))",
            [(name, f"semitones {_joined(steps)}") for name, steps in SCALES.items()],
        ),
        ("moods of tracks (Track(mood=))", [(name, _axes(place)) for name, place in TRACK_MOODS.items()]),
        ("cuttings (cutting=)", [(name, _first_line(each)) for name, each in CUTTINGS.items()]),
        ("sizes (Film(size), Gif(size))", [(name, f"{width} x {height}") for name, (width, height) in SIZES.items()]),
        ("how images fit the frame (Film(fit=), Gif(fit=))", list(FITS.items())),
    ]


def _parts_of_genres() -> list[tuple[str, Entries]]:
    """The tables whose names an own genre may have."""
    from ..music.composition.bass_patterns import BASSES
    from ..music.composition.drum_patterns import DRUM_PATTERNS
    from ..music.composition.figures import FIGURES
    from ..music.composition.phrase_structures import STRUCTURES
    from ..music.composition.progressions import DESCRIPTIONS
    from ..music.composition.textures import TEXTURES

    return [
        ("textures, sparse to dense (Genre(textures=))", _descriptions(TEXTURES)),
        ("figures of chords (Genre(figures=))", _descriptions(FIGURES)),
        ("basses (Genre(bass=))", BASSES.items()),
        ("patterns of drums (Genre(drums=))", _descriptions(DRUM_PATTERNS)),
        ("structures of phrases (Genre(structures=))", _descriptions(STRUCTURES)),
        ("progressions of chords (Genre(progressions=))", DESCRIPTIONS.items()),
    ]


def _descriptions(table: Mapping[str, Any]) -> Entries:
    return [(name, row.description) for name, row in table.items()]


def _mood(mood: Any) -> str:
    slow, fast = mood.tempi_bpm
    return f"{mood.description}; {slow:g} to {fast:g} bpm"


def _genre(genre: Any) -> str:
    slow, fast = genre.tempi_bpm
    return f"{genre.description}; {_joined(genre.metres)}; {slow:g} to {fast:g} bpm"


def _metre(metre: Any) -> str:
    units = {4: "a quarter note", 6: "a dotted quarter note, divided in three", 2: "an eighth note"}
    return f"{plural(metre.beats_per_bar, 'beat')} per bar; a beat is {units[metre.sixteenths]}"


def _plans(plans: Sequence[Any]) -> Entries:
    return [(plan.name, _declared(plan)) for plan in plans]


def _declared(plan: Any) -> str:
    """The class of a plan with the field that says most: its order, or its target."""
    shown = [f"{name}={getattr(plan, name)!r}" for name in ("order", "target") if hasattr(plan, name)]
    return ", ".join([type(plan).__name__, *shown])


def _first_line(thing: Any) -> str:
    return (getattr(thing, "__doc__", None) or "").strip().split("\n", 1)[0]


def _players(ensemble: Any) -> str:
    return _joined(each.name for each in (ensemble.melody, ensemble.second, *ensemble.instruments[1:5]))


def _axes(place: Mapping[str, float]) -> str:
    return _joined(f"{axis.replace('_', ' ')} {value:g}" for axis, value in place.items())


def _joined(things: Iterable[Any]) -> str:
    return ", ".join(map(str, things))

"""`python -m imbatch2soundvisu [session.py]`: run a session and say where things are."""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import pipeline
from ..clustering import CLUSTERINGS
from ..core import Result
from ..core.errors import CollectionError, ConfigError, I2SError, MakeError
from ..embeddings import EMBEDDINGS
from ..features import FEATURES
from ..music import playback
from ..music.composition.ensembles import ENSEMBLES, MOODS, Ensemble
from ..music.composition.mapping import MAPPING, Link
from ..music.composition.sonified import SCALES
from ..music.cutting import CUTTINGS
from ..music.styles import STYLES
from ..music.tracks import MOODS as TRACK_MOODS
from ..plans import SequencePlan
from ..sorting import ORDERS
from ..visuals.video import MOTIONS, TRANSITIONS
from . import session_file
from .terminal import Terminal, listing, plain

#: Every kind of plan by name.
PLAN_KINDS: dict[str, type] = {"SequencePlan": SequencePlan}

#: What split= takes beside the groupings of their own.
_OTHER_SPLITS = [
    ("date", "Runs of images between pauses: ByDate(gap=...)."),
    ("<a feature>", "Bins of equal size: ByFeature(name, bins=4)."),
]

#: What cuttings do, for people; what else cutting= takes is told after them.
_CUTTINGS = {
    "even": "All images last alike.",
    "weight": "Striking images last longer, those like their neighbours shorter.",
    "section": "The first and last image of each part of a tour, or of each phrase of the music, last longer.",
}
_OTHER_CUTTINGS = [("<a feature>", 'More of it lasts longer; "-feature" the other way round.')]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 0: all made; 1: something could not be made; 2: the wish is wrong."""
    parser = argparse.ArgumentParser(
        prog="imbatch2soundvisu", description="Find the orders hidden in a folder of images, and watch and hear them."
    )
    parser.add_argument("session", nargs="?", type=Path, help="a session file; without it, the package's session.py")
    parser.add_argument("--new", metavar="FILE", type=Path, help="write a commented session to start from")
    parser.add_argument("--list", action="store_true", help="print everything that can be wished for")
    parser.add_argument("--play", action="store_true", help="play what was made, piece after piece; Ctrl-C stops")
    wishes = parser.parse_args(arguments)
    terminal = Terminal()
    try:
        if wishes.new:
            written = plain(session_file.write_starter(wishes.new))
            terminal.say(f"Wrote {written}. Edit it, then run: python -m imbatch2soundvisu {written}")
            return 0
        session = session_file.load(wishes.session)
        if wishes.list:
            print(listing(_registries(session.plans)))
            return 0
        with terminal:
            result = pipeline.run(session.plans, session.root, session.outputs, session.cache, terminal)
        terminal.finished(result)
        if wishes.play:
            _play(result.pieces, terminal)
        return result.exit_code
    except (ConfigError, CollectionError) as error:
        return _fail(error, 2)
    except (MakeError, I2SError) as error:
        return _fail(error, 1)
    except OSError as error:
        return _fail(f"{error.filename or 'input or output'}: {error.strerror or error}", 1)
    except KeyboardInterrupt:
        return _fail("stopped; what is finished is in its place, and the next run goes on from there", 130)


def _play(pieces: Sequence[Result], terminal: Terminal) -> None:
    """The sound of each piece through the loudspeakers; what cannot be played is said, and changes nothing else."""
    try:
        for piece in pieces:
            if "wav" in piece.files:
                terminal.say(f"playing {plain(piece.title)}")
                playback.play(piece.path("wav"))
    except MakeError as error:
        terminal.say(plain(error))
    except KeyboardInterrupt:
        terminal.say("stopped playing")


def _fail(error: object, code: int) -> int:
    print(plain(f"imbatch2soundvisu: {error}", keep="\n"), file=sys.stderr)
    return code


def _registries(plans: Sequence[Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    features = [(name, f"[{each.info.unit or '-'}] {each.info.description}") for name, each in FEATURES.items()]
    return [
        ("features (order=)", features),
        ("orders (order=)", _described(ORDERS)),
        ("embeddings (on=)", _described(EMBEDDINGS)),
        ("groupings (split=)", [*_described(CLUSTERINGS), *_OTHER_SPLITS]),
        ("styles of music (music=)", _described(STYLES)),
        ("moods (Composed(mood=))", [(name, mood.description) for name, mood in MOODS.items()]),
        ("ensembles (Composed(ensemble=))", [(name, _players(each)) for name, each in ENSEMBLES.items()]),
        ("what music follows (Composed(mapping=))", [(name, _followed(row)) for name, row in MAPPING.items()]),
        ("scales (Sonified(scale=))", [(name, f"semitones {_listed(steps)}") for name, steps in SCALES.items()]),
        ("moods of tracks (Track(mood=))", [(name, _axes(place)) for name, place in TRACK_MOODS.items()]),
        ("cuttings (cutting=)", [*((name, _CUTTINGS.get(name, "")) for name in CUTTINGS), *_OTHER_CUTTINGS]),
        ("transitions (transition=)", _described(TRANSITIONS)),
        ("motions (motion=)", _described(MOTIONS)),
        ("kinds of plan", _described(PLAN_KINDS)),
        ("plans of this session", [(plan.name, f"order={getattr(plan, 'order', '')!r}") for plan in plans]),
    ]


def _described(registry: Mapping[str, type]) -> list[tuple[str, str]]:
    return [(name, (inspect.getdoc(thing) or "").split("\n", 1)[0]) for name, thing in registry.items()]


def _players(ensemble: Ensemble) -> str:
    return _listed(voice.name for voice in (ensemble.melody, ensemble.second, *ensemble.voices[1:5]))


def _followed(row: Link) -> str:
    return f"{row.feature}: from {row.low} to {row.high}"


def _axes(place: Mapping[str, float]) -> str:
    return _listed(f"{axis.replace('_', ' ')} {value:g}" for axis, value in place.items())


def _listed(things: Iterable[Any]) -> str:
    return ", ".join(map(str, things))


if __name__ == "__main__":
    sys.exit(main())

"""The contours of themes: whether each of their notes is above, below, or as high as the note before."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from .phrase_layout import FREE, Event

#: Stands for the note before the first one.
FIRST = -(10**9)
#: Whether a note is in a cadence; where it is, and the note before it: ticks from the start of the phrase or cadence.
_Place = tuple[bool, int, int]


class Contours:
    """The directions of the melody at each place of each theme, as they were when it first came there.

    Examples
    --------
    >>> contours, events = Contours(), [Event(0, 480, FREE), Event(480, 480, FREE), Event(960, 960, FREE)]
    >>> contours.remember("A", events, 960, [60, 64, 62])
    >>> contours.of("A", events, 960)
    [None, 1, -1]
    >>> contours.of("A", [Event(0, 960, FREE), Event(960, 960, FREE)], 960)
    [None, None]
    """

    def __init__(self) -> None:
        self._found: dict[str, dict[_Place, int]] = {}

    def of(self, theme: str, events: Sequence[Event], body: int) -> list[int | None]:
        """Return the direction of each note as it was before: 1 up, -1 down, 0 the same; None where there is none.

        Parameters
        ----------
        theme : str
        events : sequence of Event
            The notes of a phrase.
        body : int
            The ticks of the phrase before its cadence.
        """
        known = self._found.get(theme, {})
        return [known.get(place) for place in _places(events, body)]

    def remember(self, theme: str, events: Sequence[Event], body: int, pitches: Sequence[int]) -> None:
        """Keep the directions of a phrase where its theme has none yet."""
        known = self._found.setdefault(theme, {})
        places = _places(events, body)
        for place, (a, b) in zip(places[1:], itertools.pairwise(pitches), strict=True):
            known.setdefault(place, direction(a, b))


def direction(pitch: int, following: int) -> int:
    """Return 1 for up, -1 for down, 0 for the same pitch."""
    return (following > pitch) - (following < pitch)


def echoes(events: Sequence[Event], pitches: Sequence[int], bar: int) -> list[int | None]:
    """Return the directions of the free notes in bars with a rhythm that came before in the phrase: those it had there.

    Parameters
    ----------
    events : sequence of Event
    pitches : sequence of int
    bar : int
        Ticks of a bar.

    Examples
    --------
    >>> events = [Event(start, 480, FREE) for start in (0, 480, 960, 1440)]
    >>> echoes(events, [60, 62, 65, 64], 960)
    [None, None, None, 1]
    """
    found: list[int | None] = [None] * len(events)
    seen: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for _, group in itertools.groupby(range(len(events)), key=lambda k: events[k].start // bar):
        own = list(group)
        rhythm = tuple((events[k].start % bar, events[k].length) for k in own)
        contour = [direction(pitches[a], pitches[b]) for a, b in itertools.pairwise(own)]
        if rhythm not in seen:
            seen[rhythm] = contour
            continue
        for k, each in zip(own[1:], seen[rhythm], strict=True):
            found[k] = each if events[k].kind == FREE else None
    return found


def _places(events: Sequence[Event], body: int) -> list[_Place]:
    """Where the notes are; the second part of a note that is divided counts as the note itself for the one after it."""
    found: list[_Place] = []
    before = FIRST
    for event in events:
        is_close = event.start >= body
        origin = body if is_close else 0
        found.append((is_close, event.start - origin, before - origin if before > FIRST else FIRST))
        before = before if event.is_again else event.start
    return found

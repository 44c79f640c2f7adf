"""The patterns of the drum kit, by name: a bar of each metre as a line for each drum, and fills before new phrases.

A line has a letter for each step of a bar: "X" a stroke with an accent, "x" a stroke, "o" a soft one, "." none. A bar
of four beats in eight letters is in eighths, in sixteen letters in sixteenths. Bars alternate where there are several.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...core import Metre

#: General MIDI drums.
KICK, RIM, SNARE, HAT, PEDAL, OPEN_HAT, CRASH, RIDE = 36, 37, 38, 42, 44, 46, 49, 51
LOW_TOM, MIDDLE_TOM, HIGH_TOM, TAMBOURINE, SHAKER, CONGA, SLAP, CLAVES = 45, 47, 50, 54, 82, 64, 63, 75

#: A bar: {drum: its line}.
Bar = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class DrumPattern:
    """A pattern of the drum kit.

    Parameters
    ----------
    description : str
    bars : {metre: tuple of Bar}
        Bars that alternate, by the name of the metre.
    groups : {beats: Bar}
        In metres that `bars` does not have, a bar is made of these, group by group, in half beats. In compound metres
        the second half of a beat is its last third.
    sparse : tuple of int
        The drums that play in phrases of low density.
    full : {metre: tuple of Bar}
        Bars of phrases of high density, where they differ.
    fills : tuple of Bar
        Of one beat or two in sixteenths, at the end of a phrase; of compound metres too.
    crash : int, optional
        The drum that begins a new phrase; None for none.
    """

    description: str
    bars: Mapping[str, tuple[Bar, ...]]
    groups: Mapping[int, Bar]
    sparse: tuple[int, ...]
    full: Mapping[str, tuple[Bar, ...]]
    fills: tuple[Bar, ...]
    crash: int | None = CRASH

    def bar(self, metre: Metre, number: int, level: int) -> Bar:
        """Return a bar.

        Parameters
        ----------
        metre : Metre
        number : int
            Of the bar, from 0.
        level : int
            0 sparse, 1 usual, 2 full.
        """
        bars = (self.full if level == 2 else {}).get(metre.name) or self.bars.get(metre.name) or (self._made(metre),)
        found = bars[number % len(bars)]
        return {drum: line for drum, line in found.items() if drum in self.sparse} if level == 0 else found

    def _made(self, metre: Metre) -> Bar:
        """A bar of groups."""
        drums = {drum for beats in metre.groups for drum in self._group(beats)}
        bar = {
            drum: "".join(self._group(beats).get(drum, "." * (2 * beats)) for beats in metre.groups) for drum in drums
        }
        return {drum: _in_thirds(line) for drum, line in bar.items()} if metre.division == 3 else bar

    def _group(self, beats: int) -> Bar:
        """A group of beats, in half beats."""
        if beats in self.groups:
            return self.groups[beats]
        first, rest = self.groups[2], self._group(beats - 2) if beats > 3 else {}
        drums = {*first, *rest}
        return {drum: first.get(drum, "....") + rest.get(drum, ".." * (beats - 2)) for drum in drums}


def _in_thirds(line: str) -> str:
    """A line in half beats as one in thirds of beats.

    >>> _in_thirds("X.xo")
    'X..x.o'
    """
    return "".join(f"{first}.{second}" for first, second in zip(line[::2], line[1::2], strict=True))


#: Fills in sixteenths of the last beat, or the last two.
TOM_FILLS: tuple[Bar, ...] = (
    {HIGH_TOM: "..x.", LOW_TOM: "...X"},
    {SNARE: "x.x.....", HIGH_TOM: "....xx..", LOW_TOM: "......xX"},
    {HIGH_TOM: "x...", MIDDLE_TOM: ".xx.", LOW_TOM: "...X"},
)
SOFT_FILLS: tuple[Bar, ...] = ({RIM: "..ox"}, {MIDDLE_TOM: "..o.", LOW_TOM: "...x"})
ROLLS: tuple[Bar, ...] = ({SNARE: "oooxooxX"}, {SNARE: "x.xxX.xx"})
FRAME_FILLS: tuple[Bar, ...] = ({CONGA: "x.xx", SLAP: ".x.."}, {CONGA: "x.x.xxxX"})

#: The patterns by name.
DRUM_PATTERNS = {
    "rock": DrumPattern(
        "a rock kit with a backbeat",
        {
            "4/4": (
                {HAT: "x.o.x.o.x.o.x.o.", KICK: "X.......x.x.....", SNARE: "....X.......X..."},
                {HAT: "x.o.x.o.x.o.x.o.", KICK: "X.....x.x.......", SNARE: "....X.......X..."},
            ),
            "3/4": ({HAT: "x.o.x.o.x.o.", KICK: "X.......x.x.", SNARE: "....X......."},),
            "5/4": ({HAT: "x.o.x.o.x.o.x.o.x.o.", KICK: "X.....x.....X.......", SNARE: "....X...x.......X..."},),
            "7/8": ({HAT: "x.o.o.x.o.x.o.", KICK: "X...x.......X.", SNARE: "......X...x..."},),
            "6/8": ({HAT: "x.o.o.x.o.o.", KICK: "X.........x.", SNARE: "......X....."},),
            "12/8": ({HAT: "xooxooxooxoo", KICK: "X....xX.....", SNARE: "...X.....X.."},),
        },
        {2: {HAT: "xoxo", KICK: "X...", SNARE: "..X."}, 3: {HAT: "xoxoxo", KICK: "X...x.", SNARE: "..X..."}},
        (HAT, KICK),
        {
            "4/4": (
                {HAT: "x.x.x.x.x.x.x.x.", KICK: "X.....x.x.X.....", SNARE: "....X..o.o..X..."},
                {
                    HAT: "x.x.x.x.x.x.x...",
                    OPEN_HAT: "..............x.",
                    KICK: "X..x....x.X.....",
                    SNARE: "....X..o....X..o",
                },
            ),
            "6/8": ({HAT: "x.x.x.x.x.x.", KICK: "X...x.....x.", SNARE: "......X....o"},),
            "7/8": ({HAT: "x.x.x.x.x.x.x.", KICK: "X...x...x...X.", SNARE: "......X...X..o"},),
        },
        TOM_FILLS,
    ),
    "half-time": DrumPattern(
        "a soft kit with one backbeat a bar",
        {
            "4/4": (
                {HAT: "x.o.x.o.x.o.x.o.", KICK: "X.........x.....", SNARE: "........X......."},
                {HAT: "x.o.x.o.x.o.x.o.", KICK: "X.....x.....x...", SNARE: "........X......."},
            ),
            "6/8": ({RIDE: "xooxoo", KICK: "X....o", RIM: "...x.."}, {RIDE: "xooxoo", KICK: "X.o...", RIM: "...x.."}),
            "12/8": ({RIDE: "xooxooxooxoo", KICK: "X....o......", RIM: "......X....."},),
        },
        {2: {HAT: "xoxo", KICK: "X...", RIM: "..o."}, 3: {HAT: "xoxoxo", KICK: "X.....", RIM: "....x."}},
        (HAT, RIDE, KICK),
        {},
        SOFT_FILLS,
    ),
    "bossa": DrumPattern(
        "a rim click in the clave, hi-hat and kick",
        {
            "4/4": (
                {HAT: "xoxoxoxo", RIM: "X..X..X.", KICK: "x..oX..o"},
                {HAT: "xoxoxoxo", RIM: "..X..X..", KICK: "x..oX..o"},
            ),
            "3/4": ({HAT: "xoxoxo", RIM: "X..X..", KICK: "x....o"}, {HAT: "xoxoxo", RIM: "..X.X.", KICK: "x....o"}),
        },
        {2: {HAT: "xoxo", RIM: "X..x", KICK: "x..o"}, 3: {HAT: "xoxoxo", RIM: "X..X..", KICK: "x....o"}},
        (RIM, SHAKER),
        {
            "4/4": (
                {HAT: "xoxoxoxo", SHAKER: "oooooooo", RIM: "X..X..X.", KICK: "x..xX..x"},
                {HAT: "xoxoxoxo", SHAKER: "oooooooo", RIM: "..X..X..", KICK: "x..xX..x"},
            ),
        },
        ({RIM: "x.xx"}, {CONGA: "..x.", SLAP: "x..x"}),
        None,
    ),
    "brushes": DrumPattern(
        "a ride cymbal and soft snare of jazz",
        {
            "4/4": (
                {RIDE: "X.xoX.xo", PEDAL: "..x...x.", SNARE: "..o...o.", KICK: "o...o..."},
                {RIDE: "X.xoX.xo", PEDAL: "..x...x.", SNARE: "..o..oo.", KICK: "o...o..."},
            ),
            "3/4": ({RIDE: "X.xox.", PEDAL: "..x...", SNARE: "....o.", KICK: "o....."},),
            "5/4": ({RIDE: "X.xox.X.xo", PEDAL: "..x.....x.", SNARE: "....o...o.", KICK: "o.....o..."},),
        },
        {2: {RIDE: "X.xo", PEDAL: "..x.", KICK: "o..."}, 3: {RIDE: "X.xox.", PEDAL: "..x...", KICK: "o....."}},
        (RIDE, PEDAL),
        {
            "4/4": (
                {RIDE: "X.xoX.xo", PEDAL: "..x...x.", SNARE: "..x..ox.", KICK: "x...x..o"},
                {RIDE: "X.xoX.xo", PEDAL: "..x...x.", SNARE: ".ox...xo", KICK: "x..ox..."},
            ),
        },
        ({SNARE: "x.ox"}, {SNARE: "..o.x.ox"}),
        RIDE,
    ),
    "frame drum": DrumPattern(
        "hand drums and a tambourine",
        {
            "6/8": ({CONGA: "X.ox..", SLAP: "..x..x", TAMBOURINE: "...o.."}, {CONGA: "X..x.o", SLAP: "..x.x."}),
            "9/8": ({CONGA: "X.ox..x..", SLAP: "..x..x..x"},),
            "12/8": ({CONGA: "X.ox..X.ox..", SLAP: "..x..x..x..x"},),
            "4/4": (
                {CONGA: "X..oX.o.", SLAP: "..x...x.", TAMBOURINE: "..o...o."},
                {CONGA: "X..oX..o", SLAP: "..x..xx."},
            ),
            "2/4": ({CONGA: "X..o", SLAP: "..x."},),
            "3/4": ({CONGA: "X.....", SLAP: "..x.xo"}, {CONGA: "X...o.", SLAP: "..x.x."}),
            "7/8": ({CONGA: "X.....x...x...", SLAP: "..o.x...x...x."},),
        },
        {2: {CONGA: "X..o", SLAP: "..x."}, 3: {CONGA: "X.....", SLAP: "..x.x."}},
        (CONGA,),
        {
            "6/8": ({CONGA: "X.ox.o", SLAP: ".ox.ox", TAMBOURINE: "xooxoo"},),
            "4/4": ({CONGA: "X..oX.oo", SLAP: ".ox..xx.", TAMBOURINE: "oxoxoxox"},),
        },
        FRAME_FILLS,
        None,
    ),
    "waltz": DrumPattern(
        "a kick, and a soft snare on two and three",
        {"3/4": ({KICK: "X.....", SNARE: "..o.o.", HAT: "..x.x."}, {KICK: "X.....", SNARE: "..o.oo", HAT: "..x.x."})},
        {2: {KICK: "X...", HAT: "..x."}, 3: {KICK: "X.....", HAT: "..x.x."}},
        (KICK, HAT),
        {"3/4": ({KICK: "X.....", SNARE: "..x.xo", HAT: "..x.x."}, {KICK: "X...o.", SNARE: "..x.x.", HAT: "..x.x."})},
        ({SNARE: "ooxx"}, {SNARE: "x.xx"}),
    ),
    "march": DrumPattern(
        "a snare drum with rolls, and a bass drum",
        {
            "2/4": ({KICK: "X...x...", SNARE: "..xo..xo"}, {KICK: "X...x...", SNARE: "o.xoo.xx"}),
            "4/4": (
                {KICK: "X.......X.......", SNARE: "x..xx.x.x..xx.x.", HAT: "....x.......x..."},
                {KICK: "X.......X.......", SNARE: "x..xx.x.x.xxxoxo", HAT: "....x.......x..."},
            ),
            "6/8": ({KICK: "X.....x.....", SNARE: "..o.x...o.x."}, {KICK: "X.....x.....", SNARE: "..o.x.x.xoxo"}),
        },
        {2: {KICK: "X...", SNARE: "..xo"}, 3: {KICK: "X.....", SNARE: "..x.x."}},
        (KICK, SNARE),
        {
            "2/4": ({KICK: "X...X...", SNARE: "x.xxxoxo"}, {KICK: "X...X...", SNARE: "x.xxX.xo"}),
            "6/8": ({KICK: "X.....X.....", SNARE: "x.xox.x.xox."}, {KICK: "X.....X.....", SNARE: "x.xox.xoxoxo"}),
        },
        ROLLS,
    ),
    "drive": DrumPattern(
        "a kick on every beat and open eighths",
        {
            "4/4": (
                {HAT: "..x...x...x...x.", KICK: "X...X...X...X...", SNARE: "....X.......X..."},
                {HAT: "..x...x...x...x.", KICK: "X...X...X...X.x.", SNARE: "....X.......X..."},
            ),
            "7/8": (
                {HAT: "x.x.x.x.x.x.x.", KICK: "X.....X...X...", SNARE: "....x...X...X."},
                {HAT: "x.x.x.x.x.x.x.", KICK: "X...x.X...X...", SNARE: "....o...X...Xo"},
            ),
            "5/4": ({HAT: "..x...x...x...x...x.", KICK: "X.....X.....X...X...", SNARE: "....X...x.......X..."},),
            "6/8": ({HAT: "x.x.x.x.x.x.", KICK: "X.....X.....", SNARE: "......X...x."},),
        },
        {2: {HAT: ".x.x", KICK: "X.X.", SNARE: "..X."}, 3: {HAT: ".x.x.x", KICK: "X.X.X.", SNARE: "..X..."}},
        (KICK, HAT),
        {
            "4/4": (
                {HAT: "o.xoo.xoo.xoo.xo", KICK: "X...X...X...X...", SNARE: "....X..o....X.o."},
                {HAT: "o.xoo.xoo.xoo.xo", KICK: "X...X...X..xX...", SNARE: "....X..o.o..X..x"},
            ),
        },
        TOM_FILLS,
    ),
    "pulse": DrumPattern(
        "shaker, claves and a soft kick",
        {
            "4/4": ({SHAKER: "xoxoxoxo", CLAVES: "o..o..o.", KICK: "x......."}, {SHAKER: "xoxoxoxo", KICK: "x....o.."}),
            "6/8": ({SHAKER: "xooxoo", KICK: "x.....", CLAVES: "..o..."}, {SHAKER: "xooxoo", KICK: "x..o.."}),
            "7/8": ({SHAKER: "xooxoxo", KICK: "x..o.o.", CLAVES: "o.o.o.o"},),
            "5/4": ({SHAKER: "xoxoxoxoxo", KICK: "x.....x...", CLAVES: "...o...o.."},),
        },
        {2: {SHAKER: "xoxo", KICK: "x..."}, 3: {SHAKER: "xoxoxo", KICK: "x....."}},
        (SHAKER,),
        {},
        ({CLAVES: "x.xx"}, {RIM: "..xo"}),
        None,
    ),
}

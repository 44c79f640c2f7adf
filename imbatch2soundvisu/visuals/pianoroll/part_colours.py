"""Colours of musical parts and of their notes."""

from __future__ import annotations

from functools import lru_cache

from ...core import Part
from ..plots.canvas import mix, rgb
from .style import BACKGROUND

#: The colour of a part by the role its name begins with; other parts take `OTHER_COLOURS` in turn.
ROLE_COLOURS = {"melody": "#c2361f", "chords": "#2b6cb3", "pad": "#5f9c86", "bass": "#5c3f96", "accents": "#cf8a16"}
OTHER_COLOURS = ("#00818c", "#a84a86", "#6f7b1e", "#8c5733", "#3f4a8a", "#b0506a")
DRUM_COLOUR = "#43464f"
#: Velocities are drawn in so many strengths of the part's colour, from the weakest share.
STRENGTHS, WEAKEST = 8, 0.32


@lru_cache(maxsize=64)
def part_colours(parts: tuple[Part, ...]) -> tuple[str, ...]:
    """Return the colour "#rrggbb" of each part."""
    others, found = iter(OTHER_COLOURS * (len(parts) // len(OTHER_COLOURS) + 1)), []
    taken: set[str] = set()
    for part in parts:
        name = part.name.lower()
        role = next((role for role in ROLE_COLOURS if name.startswith(role) and role not in taken), "")
        taken.add(role)
        found.append(DRUM_COLOUR if part.drums else ROLE_COLOURS[role] if role else next(others))
    return tuple(found)


@lru_cache(maxsize=4096)
def note_colour(parts: tuple[Part, ...], part: int, velocity: int) -> tuple[int, int, int]:
    """Return the sRGB colour of a note: that of its part, stronger for higher velocities."""
    level = min(velocity * STRENGTHS // 128, STRENGTHS - 1) / (STRENGTHS - 1)
    return rgb(mix(BACKGROUND, part_colours(parts)[part], WEAKEST + (1 - WEAKEST) * level))

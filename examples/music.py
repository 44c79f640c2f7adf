"""Music: composed for the images, made from their values, or chosen from recordings; and how long images last.

Play the films in outputs/index.html. Below each is the piano roll: the images above their notes, and the reasons.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from imbatch2soundvisu import *

tracks = Path(__file__).parents[1] / "music"
film = Film(size=(640, 360))
small = {"limit": 8, "outputs": standard_outputs(film, without=(Gif,))}


def left_to_right(table):
    """A musical parameter may follow a function of the table that returns one number for each image."""
    return np.nan_to_num(table["saliency_x"], nan=0.5)


#: A genre is a row of a table: this one changes a few values of the waltz.
jazz_waltz = replace(GENRES["waltz"], tempi_bpm=(120, 160), drums="brushes", needs_drums=True, swing=0.62)

OUTPUTS = "outputs/examples/music"

PLANS = [
    # Melody, chords and bass follow different features. The music chooses how long images last: about a second each.
    SequencePlan("as the images are", order="smooth", **small),
    # A mood changes that; key, tempo, ensemble, intensity and drums can also be set one by one.
    SequencePlan("a calm night", order="-luminance", music=Composed(mood="calm", key="D minor", tempo_bpm=72), **small),
    SequencePlan(
        "a village fair", order="colourfulness", music=Composed(ensemble="folk", intensity=0.8, drums=True), **small
    ),
    # A genre gives metre, harmony, form and texture; beside the names in --list it may be your own.
    SequencePlan("a jazz waltz", order="smooth", music=Composed("bright", genre=jazz_waltz), **small),
    # What the music follows instead: a feature, a feature reversed, a function, or nothing.
    SequencePlan(
        "another mapping",
        order="edge_density",
        music=Composed(mapping={"register": "value", "dynamics": "-contrast", "accent": left_to_right, "space": None}),
        **small,
    ),
    # The values as tones, higher for more. Hue goes around the octave.
    SequencePlan("hues as tones", order="hue", music=Sonified("hue"), seconds_per_image=0.6, **small),
    # In cents, from left to right and from soft to loud, after reference tones for the minimum, middle and maximum.
    SequencePlan(
        "four values as sound",
        order="luminance",
        music=Sonified("luminance", scale=None, pan="saliency_x", loudness="saturation", reference=True),
        **small,
    ),
    # Two styles together: music for the images, and quieter the values as tones.
    SequencePlan(
        "two styles together", order="warmth", music=Mix(Composed(mood="calm"), Sonified("warmth"), 0.3), **small
    ),
    # A theme for each cluster; the tour joins them, each in a key related to the one before it.
    SequencePlan(
        "a theme each", clusters=KMeans(2), order="smooth", tour=True, music=ClusterTheme(), **small | {"limit": 6}
    ),
    # Music from four measures of the images, by the table of a study.
    SequencePlan("by a table", order="saturation", music=ClusterProfile(), **small),
    # The recording that fits best, with cuts on its beats. Also: Track("~/Music"), Track(file="song.ogg").
    SequencePlan("to a recording", order="luminance", music=Track(tracks), **small),
    # Striking images last longer, and the whole lasts 12 seconds. Each part of the music is a WAV, too.
    SequencePlan(
        "twelve seconds",
        order="smooth",
        cutting="weight",
        total_seconds=12,
        **small | {"outputs": standard_outputs(film, Stems(), without=(Gif,))},
    ),  # fmt: skip
]

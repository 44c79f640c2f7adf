"""Music: written for the images, made of their numbers, or chosen from recordings; and how long images last.

Listen to the films in outputs/index.html. Under each is the piano roll: the images above their notes, and why.
"""

from pathlib import Path

import numpy as np

from imbatch2soundvisu import *

TRACKS = Path(__file__).parents[1] / "music"
SMALL = {"limit": 8, "size": (640, 360), "gif": False}


def left_to_right(table):
    """What a musical parameter follows may be a function of the table: one number for each image."""
    return np.nan_to_num(table["saliency_x"], nan=0.5)


PLANS = [
    # Tune, chords and bass, each following a trait of its own. The length is left to the music: about a second each.
    SequencePlan("as the images are", order="smooth", **SMALL),
    # A mood bends that; key, tempo, players, fullness and drums can be fixed, each by itself.
    SequencePlan("a calm night", order="-luminance", music=Composed(mood="calm", key="D minor", tempo_bpm=72), **SMALL),
    SequencePlan("a fair", order="colourfulness", music=Composed(ensemble="fair", intensity=0.8, drums=True), **SMALL),
    # Other links between eye and ear: a feature, the other way round, a function, or nothing.
    SequencePlan(
        "other links",
        order="edge_density",
        music=Composed(mapping={"register": "value", "dynamics": "-contrast", "accent": left_to_right, "space": None}),
        **SMALL,
    ),
    # The numbers as tones, higher for more. Hue goes round the octave.
    SequencePlan("hues as tones", order="hue", music=Sonified("hue"), seconds_per_image=0.6, **SMALL),
    # To the cent, from left to right and from soft to loud, after the tones of the least, middle and greatest value.
    SequencePlan(
        "four numbers by ear",
        order="luminance",
        music=Sonified("luminance", scale=None, pan="saliency_x", loudness="saturation", reference=True),
        **SMALL,
    ),
    # Two styles at once: music for the images, and a little of the numbers over it.
    SequencePlan("both at once", order="warmth", music=Mix(Composed(mood="calm"), Sonified("warmth"), 0.3), **SMALL),
    # A theme for each part of a split; the tour goes through all, each in a key next to the one before it.
    SequencePlan(
        "a theme each", split=KMeans(2), order="smooth", tour=True, music=ClusterTheme(), **SMALL | {"limit": 6}
    ),
    # Music from four numbers of the images, by the table of a study.
    SequencePlan("by a table", order="saturation", music=ClusterProfile(), **SMALL),
    # The recording that fits, cut to its beats. Another folder, or one file: Track("~/Music"), Track(file="song.ogg").
    SequencePlan("to a recording", order="luminance", music=Track(TRACKS), **SMALL),
    # Striking images stay longer, and the whole lasts 12 seconds. Every part of the music is a WAV of its own, too.
    SequencePlan("twelve seconds", order="smooth", cutting="weight", total_seconds=12, stems=True, **SMALL),
]

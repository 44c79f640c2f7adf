"""Music: composed for the images, sonified from their features, or chosen from recordings; and how long images last.

The films are in outputs/index.html. Under each is a piano roll with the images, the notes, and the reasons.
"""

from pathlib import Path

import numpy as np

from imbatch2soundvisu import *

TRACKS = Path(__file__).parents[1] / "music"
SMALL = {"limit": 8, "size": (640, 360), "gif": False}


def left_to_right(table):
    """A musical parameter may follow a function of the table: one number for each image."""
    return np.nan_to_num(table["saliency_x"], nan=0.5)


PLANS = [
    # Melody, chords and bass follow features of the images. Images last about a second, as the tempo allows.
    SequencePlan("as the images are", order="smooth", **SMALL),
    # A mood changes that; key, tempo, ensemble, intensity and drums can be set separately.
    SequencePlan("a calm night", order="-luminance", music=Composed(mood="calm", key="D minor", tempo_bpm=72), **SMALL),
    SequencePlan(
        "a street band", order="colourfulness", music=Composed(ensemble="band", intensity=0.8, drums=True), **SMALL
    ),
    # Another mapping: a feature, the reverse of a feature, a function, or nothing.
    SequencePlan(
        "another mapping",
        order="edge_density",
        music=Composed(mapping={"register": "value", "dynamics": "-contrast", "accent": left_to_right, "space": None}),
        **SMALL,
    ),
    # Sonification: the values as pitches, higher for more. Hue goes round the octave.
    SequencePlan("hues as tones", order="hue", music=Sonified("hue"), seconds_per_image=0.6, **SMALL),
    # Exact pitches, with pan and loudness; the first image also plays the lowest, middle and highest pitch.
    SequencePlan(
        "three features",
        order="luminance",
        music=Sonified("luminance", scale=None, pan="saliency_x", loudness="saturation", reference=True),
        **SMALL,
    ),
    # Two styles mixed: composed music, and a sonification at a lower volume.
    SequencePlan("a mix", order="warmth", music=Mix(Composed(mood="calm"), Sonified("warmth"), 0.3), **SMALL),
    # A theme for each cluster; the tour joins them, each in a key related to the one before.
    SequencePlan(
        "a theme each", split=KMeans(2), order="smooth", tour=True, music=ClusterTheme(), **SMALL | {"limit": 6}
    ),
    # Music from size, variance, brightness and saturation, by the formulas of a study.
    SequencePlan("by formulas", order="saturation", music=ClusterProfile(), **SMALL),
    # The best recording, cut to its beats. Another folder, or a file: Track("~/Music"), Track(file="song.ogg").
    SequencePlan("to a recording", order="luminance", music=Track(TRACKS), **SMALL),
    # Images that stand out last longer, and the film lasts 12 seconds. Each part of the music is also a WAV file.
    SequencePlan("twelve seconds", order="smooth", cutting="weight", total_seconds=12, stems=True, **SMALL),
]

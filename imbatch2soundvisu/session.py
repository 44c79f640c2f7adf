"""The sandbox: declare what you wish to see and hear, and run `python -m imbatch2soundvisu`.

Set DATA_ROOT in config.py (or here) to a folder of images. `--list` prints everything that can be wished for.
"""

from imbatch2soundvisu import *

PLANS = [
    SequencePlan("dark to bright", order="luminance"),
    SequencePlan("round the colour wheel", order="hue", music=Composed(mood="bright"), transition=CrossFade(0.4)),
    SequencePlan("the smoothest walk", order=SmoothPath(on="look"), music=Composed(mood="calm"), fit="blur"),
    SequencePlan("quiet to loud", order="colourfulness", limit=32, motion=SlowZoom(0.08)),
    SequencePlan("cool to warm", order="warmth", limit=32, seconds_per_image=1.5),
    SequencePlan("plain and calm to rich and busy", order=Weighted({"edge_density": 1.0, "saturation": 0.5}), limit=32),
    SequencePlan(
        "families", split=KMeans(5), order=TowardsNext(), limit=10, tour=True, music=ClusterTheme(), gif=False
    ),
]

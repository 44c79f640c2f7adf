"""The sandbox: declare plans here and run `python -m imbatch2soundvisu`.

Set DATA_ROOT in config.py, or here, to a folder of images. `--list` prints everything that a plan can name.
"""

from imbatch2soundvisu import *

PLANS = [
    SequencePlan("dark to bright", order="luminance"),
    SequencePlan(
        "around the colour wheel",
        order="hue",
        music=Composed(mood="bright"),
        outputs=standard_outputs(Film(transition=CrossFade(0.4))),
    ),
    SequencePlan(
        "smooth path",
        order=SmoothPath(),
        music=Composed(mood="calm"),
        outputs=standard_outputs(Film(fit="blur")),
    ),
    SequencePlan(
        "muted to vivid", order="colourfulness", limit=32, outputs=standard_outputs(Film(motion=SlowZoom(0.08)))
    ),
    SequencePlan("cool to warm", order="warmth", limit=32, seconds_per_image=1.5),
    SequencePlan("plain and calm to rich and busy", order=Weighted({"edge_density": 1.0, "saturation": 0.5}), limit=32),
    SequencePlan(
        "clusters",
        clusters=KMeans(5),
        order=TowardsNext(),
        limit=10,
        tour=True,
        music=ClusterTheme(),
        outputs=standard_outputs(without=(Gif,)),
    ),
]

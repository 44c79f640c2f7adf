"""A map of the whole collection: a grid, layouts, filters, and sequences that play as paths over it."""

from imbatch2soundvisu import *

OUTPUTS = "outputs/examples/atlas"

PLANS = [
    # Two sequences, which are paths over the map: one with its music, one silent.
    SequencePlan("dark to bright", order="luminance", limit=12, seconds_per_image=0.5, outputs=["wav"]),
    SequencePlan("by hue", order="hue", limit=12, seconds_per_image=0.5, music=None, outputs=["contact-sheet"]),
    # The map opens outputs/examples/atlas/map/map/index.html: the grid first, then the other layouts to choose from.
    AtlasPlan(
        "map",
        on="look",
        layouts=["pca", Plane("hue", "luminance"), Islands()],
        clusters=KMeans(5, on="look"),
        outputs=[AtlasPage(), AtlasTables()],
    ),
    # A round map of the dark images only, as data for FiftyOne.
    AtlasPlan(
        "dark images",
        on="look",
        layouts=["pca"],
        grid="circle",
        clusters=None,
        where=lambda table: table["luminance"] < 0.4,
        paths=None,
        outputs=[FiftyOne()],
    ),
]

"""Mosaics: one image made of all the others; as an image, as a page that zooms, and as films."""

from imbatch2soundvisu import *

OUTPUTS = "outputs/examples/mosaics"

still = [MosaicImage(), MosaicComparison()]

PLANS = [
    # Every tile at most 16 times, tinted by half: recognizable from afar, varied near. With its page.
    MosaicPlan(
        "astronaut",
        target="astronaut-00",
        columns=30,
        max_uses=16,
        tint=0.5,
        exclude="astronaut-00*",
        outputs=[*still, Placements(), ZoomPage(tile_px=64, megapixels=8)],
    ),
    # The mosaic builds itself up on the beats of its music; tiles that improve the picture most come first.
    MosaicPlan(
        "the astronaut builds itself up",
        target="astronaut-00",
        columns=30,
        tint=0.5,
        exclude="astronaut-00*",
        music=Composed(mood="lively"),
        outputs=[BuildUp("fidelity", seconds=8, hold=2, size=360, fps=15)],
    ),
    # From one photo out through its mosaic, and back into it: the film has no end.
    MosaicPlan(
        "an endless zoom",
        target="coffee-00",
        columns=24,
        tint=0.4,
        music=Composed(mood="calm"),
        outputs=[ZoomFilm(loop=True, seconds=8, size=320, fps=10)],
    ),
    # Hexagons of dark images only, for a poster.
    MosaicPlan(
        "dark hexagons",
        target="rocket-00",
        columns=36,
        tiling="hexagon",
        where=lambda table: table["luminance"] < 0.5,
        tint=0.3,
        outputs=[BigTiff(width=1500, dpi=150), *still],
    ),
    # One mosaic of each cluster of the images.
    MosaicPlan("from three clusters", target="coffee-00", columns=16, clusters=KMeans(3), tint=0.4, outputs=still[:1]),
]

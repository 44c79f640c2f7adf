"""Orders that embeddings open: towards an image, along a line between images, from the typical to the odd."""

from imbatch2soundvisu import *

SMALL = {"limit": 12, "seconds_per_image": 0.6, "size": (640, 360), "gif": False}

# With an embedding that reads (`pip install -e ".[clip]"`), words are directions, too:
#   SequencePlan("calm to storm", order=AlongText("a calm sea", "a storm"))
#   SequencePlan("more and more like a cat", order=AlongText("a cat"))
#   SequencePlan("red doors first", order=NearestTo("a red door", on=Clip()))
PLANS = [
    # The images most like one of them first. An image from anywhere else goes by its path.
    SequencePlan("most like the cup", order=NearestTo("coffee-00.jpg"), **SMALL),
    # A line between two ends, each one image or several; what lies beyond the ends is placed, too.
    SequencePlan(
        "from the coffee to the stars", order=AlongAxis(["coffee-00.jpg"], ["hubble-deep-field-00.jpg"]), **SMALL
    ),
    # The odd ones first: those that are far even from their nearest neighbours.
    SequencePlan("the odd ones", order=Outliers(neighbours=5), music=None, **SMALL),
    # From the most typical image of all outwards.
    SequencePlan("from the middle", order=FromMedoid(), music=None, **SMALL),
    # Four families taking turns, each from dark to bright.
    SequencePlan("by turns", order=Interleave(KMeans(4), by="luminance"), music=None, **SMALL),
]

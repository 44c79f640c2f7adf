"""Orders in the space of an embedding: by similarity to an image, along an axis, by typicality."""

from imbatch2soundvisu import *

SMALL = {"limit": 12, "seconds_per_image": 0.6, "size": (640, 360), "gif": False}

# With a text encoder (`pip install -e ".[clip]"`), phrases define orders, too:
#   SequencePlan("calm to storm", order=AlongText("a calm sea", "a storm"))
#   SequencePlan("more and more like a cat", order=AlongText("a cat"))
#   SequencePlan("red doors first", order=NearestTo("a red door", on=Clip()))
PLANS = [
    # The images most like one of them first. An image from anywhere else goes by its path.
    SequencePlan("most like the cup", order=NearestTo("coffee-00.jpg"), **SMALL),
    # An axis between two ends, each one image or several.
    SequencePlan(
        "from the coffee to the stars", order=AlongAxis(["coffee-00.jpg"], ["hubble-deep-field-00.jpg"]), **SMALL
    ),
    # Outliers first: images far even from their nearest neighbours.
    SequencePlan("outliers first", order=Outliers(neighbours=5), music=None, **SMALL),
    # From the most typical image outwards.
    SequencePlan("from the middle", order=FromMedoid(), music=None, **SMALL),
    # Four clusters in alternation, each from dark to bright.
    SequencePlan("alternating clusters", order=Interleave(KMeans(4), by="luminance"), music=None, **SMALL),
]

"""Orders by an embedding: towards an image, along a line between images, from the typical to the unusual."""

from imbatch2soundvisu import *

small = {
    "limit": 12,
    "seconds_per_image": 0.6,
    "outputs": standard_outputs(Film(size=(640, 360)), without=(Gif,)),
}

# With an embedding that has a text encoder (`pip install -e ".[clip]"`), texts are directions, too:
#   SequencePlan("calm to storm", order=AlongText("a calm sea", "a storm"))
#   SequencePlan("more and more like a cat", order=AlongText("a cat"))
#   SequencePlan("red doors first", order=NearestTo("a red door", on=Clip()))
OUTPUTS = "outputs/examples/directions"

PLANS = [
    # The images most similar to one of them first. An image from outside the collection is given by its path.
    SequencePlan("most like the cup", order=NearestTo("coffee-00.jpg"), **small),
    # A line between two ends, each one image or several; images beyond the ends have a place on it, too.
    SequencePlan(
        "from the coffee to the stars", order=AlongAxis(["coffee-00.jpg"], ["hubble-deep-field-00.jpg"]), **small
    ),
    # Outliers first: those that are far even from their nearest neighbours.
    SequencePlan("outliers first", order=Outliers(neighbours=5), music=None, **small),
    # From the medoid of all images outwards.
    SequencePlan("from the medoid", order=FromMedoid(), music=None, **small),
    # Four clusters in turn, each from dark to bright.
    SequencePlan("in turn", order=Interleave(KMeans(4), by="luminance"), music=None, **small),
]

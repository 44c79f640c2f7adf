"""Cluster a folder, and make an album of the clusters: a film with music of each, its profile in words, one report."""

from imbatch2soundvisu import *

# What are similar images? Look() compares colour, layout, form and texture, and needs nothing. Networks trained on
# millions of photographs compare what an image shows; they need `pip install -e ".[clip]"` and download weights once:
#   embedding = Cnn("resnet50")      # 2048 numbers an image; or "vgg16" (4096), "mobilenetv3_large_100", any of timm
#   embedding = Clip()               # 512 numbers an image, and a text encoder: profiles then say "a dog", "a street"
embedding = Look()


small = standard_outputs(Film(size=(640, 360)), without=(Gif,))

OUTPUTS = "outputs/examples/clusters-and-albums"

PLANS = [
    # Five clusters. Each film begins near the cluster before it and ends near the one after; the tour joins them.
    # At most eight images of each, chosen so that every image has a similar one among them.
    SequencePlan(
        "albums",
        clusters=KMeans(5, on=embedding),
        order=TowardsNext(on=embedding, effort=0.2),
        limit=8,
        tour=True,
        outputs=standard_outputs(Film(size=(640, 360), transition=CrossFade(0.4)), without=(Gif,)),
    ),
    # How many clusters? It tries 2 to 12, plots the measures, and says which number it chose and why.
    SequencePlan(
        "as many as the data suggest",
        clusters=KMeans("auto", on=embedding, reduce=PCA(16), k_range=(2, 12)),
        order="luminance",
        limit=4,
        music=None,
        outputs=small,
    ),
    # A dendrogram cut into four clusters, with the tree as a plot; each from its medoid outwards.
    SequencePlan(
        "branches of a tree",
        clusters=Hierarchical(4, on=embedding),
        order=FromMedoid(on=embedding),
        limit=4,
        music=None,
        outputs=small,
    ),
    # Dense regions, and what belongs to none of them. Here by colour alone, without an embedding.
    SequencePlan(
        "dense regions and outliers",
        clusters=Density(on=("luminance", "warmth", "colourfulness"), min_size=8),
        order="warmth",
        limit=4,
        music=None,
        outputs=small,
    ),
    # Without a clustering: four bins of brightness. clusters="folder" and clusters="date" work the same way.
    SequencePlan(
        "four lights", clusters=FeatureBins("luminance", bins=4), order="hue", limit=4, music=None, outputs=small
    ),
]

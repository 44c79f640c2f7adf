"""Cluster the images of a folder, and make an album of each cluster: a film with music, its profile, one report."""

from imbatch2soundvisu import *

# Look() describes colour, layout, form and texture, without a download. Networks trained on millions of photographs
# describe what an image shows; they need `pip install -e ".[clip]"` and download their weights once:
#   EMBEDDING = Cnn("resnet50")      # 2048 numbers an image; or "vgg16" (4096), "mobilenetv3_large_100", any of timm
#   EMBEDDING = Clip()               # 512 numbers an image, and a text encoder: profiles name "a dog", "a city street"
EMBEDDING = Look()

SMALL = {"size": (640, 360), "gif": False}

PLANS = [
    # Five clusters. Each film begins near the cluster before it and ends near the one after; the tour plays them all.
    # At most eight images of each, chosen to represent the cluster.
    SequencePlan(
        "albums",
        split=KMeans(5, on=EMBEDDING),
        order=TowardsNext(on=EMBEDDING),
        limit=8,
        tour=True,
        transition=CrossFade(0.4),
        **SMALL,
    ),
    # The number of clusters is chosen from 2 to 12 by silhouette; a plot shows the measures, a note the reason.
    SequencePlan(
        "automatic number",
        split=KMeans("auto", on=EMBEDDING, reduce=PCA(16), k_range=(2, 12)),
        order="luminance",
        limit=4,
        music=None,
        **SMALL,
    ),
    # A hierarchical clustering cut into four, with a dendrogram; each cluster from its most typical image outwards.
    SequencePlan(
        "four branches",
        split=Hierarchical(4, on=EMBEDDING),
        order=FromMedoid(on=EMBEDDING),
        limit=4,
        music=None,
        **SMALL,
    ),
    # Density-based clusters, and noise that belongs to none. Here by features alone, without an embedding.
    SequencePlan(
        "dense clusters",
        split=Density(on=("luminance", "warmth", "colourfulness"), min_size=8),
        order="warmth",
        limit=4,
        music=None,
        **SMALL,
    ),
    # Four bins of a feature. split="folder" and split="date" work the same way.
    SequencePlan(
        "four levels of light", split=FeatureBins("luminance", bins=4), order="hue", limit=4, music=None, **SMALL
    ),
]

"""Find the families in a folder, and make an album of each: a film with music, its profile in words, one report."""

from imbatch2soundvisu import *

# What is alike? Look() sees colour, layout, form and texture, and needs nothing. Networks that were trained on millions
# of photographs see what an image is of; they need `pip install -e ".[clip]"` and fetch their weights once:
#   EMBEDDING = Cnn("resnet50")      # 2048 numbers an image; or "vgg16" (4096), "mobilenetv3_large_100", any of timm
#   EMBEDDING = Clip()               # 512 numbers an image, and it reads: profiles then say "a dog", "a city street"
EMBEDDING = Look()

SMALL = {"size": (640, 360), "gif": False}

PLANS = [
    # Five families. Each film begins near the family before it and ends near the one after; the tour plays them all.
    # At most eight images of each, chosen so that every image has one like it among them.
    SequencePlan(
        "albums",
        split=KMeans(5, on=EMBEDDING),
        order=TowardsNext(on=EMBEDDING, seconds=0.5),
        limit=8,
        tour=True,
        transition=CrossFade(0.4),
        **SMALL,
    ),
    # How many families are there? It tries 2 to 12, shows the measures as a plot, and says which it took and why.
    SequencePlan(
        "as many as there are",
        split=KMeans("auto", on=EMBEDDING, reduce=PCA(16), k_range=(2, 12)),
        order="luminance",
        limit=4,
        music=None,
        **SMALL,
    ),
    # A family tree cut into four, with the tree as a plot; each from its most typical image outwards.
    SequencePlan(
        "branches of a tree",
        split=Hierarchical(4, on=EMBEDDING),
        order=FromMedoid(on=EMBEDDING),
        limit=4,
        music=None,
        **SMALL,
    ),
    # Dense crowds, and what belongs to none of them. Here by colour alone, without any embedding.
    SequencePlan(
        "crowds and loners",
        split=Density(on=("luminance", "warmth", "colourfulness"), min_size=8),
        order="warmth",
        limit=4,
        music=None,
        **SMALL,
    ),
    # No clustering at all: four bands of brightness. split="folder" and split="date" work the same way.
    SequencePlan("four lights", split=ByFeature("luminance", bins=4), order="hue", limit=4, music=None, **SMALL),
]

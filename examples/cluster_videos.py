"""One film for every cluster of a large collection of one subject, as in studies of butterflies, faces or facades.

Vectors of unit length, 64 principal components, k-means with ten starts, a map by UMAP, and for each cluster its size,
variance, brightness, saturation, colourfulness and edges, with 30 images of 3 seconds each at 1080p, and music made
from four of these numbers by the table of such a study (`ClusterTheme()` makes more of them). Every number is in
`run.json`, in `summary_report.txt` and, image by image, in `embeddings.npz` and `cluster_assignments.csv`; what the
music made of them is in `decisions.json`.
"""

from imbatch2soundvisu import *

# For a collection of thousands: Clip() ("ViT-B-32", "laion2b_s34b_b79k"; needs the extra `clip`), CLUSTERS = 60,
# IMAGES = 30, SECONDS = 3.0, SIZE = (1920, 1080).
EMBEDDING = Look()
CLUSTERS = 10
IMAGES = 6
SECONDS = 0.5
SIZE = (640, 360)

PLANS = [
    SequencePlan(
        "clusters",
        split=KMeans(CLUSTERS, on=EMBEDDING, reduce=PCA(64), n_init=10, max_iter=300),
        order="name",
        limit=IMAGES,
        seconds_per_image=SECONDS,
        music=ClusterProfile(),  # has brightness and saturation measured by HSV, as such studies give them
        size=SIZE,
        gif=False,
        seed=42,
    ),
]

"""One film for every cluster of a large collection of one subject, as in studies of butterflies, faces or facades.

Vectors of unit length, 64 principal components, k-means with ten starts, a map by UMAP, and for each cluster its size,
variance, brightness, saturation, colourfulness and edges, with 30 images of 3 seconds each at 1080p, and music made
from four of these numbers by the table of such a study (`ClusterTheme()` follows more of them). Every number is in
`run.json`, in `summary_report.txt` and, image by image, in `embeddings.npz` and `cluster_assignments.csv`; how they
became music is in `decisions.json`.
"""

from imbatch2soundvisu import *

# For a collection of thousands: Clip() ("ViT-B-32", "laion2b_s34b_b79k"; needs the extra `clip`), 60 clusters,
# 30 images, 3.0 seconds, (1920, 1080).
embedding = Look()
n_clusters = 10
images = 6
seconds = 0.5
size = (640, 360)

OUTPUTS = "outputs/examples/cluster-videos"

PLANS = [
    SequencePlan(
        "clusters",
        clusters=KMeans(n_clusters, on=embedding, reduce=PCA(64), n_init=10, max_iter=300),
        order="name",
        limit=images,
        seconds_per_image=seconds,
        music=ClusterProfile(),  # measures brightness and saturation in HSV, as such studies do
        outputs=standard_outputs(Film(size=size), without=(Gif,)),
        seed=42,
    ),
]

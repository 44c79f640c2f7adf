"""One of everything that can be added: feature, pass, embedding, order, clustering, style, output, plan.

Each is registered under a name here, and in this file only. Then it can be used by that name, its values are cached, it
is listed by `--list`, and the terminal and the gallery show it.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PIL import Image

from imbatch2soundvisu import *
from imbatch2soundvisu.core import Clusters, FeatureInfo
from imbatch2soundvisu.music.timeline import build
from imbatch2soundvisu.plans import write_result
from imbatch2soundvisu.runtime.files import atomic, write_text


@feature(unit="share", low=0, high=1)
def sky_share(pixels):
    """Share of the upper half in which blue is the strongest channel."""
    upper = pixels.rgb[: pixels.rgb.shape[0] // 2].astype(int)
    return float((upper[..., 2] > upper[..., 0] + 10).mean())


@PASSES.register("grain")
@dataclass(frozen=True)
class Grain:
    """Fine detail, from a larger copy of the image than features are measured on."""

    input_size: ClassVar[int] = 512
    columns: ClassVar[dict] = {
        "grain": FeatureInfo("grain", low=0, description="Mean step between neighbouring pixels")
    }

    def measure(self, batch):
        return [{"grain": float(np.abs(np.diff(image.mean(axis=2), axis=0)).mean())} for image in batch]


@EMBEDDINGS.register("tones")
@dataclass(frozen=True)
class Tones:
    """The histogram of lightness, whatever the place and the colour."""

    name: ClassVar[str] = "tones"
    key: ClassVar[str] = "tones-1"  # its name in the cache: change it when `embed` changes

    def embed(self, images):
        counts = [np.histogram(image.mean(axis=2), 32, (0, 256))[0] / image[..., 0].size for image in images]
        return np.sqrt(np.array(counts, dtype=np.float32))


@ORDERS.register("inwards")
@dataclass(frozen=True)
class Inwards:
    """From both ends inwards: darkest, brightest, second darkest, ..."""

    drives: ClassVar[bool] = False  # its values do not rise along the order

    @property
    def needs(self):
        return Needs(features=frozenset({"luminance"}))

    def driver(self, table):
        return table["luminance"], table.info["luminance"]

    def order(self, table, rng):
        rising = np.argsort(table["luminance"], kind="stable")
        return np.column_stack([rising, rising[::-1]]).ravel()[: len(rising)]


@CLUSTERINGS.register("formats")
@dataclass(frozen=True)
class Formats:
    """Wide images and tall ones."""

    needs: ClassVar[Needs] = Needs()

    def cluster(self, table, rng):
        words = ["wide" if record.width >= record.height else "tall" for record in table.records]
        names, labels = np.unique(words, return_inverse=True)
        return Clusters(labels, tuple(names.tolist()), by="format")


@STYLES.register("bells")
@dataclass(frozen=True)
class Bells:
    """A bell for each image, higher for a higher value."""

    def timeline(self, sequence, fps, timing):
        return build(len(sequence), fps, timing)

    def compose(self, sequence, timeline, rng):
        ticks = timeline.start_ticks  # of each image, and of the end
        ranks = np.argsort(np.argsort(sequence.values))
        pitches = [62 + 12 * (rank // 5) + (0, 2, 4, 7, 9)[rank % 5] for rank in ranks.tolist()]
        notes = [Note(0, pitch, 80, int(a), int(b - a)) for pitch, a, b in zip(pitches, ticks, ticks[1:], strict=False)]
        why = tuple({"why": f"rank {rank + 1} of {len(ranks)}"} for rank in ranks.tolist())
        return Score(timeline, (Part("bells", program=14),), tuple(notes), key="D major", style="bells", decisions=why)


@OUTPUT_KINDS.register("order-as-text")
@dataclass(frozen=True)
class OrderAsText:
    """The names of the images in their order, one a line."""

    def makes(self, content):
        return hasattr(content, "sequence")

    def names(self, settings):
        return ["order.txt"]

    def write(self, content, files):
        names = [record.name for record in content.sequence.records]
        write_text(files.path("order", "order.txt", "text", "The order as text"), "\n".join(names))


@dataclass(frozen=True)
class Tiles:
    """What the output of a poster is made from: images, and how many stand in a row."""

    plan: str
    records: tuple
    columns: int

    def state(self):  # everything that the file depends on: a poster with an equal state is kept
        return [self.columns, [record.digest for record in self.records]]

    def entry(self):  # its part of run.json; the terminal prints the summary
        names = [record.name for record in self.records]
        summary = f"{len(names)} images, {self.columns} in a row"
        return {"plan": self.plan, "kind": "poster", "title": self.plan, "images": names, "summary": summary}


@OUTPUT_KINDS.register("tile-sheet")
@dataclass(frozen=True)
class TileSheet:
    """Square tiles side by side, in rows."""

    side: int = 96

    def makes(self, content):
        return isinstance(content, Tiles)

    def write(self, content, files):
        rows = -(-len(content.records) // content.columns)
        sheet = Image.new("RGB", (content.columns * self.side, rows * self.side), files.settings.background)
        for number, record in enumerate(content.records):
            row, column = divmod(number, content.columns)
            tile = Image.fromarray(open_image(record)).resize((self.side, self.side))
            sheet.paste(tile, (column * self.side, row * self.side))
            files.progress("tiles", number + 1, len(content.records))
        with atomic(files.path("poster", "poster.png", "image", "Poster")) as partial:  # renamed when complete
            sheet.save(partial, "png")


@PLAN_KINDS.register("poster")
@dataclass(frozen=True)
class PosterPlan:
    """The images with the highest values of a feature, as one sheet of tiles."""

    name: str
    by: str = "luminance"
    columns: int = 4
    outputs: tuple = ("tile-sheet",)

    @property
    def needs(self):
        return Needs(features=frozenset({self.by}))

    def check(self, settings):
        if self.columns < 1:
            raise ConfigError(f"columns={self.columns} must be at least 1")

    def make(self, table, folder, context):
        highest = np.argsort(-table[self.by], kind="stable")[: 3 * self.columns]
        content = Tiles(self.name, tuple(table.records[row] for row in highest), self.columns)
        return [write_result(content, [OUTPUT_KINDS.resolve(each) for each in self.outputs], folder, context)]


small = {"limit": 8, "seconds_per_image": 0.4, "outputs": [Film(size=(320, 180)), "order-as-text", "tables"]}

OUTPUTS = "outputs/examples/extending"

PLANS = [
    SequencePlan("into the sky", order="sky_share", music="bells", **small),
    SequencePlan("smooth to grainy", order="grain", music="bells", **small),
    SequencePlan("inwards", order="inwards", music="bells", **small),
    SequencePlan("wide and tall", clusters="formats", order=SmoothPath(on="tones"), music=None, **small),
    PosterPlan("the brightest"),
]

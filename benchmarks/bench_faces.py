"""Who is who on photographs of ten people, and the time that faces take.

    python -m benchmarks.bench_faces [folder with a folder of photographs for each person]

Without a folder, `../shared/data/C-faces` beside the checkout is used where it exists; the extra `faces` is needed.
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import FeatureTable
from imbatch2soundvisu.core.errors import MissingExtra
from imbatch2soundvisu.features.faces.identity import person_model

FACES = Path(__file__).resolve().parents[2] / "shared" / "data" / "C-faces"
_SPLITS, _OTHERS = 10, 5
_TIMED, _TIMED_PX, _CORES, _LIMIT_S = 100, 1024, 2, 60.0


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """Shares of right decisions against what is asked for, and seconds for photographs of 1024 px."""
    folder = data or FACES
    if not folder.is_dir():
        return []
    try:
        table = i2s.measure(i2s.discover(folder), ["n_faces"], embeddings=(), passes=["faces"])
    except MissingExtra:
        return []
    descriptors, who, without = _largest(table)
    named = f"{len(table)} photographs of {len(set(who.tolist()))} people, {without} without a face"
    precision, recall, splits = _one_person(descriptors, who)
    found = [
        ("identified by the nearest other photograph", _leave_one_out(descriptors, who), 0.95, named),
        ("precision for one person", precision, 0.99, f"half of the photographs as examples; {splits} splits"),
        ("recall for one person", recall, 0.95, f"half of the photographs as examples; {splits} splits"),
        ("people by clustering, ARI", _people(table), 0.95, named),
    ]
    made = [
        {"what": what, "ours": round(ours, 4), "peer": goal, "ratio": round(ours / goal, 3), "note": note}
        for what, ours, goal, note in found
    ]
    return [*made, _timed(folder)]


def _largest(table: FeatureTable) -> tuple[np.ndarray, np.ndarray, int]:
    """Identity and person of the largest face of each photograph, and how many have none."""
    faces = [i2s.faces_of(regions) for regions in table.faces or ()]
    people = [Path(record.name).parent.name for record in table.records]
    shown = [(found[0].descriptor, person) for found, person in zip(faces, people, strict=True) if found]
    return np.stack([each for each, _ in shown]), np.array([person for _, person in shown]), len(table) - len(shown)


def _leave_one_out(descriptors: np.ndarray, who: np.ndarray) -> float:
    distances = np.linalg.norm(descriptors[:, None] - descriptors[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return float((who[distances.argmin(axis=1)] == who).mean())


def _one_person(descriptors: np.ndarray, who: np.ndarray) -> tuple[float, float, int]:
    """Precision and recall over all people and splits: half of one and all of five others given, the rest judged."""
    rng, right, wrong, missed, splits = np.random.default_rng(0), 0, 0, 0, 0
    people = sorted(set(who.tolist()))
    for person, _ in itertools.product(people, range(_SPLITS)):
        own = rng.permutation(np.flatnonzero(who == person))
        others = rng.choice([each for each in people if each != person], _OTHERS, replace=False)
        examples, rest = own[: len(own) // 2], own[len(own) // 2 :]
        strangers = np.flatnonzero(~np.isin(who, [person, *others]))
        model = person_model(descriptors[examples], descriptors[np.isin(who, others)])
        found = int((model.scores(descriptors[rest]) >= 0.5).sum())
        right, missed, splits = right + found, missed + len(rest) - found, splits + 1
        wrong += int((model.scores(descriptors[strangers]) >= 0.5).sum())
    return right / max(1, right + wrong), right / max(1, right + missed), splits


def _people(table: FeatureTable) -> float:
    from sklearn.metrics import adjusted_rand_score

    labels = i2s.ByPerson(min_size=1).cluster(table, np.random.default_rng(0)).labels
    return float(adjusted_rand_score([Path(record.name).parent.name for record in table.records], labels))


def _timed(folder: Path) -> dict[str, Any]:
    """Seconds of processors for detection, landmarks and identities of photographs of `_TIMED_PX`."""
    with tempfile.TemporaryDirectory() as temporary:
        paths = [record.path for record in i2s.discover(folder).records]
        for number, path in zip(range(_TIMED), itertools.cycle(paths), strict=False):
            _resized(path, number).save(Path(temporary) / f"{number:03}.jpg", quality=90)
        collection = i2s.discover(Path(temporary))
        i2s.measure(_first(collection), ["n_faces"], embeddings=(), passes=["faces"])  # models are loaded
        begun, used = time.perf_counter(), time.process_time()
        table = i2s.measure(collection, ["n_faces"], embeddings=(), passes=["faces"])
        seconds, elapsed = (time.process_time() - used) / _CORES, time.perf_counter() - begun
    note = f"{_TIMED} photographs of {_TIMED_PX} px, {int((table['n_faces'] > 0).sum())} with faces; processor time "
    note += f"divided by {_CORES}; {elapsed:.0f} s by the clock with {os.cpu_count()} cores and what else ran on them"
    what = f"faces of {_TIMED} photographs, s of {_CORES} cores"
    return {"what": what, "ours": round(seconds, 1), "peer": _LIMIT_S, "ratio": round(_LIMIT_S / seconds, 2),
            "note": note}  # fmt: skip


def _resized(path: Path, number: int) -> Image.Image:
    """A photograph whose long side is `_TIMED_PX`, without a few rows of pixels, another number each time."""
    with Image.open(path) as image:
        rgb = image.convert("RGB").crop((0, number % 7, image.width, image.height))
    scale = _TIMED_PX / max(rgb.size)
    return rgb.resize((round(rgb.width * scale), round(rgb.height * scale)), Image.Resampling.LANCZOS)


def _first(collection: Any) -> Any:
    return i2s.Collection(collection.root, collection.records[:1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    for row in rows(parser.parse_args().data):
        print(row)

"""run.json: what it holds, that it is valid against its schema, and that the documentation is the schema's."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from imbatch2soundvisu.core import Collection, FeatureInfo, FeatureTable, Skipped
from imbatch2soundvisu.report.clusters import report_data
from imbatch2soundvisu.report.manifest import build_manifest, overview, result_entry, schema
from imbatch2soundvisu.report.schema_page import schema_page
from tests.report.manifests import sequence_entry, unknown_entry
from tests.report.test_clusters import Made, clusters_of, content_of, table_of

DOCS = Path(__file__).parents[2] / "docs" / "run-json.md"


def errors_of(manifest: dict[str, Any]) -> list[str]:
    jsonschema = pytest.importorskip("jsonschema")
    return [error.message for error in jsonschema.Draft202012Validator(schema()).iter_errors(manifest)]


def made_of(entry: dict[str, Any], outputs: Path) -> Made:
    files = {kind: Path(name).name for kind, name in entry["files"].items()}
    return Made(outputs / entry["folder"], {k: v for k, v in entry.items() if k not in ("files", "folder")}, files)


def manifest_of(outputs: Path, folder: Path, *results: Made, problems: tuple[str, ...] = ()) -> dict[str, Any]:
    table = dataclasses.replace(table_of(folder), notes=("a note",))
    collection = Collection(
        folder, table.records, found=14, skipped=(Skipped("notes.jpg", "not an image"),), duplicates=(("a", "b"),)
    )
    return build_manifest(outputs, collection, table, results, problems, {"discover": 0.5})


def test_the_schema_is_a_valid_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_manifest_of_every_kind_of_result_is_valid_json(folder: Path, tmp_path: Path) -> None:
    table = table_of(folder)
    clusters = clusters_of(table, noise=1)
    report = {"plan": "two", "kind": "clusters", "clusters": report_data(content_of(table, clusters)), "by": "k-means"}
    results = [
        made_of(sequence_entry(), tmp_path),
        made_of(unknown_entry(tmp_path), tmp_path),
        Made(tmp_path / "two", report, {"report": "summary_report.html"}),
        Made(tmp_path / "bare", {"plan": "bare", "values": [float("nan")]}, {}, problems=("no sound font",)),
    ]
    manifest = manifest_of(tmp_path, folder, *results, problems=("bare: no sound font",))
    assert errors_of(json.loads(json.dumps(manifest, allow_nan=False))) == []
    assert manifest["exit_code"] == 1
    assert manifest["notes"] == ["a note"]
    assert manifest["collection"]["found"] == 14
    assert manifest["collection"]["usable"] == 12
    assert manifest["collection"]["skipped"] == [{"path": "notes.jpg", "reason": "not an image"}]


@pytest.mark.parametrize(
    ("key", "value"),
    [("viewers", {"mp4": "hologram"}), ("files", {"mp4": 3}), ("cluster", None), ("kept", "yes"), ("images", "a.jpg")],
)
def test_an_entry_of_the_wrong_type_is_invalid(folder: Path, tmp_path: Path, key: str, value: Any) -> None:
    manifest = manifest_of(tmp_path, folder, made_of(sequence_entry(), tmp_path))
    manifest["results"][0][key] = value
    assert errors_of(manifest) != []


@pytest.mark.parametrize("key", ["results", "collection", "problems", "exit_code"])
def test_a_manifest_without_a_required_key_is_invalid(folder: Path, tmp_path: Path, key: str) -> None:
    manifest = manifest_of(tmp_path, folder)
    del manifest[key]
    assert errors_of(manifest) == [f"{key!r} is a required property"]


def test_files_and_folder_are_relative_to_the_outputs_and_missing_keys_get_defaults(tmp_path: Path) -> None:
    made = Made(tmp_path / "plan" / "red", {"plan": "plan", "cluster": "red"}, {"mp4": "sequence.mp4"}, kept=True)
    entry = result_entry(made, tmp_path)
    assert entry["folder"] == "plan/red"
    assert entry["files"] == {"mp4": "plan/red/sequence.mp4"}
    assert entry["title"] == "plan · red"
    assert entry["kept"]
    assert (entry["images"], entry["viewers"], entry["summary"], entry["problems"]) == ([], {}, "", [])


def test_the_order_of_files_does_not_depend_on_which_was_written_first(tmp_path: Path) -> None:
    files = {"scan": "scan.png", "wav": "sequence.wav", "depth": "depth.png", "mp4": "sequence.mp4"}
    entry = result_entry(Made(tmp_path / "plan", {"plan": "plan"}, files), tmp_path)
    assert list(entry["files"]) == ["mp4", "wav", "depth", "scan"]


def test_the_overview_has_the_range_of_each_feature_and_counts_what_is_undefined() -> None:
    columns = {"a": np.array([3.0, np.nan, 1.0, 2.0]), "b": np.full(4, np.nan)}
    info = {"a": FeatureInfo("a", "share", 0.0, 4.0), "b": FeatureInfo("b")}
    first, second = overview(FeatureTable((), columns=columns, info=info))
    assert (first["min"], first["median"], first["max"], first["undefined"]) == (1.0, 2.0, 3.0, 1)
    assert (sum(first["counts"]), first["counts"][0], first["counts"][-1]) == (3, 1, 1)
    assert (second["min"], second["undefined"], second["counts"]) == (None, 4, [])


def test_the_documentation_of_run_json_is_made_from_the_schema() -> None:
    assert DOCS.read_text(encoding="utf-8") == schema_page(), "run python -m imbatch2soundvisu.report.schema_page"


def test_every_key_of_the_schema_is_described() -> None:
    objects = [schema(), *(each for each in schema()["$defs"].values() if "title" in each)]
    undescribed = [key for each in objects for key, value in each["properties"].items() if not value.get("description")]
    assert undescribed == []

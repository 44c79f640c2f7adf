"""What a run writes: files, manifest, gallery; and what notebooks show of it."""

from __future__ import annotations

import csv
import json

import av
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.runtime.partials import PARTIAL
from tests.conftest import photo
from tests.small import GIF, small_outputs, small_plan, without_video

FILES = {"gif", "mp4", "mid", "wav", "contact_sheet", "storyboard", "piano_roll", "csv", "decisions"}
OF_MUSIC = {"mid", "wav", "piano_roll"}


def test_a_run_writes_every_file_of_the_output_contract(folder):
    result = i2s.run([small_plan(), small_plan("colour wheel", order="hue", music=None)], root=folder)
    assert result.exit_code == 0
    outputs = result.outputs
    manifest = json.loads((outputs / "run.json").read_text(encoding="utf-8"))
    assert set(manifest) >= {"collection", "results", "seconds", "versions", "health", "features", "problems"}
    assert set(manifest["collection"]) >= {"root", "found", "usable", "skipped", "duplicates"}
    first, second = manifest["results"]
    assert set(first["files"]) == FILES
    assert set(second["files"]) == FILES - OF_MUSIC
    assert second["music"] is None
    for entry in (first, second):
        assert set(entry["viewers"]) == set(entry["files"])
        for name in entry["files"].values():
            assert (outputs / name).stat().st_size > 0
    assert (outputs / "index.html").is_file()
    assert not list(outputs.rglob(f"{PARTIAL}*"))
    assert len(first["images"]) == len(first["values"]) == 12
    assert first["values"] == sorted(first["values"])
    assert first["seconds"] == first["frames"] / first["fps"]


def test_film_music_and_tables_agree(folder):
    result = i2s.run([small_plan()], root=folder).results[0]
    entry = result.entry
    with av.open(str(result.path("mp4"))) as film:
        assert sum(1 for _ in film.decode(video=0)) == entry["frames"]
    with open(result.path("csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == entry["images"]
    assert {"luminance", "hue", "date"} <= set(result.sequence.table.columns) <= set(rows[0])
    assert [float(row["start_s"]) for row in rows] == pytest.approx(entry["starts_s"])
    decisions = json.loads(result.path("decisions").read_text(encoding="utf-8"))["images"]
    for row, decision in zip(rows, decisions, strict=True):
        assert (int(row["bar"]), int(row["beat"])) == (decision["bar"], decision["beat"])
        assert decision["frame"] == round(decision["start_s"] * entry["fps"])
        assert decision["why"]


def test_two_runs_on_clean_caches_write_the_same_bytes(folder, tmp_path):
    first, second = (
        i2s.run(
            [small_plan(order=i2s.SmoothPath())], root=folder, outputs=tmp_path / name, cache=tmp_path / f"cache-{name}"
        ).results[0]
        for name in ("a", "b")
    )
    for kind in ("mid", "gif", "csv", "wav", "contact_sheet", "mp4"):
        assert first.path(kind).read_bytes() == second.path(kind).read_bytes(), kind


def test_a_session_feature_is_measured_ordered_by_and_exported(folder):
    @i2s.feature(unit="share", low=0, high=1)
    def redness(pixels):
        """Mean of the red channel."""
        return float(pixels.rgb[..., 0].mean() / 255)

    plans = [
        small_plan("red", order="-redness", outputs=without_video()),
        small_plan("halves", order=lambda table: [row % 2 for row in range(len(table))], outputs=without_video()),
    ]
    red, halves = i2s.run(plans, root=folder).results
    assert red.entry["values"] == sorted(red.entry["values"], reverse=True)
    assert red.entry["driver"]["description"] == "Mean of the red channel."
    assert "redness" in red.path("csv").read_text(encoding="utf-8").split("\n")[0]
    assert halves.entry["values"] == [0.0] * 6 + [1.0] * 6


@pytest.mark.parametrize("outputs", ["outputs", "."])
def test_results_among_the_images_are_not_images(folder, monkeypatch, outputs):
    monkeypatch.chdir(folder)
    plan = small_plan(outputs=[i2s.ContactSheet(), i2s.PianoRoll(), i2s.Gif(size=GIF)])
    first = i2s.run([plan], root=".", outputs=outputs)
    second = i2s.run([plan], root=".", outputs=outputs)
    assert len(first.collection) == len(second.collection) == 12
    assert second.results[0].kept


def test_two_images_are_enough(folder):
    for path in sorted(folder.iterdir())[2:]:
        path.unlink()
    plans = [small_plan(), small_plan("path", order="smooth", outputs=without_video())]
    assert i2s.run(plans, root=folder).exit_code == 0


def test_images_of_one_colour_have_no_hue_but_other_orders(tmp_path):
    root = tmp_path / "flat"
    root.mkdir()
    for number in range(80):
        Image.new("RGB", (40 + number % 3, 30), (70, 70, 70)).save(root / f"{number:03}.png")
    fields = {"limit": 5, "outputs": without_video()}
    orders = {"dark to bright": "luminance", "wheel": "hue", "path": "smooth"}
    result = i2s.run([small_plan(name, order=order, **fields) for name, order in orders.items()], root=root)
    assert [each.title for each in result.results] == ["dark to bright", "path"]
    (problem,) = result.problems
    assert problem.endswith("plan 'wheel': no image has a value for 'hue'")


def test_settings_of_the_call_reach_film_gif_and_limit(folder):
    given = {"FPS": 25, "LIMIT": 3, "VIDEO_SIZE": (96, 64), "GIF_SIDE": 48}
    plan = i2s.SequencePlan("small", outputs=[i2s.Film(), i2s.Gif()], seconds_per_image=0.5)
    result = i2s.run([plan], root=folder, session=given).results[0]
    assert (result.entry["fps"], len(result.entry["images"])) == (25, 3)
    with av.open(str(result.path("mp4"))) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (96, 64)
    with Image.open(result.path("gif")) as gif:
        assert gif.size == (48, 32)


def test_a_plan_with_a_limit_of_none_shows_all_images(folder):
    plans = [small_plan("some", outputs=without_video()), small_plan("all", limit=None, outputs=without_video())]
    some, all_of_them = i2s.run(plans, root=folder, session={"LIMIT": 4}).results
    assert (len(some.entry["images"]), len(all_of_them.entry["images"])) == (4, 12)


def test_notebooks_show_collections_tables_sequences_and_runs(folder):
    collection = i2s.discover(folder)
    table = i2s.measure(collection)
    sequence = small_plan().sequence(table)
    assert "image-00.jpg" in collection._repr_html_()
    assert "luminance" in table._repr_html_()
    assert sequence._repr_html_().count("data:image/jpeg;base64") == 12
    frame = sequence.to_pandas()
    assert list(frame["value"]) == sorted(frame["value"])
    assert frame.index[0] == sequence.records[0].name
    result = i2s.run([small_plan(outputs=[i2s.Tables()])], root=collection)
    assert "dark to bright" in result._repr_html_()


def test_names_with_markup_are_escaped_in_notebooks(folder):
    Image.fromarray(photo(77)).save(folder / "<script>alert(1)<&>.png")
    result = i2s.run([small_plan("<script>", outputs=[i2s.Tables()])], root=folder)
    for shown in (result, result.table, result.results[0].sequence):
        assert "<script" not in shown._repr_html_()


def test_a_film_with_its_own_frame_rate_sets_that_of_the_sequence(folder):
    plan = small_plan(outputs=small_outputs(fps=20, without=(i2s.Gif,)))
    result = i2s.run([plan], root=folder).results[0]
    assert result.entry["fps"] == 20
    with av.open(str(result.path("mp4"))) as film:
        assert film.streams.video[0].average_rate == 20

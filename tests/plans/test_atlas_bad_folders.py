"""A map on a disk that is really full or read-only, and in folders that are really protected.

A file system of its own is mounted where the tests run as root; protected folders are tested where they do not, or
where `setpriv` takes the right to ignore permissions from the run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError, UnwritableError
from tests.plans.test_atlas import atlas
from tests.small import small_plan

OUTPUTS = {
    "page": (i2s.AtlasPage(), 300), "tiff": (i2s.Matrix(format="tiff"), 50), "iiif": (i2s.Pyramid(iiif=True), 150),
}  # fmt: skip
#: A run in a process of its own, which says what could not be made.
RUN = """
import sys
import imbatch2soundvisu as i2s
plans = [i2s.AtlasPlan("map", on="look", layouts=[], clusters=None, tile=sys.argv[4], outputs=["matrix", "pyramid"]),
         i2s.SequencePlan("bright", order="luminance", limit=3, outputs=["midi"])]
made = i2s.run(plans, root=sys.argv[1], outputs=sys.argv[2], cache=sys.argv[3])
print(*made.problems, sep=chr(10))
"""


@pytest.fixture
def disk(tmp_path):
    """A function that mounts a file system of some kilobytes, and returns where."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(*options):
        done = subprocess.run(["mount", *options, str(place)], capture_output=True)
        if done.returncode:
            pytest.skip("a file system can be mounted by root only")
        return place

    if shutil.which("mount") is None:
        pytest.skip("no mount here")
    yield mount
    subprocess.run(["umount", str(place)], capture_output=True)


def whole(folder):
    """Every file with a final name, after checking that each can be read to its end, and that none is partial."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert not [path for path in folder.rglob(".partial*")]
    for path in found:
        if path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
    return {path.relative_to(folder).as_posix() for path in found if ".imbatch" not in path.name}


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_full_disk_is_one_line_and_leaves_no_half_written_file(tmp_path, folder, disk, name):
    output, kilobytes = OUTPUTS[name]
    place = disk("-t", "tmpfs", "-o", "size=1m", "tmpfs")
    plans = [small_plan(name="bright", limit=3, outputs=["midi"]), atlas(layouts=[], outputs=[output])]
    keywords = {"root": folder, "outputs": place / "outputs", "cache": tmp_path / "cache"}
    i2s.run([plans[0]], **keywords)
    free = shutil.disk_usage(place).free // 1024 - kilobytes
    (place / "filler").write_bytes(b"x" * (free * 1024))
    with pytest.raises(UnwritableError, match="No space left on device. Free space there, or set OUTPUTS") as caught:
        i2s.run(plans, **keywords)
    assert "\n" not in str(caught.value)
    assert str(place / "outputs") in str(caught.value)
    left = whole(place / "outputs")
    assert "bright/sequence.mid" in left
    assert {each for each in left if each.startswith("map/")} <= {
        "map/layouts.json", "map/result.json", "map/atlas-preview.jpg",
        *(["map/deep-zoom/map.dzi", "map/deep-zoom/tiles.json"] if name == "iiif" else []),
        *(each for each in left if name == "iiif" and each.startswith("map/deep-zoom/map_files/")),
    }  # fmt: skip
    (place / "filler").unlink()
    assert i2s.run(plans, **keywords).problems == ()


def test_a_read_only_disk_is_said_before_any_work(tmp_path, folder, disk):
    place = disk("-t", "tmpfs", "-o", "size=1m,ro", "tmpfs")
    with pytest.raises(ConfigError, match="Read-only file system. Set OUTPUTS to another folder"):
        i2s.run([atlas()], root=folder, outputs=place / "outputs", cache=tmp_path / "cache")


def run_without_rights(*arguments):
    """The lines of a run that has no right to ignore permissions."""
    command = [sys.executable, "-c", RUN, *map(str, arguments)]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root writes to every folder, and there is no setpriv")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", *command]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()


def test_a_protected_folder_costs_what_is_in_it_only(tmp_path, folder):
    outputs = tmp_path / "outputs"
    assert run_without_rights(folder, outputs, tmp_path / "cache", "24x24") == []
    before = (outputs / "map" / "deep-zoom" / "map.dzi").read_bytes()
    for name, expected in (("map/deep-zoom/map_files", {"map/matrix.jpg"}), ("map", set())):
        (outputs / "bright" / "sequence.mid").unlink()
        (outputs / name).chmod(0o555)
        try:
            (problem,) = run_without_rights(folder, outputs, tmp_path / "cache", "32x32")
        finally:
            (outputs / name).chmod(0o755)
        assert str(outputs / name) in problem
        assert "Permission denied. Change its permissions, or move it away, and run again" in problem
        assert {"bright/sequence.mid", "index.html", "run.json"} | expected <= whole(outputs)
        assert (outputs / "map" / "deep-zoom" / "map.dzi").read_bytes() == before
    assert run_without_rights(folder, outputs, tmp_path / "cache", "32x32") == []
    assert (outputs / "map" / "deep-zoom" / "map.dzi").read_bytes() != before

"""`python -m imbatch2soundvisu.mosaic`: options, savepaths, each subcommand, errors."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import ConfigError
from imbatch2soundvisu.cli.command import main as cli_main
from imbatch2soundvisu.core.errors import NotOursError
from imbatch2soundvisu.mosaic import MosaicOptions, ScaleGif, VideoMosaicOptions, load_placements
from imbatch2soundvisu.mosaic.command import main
from imbatch2soundvisu.mosaic.command.fields import add_fields, described, given
from imbatch2soundvisu.mosaic.command.subcommands import SUBCOMMANDS
from imbatch2soundvisu.mosaic.layout.cells import Grid
from imbatch2soundvisu.mosaic.savepaths import check_savepath, for_each_scale, image_endings, saved_at
from tests.conftest import photo
from tests.mosaic.test_mosaics import plain_tiles
from tests.mosaic.test_scale_gif import GREYS, cell_width, frames_of


@pytest.fixture
def images(tmp_path):
    """The current folder with `me.png` and a folder `tiles`."""
    Image.fromarray(photo(1)).save(tmp_path / "me.png")
    plain_tiles(tmp_path / "tiles", GREYS)
    return tmp_path


def parsed(kind, words):
    parser = argparse.ArgumentParser()
    add_fields(parser, kind, without=("still",))
    return given(parser.parse_args(words), kind)


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], {}),
        (["--tile", "24x32"], {"tile": (24, 32)}),
        (["--columns", "80", "--enlarge", "2.5"], {"columns": 80, "enlarge": 2.5}),
        (["--scale", "8", "--height-aspect", "4.0"], {"scale": 8.0, "height_aspect": 4.0}),
        (["--best-k", "5", "--randomness", "0.05"], {"best_k": 5, "randomness": 0.05}),
        (["--max-uses", "8.0", "--use-all", "--no-flip"], {"max_uses": 8, "use_all": True, "flip": False}),
        (["--tiling", "grid", "--mask", "m.png"], {"tiling": "grid", "mask": "m.png"}),
        (["--tiling", "grid()"], {"tiling": Grid()}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_options_of_the_shell_are_the_fields_of_a_mosaic(words, options):
    assert parsed(MosaicOptions, words) == options


@pytest.mark.parametrize(
    "words",
    ["--tile 24", "--tile 0x8", "--columns 8.5", "--tiling gird", "--tiling grid(x=1)", "--tint"],
)
def test_values_that_are_none_are_refused(words, capsys):
    with pytest.raises(SystemExit) as stopped:
        parsed(MosaicOptions, words.split())
    assert stopped.value.code == 2
    assert words.split()[0] in capsys.readouterr().err


@pytest.mark.parametrize("kind", [MosaicOptions, ScaleGif, VideoMosaicOptions])
def test_every_option_has_a_help(kind):
    texts = described(kind)
    assert [name for name in kind.__dataclass_fields__ if not texts.get(name)] == []


@pytest.mark.parametrize(
    ("pattern", "numbers", "path"),
    [
        ("media/output/%s-mosaic-scale-%d.jpg", [8], "media/output/beach-mosaic-scale-8.jpg"),
        ("%s-from-%d-to-%d.gif", [5, 25], "beach-from-5-to-25.gif"),
        ("%s-%03d.jpg", [8], "beach-008.jpg"),
        ("plain.png", [8], "plain.png"),
        ("100%.jpg", [8], "100%.jpg"),
        ("100%%d.jpg", [8], "100%d.jpg"),
        ("out/", [8], "out/beach-mosaic-8.jpg"),
    ],
)
def test_a_savepath_has_the_name_of_the_target_and_scales(pattern, numbers, path):
    assert saved_at(pattern, "media/beach.jpg", numbers, "%s-mosaic-%d.jpg") == Path(path)


def test_a_savepath_with_too_many_numbers_is_refused():
    with pytest.raises(ConfigError, match="more numbers"):
        saved_at("%s-%d-%d.jpg", "beach.jpg", [8])


def test_each_scale_has_a_file_of_its_own():
    assert [for_each_scale(each) for each in ("a.jpg", "%s-%02d.jpg", "100%%d.png", "out/")] == [
        "a-%d.jpg", "%s-%02d.jpg", "100%%d-%d.png", "out/",
    ]  # fmt: skip


def test_an_ending_that_cannot_be_written_is_refused():
    with pytest.raises(ConfigError, match=r"its ending must be one of \.htm, \.html"):
        check_savepath(Path("a.jpgg"), (".html", ".htm"))
    with pytest.raises(ConfigError, match=r"its ending must be one of \.jpg, \.png, \.tif, \.webp$"):
        check_savepath(Path("a.h5"), image_endings())


def test_a_mosaic_as_the_seed_writes_it(images, capsys):
    words = "mosaic --target me.png --savepath out/%s-mosaic-scale-%d.png --codebook-dir tiles/ --scale 2"
    words += " --height-aspect 4 --width-aspect 3 --vectorization-factor 1 --opacity 0 --best-k 1 --randomness 0"
    assert main(words.split()) == 0
    with Image.open("out/me-mosaic-scale-2.png") as image:
        assert image.size == (120, 80)
    assert "Wrote out/me-mosaic-scale-2.png: 200 tiles, 120 × 80 px; " in capsys.readouterr().out.replace("\\", "/")


def test_a_mosaic_in_short(images):
    assert main(["me.png", "tiles", "--tile", "6x8", "--tint", "0.5", "-o", "a.png"]) == 0
    assert main(["me.png", "--quiet", "tiles", "--columns", "10", "--tile-px", "24", "-o", "b.png"]) == 0
    with Image.open("b.png") as image:
        assert image.size == (240, 160)
    assert main(["me.png", *map(str, sorted(Path("tiles").iterdir())[:3]), "-o", "c.png"]) == 0


def test_a_least_distance_of_equal_images(images):
    assert (
        main(["me.png", "tiles", "--tile", "6x8", "--min-distance", "2", "-o", "a.png", "--placements", "a.json"]) == 0
    )
    assert load_placements("a.json").options.min_distance in (0, 2)
    assert main(["me.png", "tiles", "--tile", "6x8", "--min-distance", "1.5", "-o", "b.png"]) == 0


def test_a_poster_with_placements_a_page_and_a_pyramid(images, capsys):
    words = "me.png tiles --columns 6 --width 300 -o a.tif --placements a.json --page page --deep-zoom zoom"
    assert main(words.split()) == 0
    assert main(words.split()) == 0
    assert " × 200 px; " in capsys.readouterr().out
    with Image.open("a.tif") as image:
        assert image.size == (300, 200)
    for path in ("page/index.html", "zoom/mosaic.dzi"):
        assert Path(path).is_file()
    load_placements("a.json").save("b.png")
    with Image.open("b.png") as image:
        assert image.size == (120, 80)


def test_several_folders_are_tiles(images):
    plain_tiles(images / "red", [(255, 0, 0)])
    assert main(["me.png", "tiles", "red", "--columns", "6", "--use-all", "--placements", "a.json"]) == 0
    assert "red/000.png" in Path("a.json").read_text()


def test_the_main_command_makes_mosaics_too(images):
    assert cli_main(["mosaic", "me.png", "tiles", "--columns", "6", "-o", "a.png"]) == 0
    assert Path("a.png").is_file()


def test_a_video_as_the_seed_writes_it(images):
    with av.open("clip.mp4", "w") as film:
        stream = film.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for seed in range(4):
            frame = av.VideoFrame.from_ndarray(photo(seed, 96, 64), format="rgb24")
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    words = "video --target clip.mp4 --savepath out/%s-at-scale-%d.mp4 --codebook-dir tiles --scale 2 --fps 30"
    assert main([*words.split(), "--stabilization-threshold", "0.9", "--seconds", "0.3"]) == 0
    with av.open("out/clip-at-scale-2.mp4") as film:
        assert len(list(film.decode(video=0))) == 3
        assert film.streams.video[0].average_rate == 10


@pytest.mark.parametrize(("factor", "detail"), [("1", 8), ("2", 4), ("100", 1)])
def test_the_vectorization_factor_is_the_detail_of_a_tile(images, monkeypatch, factor, detail):
    seen = []
    monkeypatch.setattr(
        "imbatch2soundvisu.mosaic.command.subcommands.mosaic",
        lambda *given, **options: seen.append(options["detail"]) or (_ for _ in ()).throw(ConfigError("enough")),
    )
    assert main(["me.png", "tiles", "--scale", "2", "--vectorization-factor", factor]) == 2
    assert seen == [detail]


def test_an_own_file_is_replaced_and_one_of_the_user_is_kept(images, capsys):
    assert main(["me.png", "tiles", "--columns", "10", "-o", "a.png"]) == 0
    first = Path("a.png").read_bytes()
    assert main(["me.png", "tiles", "--columns", "20", "-o", "a.png"]) == 0
    assert Path("a.png").read_bytes() != first
    assert main(["me.png", "tiles", "-o", "me.png"]) == 2
    assert "me.png is there already and was not written by this program" in capsys.readouterr().err
    assert np.array_equal(np.asarray(Image.open("me.png")), photo(1))


def test_a_mosaic_in_the_folder_of_the_tiles_is_no_tile(images):
    assert main(["me.png", "tiles", "--columns", "10", "-o", "tiles/a.png"]) == 0
    first = Path("tiles/a.png").read_bytes()
    assert main(["me.png", "tiles", "--columns", "10", "-o", "tiles/a.png"]) == 0
    assert Path("tiles/a.png").read_bytes() == first


def test_an_own_file_that_was_changed_is_kept(images):
    assert main(["me.png", "tiles", "--columns", "10", "-o", "a.png"]) == 0
    Path("a.png").write_bytes(b"mine")
    with pytest.raises(NotOursError, match="was changed since this program wrote it"):
        check_savepath(Path("a.png"), (".png",))


@pytest.mark.parametrize("name", ["make_gif", "make-gif"])
@pytest.mark.parametrize(("ascending", "widths"), [("1", [6, 9, 12]), ("0", [12, 9, 6])])
def test_a_gif_as_the_seed_writes_it(images, name, ascending, widths):
    gradient = np.tile(np.linspace(0, 255, 120).astype(np.uint8)[None, :, None], (80, 1, 3))
    Image.fromarray(gradient).save("grey.png")
    words = f"{name} --target grey.png --savepath %s-from-%d-to-%d.gif --codebook-dir tiles --min-scale 2 --max-scale 4"
    assert main([*words.split(), "--fps", "3", "--fuzz", "5", "--ascending", ascending]) == 0
    frames, _ = frames_of("grey-from-2-to-4.gif")
    assert [cell_width(frame) for frame in frames] == widths


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["missing.png", "tiles"], "there is no target missing.png"),
        (["tiles", "me.png"], "the target tiles is a folder"),
        (["me.png", "missing"], "missing"),
        (["me.png", "tiles", "--tint", "2"], "tint=2.0 must be"),
        (["me.png", "tiles", "-o", "a.xyz"], "its ending must be one of"),
        (["me.png", "tiles", "--columns", "8", "--scale", "2"], "not several"),
        (["me.png", "tiles", "--detail", "4", "--vectorization-factor", "2"], "give one of them"),
        (["me.png", "tiles", "--vectorization-factor", "0.5"], "must be 1 or more"),
        (["text.png", "tiles"], "text.png"),
        (["clip.mp4", "tiles"], "for a video mosaic write: python -m imbatch2soundvisu.mosaic video clip.mp4"),
        (["make_gif", "me.png", "tiles", "--min-scale", "9", "--max-scale", "2"], "must not be below"),
        (["make_gif", "me.png", "tiles", "-o", "a.png"], "must be one of .gif"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_one_line_and_nothing_is_written(images, capsys, words, message):
    for name in ("text.png", "clip.mp4"):
        Path(name).write_text("no image")
    before = {path for path in images.rglob("*") if "cache" not in path.parts}
    assert main(words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert {path for path in images.rglob("*") if "cache" not in path.parts} == before


@pytest.mark.parametrize("words", [[], ["me.png"], ["--target", "me.png"], ["--target", "a", "--tiles", "b", "c"]])
def test_a_target_and_tiles_are_needed(words):
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_help_names_the_options_of_the_seed(name, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([name, "--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    own = {"video": ["--stabilization-threshold"], "make_gif": ["--min-scale", "--max-scale", "--ascending"]}
    for option in ["--target", "--savepath", "--codebook-dir", "--vectorization-factor", *own.get(name, [])]:
        assert option in text


def test_the_module_runs():
    words = [sys.executable, "-m", "imbatch2soundvisu.mosaic", "--help"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "TARGET TILES" in done.stdout

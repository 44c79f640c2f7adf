"""The whole road, small: what is made, what is kept, what is refused, and what is said."""

from __future__ import annotations

import csv
import dataclasses
import errno
import json
import re
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import pipeline, plans
from imbatch2soundvisu.cli import session_file
from imbatch2soundvisu.cli.command import main
from imbatch2soundvisu.core import TICKS_PER_BEAT, Note, Part, Score
from imbatch2soundvisu.core.errors import ConfigError, MakeError
from imbatch2soundvisu.features import FEATURES
from imbatch2soundvisu.music.composition.ensembles import ENSEMBLES, MOODS
from imbatch2soundvisu.music.composition.mapping import MAPPING
from imbatch2soundvisu.music.composition.sonified import SCALES
from imbatch2soundvisu.music.cutting import CUTTINGS
from imbatch2soundvisu.music.styles import STYLES
from imbatch2soundvisu.runtime.partials import PARTIAL
from tests.conftest import photo

SMALL = {"size": (160, 90), "gif_size": (96, 54), "seconds_per_image": 0.5}


def plan(name: str = "dark to bright", **wish) -> i2s.SequencePlan:
    return i2s.SequencePlan(name, **{**SMALL, **wish})


@pytest.fixture
def table(folder):
    return i2s.measure(i2s.discover(folder))


@pytest.fixture
def restored_features():
    before = dict(FEATURES)
    yield
    FEATURES.clear()
    FEATURES.update(before)


def test_a_run_makes_all_that_the_contract_names(folder):
    result = i2s.run([plan(), plan("round the wheel", order="hue", music=None)], root=folder)
    assert result.exit_code == 0
    outputs = result.outputs
    account = json.loads((outputs / "run.json").read_text(encoding="utf-8"))
    assert set(account) >= {"collection", "pieces", "seconds", "versions", "health", "features", "problems"}
    assert set(account["collection"]) >= {"root", "found", "usable", "skipped", "duplicates"}
    first, second = account["pieces"]
    expected = {"gif", "mp4", "mid", "wav", "contact_sheet", "storyboard", "piano_roll", "csv", "decisions"}
    assert set(first["files"]) == expected
    assert set(second["files"]) == expected - {"mid", "wav", "piano_roll"}
    assert second["music"] is None
    for piece in (first, second):
        for name in piece["files"].values():
            assert (outputs / name).stat().st_size > 0
    assert (outputs / "index.html").is_file()
    assert not list(outputs.rglob(f"{PARTIAL}*"))
    assert len(first["images"]) == len(first["values"]) == 12
    assert first["values"] == sorted(first["values"])
    assert first["seconds"] == first["frames"] / first["fps"]


def test_film_sound_and_tables_agree(folder):
    piece = i2s.run([plan()], root=folder).pieces[0]
    told = piece.account
    with av.open(str(piece.path("mp4"))) as film:
        assert sum(1 for _ in film.decode(video=0)) == told["frames"]
    with open(piece.path("csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == told["images"]
    assert set(FEATURES) <= set(rows[0])
    assert [float(row["start_s"]) for row in rows] == pytest.approx(told["starts_s"])
    decisions = json.loads(piece.path("decisions").read_text(encoding="utf-8"))["images"]
    for row, decision in zip(rows, decisions, strict=True):
        assert (int(row["bar"]), int(row["beat"])) == (decision["bar"], decision["beat"])
        assert decision["frame"] == round(decision["start_s"] * told["fps"])
        assert decision["why"]


def test_a_second_run_keeps_everything_and_decodes_nothing(folder, monkeypatch):
    first = i2s.run([plan()], root=folder)
    times = {path: path.stat().st_mtime_ns for path in first.pieces[0].folder.iterdir()}
    monkeypatch.setattr("imbatch2soundvisu.datasets.images._opened", lambda path: pytest.fail(f"{path} was opened"))
    second = i2s.run([plan()], root=folder)
    assert second.pieces[0].kept
    assert second.pieces[0].account["images"] == first.pieces[0].account["images"]
    assert times == {path: path.stat().st_mtime_ns for path in second.pieces[0].folder.iterdir()}


@pytest.mark.parametrize("change", ["plan", "image", "file", "account", "code"])
def test_what_has_changed_is_made_again(folder, monkeypatch, change):
    piece = i2s.run([plan()], root=folder).pieces[0]
    wish = plan()
    if change == "plan":
        wish = plan(fit="fill")
    elif change == "image":
        Image.fromarray(photo(99)).save(folder / "image-05.jpg")
    elif change == "file":
        piece.path("mid").unlink()
    elif change == "account":
        (piece.folder / plans.ACCOUNT).unlink()
    else:
        monkeypatch.setattr(plans.keeping, "code_version", lambda: "another")
    assert not i2s.run([wish], root=folder).pieces[0].kept


def test_the_same_wish_gives_the_same_bytes(folder, tmp_path):
    made = [
        i2s.run(
            [plan(order=i2s.SmoothPath())], root=folder, outputs=tmp_path / name, cache=tmp_path / f"c{name}"
        ).pieces[0]
        for name in ("a", "b")
    ]
    for kind in ("mid", "gif", "csv", "wav", "contact_sheet", "mp4"):
        assert made[0].path(kind).read_bytes() == made[1].path(kind).read_bytes(), kind


def test_filters_limits_and_reversal(table):
    whole = plan(limit=None).sequence(table)
    assert len(whole) == 12
    few = plan(limit=4).sequence(table)
    assert [record.name for record in few.records] == [whole.records[i].name for i in (0, 3, 7, 11)]
    back = plan(limit=4, reverse=True).sequence(table)
    assert [record.name for record in back.records] == [record.name for record in few.records][::-1]
    assert back.criterion.spearman == -1
    bright = plan(where=lambda t: t["luminance"] > np.median(t["luminance"])).sequence(table)
    assert len(bright) == 6
    assert bright.values.min() > np.median(table["luminance"])


def test_one_of_each_that_are_alike(folder):
    shutil.copy(folder / "image-00.jpg", folder / "z-copy.jpg")
    Image.open(folder / "image-01.jpg").save(folder / "z-poor.jpg", quality=25)
    table = i2s.measure(i2s.discover(folder))
    assert len(plan().sequence(table)) == 14
    exact = {record.name for record in plan(unique="exact").sequence(table).records}
    assert len(exact) == 13
    assert "z-copy.jpg" not in exact
    assert len(plan(unique="near").sequence(table)) == 12


def test_a_limited_smooth_path_is_searched_anew(table):
    sequence = plan(order=i2s.SmoothPath(), limit=6).sequence(table)
    assert sequence.criterion.length == pytest.approx(sequence.criterion.best)
    name = table.records[3].name
    assert plan(order=i2s.SmoothPath(start=name), limit=6).sequence(table).records[0].name == name


def test_a_feature_and_an_order_of_ones_own(table, folder, restored_features):
    @i2s.feature(unit="share", low=0, high=1)
    def redness(pixels):
        """How red it is."""
        return float(pixels.rgb[..., 0].mean() / 255)

    result = i2s.run([plan("red", order="-redness"), plan("mine", order=_every_second)], root=folder)
    red, mine = result.pieces
    assert red.account["values"] == sorted(red.account["values"], reverse=True)
    assert red.account["driver"]["description"] == "How red it is."
    assert "redness" in red.path("csv").read_text(encoding="utf-8").split("\n")[0]
    assert mine.account["values"] == [0.0] * 6 + [1.0] * 6


def _every_second(table):
    return np.arange(len(table)) % 2


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"order": "luminence"}, "Did you mean 'luminance'"),
        ({"order": i2s.Weighted({"hue": 1.0})}, "hue"),
        ({"order": i2s.SmoothPath(on="lock")}, "Did you mean 'look'"),
        ({"limit": 1}, "at least 2"),
        ({"fit": "stretch"}, "blur, fill, fit"),
        ({"unique": "nearly"}, "near"),
        ({"size": (4, 4)}, "16 to 8192"),
        ({"fps": 23}, "fps|frames"),
        ({"seconds_per_image": 0}, "0.02 to 3600"),
        ({"transition": "wipe"}, "Cut"),
        ({"motion": "spin"}, "SlowZoom"),
        ({"music": "jazz"}, "not a style"),
        ({"where": "bright"}, "callable"),
        ({"name": ""}, "name"),
    ],
)
def test_wishes_that_cannot_be_granted_name_the_line(wish, message):
    with pytest.raises(ConfigError, match=message) as error:
        pipeline.check([plan(**{"name": "wish", **wish})])
    assert re.match(r".*test_pipeline\.py:\d+: ", str(error.value))


@pytest.mark.parametrize(
    "wish",
    [
        {"limit": "ten"},
        {"limit": 3.5},
        {"size": 1080},
        {"size": ("a", "b")},
        {"seconds_per_image": "2"},
        {"gif_seconds": "a"},
        {"gif_seconds": 0.005},
        {"gif_max_bytes": "5MB"},
        {"fps": "25"},
        {"music": i2s.Composed},
        {"reverse": "no"},
        {"order": None},
        {"transition": i2s.CrossFade},
    ],
)
def test_wrong_types_are_refused_like_wrong_wishes(wish):
    with pytest.raises(ConfigError, match=r"test_pipeline\.py:\d+: "):
        pipeline.check([plan(**wish)])


def test_a_changed_copy_of_a_plan_names_its_own_line():
    with pytest.raises(ConfigError, match=r"test_pipeline\.py:\d+: "):
        pipeline.check([dataclasses.replace(plan(), fit="zz")])


def test_a_sound_font_that_is_not_there_is_refused_before_work(monkeypatch):
    monkeypatch.setenv("SOUNDFONT", "nowhere.sf2")
    with pytest.raises(ConfigError, match=r"nowhere\.sf2"):
        pipeline.check([plan()])


def _no_such_column(table):
    return table["nope"]


@dataclasses.dataclass(frozen=True)
class _Wild:
    """Gives what it is told to."""

    rows: tuple
    needs: i2s.Needs = i2s.Needs()

    def order(self, table, rng):
        return np.array(self.rows)


@dataclasses.dataclass(frozen=True)
class _Mute:
    """A style that cannot."""

    why: Exception = RuntimeError("no idea")

    def timeline(self, sequence, fps, pace):
        return i2s.Silent().timeline(sequence, fps, pace)

    def compose(self, sequence, timeline, rng):
        raise self.why


@dataclasses.dataclass(frozen=True)
class _TooHigh(_Mute):
    """A style with a note that no instrument has."""

    def compose(self, sequence, timeline, rng):
        return Score(timeline, (Part("tone", 12),), (Note(0, 500, 90, 0, 960),), style="TooHigh")


@dataclasses.dataclass(frozen=True)
class _Numbers(_Mute):
    """A style whose reasons are what a table gives: not all of it is JSON."""

    def compose(self, sequence, timeline, rng):
        tone = Note(0, 60, 90, 0, timeline.total_beats * TICKS_PER_BEAT)
        told = ({"hue": float("nan"), "rank": np.int64(3), "share": np.float32(0.5)} for _ in sequence.records)
        return Score(timeline, (Part("tone", 12),), (tone,), style="numbers", decisions=tuple(told))


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"order": _no_such_column}, "nope"),
        ({"order": _Wild((0, 99))}, "at most once, from 0 to 11"),
        ({"order": _Wild((0, 0, 1))}, "at most once"),
        ({"order": _Wild((3,))}, "at least 2"),
        ({"music": _Mute()}, "RuntimeError: no idea"),
        ({"music": _TooHigh()}, "TooHigh: note 1 has pitch=500; it must be a whole number from 0 to 127"),
        ({"music": _Mute(FileNotFoundError(2, "not there", "tune.mid"))}, "tune.mid"),
    ],
)
def test_a_persons_own_code_costs_its_plan_and_not_the_run(folder, wish, said):
    result = i2s.run([plan("first"), plan("bad", **wish), plan("last")], root=folder)
    assert [piece.title for piece in result.pieces] == ["first", "last"]
    assert result.exit_code == 1
    assert said in result.problems[0]
    assert re.match(r".*test_pipeline\.py:\d+: plan 'bad': ", result.problems[0])
    assert (result.outputs / "index.html").is_file()


def test_reasons_that_are_no_json_are_told_as_json(folder):
    result = i2s.run([plan(music=_Numbers(), video=False, gif=False)], root=folder)
    assert result.problems == ()
    told = json.loads(result.pieces[0].path("decisions").read_text())["images"][0]
    assert (told["hue"], told["rank"], told["share"]) == (None, 3, 0.5)
    assert json.loads((result.outputs / "run.json").read_text())["pieces"]


def test_what_a_person_keeps_in_the_folder_of_a_plan_stays(folder):
    first = i2s.run([plan(split=i2s.KMeans(2), video=False, gif=False)], root=folder).pieces
    kept = first[0].folder / "good" / "sequence.wav"
    kept.parent.mkdir()
    kept.write_bytes(b"mine")
    i2s.run([plan(video=False, gif=False)], root=folder)
    assert kept.read_bytes() == b"mine"
    assert not any(piece.folder.exists() for piece in first[1:])


@pytest.mark.parametrize("outputs", ["outputs", "."])
def test_results_among_the_images_are_no_images(folder, monkeypatch, outputs):
    monkeypatch.chdir(folder)
    first = i2s.run([plan()], root=".", outputs=outputs)
    second = i2s.run([plan()], root=".", outputs=outputs)
    assert len(first.collection) == len(second.collection) == 12
    assert second.pieces[0].kept


def test_two_plans_may_not_share_a_folder():
    with pytest.raises(ConfigError, match="share the folder"):
        pipeline.check([plan("Dark to bright"), plan("dark-to-BRIGHT!")])


def test_no_plans_and_no_plan():
    with pytest.raises(ConfigError, match="no plans"):
        pipeline.check([])
    with pytest.raises(ConfigError, match="not a plan"):
        pipeline.check(["dark to bright"])


def test_a_filter_that_leaves_nothing_stops_only_its_plan(folder):
    nothing = plan("nothing", where=lambda table: table["luminance"] > 2)
    result = i2s.run([nothing, plan()], root=folder)
    assert result.exit_code == 1
    assert [piece.title for piece in result.pieces] == ["dark to bright"]
    assert "leave 0 of 12" in result.problems[0]
    assert json.loads((result.outputs / "run.json").read_text())["problems"] == list(result.problems)


def test_without_an_engine_the_rest_is_made_and_said(folder, monkeypatch):
    def none() -> None:
        raise i2s.EngineMissing("no FluidSynth: install it so")

    monkeypatch.setattr(plans.rendering.synthesis, "find_engine", none)
    result = i2s.run([plan()], root=folder)
    assert result.exit_code == 1
    assert set(result.pieces[0].files) >= {"mid", "gif", "mp4", "decisions"}
    assert "wav" not in result.pieces[0].files
    assert "install it so" in result.problems[0]


def test_a_image_that_vanishes_is_named(folder, monkeypatch):
    original = plans.SequencePlan.sequence

    def lose_one(self, table):
        sequence = original(self, table)
        sequence.records[4].path.unlink()
        return sequence

    monkeypatch.setattr(plans.SequencePlan, "sequence", lose_one)
    result = i2s.run([plan()], root=folder)
    assert result.exit_code == 1
    assert "image-" in " ".join(result.problems)
    assert not list(result.outputs.rglob(f"{PARTIAL}*"))
    assert json.loads((result.pieces[0].folder / plans.ACCOUNT).read_text())["sizes"] == {}


def test_a_full_disk_is_one_clear_error(folder, monkeypatch, capsys):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "sequence.gif")

    monkeypatch.setattr(plans.rendering, "write_gif", full)
    with pytest.raises(MakeError, match="sequence.gif: No space left"):
        i2s.run([plan()], root=folder)
    session = Path("s.py")
    session.write_text(f"from imbatch2soundvisu import *\nPLANS = [SequencePlan('a')]\nDATA_ROOT = {str(folder)!r}\n")
    assert main(["s.py"]) == 1
    assert len(capsys.readouterr().err.strip().split("\n")) == 1


def test_a_key_press_leaves_nothing_half_written(folder, monkeypatch):
    class Impatient(i2s.Observer):
        def progress(self, stage, done, total):
            if stage == "gif" and done == 4:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        i2s.run([plan()], root=folder, observer=Impatient())
    assert not list(Path("outputs").rglob(f"{PARTIAL}*"))
    assert not list(Path("outputs").rglob("sequence.gif"))
    assert i2s.run([plan()], root=folder).exit_code == 0


def test_one_colour_images_only(tmp_path):
    root = tmp_path / "flat"
    root.mkdir()
    for number in range(80):
        Image.new("RGB", (40 + number % 3, 30), (70, 70, 70)).save(root / f"{number:03}.png")
    result = i2s.run(
        [plan(limit=5), plan("wheel", order="hue", limit=5), plan("walk", order="smooth", limit=5)], root=root
    )
    assert [piece.title for piece in result.pieces] == ["dark to bright", "walk"]
    assert [re.sub(r".*: plan", "plan", text) for text in result.problems] == [
        "plan 'wheel': no image has a value for 'hue'"
    ]


def test_two_images_are_enough(folder):
    for path in sorted(folder.iterdir())[2:]:
        path.unlink()
    assert i2s.run([plan(), plan("walk", order="smooth")], root=folder).exit_code == 0


def session(text: str) -> str:
    path = Path("my_session.py")
    path.write_text("from imbatch2soundvisu import *\n" + text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PLANS = [SequencePlan('a', order='lum')]", "my_session.py:2: .*unknown"),
        ("x = 1\nPLANS = [1 / 0]", "my_session.py:3: ZeroDivisionError"),
        ("PLANS = [", "my_session.py:2: .*never closed"),
        ("import nowhere_to_be_found", "my_session.py:2: ModuleNotFoundError"),
        ("x = SequencePlan('a', spilt='folder')", "my_session.py:2: .*Did you mean 'split'"),
        ("x = SmoothPath(seconds=-1)", "my_session.py:2: "),
        ("nothing = 1", "no PLANS"),
        ("PLANS = []", "no plans"),
        ("PLANS = [SequencePlan('a')]\nDATA_ROOT = 'missing'", "missing: No such file"),
    ],
)
def test_a_wrong_session_is_refused_before_any_work(text, said, capsys):
    assert main([session(text)]) == 2
    error = capsys.readouterr().err
    assert re.search(said, error), error
    assert "Traceback" not in error
    assert not Path("outputs").exists() or not list(Path("outputs").iterdir())


def test_a_session_that_is_not_there(capsys):
    assert main(["nowhere.py"]) == 2
    assert "nowhere.py" in capsys.readouterr().err


def test_outputs_that_cannot_be_written(folder, capsys):
    Path("blocked").write_text("a file")
    text = f"PLANS = [SequencePlan('a')]\nDATA_ROOT = {str(folder)!r}\nOUTPUTS = 'blocked/outputs'"
    assert main([session(text)]) == 2
    assert "blocked" in capsys.readouterr().err


def test_the_environment_wins(folder, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("IMBATCH2SOUNDVISU_DATA_ROOT", str(folder))
    monkeypatch.setenv("IMBATCH2SOUNDVISU_OUTPUTS", str(tmp_path / "elsewhere"))
    text = "PLANS = [SequencePlan('a', size=(96, 54), limit=3, verbose=True)]\nDATA_ROOT = 'missing'\nOUTPUTS = 'here'"
    assert main([session(text)]) == 0
    assert (tmp_path / "elsewhere" / "a" / "sequence.mp4").is_file()
    said = capsys.readouterr().out
    assert "12 usable images of 12 files" in said
    assert "Spearman" in said
    assert "luminance" in said
    assert "image-" in said
    assert "index.html" in said


def test_the_starter_runs_and_is_never_overwritten(capsys, folder, restored_features):
    assert main(["--new", "mine.py"]) == 0
    plans = session_file.load(Path("mine.py")).plans
    assert len(plans) >= 5
    result = i2s.run([dataclasses.replace(each, **SMALL, limit=4) for each in plans], root=folder)
    assert {piece.account["plan"] for piece in result.pieces} == {plan.name for plan in plans}
    assert result.exit_code == 0, result.problems
    assert main(["--new", "mine.py"]) == 2
    assert "is there already" in capsys.readouterr().err


def test_the_list_has_everything(capsys):
    assert main(["--list"]) == 0
    said = capsys.readouterr().out
    music = (*STYLES, *MOODS, *ENSEMBLES, *MAPPING, *SCALES, *CUTTINGS)
    for name in (*FEATURES, *music, "smooth", "leaves", "look", "CrossFade", "SlowZoom", "dark to bright"):
        assert re.search(rf"^  {re.escape(name)}\s", said, re.MULTILINE), name


def test_notebooks_show_collections_tables_and_sequences(folder):
    collection = i2s.discover(folder)
    table = i2s.measure(collection)
    sequence = plan().sequence(table)
    assert "image-00.jpg" in collection._repr_html_()
    assert "luminance" in table._repr_html_()
    assert sequence._repr_html_().count("data:image/jpeg;base64") == 12
    frame = sequence.to_pandas()
    assert list(frame["value"]) == sorted(frame["value"])
    assert frame.index[0] == sequence.records[0].name


def test_hostile_names_are_escaped_in_notebooks(folder):
    Image.fromarray(photo(77)).save(folder / "<script>alert(1)<&>.png")
    table = i2s.measure(i2s.discover(folder))
    for text in (table._repr_html_(), plan("<script>").sequence(table)._repr_html_()):
        assert "<script" not in text

"""The options of the command line: what they choose, what they show, and that a run does what they say."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.cli import choices, options, session_file
from imbatch2soundvisu.cli.command import main
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.plans import draft_of
from tests.conftest import photo

QUICK = "music=None, outputs=['tables'], limit=4"
TWO = f"PLANS = [SequencePlan('dark to bright', {QUICK}), SequencePlan('by hue', order='hue', {QUICK})]\n"


def session(text: str, name: str = "mine.py") -> str:
    Path(name).write_text("from imbatch2soundvisu import *\n" + text, encoding="utf-8")
    return name


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> str:
    """A small session in the place of the package's own."""
    path = Path(session(TWO, "sandbox.py")).absolute()
    monkeypatch.setattr(session_file, "own_session", lambda: path)
    return str(path)


def made(outputs: str = "outputs") -> list[str]:
    return [each["plan"] for each in json.loads(Path(outputs, "run.json").read_text())["results"]]


def test_a_folder_runs_the_plans_of_the_sandbox_on_it(folder, sandbox, capsys, monkeypatch):
    monkeypatch.setenv("IMBATCH2SOUNDVISU_DATA_ROOT", "elsewhere")  # the command line wins
    assert main([str(folder)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"12 usable images of 12 files in {folder}"
    assert printed[1].startswith("dark to bright: 4 of 12 images (limit=4) by luminance, 0:0")
    assert printed[2].startswith("by hue: 4 of 12 images (limit=4) by hue, 0:0")
    assert printed[3].startswith("2 results made, in ")
    assert printed[3].endswith("Open outputs/index.html")
    assert len(printed) == 4
    assert made() == ["dark to bright", "by hue"]


def test_a_session_may_be_run_with_other_images(folder, capsys):
    assert main([session(TWO + "DATA_ROOT = 'missing'"), str(folder), "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert made() == ["dark to bright", "by hue"]


def test_a_list_of_files_is_a_collection_too(folder, sandbox):
    Path("some.txt").write_text("\n".join(str(path) for path in sorted(folder.iterdir())[:5]))
    assert main(["some.txt", "--only", "by hue"]) == 0
    assert json.loads(Path("outputs/run.json").read_text())["collection"]["usable"] == 5


@pytest.mark.parametrize(("given", "words"), [(["a.py", "b.py"], "two sessions"), (["a", "b"], "two folders")])
def test_two_paths_of_a_kind_are_refused(given, words, capsys):
    with pytest.raises(SystemExit, match="2"):
        options.parse(given)
    assert words in capsys.readouterr().err


def test_a_folder_that_does_not_exist_says_where_it_was_looked_for(sandbox, capsys):
    assert main(["nowhere"]) == 2
    assert str(Path("nowhere").absolute()) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        ([], ["Dark to bright", "by hue", "by date"]),
        (["by hue"], ["by hue"]),
        (["dark*"], ["Dark to bright"]),
        (["by-hue"], ["by hue"]),
        (["by date", "DARK TO BRIGHT"], ["Dark to bright", "by date"]),
        (["by*", "*hue"], ["by hue", "by date"]),
    ],
)
def test_only_names_plans_with_wildcards_in_their_own_order(patterns, names):
    plans = [i2s.SequencePlan(name) for name in ("Dark to bright", "by hue", "by date")]
    assert [plan.name for plan in choices.named(plans, patterns)] == names


def test_a_name_of_only_that_fits_no_plan_is_answered_with_the_plans(folder, capsys):
    assert main([session(TWO), str(folder), "--only", "by huee"]) == 2
    assert "unknown plan 'by huee'. Did you mean 'by hue'? There are: by hue, dark to bright" in capsys.readouterr().err
    assert not Path("outputs").exists()


def given(**changed: object) -> argparse.Namespace:
    return argparse.Namespace(**{"images": None, "outputs": None, "jobs": None, "draft": False, **changed})


def test_the_command_line_wins_over_environment_and_session():
    own = session_file.Session(Path("s.py"), (), {"OUTPUTS": "session", "JOBS": 3})
    environment = {"IMBATCH2SOUNDVISU_OUTPUTS": "environment"}
    assert choices.settings_of(own, given(), environment).outputs == Path("environment")
    chosen = choices.settings_of(own, given(outputs=Path("here"), images=Path("photos"), jobs=1), environment)
    assert (chosen.outputs, chosen.data_root, chosen.jobs) == (Path("here"), Path("photos"), 1)
    assert choices.settings_of(own, given(), {}).jobs == 3


def test_a_draft_has_a_folder_beside_that_of_the_results_unless_one_is_named():
    own = session_file.Session(Path("s.py"), (), {"OUTPUTS": "all/tulips"})
    assert choices.settings_of(own, given(draft=True), {}).outputs == Path("all/tulips-draft")
    assert choices.settings_of(own, given(draft=True, outputs=Path("x")), {}).outputs == Path("x")


def test_a_draft_is_small_and_keeps_what_the_plan_is_about():
    settings = config.resolve({}, {})
    plan = i2s.SequencePlan(
        "a", order="-hue", music=i2s.Composed(mood="calm"), total_seconds=60, limit=40,
        outputs=i2s.standard_outputs(i2s.Film(size=(1080, 1920), fit="fill", transition=i2s.CrossFade(0.3))),
    )  # fmt: skip
    draft = draft_of(plan, settings)
    draft.check(settings)
    assert (draft.order, draft.music, draft.declared_at) == (plan.order, plan.music, plan.declared_at)
    assert (draft.limit, draft.total_seconds) == (12, 18)
    assert draft.film == i2s.Film(size=(270, 480), fit="fill", transition=i2s.CrossFade(0.3))
    kinds = {type(each) for each in draft.outputs}
    assert not kinds & {i2s.PianoRoll, i2s.Storyboard, i2s.Gif}
    assert {i2s.Film, i2s.Wav, i2s.ContactSheet} <= kinds


def test_a_draft_without_a_film_has_a_small_gif_of_its_shape():
    draft = draft_of(i2s.SequencePlan("a", outputs=["gif"]), config.resolve({}, {}))
    assert draft.outputs == [i2s.Gif(size=(240, 135))]
    own = draft_of(i2s.SequencePlan("a", outputs=[i2s.Gif(size=(300, 600))]), config.resolve({}, {}))
    assert own.outputs == [i2s.Gif(size=(120, 240))]


def test_a_draft_of_clusters_has_fewer_images_and_no_tour_and_few_images_stay_few():
    settings = config.resolve({}, {})
    plan = i2s.SequencePlan("a", clusters=i2s.KMeans(3), limit=30, tour=True)
    assert (draft_of(plan, settings).limit, draft_of(plan, settings).tour) == (6, False)
    assert draft_of(i2s.SequencePlan("a", limit=3), settings).limit == 3
    assert draft_of(i2s.SequencePlan("a", limit=None), settings).limit == 12


def test_a_plan_of_another_kind_makes_its_own_draft_or_none():
    class Own:
        def draft(self, settings):
            return "its draft"

    settings = config.resolve({}, {})
    assert draft_of(Own(), settings) == "its draft"
    other = object()
    assert draft_of(other, settings) is other


def test_a_draft_is_run_beside_the_full_result(folder):
    plans = (
        "PLANS = [SequencePlan('a', order='hue', total_seconds=4, limit=8, outputs=['gif', 'storyboard', 'tables'])]\n"
    )
    assert main([session(plans), str(folder), "--draft"]) == 0
    (result,) = json.loads(Path("outputs-draft/run.json").read_text())["results"]
    assert set(result["files"]) == {"gif", "csv", "decisions"}
    with Image.open("outputs-draft/a/sequence.gif") as gif:
        assert gif.size == (240, 135)
    assert not Path("outputs").exists()


def test_a_dry_run_says_what_would_be_made_and_writes_nothing(folder, capsys):
    before = set(Path().rglob("*"))
    film = (
        "SequencePlan('film', order='hue', limit=5, seconds_per_image=2, outputs=[Film((320, 180), title='T'), 'gif'])"
    )
    name = session(f"PLANS = [{film}, SequencePlan('k', clusters=KMeans(2), {QUICK})]")
    assert main([name, str(folder), "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"12 images of 12 files in {folder}, 12 to measure"
    assert lines[1] == "would be written to outputs; nothing is written now:"
    assert "film: 5 of 12 images, about 0:10; film 320 × 180, GIF 480 × 270; about " in lines[2]
    assert "k: about 2 sequences of 8 images together, 0:08; tables; about " in lines[3]
    assert lines[4].startswith("about ")
    assert set(Path().rglob("*")) == before | {Path(name)}


def test_a_dry_run_after_a_run_knows_what_is_unchanged(folder, capsys):
    assert main([session(TWO), str(folder), "--quiet"]) == 0
    changed = TWO.replace("order='hue'", "order='-hue'")
    assert main([session(changed), str(folder), "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("all measured")
    assert "dark to bright: 4 of 12 images, 0:04; unchanged, would be kept" in lines[2]
    assert "by hue: 4 of 12 images, 0:04; tables; about " in lines[3]


def test_a_dry_run_of_an_invalid_plan_is_refused(folder, capsys):
    assert main([session("PLANS = [SequencePlan('a', order='nothing')]"), str(folder), "--dry-run"]) == 2
    assert "mine.py:2: plan 'a': unknown order" in capsys.readouterr().err


def test_open_opens_the_gallery_in_the_browser(folder, sandbox, monkeypatch, capsys):
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    assert main([str(folder), "--open"]) == 0
    assert opened == [Path("outputs/index.html").resolve().as_uri()]
    monkeypatch.setattr("webbrowser.open", lambda url: False)
    assert main([str(folder), "--open"]) == 0
    assert "no browser could be started; open outputs/index.html yourself" in capsys.readouterr().out


def test_quiet_shows_only_what_could_not_be_made(folder, capsys):
    plans = f"PLANS = [SequencePlan('good', {QUICK}), SequencePlan('bad', order=lambda table: 1 / 0, {QUICK})]"
    assert main([session(plans), str(folder), "--quiet"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("not made: plan 'bad': mine.py:2: ZeroDivisionError")


def test_version_prints_the_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"imbatch2soundvisu {i2s.__version__}\n"


@pytest.mark.parametrize("wrong", [["--jobs", "0"], ["--jobs", "two"], ["--quiet", "--verbose"], ["--nothing"]])
def test_invalid_options_are_refused(wrong):
    with pytest.raises(SystemExit, match="2"):
        main(wrong)


def test_help_has_examples_and_loads_no_library():
    run = "try: main(['--help'])\nfinally: print(*sys.modules)"
    script = f"import sys\nfrom imbatch2soundvisu.cli.command import main\n{run}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=os.environ)
    assert "examples:" in done.stdout
    assert "--draft --open" in done.stdout
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"numpy", "rich", "cv2", "imbatch2soundvisu.pipeline", "imbatch2soundvisu.config"}


def test_a_starter_may_be_written_for_a_folder(folder):
    assert main(["--new", "tulips", str(folder)]) == 0
    with session_file.opened(Path("tulips.py")) as starter:
        assert starter.settings["DATA_ROOT"] == folder.as_posix()


class Editor:
    """Stands for the time between two looks at a session file: writes one version after the other, then Ctrl-C."""

    def __init__(self, *versions: str) -> None:
        self.versions, self.waits = list(versions), 0

    def __call__(self, seconds: float) -> None:
        self.waits += 1
        if self.waits % 3 == 0:  # some looks see no change
            if not self.versions:
                raise KeyboardInterrupt
            session(self.versions.pop(0))


def test_watch_runs_again_when_the_session_changes_and_makes_only_what_changed(folder, capsys):
    changed = TWO.replace("order='hue'", "order='-hue'")
    editor = Editor(changed, "PLANS = [", changed + "# a comment\n")
    assert main([session(TWO), str(folder), "--watch"], wait=editor) == 0
    shown = capsys.readouterr()
    runs = shown.out.split("watching mine.py; Ctrl-C stops\n")
    assert len(runs) == 5
    assert "2 results made, in" in runs[0]
    assert "1 result made, 1 unchanged, in" in runs[1]
    assert [line.partition(":")[0] for line in runs[1].splitlines() if "unchanged, kept" in line] == ["dark to bright"]
    assert runs[2] == ""
    assert "mine.py:2: '[' was never closed" in shown.err
    assert "0 results made, 2 unchanged, in" in runs[3]


def test_watch_sees_modules_that_the_session_imports(folder, capsys):
    Path("my_orders.py").write_text("ORDER = 'hue'\n")
    name = session(f"import my_orders\nPLANS = [SequencePlan('a', order=my_orders.ORDER, {QUICK})]\n")
    looks = iter([None, lambda: Path("my_orders.py").write_text("ORDER = 'warmth'\n"), None, None])

    def wait(seconds: float) -> None:
        try:
            action = next(looks)
        except StopIteration:
            raise KeyboardInterrupt from None
        if action:
            action()

    assert main([name, str(folder), "--watch"], wait=wait) == 0
    printed = capsys.readouterr().out
    assert "by hue" in printed
    assert "by warmth" in printed
    assert "my_orders" not in sys.modules


def test_watch_waits_until_an_editor_is_done():
    from imbatch2soundvisu.cli.watch import watched

    path, runs = Path("w.py"), []
    path.write_text("1")
    steps = iter([path.unlink, lambda: path.write_text("half"), lambda: path.write_text("whole"), lambda: None])

    def wait(seconds: float) -> None:
        next(steps, interrupt)()

    def interrupt() -> None:
        raise KeyboardInterrupt

    def run(seen: object) -> int:
        runs.append(path.read_text())
        return 0

    assert watched(path, run, wait) == 0
    assert runs == ["1", "whole"]


def test_one_job_measures_what_many_measure(folder):
    collection = i2s.discover(folder)
    for seed in range(70):
        Image.fromarray(photo(seed, 24, 16)).save(folder / f"small-{seed}.png")
    collection = i2s.discover(folder)
    one = i2s.measure(collection, settings=config.resolve({"JOBS": 1}, {}))
    many = i2s.measure(collection, settings=config.resolve({"JOBS": 2}, {}))
    assert all((one[name] == many[name])[~(one[name] != one[name])].all() for name in one.columns)


def test_plans_given_settings_are_run_with_them(folder):
    settings = config.resolve({"LIMIT": 3, "DATA_ROOT": str(folder)}, {})
    result = i2s.run([i2s.SequencePlan("a", music=None, outputs=["tables"])], outputs="there", session=settings)
    assert (len(result.results[0].entry["images"]), result.outputs) == (3, Path("there"))
    with pytest.raises(ConfigError, match="unknown setting"):
        config.resolve({"JOB": 1}, {})

"""What a user reads when a session is wrong: what happened, where, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.cli import session_file
from imbatch2soundvisu.cli.command import main
from imbatch2soundvisu.core.errors import ConfigError, unknown
from imbatch2soundvisu.core.synonyms import SYNONYMS, meant_by

QUICK = "music=None, outputs=['tables'], limit=4"


def message(text: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    Path("mine.py").write_text("from imbatch2soundvisu import *\n" + text, encoding="utf-8")
    main(["mine.py", str(folder)])
    shown = capsys.readouterr()
    return shown.err + shown.out


@pytest.mark.parametrize(
    "where",
    ["(t['hue'] > 1) and (t['aspect'] > 1)", "t['hue'] > 1 or t['aspect'] > 1", "not t['hue']", "0 < t['hue'] < 9"],
)
def test_and_or_between_columns_is_explained_with_the_line(where, folder, capsys):
    text = f"def choose(t):\n    return {where}\nPLANS = [SequencePlan('a', where=choose, {QUICK})]"
    shown = message(text, folder, capsys)
    assert "mine.py:3: plan 'a': where= failed: columns are compared image by image" in shown
    assert '& for "and", | for "or"' in shown


@pytest.mark.parametrize("used", ["order=mine", "where=mine", "cutting=mine", "clusters=mine"])
def test_an_error_in_a_function_of_the_user_points_at_its_line(used, folder, capsys):
    text = f"def mine(table):\n    x = 1\n    return x / 0\nPLANS = [SequencePlan('a', {used}, {QUICK})]"
    shown = message(text, folder, capsys)
    assert "mine.py:4" in shown
    assert "ZeroDivisionError: division by zero" in shown


def test_an_error_in_a_feature_of_the_user_points_at_its_line(folder, capsys):
    text = f"@feature()\ndef mine(pixels):\n    return 1 / 0\nPLANS = [SequencePlan('a', order='mine', {QUICK})]"
    assert "mine.py:4" in message(text, folder, capsys)


def test_usual_names_come_with_a_star_import_and_one_plan_is_a_list_of_one(folder, capsys):
    one = f"PLANS = SequencePlan('a', order=lambda t: np.ones(len(t)), {QUICK})"
    text = f"root = Path('x')\n@dataclass\nclass C: pass\n{one}"
    assert "1 result made" in message(text, folder, capsys)


def test_a_windows_path_is_explained(folder, capsys):
    shown = message('DATA_ROOT = "C:\\Users\\me"\nPLANS = []', folder, capsys)
    assert "mine.py:2: in a string, a backslash begins an escape" in shown
    assert 'r"C:\\Users\\me" or "C:/Users/me"' in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "PLANS = [SequencePlan(order='hue')]",
            "a plan needs a name, which comes first: SequencePlan('dark to bright'",
        ),
        (
            "PLANS = [SequencePlan('a', outputs=[Film(title=TitleCard())])]",
            "TitleCard needs text: write TitleCard(text=",
        ),
        ("PLANS = [SequencePlan('a', order=SmoothPth())]", "'SmoothPth' is not defined. Did you mean SmoothPath?"),
        ("PLANS = [SequencePlan('a', order=xyzzy)]", "'xyzzy' is not defined. A text is written in quotes"),
        ("del SequencePlan\nPLANS = [SequencePlan('a')]", "SequencePlan is not imported. Begin the session with: from"),
        ("from imbatch2soundvisu import KMean", "'KMean' is not defined. Did you mean KMeans?"),
        ("@feature\ndef red(pixels):\n    return 1.0", "@feature needs brackets: @feature(unit="),
        ("PLANS = [SequencePlan('a', duration=60)]", "'duration'. Did you mean 'total_seconds'?"),
        ("PLANS = [SequencePlan('a', outputs=[Film('9:16')])]", "unknown size '9:16'. Did you mean 'vertical'?"),
        ("PLANS = [SequencePlan('a', music=Composed(mood='quiet'))]", "unknown mood 'quiet'. Did you mean 'calm'?"),
        ("PLANS = [SequencePlan('a', outputs=Film())]", "outputs= takes a list, such as [Film(), Gif()], not 'Film'"),
    ],
)
def test_a_usual_mistake_is_answered_with_what_to_write(text, said, folder, capsys):
    assert said in message(text, folder, capsys)


def test_a_missing_folder_is_answered_with_the_one_beside_it(folder, capsys):
    main([str(folder.with_name(folder.name + "s"))])
    assert f"Did you mean '{folder}'? Set DATA_ROOT to a folder of images" in capsys.readouterr().err


def test_every_message_names_the_session_as_the_user_did(folder, capsys):
    for text in ("PLANS = [SequencePlan('a', order='x')]", "FPSS = 1\nPLANS = []", "1 / 0", "PLANS = ["):
        assert message(text, folder, capsys).startswith("imbatch2soundvisu: mine.py:2: ")


def test_another_word_is_answered_with_the_name_of_the_feature(folder, capsys):
    assert "Did you mean 'luminance'?" in message("PLANS = [SequencePlan('a', order='brightness')]", folder, capsys)
    assert "Did you mean '-luminance'?" in message("PLANS = [SequencePlan('a', order='-brightness')]", folder, capsys)
    assert "Did you mean 'film'?" in message("PLANS = [SequencePlan('a', outputs=['video'])]", folder, capsys)
    assert "Did you mean 'silent'?" in message("PLANS = [SequencePlan('a', music='mute')]", folder, capsys)


def test_every_other_word_leads_to_a_name_that_it_is_not():
    for name, others in SYNONYMS.items():
        assert all(meant_by(other, [name]) == name for other in others)
    assert isinstance(unknown("order", "time", ["date", "name"]), ConfigError)


@pytest.mark.parametrize("kind", ["FEATURES", "ORDERS", "CLUSTERINGS", "STYLES", "OUTPUT_KINDS", "EMBEDDINGS"])
def test_every_entry_of_a_registry_has_other_words(kind):
    assert [name for name in getattr(i2s, kind) if name not in SYNONYMS] == []


def test_examples_write_to_outputs_of_their_own():
    found = {}
    for path in sorted((Path(__file__).parents[2] / "examples").glob("*.py")):
        with session_file.opened(path) as session:
            found[path.stem] = session.settings.get("OUTPUTS")
    assert None not in found.values()
    assert len(set(found.values())) == len(found)

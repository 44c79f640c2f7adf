"""Session files: plans, settings, what is refused, and that one session leaves nothing for the next."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.cli import session_file
from imbatch2soundvisu.core.errors import ConfigError, SessionError
from imbatch2soundvisu.core.registry import Registry
from imbatch2soundvisu.plans import OUTPUT_KINDS, PLAN_KINDS

PLANS = "PLANS = [SequencePlan('a', outputs=['tables'], music=None)]\n"


def session(text: str, name: str = "mine.py") -> Path:
    path = Path(name)
    path.write_text("from imbatch2soundvisu import *\n" + textwrap.dedent(text), encoding="utf-8")
    return path


def opened(text: str) -> session_file.Session:
    with session_file.opened(session(text)) as found:
        return found


def test_a_session_has_its_plans_settings_and_path():
    found = opened(PLANS + "FPS = 24\nDATA_ROOT = 'images'\nVIDEO_SIZE: tuple = (640, 360)\n")
    assert [plan.name for plan in found.plans] == ["a"]
    assert found.settings == {"FPS": 24, "DATA_ROOT": "images", "VIDEO_SIZE": (640, 360)}
    assert found.path == Path("mine.py")


def test_plans_may_be_a_tuple():
    assert len(opened("PLANS = (SequencePlan('a'), SequencePlan('b'))").plans) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("OUTPUT = 'here'", r"mine\.py:3: unknown setting 'OUTPUT'.*Did you mean 'OUTPUTS'"),
        ("FPSS = 24", r"mine\.py:3: .*Did you mean 'FPS'"),
        ("FPS = 'fast'", r"mine\.py:3: FPS='fast'"),
        ("a, LIMITS = 1, 2", r"mine\.py:3: .*Did you mean 'LIMIT'"),
        ("SMALL = {}", r"mine\.py:3: .*Names of your own are lower-case"),
    ],
)
def test_an_unknown_or_invalid_setting_is_refused_with_its_line(text, message):
    with pytest.raises(SessionError, match=message):
        opened(PLANS + text)


def test_names_of_the_users_own_may_be_lower_case_or_private():
    found = opened("small = {'limit': 4}\n_SIZE = (64, 48)\nclass Style: LIMITS = 1\n" + PLANS)
    assert found.settings == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "declares no PLANS"),
        ("PLANS = 7", "declares no PLANS"),
        ("raise SystemExit(3)", r"mine\.py:2: SystemExit"),
    ],
)
def test_a_session_without_plans_is_refused(text, message):
    with pytest.raises(SessionError, match=message):
        opened(text)


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(SessionError, match="is a folder"), session_file.opened(tmp_path):
        pass
    with pytest.raises(SessionError, match=r"no such file.*--new nowhere\.py"), session_file.opened(Path("nowhere.py")):
        pass


def test_a_misspelt_field_of_a_dataclass_is_answered_with_its_fields():
    with pytest.raises(SessionError, match=r"mine\.py:2: .*parameter of Film.*Did you mean 'size'"):
        opened("x = Film(sise=(64, 48))")


def test_modules_beside_a_session_can_be_imported():
    Path("beside_a_session.py").write_text("NAME = 'from beside'")
    assert opened("from beside_a_session import NAME\nPLANS = [SequencePlan(NAME)]").plans[0].name == "from beside"


def test_settings_of_a_session_reach_the_run(folder):
    text = PLANS + f"DATA_ROOT = {str(folder)!r}\nOUTPUTS = 'there'\nLIMIT = 3\nFPS = 25\n"
    with session_file.opened(session(text)) as found:
        result = i2s.run(found.plans, session=found.settings)
    assert result.outputs == Path("there")
    entry = result.results[0].entry
    assert (len(entry["images"]), entry["fps"]) == (3, 25)


REGISTERED = {
    "FEATURES": "@feature()\ndef mine(pixels): return 1.0\n",
    "ORDERS": "@ORDERS.register('mine')\nclass Mine:\n    def order(self, table, rng): return range(len(table))\n",
    "CLUSTERINGS": "@CLUSTERINGS.register('mine')\nclass Mine:\n    def cluster(self, table, rng): ...\n",
    "EMBEDDINGS": "@EMBEDDINGS.register('mine')\nclass Mine:\n    def embed(self, images): ...\n",
    "STYLES": "@STYLES.register('mine')\nclass Mine:\n    def compose(self, *_): ...\n",
    "OUTPUT_KINDS": "@OUTPUT_KINDS.register('mine')\nclass Mine:\n    def write(self, content, files): ...\n",
    "PLAN_KINDS": "@PLAN_KINDS.register('mine')\nclass Mine:\n    def make(self, *_): ...\n",
}


@pytest.mark.parametrize("kind", REGISTERED)
def test_what_one_session_registers_is_gone_in_the_next(kind):
    registry = getattr(i2s, kind)
    if not isinstance(registry, Registry):
        pytest.skip(f"{kind} is a plain dictionary")
    imported = f"from imbatch2soundvisu import {kind}, feature\n" if kind == "PLAN_KINDS" else ""
    with session_file.opened(session(imported + REGISTERED[kind] + PLANS)):
        assert "mine" in registry
    assert "mine" not in registry
    with session_file.opened(session(PLANS)):
        assert "mine" not in registry


def test_a_name_that_only_the_first_session_registered_is_unknown_in_the_second():
    own = "@OUTPUT_KINDS.register('mine')\nclass Mine:\n    def write(self, content, files): ...\n"
    plans = "PLANS = [SequencePlan('a', outputs=['mine'])]"
    with session_file.opened(session(own + plans)) as first:
        i2s.check(first.plans)
    with session_file.opened(session(plans)) as second, pytest.raises(ConfigError, match="unknown output 'mine'"):
        i2s.check(second.plans)


def test_entries_are_removed_when_a_session_fails():
    before = set(OUTPUT_KINDS), set(PLAN_KINDS)
    with pytest.raises(SessionError):
        opened("@OUTPUT_KINDS.register('mine')\nclass Mine: ...\n1 / 0")
    assert (set(OUTPUT_KINDS), set(PLAN_KINDS)) == before


def test_a_session_may_not_replace_a_built_in_entry():
    with pytest.raises(SessionError, match=r"mine\.py:2: .*'film' is built in"):
        opened("@OUTPUT_KINDS.register('film')\nclass Film: ...")

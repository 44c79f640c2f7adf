"""The cache keeps what it was told, whoever is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from imbatch2soundvisu.core.errors import ConfigError, MakeError
from imbatch2soundvisu.runtime.cache import Cache


def test_what_is_put_is_got(tmp_path):
    with Cache(tmp_path) as store:
        store.put_scalars([("a", "hue", "1", 12.5), ("b", "hue", "1", np.nan)])
        store.put_vectors("look", {"a": np.arange(4, dtype=np.float32)})
        store.put_facts("header", {"a": {"format": "JPEG"}})
        store.put("path", [2, 0, 1])
    with Cache(tmp_path) as store:
        values = store.scalars("hue", "1", ["a", "b", "c"])
        assert values["a"] == 12.5
        assert np.isnan(values["b"])
        assert "c" not in values
        assert store.scalars("hue", "2", ["a"]) == {}
        assert store.vectors("look", ["a"])["a"].tolist() == [0, 1, 2, 3]
        assert store.facts("header", ["a", "z"]) == {"a": {"format": "JPEG"}}
        assert store.get("path") == [2, 0, 1]
        assert store.get("nothing") is None


def test_more_keys_than_a_statement_takes():
    store = Cache(None)
    store.put_scalars([(f"{i}", "x", "1", float(i)) for i in range(2500)])
    assert len(store.scalars("x", "1", [f"{i}" for i in range(2500)])) == 2500


def test_two_stores_write_at_once(tmp_path):
    def write(start: int) -> None:
        with Cache(tmp_path) as store:
            for i in range(start, start + 40):
                store.put_scalars([(f"{i}", "x", "1", float(i))])

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 40, 80)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Cache(tmp_path) as store:
        assert len(store.scalars("x", "1", [f"{i}" for i in range(120)])) == 120


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_while_writing_nothing_is_half_written(tmp_path):
    code = (
        "import sys; from pathlib import Path; from imbatch2soundvisu.runtime.cache import Cache\n"
        "store = Cache(Path(sys.argv[1])); i = 0\n"
        "while True:\n"
        "    store.put_scalars([(f'{i}-{j}', 'x', '1', float(i)) for j in range(50)]); i += 1\n"
        "    if i == 3: print('ready', flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == b"ready"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with Cache(tmp_path) as store:
        rows = store._db.execute("SELECT value, COUNT(*) FROM scalars GROUP BY value").fetchall()
    assert len(rows) >= 3
    assert {count for _, count in rows} == {50}


def test_an_unreadable_cache_is_put_aside(tmp_path):
    (tmp_path / "measurements-1.sqlite").write_bytes(b"this is no database" * 100)
    with Cache(tmp_path) as store:
        store.put("a", 1)
    assert len(list(tmp_path.glob("*.unreadable-*"))) == 1


def test_a_cache_that_cannot_be_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="file"):
        Cache(tmp_path / "file" / "cache")


class Contended(sqlite3.Connection):
    """What another process that opens the same fresh file does to this one, some times."""

    code = sqlite3.SQLITE_BUSY
    refusals = 0

    def execute(self, statement, *values):
        if "journal_mode" in statement and Contended.refusals:
            Contended.refusals -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = Contended.code
            raise error
        return super().execute(statement, *values)


@pytest.fixture
def contended(monkeypatch):
    """The pauses that were made, in seconds; connections are refused as often as `Contended.refusals` says."""
    pauses: list[float] = []
    clock = iter(range(10_000))
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **{**k, "factory": Contended}))
    monkeypatch.setattr(time, "sleep", pauses.append)
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(Contended, "refusals", 0)
    monkeypatch.setattr(Contended, "code", sqlite3.SQLITE_BUSY)
    return pauses


def test_opening_what_others_are_opening_is_tried_again(tmp_path, contended):
    Contended.refusals = 6
    with Cache(tmp_path) as store:
        store.put("a", 1)
        assert store.get("a") == 1
    assert len(contended) == 6
    assert contended == sorted(contended)
    assert contended[0] < contended[-1] <= 1


def test_patience_ends(tmp_path, contended):
    Contended.refusals = 1000
    with pytest.raises(ConfigError, match="locked"):
        Cache(tmp_path)
    assert 10 < len(contended) < 100


def test_what_waiting_does_not_mend_is_told_at_once(tmp_path, contended, monkeypatch):
    Contended.refusals = 1
    monkeypatch.setattr(Contended, "code", sqlite3.SQLITE_CANTOPEN)
    with pytest.raises(ConfigError):
        Cache(tmp_path)
    assert contended == []


def test_an_unreadable_cache_is_closed_before_it_is_renamed(tmp_path, monkeypatch):
    opened: list[sqlite3.Connection] = []
    connect, rename = sqlite3.connect, type(tmp_path).replace

    def renamed(path, target):
        for db in opened:
            with pytest.raises(sqlite3.ProgrammingError):
                db.total_changes  # noqa: B018
        return rename(path, target)

    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: opened.append(connect(*a, **k)) or opened[-1])
    monkeypatch.setattr(type(tmp_path), "replace", renamed)
    (tmp_path / "measurements-1.sqlite").write_bytes(b"this is no database" * 100)
    with Cache(tmp_path) as store:
        store.put("a", 1)
    assert len(opened) == 2


def damaged(folder, first: int = 4096) -> None:
    """A cache with something of everything, whose bytes from `first` on are noise."""
    with Cache(folder) as store:
        digests = [f"{i:032}" for i in range(400)]
        store.put_digests({digest: ("signature", digest) for digest in digests})
        store.put_facts("header", {digest: {"format": "JPEG"} for digest in digests})
        store.put_scalars([(digest, "hue", "1", 1.0) for digest in digests])
        store.put_vectors("look", {digest: np.ones(64, np.float32) for digest in digests})
        store.put("path", list(range(2000)))
    path = folder / "measurements-1.sqlite"
    content = path.read_bytes()
    noise = np.random.default_rng(1).integers(0, 256, max(0, len(content) - first), np.uint8).tobytes()
    path.write_bytes(content[:first] + noise)


ONE = f"{7:032}"


@pytest.mark.parametrize(
    "query",
    [
        lambda store: store.digests([ONE]),
        lambda store: store.facts("header", [ONE]),
        lambda store: store.scalars("hue", "1", [ONE]),
        lambda store: store.vectors("look", [ONE]),
        lambda store: store.get("path") or {},
    ],
    ids=["digests", "facts", "scalars", "vectors", "results"],
)
def test_damaged_pages_are_put_aside_and_nothing_is_found(tmp_path, query):
    damaged(tmp_path)
    with Cache(tmp_path) as store:
        assert query(store) == {}
        store.put_scalars([(ONE, "hue", "1", 2.0)])
        assert store.scalars("hue", "1", [ONE]) == {ONE: 2.0}
    assert len(list(tmp_path.glob("*.unreadable-*[0-9]"))) == 1
    with Cache(tmp_path) as store:
        assert store.scalars("hue", "1", [ONE]) == {ONE: 2.0}


def test_damage_met_while_writing_costs_nothing_new(tmp_path):
    damaged(tmp_path)
    with Cache(tmp_path) as store:
        store.put_scalars([(ONE, "hue", "1", 2.0)])
        assert store.scalars("hue", "1", [ONE]) == {ONE: 2.0}


def test_values_that_were_never_put_are_damage(tmp_path):
    with Cache(tmp_path) as store:
        store.put_facts("header", {"a": 1})
        store._db.execute("UPDATE facts SET value = '{'")
        assert store.facts("header", ["a"]) == {}
    assert len(list(tmp_path.glob("*.unreadable-*[0-9]"))) == 1


@pytest.mark.parametrize("seed", range(12))
def test_noise_anywhere_never_ends_a_run(tmp_path, seed):
    damaged(tmp_path, first=10**9)
    rng, path = np.random.default_rng(seed), tmp_path / "measurements-1.sqlite"
    content = bytearray(path.read_bytes())
    for start in rng.integers(100, 4096 if seed % 2 else len(content) - 500, 3):
        content[start : start + 300] = rng.bytes(300)
    path.write_bytes(content)
    with Cache(tmp_path) as store:
        digests = [f"{i:032}" for i in range(400)]
        store.digests(digests), store.facts("header", digests), store.vectors("look", digests), store.get("path")
        store.put_scalars([(digest, "hue", "1", 2.0) for digest in digests])
        assert store.scalars("hue", "1", digests) == dict.fromkeys(digests, 2.0)


def test_two_runs_that_meet_the_same_damage_put_it_aside_once(tmp_path):
    damaged(tmp_path)
    with Cache(tmp_path) as first, Cache(tmp_path) as second:
        assert first.scalars("hue", "1", [ONE]) == {}
        first.put_scalars([(ONE, "hue", "1", 2.0)])
        assert second.facts("header", [ONE]) == {}
        assert second.scalars("hue", "1", [ONE]) == {ONE: 2.0}
    assert len(list(tmp_path.glob("*.unreadable-*[0-9]"))) == 1


def test_damage_that_cannot_be_put_aside_is_told(tmp_path, monkeypatch):
    damaged(tmp_path)
    with Cache(tmp_path) as store:
        monkeypatch.setattr(type(tmp_path), "replace", lambda *_: (_ for _ in ()).throw(PermissionError("in use")))
        with pytest.raises(MakeError, match="damaged.*in use"):
            store.scalars("hue", "1", [ONE])


def test_four_processes_open_a_fresh_cache_at_once(tmp_path):
    code = (
        "import sys; from pathlib import Path; from imbatch2soundvisu.runtime.cache import Cache\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for i in range(8):\n"
        "    with Cache(Path(sys.argv[1]) / str(i)) as store: store.put(sys.argv[2], i)\n"
    )
    start = [sys.executable, "-c", code, str(tmp_path)]
    runs = [subprocess.Popen([*start, f"{n}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for n in range(4)]
    for run in runs:
        assert run.stdout is not None
        assert run.stdout.readline().strip() == b"ready"
    for run in runs:
        assert run.stdin is not None
        run.stdin.write(b"go\n")
        run.stdin.flush()
    assert [run.wait() for run in runs] == [0] * 4
    for run in runs:
        run.communicate()
    for i in range(8):
        with Cache(tmp_path / str(i)) as store:
            assert [store.get(f"{n}") for n in range(4)] == [i] * 4

"""The cache keeps what it was told, whoever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from imbatch2soundvisu.errors import WishError
from imbatch2soundvisu.store import Store


def test_what_is_put_is_got(tmp_path):
    with Store(tmp_path) as store:
        store.put_scalars([("a", "hue", "1", 12.5), ("b", "hue", "1", np.nan)])
        store.put_vectors("look", {"a": np.arange(4, dtype=np.float32)})
        store.put_facts("header", {"a": {"format": "JPEG"}})
        store.put("path", [2, 0, 1])
    with Store(tmp_path) as store:
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
    store = Store(None)
    store.put_scalars([(f"{i}", "x", "1", float(i)) for i in range(2500)])
    assert len(store.scalars("x", "1", [f"{i}" for i in range(2500)])) == 2500


def test_two_stores_write_at_once(tmp_path):
    def write(start: int) -> None:
        with Store(tmp_path) as store:
            for i in range(start, start + 40):
                store.put_scalars([(f"{i}", "x", "1", float(i))])

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 40, 80)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Store(tmp_path) as store:
        assert len(store.scalars("x", "1", [f"{i}" for i in range(120)])) == 120


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_while_writing_nothing_is_half_written(tmp_path):
    code = (
        "import sys; from pathlib import Path; from imbatch2soundvisu.store import Store\n"
        "store = Store(Path(sys.argv[1])); i = 0\n"
        "while True:\n"
        "    store.put_scalars([(f'{i}-{j}', 'x', '1', float(i)) for j in range(50)]); i += 1\n"
        "    if i == 3: print('ready', flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == b"ready"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with Store(tmp_path) as store:
        rows = store._db.execute("SELECT value, COUNT(*) FROM scalars GROUP BY value").fetchall()
    assert len(rows) >= 3
    assert {count for _, count in rows} == {50}


def test_an_unreadable_cache_is_put_aside(tmp_path):
    (tmp_path / "measurements-1.sqlite").write_bytes(b"this is no database" * 100)
    with Store(tmp_path) as store:
        store.put("a", 1)
    assert len(list(tmp_path.glob("*.unreadable-*"))) == 1


def test_a_cache_that_cannot_be_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(WishError, match="file"):
        Store(tmp_path / "file" / "cache")

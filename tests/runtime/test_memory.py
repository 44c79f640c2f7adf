"""Freed memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PROGRAM = """
import threading
from pathlib import Path
from imbatch2soundvisu.runtime.memory import return_freed_memory

def resident_mb():
    line = next(each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("RssAnon"))
    return int(line.split()[1]) / 1000

def fill():  # small blocks below one that stays: the C library returns none of them by itself
    blocks = [bytearray(60_000) for _ in range(2000)]
    kept.append(bytearray(60_000))

kept = []
thread = threading.Thread(target=fill)
thread.start()
thread.join()
before = resident_mb()
return_freed_memory()
print(before - resident_mb())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc")
def test_freed_memory_is_returned_to_the_system() -> None:
    from platform import libc_ver

    if libc_ver()[0] != "glibc":
        pytest.skip("another C library")
    run = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    assert float(run.stdout) > 60

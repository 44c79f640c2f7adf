"""Voice leading: voicings and parallels."""

from __future__ import annotations

from imbatch2soundvisu.music.voice_leading import is_parallel, voicing


def test_voicing_moves_by_step_between_neighbours() -> None:
    first = voicing((0, 4, 7), None, 58)
    second = voicing((5, 9, 0), first, 58)
    assert sum(abs(a - b) for a, b in zip(first, second, strict=True)) <= 4
    assert {p % 12 for p in second} == {5, 9, 0}


def test_parallels() -> None:
    assert is_parallel((72, 74), (48, 50))
    assert is_parallel((67, 65), (48, 46))
    assert not is_parallel((72, 72), (48, 48))
    assert not is_parallel((72, 71), (48, 50))

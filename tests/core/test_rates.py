"""Frame rates are exact, and sizes have names."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.core.rates import SIZES, frame_rate, is_ntsc, rate_text, size_of

THIRTY = Fraction(30_000, 1001)


@pytest.mark.parametrize(
    ("given", "exact"),
    [
        (30, 30),
        (30.0, 30),
        (Fraction(50, 2), 25),
        ("60/2", 30),
        ("25", 25),
        (29.97, THIRTY),
        ("29.97", THIRTY),
        ("30000/1001", THIRTY),
        (" 30000 / 1001 ", THIRTY),
        (23.976, Fraction(24_000, 1001)),
        (23.98, Fraction(24_000, 1001)),
        (59.94, Fraction(60_000, 1001)),
        (119.88, Fraction(120_000, 1001)),
    ],
)
def test_a_frame_rate_is_exact_however_it_is_written(given: Any, exact: Any) -> None:
    assert frame_rate(given) == exact
    assert type(frame_rate(given)) is type(exact)
    assert is_ntsc(frame_rate(given)) == isinstance(exact, Fraction)


@pytest.mark.parametrize("given", ["", "fast", "30/0", None, 24.5, float("nan"), -29.97])
def test_what_is_no_known_rate_is_left_to_the_checks(given: Any) -> None:
    assert frame_rate(given) is given


def test_a_rate_as_text_has_no_more_digits_than_it_needs() -> None:
    assert [rate_text(each) for each in (30, THIRTY, Fraction(24_000, 1001))] == ["30", "29.97", "23.976"]


def test_sizes_by_name() -> None:
    assert size_of("Vertical") == (1080, 1920)
    assert size_of("4k") == (3840, 2160)
    assert size_of([640, 360]) == [640, 360]
    with pytest.raises(ConfigError, match=r"unknown size 'wide'.*\(width, height\).*hd \(1920 x 1080\).*square"):
        size_of("wide")


def test_encoders_take_every_named_size() -> None:
    assert all(side % 2 == 0 for size in SIZES.values() for side in size)

"""Frame numbers of H.264 slices."""

from __future__ import annotations

import pytest

from imbatch2soundvisu.visuals.video import h264


@pytest.mark.parametrize("number", [0, 1, 7, 15, 16, 33])
def test_frame_numbers_are_set_in_place(number: int) -> None:
    header = "1" + "00110" + "1" + "0000" + "10110111"  # first_mb 0, slice type 5, parameter set 0, frame_num, rest
    raw = bytes([0x41]) + int(header.ljust(24, "0"), 2).to_bytes(3, "big") + b"\x00\x00\x03\x00\x00\x03\x01\x80"
    wanted = header[:7] + f"{number % 16:04b}" + header[11:]
    done = h264.numbered(b"\x00\x00\x01" + raw, number, 4)
    assert done[:5] == b"\x00\x00\x00\x01\x41"
    assert done[5:8] == int(wanted.ljust(24, "0"), 2).to_bytes(3, "big")
    assert done[8:] == raw[4:]

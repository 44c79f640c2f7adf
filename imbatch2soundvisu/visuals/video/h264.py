"""The few bits of H.264 that let a still image last for free.

A frame that repeats the one before it is some twenty bytes that say "as before" for every macroblock. Instead of
having the encoder search each repeated frame, one such frame is taken from the encoder and sent again, with its
frame number set. (ITU-T H.264, clauses 7.3.2.1, 7.3.3 and 7.4.3.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_START = re.compile(b"\x00\x00\x00?\x01")
_SPS, _IDR, _SLICE = 7, 5, 1
_HIGH_PROFILES = (100, 110, 122, 244, 44, 83, 86, 118, 128)


@dataclass(frozen=True)
class Repeater:
    """frame_number_bits: of the stream. repeat: an Annex B slice that repeats the frame before it."""

    frame_number_bits: int
    repeat: bytes

    def repeated(self, since_key: int) -> bytes:
        """The frame that is number `since_key` after a key frame, as a copy of the one before it."""
        return numbered(self.repeat, since_key, self.frame_number_bits)

    def numbered(self, packet: bytes, since_key: int) -> bytes:
        """A packet of the encoder as frame number `since_key` after a key frame."""
        return numbered(packet, since_key, self.frame_number_bits)


def repeater(headers: bytes, packets: Iterable[bytes], macroblocks: int) -> Repeater | None:
    """Learn from two coded frames without content how this stream repeats a frame; None when it cannot be done.

    headers : the sequence parameters, Annex B. packets : a key frame and its repetition, coded alike.
    macroblocks : in a frame; more than a sixth of a bit for each means that something else than "as before" is said.
    """
    bits = frame_number_bits(headers)
    slices = [unit for packet in list(packets)[1:] for unit in units(packet) if unit[0] & 31 == _SLICE]
    if bits is None or len(slices) != 1 or len(slices[0]) > 32 + macroblocks // 48:
        return None
    return Repeater(bits, b"\x00\x00\x00\x01" + slices[0])


def units(stream: bytes) -> list[bytes]:
    """The NAL units of an Annex B byte stream, without start codes."""
    return [unit for unit in _START.split(stream) if unit]


def frame_number_bits(headers: bytes) -> int | None:
    """The length of `frame_num` in bits; None where frames are not simply shown in the order they are coded in."""
    for unit in units(headers):
        if unit[0] & 31 == _SPS:
            return _parse_sps(unit)
    return None


def numbered(packet: bytes, number: int, bits: int) -> bytes:
    """The same Annex B packet with `frame_num` of its slices set to `number`, modulo 2^bits."""
    return b"".join(
        b"\x00\x00\x00\x01" + (_set_number(unit, number, bits) if unit[0] & 31 in (_IDR, _SLICE) else unit)
        for unit in units(packet)
    )


def _parse_sps(unit: bytes) -> int | None:
    raw = _unescaped(unit)
    profile, bits = raw[1], _Bits(raw, 32)
    bits.golomb()
    if profile in _HIGH_PROFILES:
        chroma, _, _ = bits.golomb(), bits.golomb(), bits.golomb()
        if chroma != 1 or bits.read(2) != 0:
            return None
    length = bits.golomb() + 4
    shown_as_coded = bits.golomb() == 2
    return length if shown_as_coded else None


def _set_number(unit: bytes, number: int, length: int) -> bytes:
    raw = bytearray(_unescaped(unit))
    bits = _Bits(bytes(raw), 8)
    for _ in ("first_mb_in_slice", "slice_type", "pic_parameter_set_id"):
        bits.golomb()
    for i in range(length):
        byte, mask = (bits.at + i) // 8, 0x80 >> (bits.at + i) % 8
        raw[byte] = raw[byte] | mask if number >> (length - 1 - i) & 1 else raw[byte] & ~mask
    return _escaped(bytes(raw))


def _unescaped(unit: bytes) -> bytes:
    return unit.replace(b"\x00\x00\x03", b"\x00\x00")


def _escaped(raw: bytes) -> bytes:
    return re.sub(b"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", raw)


class _Bits:
    """Reads bits from a position on."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def read(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | (self.data[self.at // 8] >> (7 - self.at % 8) & 1)
            self.at += 1
        return value

    def golomb(self) -> int:
        zeros = 0
        while self.read(1) == 0:
            zeros += 1
        return (1 << zeros) - 1 + self.read(zeros)

"""The visual order of text of mixed direction, and letters in their joined forms where no shaping engine is there.

The Unicode bidirectional algorithm (UAX 9) without explicit embeddings and isolates, which captions and names of files
do not have.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import groupby

_STRONG = {"L": "L", "R": "R", "AL": "R"}
_NUMBERS = ("EN", "AN")
_MIRRORED = dict(zip("()[]{}<>«»‹›", ")(][}{><»«›‹", strict=True))


def is_rtl(text: str) -> bool:
    """Return whether the first letter with a direction is of a script that is written from right to left.

    Examples
    --------
    >>> is_rtl("12 שלום"), is_rtl("IMG שלום")
    (True, False)
    """
    return next((_STRONG[c] for c in map(unicodedata.bidirectional, text) if c in _STRONG), "L") == "R"


def levels(text: str, rtl: bool) -> list[int]:
    """Return the embedding level of each character: even from left to right, odd from right to left.

    Examples
    --------
    >>> levels("a שב 12", False)
    [0, 0, 1, 1, 1, 2, 2]
    """
    base = int(rtl)
    kinds = _resolved_weak([unicodedata.bidirectional(c) or "L" for c in text], "R" if rtl else "L")
    _resolve_neutral(kinds, "R" if rtl else "L")
    odd = {"L": 1, "R": 0, "EN": 1, "AN": 1}
    even = {"L": 0, "R": 1, "EN": 2, "AN": 2}
    found = [base + (odd if base % 2 else even)[kind] for kind in kinds]
    for i in range(len(text) - 1, -1, -1):  # rule L1: spaces at the end are in the direction of the line
        if not text[i].isspace():
            break
        found[i] = base
    return found


def visual_runs(text: str, rtl: bool) -> list[tuple[str, bool]]:
    """Return the runs of one direction from left to right as they are drawn, each in logical order.

    Parameters
    ----------
    text : str
        One line.
    rtl : bool
        Whether the line as a whole is written from right to left.

    Returns
    -------
    list of (str, bool)
        Text, and whether it is drawn from right to left.

    Examples
    --------
    >>> visual_runs("שב ab", True)
    [('ab', False), ('שב ', True)]
    """
    found = levels(text, rtl)
    runs = [("".join(c for c, _ in part), level) for level, part in groupby(zip(text, found, strict=True), _second)]
    for level in range(max(found, default=0), 0, -1):  # rule L2
        runs = _reversed_from(runs, level)
    return [(part, level % 2 == 1) for part, level in runs]


def _second(pair: tuple[str, int]) -> int:
    return pair[1]


def _reversed_from(runs: list[tuple[str, int]], level: int) -> list[tuple[str, int]]:
    result: list[tuple[str, int]] = []
    for high, part in groupby(runs, lambda run: run[1] >= level):
        several = list(part)
        result += several[::-1] if high else several
    return result


def _resolved_weak(kinds: list[str], base: str) -> list[str]:
    """Rules W1 to W7: marks, numbers, and what stands next to them."""
    strong, before = base, base
    for i, kind in enumerate(kinds):
        if kind == "NSM":
            kinds[i] = kind = before
        if kind in _STRONG:
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[i] = "AN"
        before = kinds[i]
    for i in range(1, len(kinds) - 1):
        left, right = kinds[i - 1], kinds[i + 1]
        if left == right and left in _NUMBERS and (kinds[i] == "CS" or (kinds[i] == "ES" and left == "EN")):
            kinds[i] = left
    _join_terminators(kinds)
    strong = base
    for i, kind in enumerate(kinds):
        kinds[i] = kind = _STRONG.get(kind, kind)
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[i] = "L"
    return kinds


def _join_terminators(kinds: list[str]) -> None:
    """Rule W5: currency and percent signs beside European numbers belong to them."""
    i = 0
    while i < len(kinds):
        end = i
        while end < len(kinds) and kinds[end] == "ET":
            end += 1
        if end > i and "EN" in (kinds[i - 1] if i else "", kinds[end] if end < len(kinds) else ""):
            kinds[i:end] = ["EN"] * (end - i)
        i = max(end, i + 1)


def _resolve_neutral(kinds: list[str], base: str) -> None:
    """Rules N1 and N2: what has no direction has that of both neighbours, or else that of the line."""
    directed = {"L": "L", "R": "R", "EN": "R", "AN": "R"}
    i = 0
    while i < len(kinds):
        end = i
        while end < len(kinds) and kinds[end] not in directed:
            end += 1
        left = directed[kinds[i - 1]] if i else base
        right = directed[kinds[end]] if end < len(kinds) else base
        kinds[i:end] = [left if left == right else base] * (end - i)
        i = max(end, i + 1)


def mirrored(text: str) -> str:
    """Return a run with its brackets turned, as they look from right to left."""
    return "".join(_MIRRORED.get(c, c) for c in text)


def joined(text: str) -> str:
    """Return Arabic letters in their presentation forms, for layout without a shaping engine.

    References
    ----------
    The Unicode Standard, chapter 9.2, Arabic cursive joining.

    Examples
    --------
    >>> [unicodedata.name(c).rsplit(" ", 2)[-2] for c in joined("بيت")]
    ['INITIAL', 'MEDIAL', 'FINAL']
    """
    text = text.replace("لا", "\ufefb").replace("لأ", "\ufef7").replace("لإ", "\ufef9").replace("لآ", "\ufef5")
    letters = [i for i, c in enumerate(text) if unicodedata.category(c) != "Mn"]
    result = list(text)
    for k, i in enumerate(letters):
        before = k > 0 and "initial" in _forms(text[letters[k - 1]])
        after = k + 1 < len(letters) and "final" in _forms(text[letters[k + 1]]) and "initial" in _forms(text[i])
        before = before and "final" in _forms(text[i])
        form = ("medial" if after else "final") if before else ("initial" if after else "isolated")
        result[i] = _forms(text[i]).get(form, text[i])
    return "".join(result)


@cache
def _forms(letter: str) -> dict[str, str]:
    return _all_forms().get(letter, {})


@cache
def _all_forms() -> dict[str, dict[str, str]]:
    """{letter: {form: presentation form}}, from the decompositions in the Unicode data."""
    found: dict[str, dict[str, str]] = {"\u0640": {"initial": "\u0640", "medial": "\u0640", "final": "\u0640"}}
    for point in (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFD)):
        kind, _, letters = unicodedata.decomposition(chr(point)).partition(" ")
        codes = letters.split()
        if len(codes) == 1 and kind.strip("<>") in ("initial", "medial", "final", "isolated"):
            found.setdefault(chr(int(codes[0], 16)), {}).setdefault(kind.strip("<>"), chr(point))
    for isolated, final in (("\ufefb", "\ufefc"), ("\ufef7", "\ufef8"), ("\ufef9", "\ufefa"), ("\ufef5", "\ufef6")):
        found[isolated] = {"isolated": isolated, "final": final}
    return found

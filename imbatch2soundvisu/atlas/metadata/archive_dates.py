"""Dates as archives write them: "[1917, approximate]", "circa 1890", "1901-05", "19th century", "1907-1909"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

#: How exactly a date is known, from coarse to fine.
PRECISIONS = ("century", "decade", "range", "year", "month", "day", "second")

_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}  # fmt: skip
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_UNSURE = re.compile(
    r"\bc(?:irca|a)?\b\.? ?(?=\d)|\b(?:circa|about|approx(?:imate(?:ly)?)?|probably|possibly|perhaps|around"
    r"|est(?:imated)?|uncertain)\b\.?|[?~]"
)
_BOUND = re.compile(r"\b(before|after|by|since|until)\b")
_WORD = r"([a-z]+)\.?"
_YEAR = r"(\d{4})"


@dataclass(frozen=True)
class ArchiveDate:
    """A date with what was understood of it.

    Parameters
    ----------
    start : str
        First day of the period, ISO: "1917-01-01", with "T12:30:00" where a time is known.
    end_year : int
        Last year of the period.
    precision : str
        One of PRECISIONS.
    approximate : bool
        Whether the text says that it is not certain.
    """

    start: str
    end_year: int
    precision: str
    approximate: bool = False

    def describe(self) -> str:
        """Return what was understood, for display.

        Examples
        --------
        >>> ArchiveDate("1917-01-01", 1917, "year", True).describe()
        'about 1917'
        """
        year = int(self.start[:4])
        text = {
            "century": f"{year} to {self.end_year}",
            "decade": f"{year}s",
            "range": f"{year} to {self.end_year}",
            "year": f"{year}",
            "month": self.start[:7],
            "day": self.start[:10],
            "second": self.start.replace("T", " "),
        }[self.precision]
        return f"about {text}" if self.approximate else text


def archive_date(text: str) -> ArchiveDate | None:
    """Return the date that a text says, or None.

    Parameters
    ----------
    text : str
        In English, in any of the spellings of library catalogues; ISO 8601; day, month and year with the month as a
        word. Of "03/04/1910" the day is unknown, so that the year remains.

    Examples
    --------
    >>> archive_date("[1917, approximate]").describe(), archive_date("circa 1890").describe()
    ('about 1917', 'about 1890')
    >>> archive_date("1901-05").describe(), archive_date("19th century").describe()
    ('1901-05', '1801 to 1900')
    >>> archive_date("1907-1909").describe(), archive_date("March 4, 1925").describe()
    ('1907 to 1909', '1925-03-04')
    >>> archive_date("Unknown") is None
    True
    """
    plain = re.sub(r"(?<=\d) ?[–—] ?(?=\d)", " to ", text.strip().lower())
    unsure = bool(_UNSURE.search(plain)) or bool(_BOUND.search(plain))
    plain = _BOUND.sub(" ", _UNSURE.sub(" ", plain))
    plain = re.sub(r"[\[\](){}]", " ", plain)
    plain = re.sub(r"\s*,\s*(?=$|,)|^\s*,", " ", plain)
    plain = " ".join(plain.split()).strip(" ,;.")
    for pattern, read in _READERS:
        match = pattern.fullmatch(plain)
        found = read(match) if match else None
        if found is not None:
            start, end_year, precision = found
            return ArchiveDate(start, end_year, precision, unsure)
    return None


_Found = tuple[str, int, str]


def _of_parts(year: str, month: int = 0, day: str = "0", time: str = "") -> _Found | None:
    number = int(day)
    if not 1 <= int(year) <= 2999 or not 0 <= month <= 12 or not 0 <= number <= _days(int(year), month):
        return None
    precision = "second" if time else "day" if number else "month" if month else "year"
    return f"{year}-{month or 1:02}-{number or 1:02}{time}", int(year), precision


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _iso(match: re.Match[str]) -> _Found | None:
    year, month, day, hour, minute, second = match.groups()
    time = f"T{hour}:{minute}:{second or '00'}" if hour and int(hour) < 24 and int(minute) < 60 else ""
    return _of_parts(year, int(month or 0), day or "0", time)


def _range(match: re.Match[str]) -> _Found | None:
    first, last = match.groups()
    last = first[: 4 - len(last)] + last
    if int(last) < int(first):
        return None
    return f"{first}-01-01", int(last), "year" if first == last else "range"


def _decade(match: re.Match[str]) -> _Found:
    return f"{match[1]}0-01-01", int(match[1]) * 10 + 9, "decade"


def _century(match: re.Match[str]) -> _Found | None:
    number = int(match[2])
    start = (number - 1) * 100 + 1
    part = {"early": (0, 33), "mid": (33, 66), "late": (66, 99)}.get((match[1] or "").strip(" -"), (0, 99))
    return (f"{start + part[0]:04}-01-01", start + part[1], "century") if 1 <= number <= 29 else None


def _month_of(word: str) -> int:
    return _MONTHS.get(word[:3], 0) or _SEASONS.get(word, 0)


def _words(order: str) -> Callable[[re.Match[str]], _Found | None]:
    """A reader of a date with its month as a word; `order` names the groups: d, m, y."""

    def read(match: re.Match[str]) -> _Found | None:
        parts = dict(zip(order, match.groups(), strict=True))
        month = _month_of(parts["m"])
        return _of_parts(parts["y"], month, parts.get("d", "0")) if month else None

    return read


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Found | None]], ...] = (
    (re.compile(rf"{_YEAR}(?:[-/.:](\d{{1,2}})(?:[-/.:](\d{{1,2}})(?:[t ](\d\d):(\d\d)(?::(\d\d))?.*)?)?)?"), _iso),
    (re.compile(rf"(?:between )?{_YEAR} ?(?:-|to|and|/) ?(\d{{4}}|\d{{2}})"), _range),
    (re.compile(r"(\d{3})0'?s"), _decade),
    (re.compile(r"(\d{3})[-x_u]"), _decade),
    (re.compile(r"(\d{2})(?:--|xx|__|uu)"), lambda match: (f"{match[1]}00-01-01", int(match[1]) * 100 + 99, "century")),
    (re.compile(r"(early |mid[- ]|late )?(\d{1,2})(?:st|nd|rd|th) (?:century|c)"), _century),
    (re.compile(rf"{_WORD},? {_YEAR}"), _words("my")),
    (re.compile(rf"{_WORD} (\d{{1,2}})(?:st|nd|rd|th)?,? {_YEAR}"), _words("mdy")),
    (re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?[ -]{_WORD}[ ,-]+{_YEAR}"), _words("dmy")),
    (
        re.compile(rf"{_YEAR}[ ,]+{_WORD}(?: \d{{1,2}})?"),
        lambda m: _of_parts(m[1], _month_of(m[2])) if _month_of(m[2]) else None,
    ),
    (re.compile(rf"\d{{1,2}}[/.-]\d{{1,2}}[/.-]{_YEAR}"), lambda m: _of_parts(m[1])),
)

"""Dates as archives write them: "[1917, approximate]", "circa 1890", "1901-05", "19th century", "1907-1909"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

#: How exactly a date is known, from coarse to fine.
PRECISIONS = ("century", "decade", "range", "year", "month", "day", "second")

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")  # fmt: skip
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_UNSURE = re.compile(
    r"\bc(?:irca|a)?\.? ?(?=\d)|\b(?:circa|ca|about|approx(?:imate(?:ly)?)?|probably|possibly|perhaps|around"
    r"|est(?:imated)?|uncertain)\b\.?|[?~]"
)
_OPEN = re.compile(r"(?<!\d)(\d{3})\?(?![\d?])|(?<!\d)(\d{2})\?\?")  # "191?", "19??"
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
    bound : str
        Where the date is only a bound: "before", "after", "by", "since" or "until"; else "".
    """

    start: str
    end_year: int
    precision: str
    approximate: bool = False
    bound: str = ""

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
        if self.bound:
            return f"{self.bound} {text}"
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
    plain = re.sub(r"(?<=\d) ?[–—] ?(?=\d)", " to ", unicodedata.normalize("NFKC", text).strip().lower())
    plain = _OPEN.sub(lambda match: f"{match[1]}-?" if match[1] else f"{match[2]}--?", plain)
    bound = _BOUND.search(plain)
    unsure = bool(_UNSURE.search(plain)) or bool(bound)
    plain = _BOUND.sub(" ", _UNSURE.sub(" ", plain))
    plain = re.sub(r"[\[\](){}<>©]", " ", plain)
    plain = re.sub(r"\s*,\s*(?=$|,)|^\s*,", " ", plain)
    plain = " ".join(plain.split()).strip(" ,;.")
    for pattern, read in _READERS:
        match = pattern.fullmatch(plain)
        found = read(match) if match else None
        if found is not None:
            start, end_year, precision = found
            return ArchiveDate(start, end_year, precision, unsure, bound[0] if bound else "")
    return None


_Found = tuple[str, int, str]


def _of_parts(year: str, month: int = 0, day: str = "0", time: str = "") -> _Found | None:
    number = int(day)
    if not 1 <= int(year) <= 2999 or not 0 <= month <= 12 or not 0 <= number <= _days(int(year), month):
        return None
    if not month:  # a day without its month says nothing
        return f"{year}-01-01", int(year), "year"
    return f"{year}-{month:02}-{number or 1:02}{time}", int(year), "second" if time else "day" if number else "month"


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _iso(match: re.Match[str]) -> _Found | None:
    year, month, day, hour, minute, second = match.groups()
    is_time = hour and int(hour) < 24 and int(minute) < 60 and int(second or 0) <= 60
    time = f"T{hour}:{minute}:{min(int(second or 0), 59):02}" if is_time else ""  # 60 is a leap second
    return _of_parts(year, int(month or 0), day or "0", time)


def _range(match: re.Match[str]) -> _Found | None:
    first, last = match.groups()
    last = first[: 4 - len(last)] + last
    if int(last) < int(first):
        return None
    return f"{first}-01-01", int(last), "year" if first == last else "range"


def _decade(match: re.Match[str]) -> _Found | None:
    return (f"{match[1]}0-01-01", int(match[1]) * 10 + 9, "decade") if int(match[1]) < 300 else None


def _decades(match: re.Match[str]) -> _Found | None:
    first, last = int(match[1]), int(match[2])
    return (f"{match[1]}0-01-01", last * 10 + 9, "range") if first < last < 300 else None


def _hundred_years(match: re.Match[str]) -> _Found | None:
    return (f"{match[1]}00-01-01", int(match[1]) * 100 + 99, "century") if int(match[1]) < 30 else None


def _century(match: re.Match[str]) -> _Found | None:
    number = int(match[2])
    start = (number - 1) * 100 + 1
    part = {"early": (0, 33), "mid": (33, 66), "late": (66, 99)}.get((match[1] or "").strip(" -"), (0, 99))
    return (f"{start + part[0]:04}-01-01", start + part[1], "century") if 1 <= number <= 29 else None


def _month_of(word: str) -> int:
    """The number of a month, of which at least three letters are given, or of the first month of a season; else 0."""
    full = (number for number, name in enumerate(_MONTHS, 1) if len(word) >= 3 and name.startswith(word))
    return next(full, 0) or _SEASONS.get(word, 0)


def _words(order: str) -> Callable[[re.Match[str]], _Found | None]:
    """A reader of a date with its month as a word; `order` names the groups: d, m, y."""

    def read(match: re.Match[str]) -> _Found | None:
        parts = dict(zip(order, match.groups(), strict=True))
        month = _month_of(parts["m"])
        return _of_parts(parts["y"], month, parts.get("d", "0")) if month else None

    return read


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Found | None]], ...] = tuple(
    (re.compile(pattern, re.ASCII), read)
    for pattern, read in (
        (rf"{_YEAR}(?:[-/.:](\d{{1,2}})(?:[-/.:](\d{{1,2}})(?:[t ](\d\d):(\d\d)(?::(\d\d))?.*)?)?)?", _iso),
        (r"([12]\d{3})(\d\d)(\d\d)", lambda match: _of_parts(match[1], int(match[2]), match[3])),
        (rf"(?:between |from )?{_YEAR} ?(?:-|to|and|or|/) ?(\d{{4}}|\d{{2}})", _range),
        (rf"{_YEAR}(?:-\d\d){{1,2}}(?:/| to ){_YEAR}(?:-\d\d){{1,2}}", _range),
        (r"(?:early |mid[- ]|late )?(\d{3})0'?s", _decade),
        (r"(\d{3})0'?s ?(?:-|to|and|or|/) ?(\d{3})0'?s", _decades),
        (r"(\d{3})[-x_u]", _decade),
        (r"(\d{2})(?:--|xx|__|uu)", _hundred_years),
        (r"(early |mid[- ]|late )?(\d{1,2})(?:st|nd|rd|th) (?:century|c)", _century),
        (rf"{_WORD}(?: of)?[ ,-]+{_YEAR}", _words("my")),
        (rf"{_WORD} (\d{{1,2}})(?:st|nd|rd|th)?,? {_YEAR}", _words("mdy")),
        (rf"(\d{{1,2}})(?:st|nd|rd|th)?[ -]{_WORD}[ ,-]+{_YEAR}", _words("dmy")),
        (rf"{_YEAR}[ ,]+{_WORD} (\d{{1,2}})", _words("ymd")),
        (rf"{_YEAR}[ ,]+{_WORD}", _words("ym")),
        (rf"\d{{1,2}}[/.-]\d{{1,2}}[/.-]{_YEAR}", lambda match: _of_parts(match[1])),
    )
)

"""Texts of films: what captions say, subtitles, chapters, and what a film's state depends on besides its fields."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core import ImageRecord, ImageSequence, Timeline
from ..core.errors import user_error
from ..runtime import files
from .protocols import SequenceSource

if TYPE_CHECKING:
    from ..visuals.video import Captions, Dressing, Tags, TitleCard

#: Fields of `Film` that are about text.
FIELDS = ("title", "end", "captions", "watermark", "fade_in", "fade_out")


def check(film: Any) -> None:
    """Raise ConfigError for cards, captions, a watermark or fades that are not possible."""
    dressing(film)


def check_captions(films: Sequence[Any], record: ImageRecord) -> None:
    """Raise ConfigError if a function that captions are from cannot be called with an image."""
    from ..visuals.video import film_text

    for film in films:
        captions = film_text.as_captions(film.captions)
        for each in () if captions is None else captions.lines:
            if callable(each):
                _line_by_function(each, record)


def dressing(film: Any, sequence: ImageSequence | None = None) -> Dressing:
    """Return what a film draws on and between its images; without a sequence, without the captions' texts."""
    from ..visuals.video import Dressing, film_text

    captions = film_text.as_captions(film.captions)
    title, end = film_text.as_title(film.title), film_text.as_end(film.end)
    if sequence is not None:
        title, end = (None if card is None else _filled(card, sequence) for card in (title, end))
    texts = () if captions is None or sequence is None else caption_texts(captions, sequence)
    return Dressing(
        title, end, captions, texts, film_text.as_watermark(film.watermark), film_text.as_fade("fade_in", film.fade_in),
        film_text.as_fade("fade_out", film.fade_out),
    )  # fmt: skip


def _filled(card: TitleCard, sequence: ImageSequence) -> TitleCard:
    """A card with the values of a sequence in place of their names in braces."""
    years = sorted(
        {each.taken.year for each in sequence.records if each.taken is not None and each.taken_from != "file"}
    )
    values = {
        "plan": sequence.plan,
        "cluster": sequence.cluster,
        "count": str(len(sequence)),
        "years": "" if not years else str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}",
    }
    texts = [card.text, card.subtitle]
    for name, value in values.items():
        texts = [text.replace(f"{{{name}}}", value) for text in texts]
    return replace(card, text=texts[0] if texts[0].strip() else sequence.title, subtitle=texts[1].strip())


def cards_s(films: Sequence[Any]) -> tuple[float, float]:
    """Return the longest title card and the longest end card of films, in seconds; 0 without one."""
    from ..visuals.video import film_text

    titles = [card.seconds for each in films if (card := film_text.as_title(each.title)) is not None]
    ends = [card.seconds for each in films if (card := film_text.as_end(each.end)) is not None]
    return max(titles, default=0.0), max(ends, default=0.0)


def state(film: Any) -> list[Any]:
    """Return what a film's texts depend on besides its fields: the watermark's file and the fonts that are found."""
    from ..visuals import fonts
    from ..visuals.video import film_text

    if not any(getattr(film, name) for name in FIELDS):
        return []
    watermark = film_text.as_watermark(film.watermark)
    image = None if watermark is None or watermark.image is None else _digest(watermark.image)
    return [image, [str(path) for path in (*fonts.font_files(), *fonts.emoji_files())]]


def _digest(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def caption_texts(captions: Captions, sequence: ImageSequence) -> tuple[str, ...]:
    """Return the caption of each image, (n,); several lines are divided by a line break."""
    texts = []
    for i in range(len(sequence)):
        lines = [_line(each, captions, sequence, i) for each in captions.lines]
        texts.append("\n".join(line for line in lines if line))
    return tuple(texts)


def _line(text: Any, captions: Captions, sequence: ImageSequence, i: int) -> str:
    record = sequence.records[i]
    if callable(text):
        return _line_by_function(text, record)
    return str(_SAYINGS[text](captions, sequence, record, i))


def _line_by_function(function: Callable[[ImageRecord], Any], record: ImageRecord) -> str:
    try:
        found = function(record)
        return "" if found is None else str(found)
    except Exception as error:
        raise user_error(f"captions= failed on {record.name}", error) from error


def _date(captions: Captions, record: ImageRecord) -> str:
    known = record.taken is not None and record.taken_from != "file"
    return record.taken.strftime(captions.date_format) if known and record.taken is not None else ""


def _value(sequence: ImageSequence, i: int) -> str:
    return f"{sequence.driver.name} {sequence.driver.format(float(sequence.values[i]))}"


def cluster_of(sequence: ImageSequence, i: int) -> str:
    """Return the name of the cluster of an image, "" without clusters."""
    passed = [name for start, name in zip(sequence.sections, sequence.section_names, strict=False) if start <= i]
    return passed[-1] if passed else sequence.cluster


_SAYINGS: dict[str, Any] = {
    "name": lambda captions, sequence, record, i: Path(record.label).stem,
    "date": lambda captions, sequence, record, i: _date(captions, record),
    "value": lambda captions, sequence, record, i: _value(sequence, i),
    "number": lambda captions, sequence, record, i: f"{i + 1} / {len(sequence)}",
    "cluster": lambda captions, sequence, record, i: cluster_of(sequence, i),
}


def tags(film: Any, content: SequenceSource, size: tuple[int, int], background: tuple[int, int, int]) -> Tags:
    """Return comment, chapters and poster of a film."""
    from ..visuals.video import Tags, film_tags

    sequence, music = content.sequence, content.music()
    by = sequence.by or sequence.driver.name
    comment = f"{len(sequence)} images by {by}"
    if music is not None:
        comment += f". Music: {music['style']}" + (f" in {music['key']}" if music["key"] else "")
    middle, faces = len(sequence) // 2, sequence.table.faces
    found = None if faces is None else faces[middle]
    poster = film_tags.poster(sequence.records[middle], size, film.fit, background, found)
    return Tags(comment + ". Made with imbatch2soundvisu", chapters(content), poster)


def chapters(content: SequenceSource) -> tuple[tuple[int, str], ...]:
    """Return (first frame, title) of each cluster of a tour, or of each section of the music; cards belong to the
    chapter beside them."""
    sequence, starts = content.sequence, content.timeline.start_frames.tolist()
    if len(sequence.sections) > 1 and len(sequence.section_names) == len(sequence.sections):
        found = list(zip(sequence.sections, sequence.section_names, strict=True))
    else:
        decisions = [content.decision(i) for i in range(len(sequence))]
        names = [str(each.get("section") or each.get("phrase") or "")[:1] for each in decisions]
        changes = [i for i, name in enumerate(names) if name and (i == 0 or name != names[i - 1])]
        found = [(i, f"Section {names[i]}") for i in changes]
    return tuple((starts[i] if k else 0, title) for k, (i, title) in enumerate(found))


def write_subtitles(path: Path, texts: Sequence[str], timeline: Timeline) -> None:
    """Write captions as a SubRip file, each for as long as its image is shown."""
    times = timeline.start_seconds
    entries = [(times[i], times[i + 1], text) for i, text in enumerate(texts) if text.strip()]
    blocks = [
        f"{number}\n{_clock(start)} --> {_clock(end)}\n{_without_empty_lines(text)}\n"
        for number, (start, end, text) in enumerate(entries, 1)
    ]
    files.write_text(path, "\n".join(blocks))


def _without_empty_lines(text: str) -> str:
    """An empty line would end the entry."""
    return "\n".join(line for line in text.splitlines() if line.strip())


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(1000 * float(seconds)), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02},{rest % 1000:03}"


def warnings(drawn: Dressing, sequence: ImageSequence) -> list[str]:
    """Return what the texts of a film do not show as they are written, one line for each reason."""
    return [*_missing_dates(drawn, sequence), *_missing_characters(drawn)]


def _missing_dates(drawn: Dressing, sequence: ImageSequence) -> list[str]:
    if drawn.captions is None or "date" not in drawn.captions.lines:
        return []
    without = sum(not _date(drawn.captions, record) for record in sequence.records)
    if not without:
        return []
    return [f"film: {without} of {len(sequence)} images have no date but that of the file, so their captions have none"]


def _missing_characters(drawn: Dressing) -> list[str]:
    from ..visuals import fonts

    cards = [card for card in (drawn.title, drawn.end) if card is not None]
    texts = [text for card in cards for text in (card.text, card.subtitle)]
    texts += drawn.texts if drawn.captions is not None and drawn.captions.burned_in else ()
    if drawn.watermark is not None and drawn.watermark.image is None:
        texts.append(str(drawn.watermark.mark))
    missing = fonts.missing_characters(texts)
    if not missing:
        return []
    shown = " ".join(f"{c} (U+{ord(c):04X})" for c in missing[:8]) + (" ..." if len(missing) > 8 else "")
    return [f"film: no installed font has {shown}; other characters stand for them. {fonts.advice(missing)}"]

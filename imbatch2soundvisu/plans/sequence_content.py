"""What the outputs of a sequence are made from: the sequence, its timeline, score and sound."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..config import Settings
from ..core import Audio, ImageSequence, Music, Progress, Score, Timeline, Timing
from ..core.errors import EngineMissing, MakeError
from ..core.text import duration
from ..music import card_slots
from ..music.card_slots import CardSlots
from . import result_cache
from .protocols import Output
from .sequence_fields import SequenceFields

if TYPE_CHECKING:
    from ..music.engines import Engine

# Fields of a plan whose effect is in the sequence, the weights or the outputs already.
_WITHOUT_EFFECT = {
    "order", "where", "include", "exclude", "unique", "limit", "choose", "clusters", "tour", "phrases", "reverse",
    "declared_at", "cutting", "outputs",
}  # fmt: skip
#: The longer side of the thumbnail of a result.
THUMBNAIL_PX = 320


class SequenceContent:
    """One sequence of a plan, with the music that is composed for it.

    Parameters
    ----------
    plan : SequencePlan
        Its music, timing and seed.
    sequence : ImageSequence
        The images in order.
    settings : Settings
        Those of the run.
    """

    def __init__(self, plan: SequenceFields, sequence: ImageSequence, settings: Settings) -> None:
        self._plan, self.sequence, self.settings = plan, sequence, settings
        self.fps, self._music = plan.fps(settings), plan.style_for(settings)
        self.engine: Engine | None = None
        self.audio: Audio | None = None

    @property
    def plan(self) -> str:
        return self.sequence.plan

    @property
    def film(self) -> Any:
        """The film whose aspect and fit other outputs follow."""
        return self._plan.film

    @cached_property
    def _grid(self) -> Timeline:
        """The timeline of the images and of those that the cards count as."""
        timing = replace(self._timing, weights=card_slots.padded_weights(self._timing.weights, self._cards))
        return self._style.timeline(self._cards.padded(self.sequence), self.fps, timing)

    @cached_property
    def _cards(self) -> CardSlots:
        """How many images the title and end card of the films count as, for the music."""
        return card_slots.slots(self._style, self.sequence, self.fps, self._timing, *self._plan.cards_s)

    @cached_property
    def timeline(self) -> Timeline:
        """When each image and card is shown, as the music's style requires it."""
        return self._cards.timeline(self._grid)

    @cached_property
    def score(self) -> Score | None:
        """The music; None for a silent plan."""
        from ..music import midi

        if self._music is None:
            return None
        score = self._music.compose(self._cards.padded(self.sequence), self._grid, self.sequence.rng())
        if score is not None:
            score = self._cards.score(score, self.timeline)
            midi.check(score)
        return score

    @property
    def starts_s(self) -> list[float]:
        """When each image begins, in seconds."""
        return [float(start) for start in self.timeline.start_seconds[:-1]]

    def prepare(self, outputs: Sequence[Output], progress: Progress) -> list[str]:
        """Compose, and render the sound when an output needs it. Returns what failed, one line each."""
        from ..music import mastering, mixing

        score = self.score
        if score is None or not any(getattr(each, "needs_audio", False) for each in outputs):
            return []
        try:
            self.engine = self._found_engine() if mixing.needs_engine(score) else None
            progress("music", 0, 1)
            self.audio = mastering.master(
                mixing.render(score, self.engine), self.settings.loudness_lufs, self.settings.peak_dbfs,
                fade_out_s=mastering.ending_s(score),
            )  # fmt: skip
            progress("music", 1, 1)
        except EngineMissing as error:
            return [str(error)]
        except MakeError as error:  # a recording that cannot be played
            return [f"music: {error}"]
        return []

    def state(self) -> Any:
        """Everything that the files depend on: plan, images, values, music, sound engine and loudness."""
        plan, sequence = self._plan, self.sequence
        values = {each.name: getattr(plan, each.name) for each in fields(plan) if each.name not in _WITHOUT_EFFECT}
        values["music"] = self._music
        settings = [self.settings.loudness_lufs, self.settings.peak_dbfs, self.settings.seconds_per_image, self.fps]
        music = getattr(self._music, "state", _no_state)(sequence)
        details = [
            sequence.cluster,
            sequence.sections,
            sequence.section_names,
            sequence.note,
            sequence.by,
            list(self._notes),
            sequence.criterion.as_dict(),
            asdict(sequence.driver),
        ]
        return [
            {name: result_cache.described(value) for name, value in values.items()},
            settings, self._engine_state(), music, details, self._timing.weights, self._images_digest(),
        ]  # fmt: skip

    def entry(self) -> Mapping[str, Any]:
        """The sequence in `run.json`."""
        sequence, grid = self.sequence, self.timeline
        return {
            **self.changing(),
            "plan": sequence.plan,
            "kind": "sequence",
            "title": sequence.title,
            "cluster": sequence.cluster,
            "summary": self._summary(),
            "images": [record.name for record in sequence.records],
            "values": [_number(value) for value in sequence.values],
            "shown": [sequence.driver.format(float(value)) for value in sequence.values],
            "by": sequence.by or sequence.driver.name,
            "driver": {f.name: getattr(sequence.driver, f.name) for f in fields(sequence.driver)},
            "criterion": sequence.criterion.as_dict(),
            "criterion_text": sequence.summary,
            "tempo_bpm": round(self.score.pulse_bpm if self.score else grid.pulse_bpm, 6),
            "frames": grid.total_frames,
            "fps": grid.fps if isinstance(grid.fps, int) else round(float(grid.fps), 6),
            "frame_rate": str(grid.fps),
            "seconds": round(float(grid.seconds), 6),
            "starts_s": self.starts_s,
            "sections": list(sequence.sections),
            "music": self.music(),
            "lines": [*self._notes, *self._metre_notes],
            "decisions": [self.decision(i) for i in range(len(sequence))],
        }

    def thumbnail(self) -> str:
        """Return the image in the middle as a data: URI, for results whose files show no image."""
        from ..visuals import thumbnail_uri

        return thumbnail_uri(self.sequence.records[len(self.sequence) // 2], THUMBNAIL_PX)

    def changing(self) -> dict[str, Any]:
        """What may change although the files do not: a cluster is described against the images outside it."""
        return {"about": self.sequence.cluster_description}

    def music(self) -> dict[str, Any] | None:
        """What the manifest says of the music; None for a silent plan."""
        if self.score is None:
            return None
        found: dict[str, Any] = {"style": self.score.style, "key": self.score.key, "summary": self.score.summary}
        if self.audio is not None:
            found |= {name: getattr(self.audio, name) for name in ("engine", "loudness_lufs", "peak_dbfs")}
        return found

    def decision(self, i: int) -> dict[str, Any]:
        """Bar, beat, frame, sample and the musical decisions of one image."""
        bar, beat = self.timeline.bar_and_beat(i)
        decision = self.score.decisions[i] if self.score and i < len(self.score.decisions) else {}
        frame, sample = int(self.timeline.start_frames[i]), int(self.timeline.start_samples[i])
        place = {"bar": bar, "beat": beat, "frame": frame, "sample": sample}
        return decision | place if i == 0 and self._cards.is_shortened(self._grid) else place | decision

    @cached_property
    def _notes(self) -> tuple[str, ...]:
        """What a feature that the plan orders by says of itself; of one with a name the run says it."""
        feature, table = getattr(self._plan.order, "feature", self._plan.order), self.sequence.table
        notes = None if isinstance(feature, str | type) else getattr(feature, "notes", None)
        return tuple(notes(table.unfiltered or table)) if callable(notes) else ()

    @property
    def _metre_notes(self) -> list[str]:
        """What the music says of a metre that was asked for and does not suit the images, or the genre."""
        first = self.score.decisions[0] if self.score and self.score.decisions else {}
        return [f"music: {note}" for note in first.get("metre_notes", ())]

    @cached_property
    def _timing(self) -> Timing:
        return self._plan.timing(self.settings, self.sequence)

    @property
    def _style(self) -> Music:
        """What makes the timeline, also without music."""
        from ..music.styles import Silent

        return Silent() if self._music is None else self._music

    def _found_engine(self) -> Engine:
        from ..music.engines import find_engine

        return find_engine(self.settings.soundfont)

    def _engine_state(self) -> list[Any]:
        """The engine, and the font by size and time: another font may have the same name."""
        if self._music is None:
            return []
        try:
            engine = self._found_engine()
        except EngineMissing:
            return []
        font = engine.soundfont.stat()
        return [engine.name, str(engine.soundfont), font.st_size, font.st_mtime_ns]

    def _images_digest(self) -> str:
        """A digest of the images in order and all their values."""
        table, digest = self.sequence.table, hashlib.blake2b(digest_size=16)
        for record in table.records:
            digest.update(f"{record.name}\0{record.digest}\0".encode())
        for values in (self.sequence.values, *table.columns.values()):
            digest.update(np.ascontiguousarray(values).tobytes())
        digest.update("\0".join(table.columns).encode())
        digest.update(repr(table.faces or "").encode())
        return digest.hexdigest()

    def _summary(self) -> str:
        from ..music.composition.tempo_notes import images_per_beat
        from ..music.composition.titles import tempo_line

        sequence, found = self.sequence, self.music()
        everything = sequence.profile.size if sequence.profile else len(sequence.table.unfiltered or sequence.table)
        total = max(everything, len(sequence))
        count = f"{len(sequence)} of {total} images" if total > len(sequence) else f"{len(sequence)} images"
        limited = total > len(sequence) == self._plan.images_limit(self.settings) and not sequence.sections
        why = f" (limit={len(sequence)})" if limited else ""
        notes = "; ".join(filter(None, (sequence.note, _missing(sequence.values))))
        note = f" ({notes})" if notes else ""
        images = f"{count}{why} by {sequence.by or sequence.driver.name}{note}"
        parts = [images, duration(float(self.timeline.seconds))]
        if found is not None and self.score is not None:
            shared = images_per_beat(self.score)
            parts += tempo_line(self.score)
            parts += [f"{shared:.2g} images a beat"] if shared else []
            parts += [found["key"]] if found["key"] else []
        return ", ".join(parts)


def _missing(values: np.ndarray) -> str:
    """How many images have no value, such as the yaw of a face where there is none; "" for none or all.

    >>> _missing(np.array([1.0, 2.0, np.nan])), _missing(np.array([np.nan, 1.0])), _missing(np.array([1.0]))
    ('1 without a value, last', '1 without a value', '')
    """
    undefined = np.isnan(values)
    count = int(undefined.sum())
    if count in (0, len(values)):
        return ""
    return f"{count} without a value{', last' if undefined[-count:].all() else ''}"


def _no_state(sequence: ImageSequence) -> None:
    """The state of a style that depends on nothing but the sequence."""


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

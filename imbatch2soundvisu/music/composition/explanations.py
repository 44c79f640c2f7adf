"""Why the music is what it is, image by image, as plain values and in words."""

from __future__ import annotations

import math
from typing import Any

from ...core import tempo_text
from .. import theory
from .draft import Draft
from .dynamics import dynamic, velocity_of
from .form import AUTHENTIC, DECEPTIVE, FINAL, HALF
from .melody import MelodyNote

CADENCES = {HALF: "half cadence", AUTHENTIC: "cadence", DECEPTIVE: "deceptive cadence", FINAL: "final cadence"}
#: How tense a chord is by its job: at rest, leaving, wanting home; and how much more with tones from outside the key.
TENSE = {theory.TONIC: 0.0, theory.PREDOMINANT: 0.45, theory.DOMINANT: 0.8}
OUTSIDE = 0.2


def decision(draft: Draft, i: int) -> dict[str, Any]:
    """Why the music of image `i` is what it is, as plain JSON values.

    because : what of the image was heard as what, row by row of the mapping. tension : in [0, 1], of the harmony and
    of how high, loud and full the music is.
    """
    plan, timeline = draft.plan, draft.timeline
    slots = draft.slots_of[i]
    first = slots[0]
    phrase, chord = plan.phrases[plan.phrase_of(first)], plan.chords[first]
    starts = plan.slots[first].beat  # as in the timeline, which would walk through all images to tell it
    bar, beat = divmod(starts, timeline.beats_per_bar)
    value, velocity = float(draft.sequence.values[i]), velocity_of(draft.loudness[first])
    return {
        "position": i + 1,
        "value": _rounded(value),
        "level": round(float(draft.levels["register"][first]), 4),
        "bar": bar + 1,
        "beat": beat + 1,
        "frame": starts * timeline.frames_per_beat,
        "sample": starts * timeline.samples_per_beat,
        "phrase": phrase.label,
        "key": chord.key.name,
        "phrase_key": phrase.key.name,
        "mode": chord.key.mode,
        "chord": chord.name,
        "degree": chord.numeral,
        "chords": [plan.chords[k].name for k in slots],
        "borrowed": chord.borrowed or chord.target is not None,
        "bass": theory.note_name(draft.bass[first], chord.key, chord.raises),
        "register": round(float(draft.register[first])),
        "velocity": velocity,
        "accent": draft.accents[first],
        "figure": draft.figures[first],
        "soloist": _soloist(draft, first),
        "tension": round(tension(draft, first), 4),
        "melody": [_name(draft, n) for k in slots for n in draft.tune_of[k]],
        "because": because(draft, i, first),
        "why": _why(draft, first, velocity),
    }


def because(draft: Draft, i: int, slot: int) -> list[dict[str, Any]]:
    """Row by row of the mapping: the feature and its value, its level, the musical parameter and what came of it.

    A minus before the feature means that it is followed the other way round: the level falls as the value rises.
    """
    rows = []
    outcomes = _outcomes(draft, slot)
    for parameter, outcome in outcomes.items():
        source = draft.reading.sources[parameter]
        if source:
            rows.append(
                {
                    "feature": source,
                    "value": _rounded(float(draft.reading.values[parameter][i])),
                    "level": round(float(draft.reading.levels[parameter][i]), 3),
                    "parameter": parameter,
                    "outcome": outcome,
                }
            )
    return rows


def tension(draft: Draft, slot: int) -> float:
    """[0, 1]: the chord's job and colour, and how high, loud and full the music is there."""
    chord = draft.plan.chords[slot]
    outside = OUTSIDE if chord.borrowed or chord.target is not None else 0.0
    body = (draft.levels["register"][slot] + draft.levels["dynamics"][slot] + draft.density[slot]) / 3
    return float(min(1.0, 0.5 * min(1.0, TENSE[chord.function] + outside) + 0.5 * body))


def summary(draft: Draft) -> str:
    """The piece in a sentence."""
    plan, timeline = draft.plan, draft.timeline
    keys = [p.key for p in plan.phrases]
    journey = keys[0].name if keys[0] == keys[-1] else f"{keys[0].name} to {keys[-1].name}"
    form = " ".join(p.label for p in plan.phrases[:8]) + (" …" if len(keys) > 8 else "")
    followed = {name: draft.reading.sources[name] for name in ("register", "dynamics", "density")}
    heard = ", ".join(f"{name} {source}" for name, source in followed.items() if source)
    follows = f"follows the images ({heard})" if heard else "follows a gentle arch, for nothing varies"
    voices = [*draft.ensemble.voices[1:5]]
    solo = [
        v
        for v, used in ((draft.ensemble.melody, not all(draft.warm)), (draft.ensemble.second, any(draft.warm)))
        if used or draft.duet
    ]
    players = ", ".join(voice.name for voice in (*solo, *voices))
    return (
        f"{journey}, {tempo_text(timeline.tempo_bpm)} beats a minute in {timeline.beats_per_bar}/4, "
        f"{len(keys)} phrase{'s' if len(keys) > 1 else ''} ({form}); {follows}; for {players}"
        f"{' and drums' if draft.has_drums else ''}."
        f"{''.join(f' {note[0].upper()}{note[1:]}.' for note in draft.reading.notes)}"
    )


def _outcomes(draft: Draft, slot: int) -> dict[str, str]:
    """What each parameter is at a slot, in words."""
    plan = draft.plan
    phrase, chord, beats = plan.phrases[plan.phrase_of(slot)], plan.chords[slot], plan.slots[slot].beats
    velocity = velocity_of(draft.loudness[slot])
    space = float(draft.levels["space"][slot])
    coloured = (
        "plain" if len(chord.pitch_classes) == 3 else f"with a {'ninth' if 'add9' in chord.quality else 'seventh'}"
    )
    return {
        "register": f"the tune around {_register(draft, slot)}",
        "mode": f"phrase {phrase.label} in the {phrase.key.mode}",
        "timbre": f"{_soloist(draft, slot)} has the tune",
        "dynamics": f"{dynamic(velocity)} (velocity {velocity})",
        "density": f"{_plural(len(draft.tune_of[slot]), 'tune note')} in {_plural(beats, 'beat')}, "
        f"{draft.figures[slot]} chords",
        "colour": f"{chord.name}, {coloured}",
        "accent": f"accent of velocity {draft.accents[slot]}{', doubled' if draft.strong[slot] else ''}",
        "space": "dry" if space < 0.34 else "sustained, far" if space > 0.66 else "in the room",
        "tension": f"{chord.numeral}{', from outside the key' if chord.borrowed or chord.target is not None else ''}",
    }


def _why(draft: Draft, slot: int, velocity: int) -> str:
    plan, seen = draft.plan, draft.reading
    level, chord = float(draft.levels["register"][slot]), plan.chords[slot]
    phrase = plan.phrases[plan.phrase_of(slot)]
    source = seen.sources["register"] or "nothing varies, an arch"
    height = "low" if level < 0.34 else "high" if level > 0.66 else "middling"
    effect = f"{chord.key.mode}, around {_register(draft, slot)}, {dynamic(velocity)}"
    parts = [f"{source} is {height} ({level:.2f}): {effect}"]
    if slot == len(plan.slots) - 1 or slot == phrase.last - 1:
        parts.append(f"{chord.name} closes phrase {phrase.label} ({CADENCES[phrase.cadence]})")
    elif slot == phrase.first:
        parts.append(f"{chord.name} opens phrase {phrase.label} in {phrase.key.name}")
    elif chord.borrowed or chord.target is not None:
        parts.append(f"{chord.name} ({chord.numeral}) colours the key")
    if draft.levels["accent"][slot] > 0.8:
        parts.append("the images jump, so the accent is strong")
    return "; ".join(parts)


def _plural(count: int, one: str) -> str:
    return f"{count} {one}{'s' if count != 1 else ''}"


def _soloist(draft: Draft, slot: int) -> str:
    warm = draft.warm[draft.plan.phrase_of(slot)]
    return (draft.ensemble.second if warm else draft.ensemble.melody).name


def _name(draft: Draft, note: MelodyNote) -> str:
    chord = draft.plan.chords[note.slot]
    return theory.note_name(note.pitch, chord.key, chord.raises)


def _register(draft: Draft, slot: int) -> str:
    key = draft.plan.chords[slot].key
    return theory.note_name(theory.nearest(round(float(draft.register[slot])), key.scale), key)


def _rounded(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None

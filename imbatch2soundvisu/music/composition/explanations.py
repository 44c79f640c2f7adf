"""Why the music is as it is: a decision for each image, and a summary of the piece."""

from __future__ import annotations

import math
from typing import Any

from ...core import Timeline, tempo_text
from .. import theory
from ..theory import Chord
from . import phrase_structures
from .draft import Draft
from .dynamics import dynamic, velocity_of
from .form import AUTHENTIC, DECEPTIVE, FINAL, HALF, PLAGAL
from .melody_notes import MelodyNote
from .outline import STRONG_JUMP

CADENCES = {
    HALF: "half cadence",
    AUTHENTIC: "authentic cadence",
    DECEPTIVE: "deceptive cadence",
    PLAGAL: "plagal cadence",
    FINAL: "final cadence",
}
#: Tension of the harmonic functions, and what tones from outside the key add.
TENSION = {theory.TONIC: 0.0, theory.PREDOMINANT: 0.45, theory.DOMINANT: 0.8}
CHROMATIC = 0.2
#: What becomes of a theme, by `phrase_structures.treatment`.
STATED = {
    phrase_structures.STATEMENT: "is stated",
    phrase_structures.REPETITION: "returns",
    phrase_structures.ORNAMENTED: "returns with ornaments",
    phrase_structures.INVERTED: "returns upside down",
    phrase_structures.AUGMENTED: "returns in notes of twice the length",
}
#: Levels below and above which words say "low" and "high".
LOW, HIGH = 0.34, 0.66
#: Phrases whose labels the summary lists.
LISTED = 8


def decision(draft: Draft, i: int) -> dict[str, Any]:
    """Return why the music of an image is as it is, as plain JSON values.

    Parameters
    ----------
    draft : Draft
    i : int
        The image, from 0.

    Returns
    -------
    dict
        Position in the timeline, harmony, melody and dynamics; "because" has one row per musical parameter (see
        `reasons`), "why" a sentence, "tension" a number in [0, 1].
    """
    slots = draft.slots_of[i]
    first = slots[0]
    velocity = velocity_of(draft.played[first])
    return {
        "position": i + 1,
        "value": _rounded(float(draft.sequence.values[i])),
        "level": round(float(draft.levels["register"][first]), 4),
        **_position(draft, first),
        **_harmony(draft, slots),
        "register": round(float(draft.register[first])),
        "velocity": velocity,
        "accent": draft.marks[first].velocity,
        "figure": draft.figures[first],
        "texture": draft.texture_of[first].name,
        "statement": statement(draft, first),
        "imitation": imitation(draft, first),
        "cadence": _cadence(draft, slots[-1]),
        "soloist": _soloist(draft, first),
        "tension": round(tension(draft, first), 4),
        "melody": [_pitch_name(draft, n) for k in slots for n in draft.melody_of[k]],
        "because": reasons(draft, i, first),
        "why": _why(draft, first, velocity),
    }


def _position(draft: Draft, slot: int) -> dict[str, int]:
    timeline, beats = draft.timeline, draft.plan.slots[slot].beat
    frame = int(timeline.frame_at(beats))
    bar, beat = divmod(beats, timeline.beats_per_bar)
    return {
        "bar": bar + 1,
        "beat": beat + 1,
        "frame": frame,
        "sample": timeline.sample_of_frame(frame),
    }


def _harmony(draft: Draft, slots: list[int]) -> dict[str, Any]:
    plan, first = draft.plan, slots[0]
    phrase, chord = plan.phrase_at(first), plan.chords[first]
    return {
        "phrase": phrase.label,
        "key": chord.key.name,
        "phrase_key": phrase.key.name,
        "mode": chord.key.mode,
        "chord": chord_name(draft, first),
        "degree": chord.numeral,
        "inversion": chord.inversion(draft.bass[first]),
        **chords(draft, slots),
        "borrowed": chord.is_chromatic,
        "bass": theory.note_name(draft.bass[first], chord.key, chord.has_leading_tone),
    }


def chord_name(draft: Draft, slot: int) -> str:
    """Return the name of the chord of a slot with its bass: "C/E"."""
    return draft.plan.chords[slot].over(draft.bass[slot])


def chords(draft: Draft, slots: list[int]) -> dict[str, list[Any]]:
    """Return the chords of an image in time, and how many beats each lasts."""
    names: list[str] = []
    beats: list[int] = []
    for k in slots:
        name = chord_name(draft, k)
        if names and names[-1] == name:
            beats[-1] += draft.plan.slots[k].beats
        else:
            names.append(name)
            beats.append(draft.plan.slots[k].beats)
    return {"chords": names, "chord_beats": beats}


def imitation(draft: Draft, slot: int) -> str | None:
    """Return how a second voice imitates the melody of a slot: "octave below, 4 beats behind"; None where none does."""
    canon = draft.canons[draft.plan.phrase_of(slot)] if draft.texture_of[slot].texture.counter == "canon" else None
    return canon.name if canon else None


def reasons(draft: Draft, i: int, slot: int) -> list[dict[str, Any]]:
    """Return a row per musical parameter of an image: feature, value, level, parameter and outcome.

    A minus before the feature means that the level falls as the value rises.
    """
    features = draft.features
    return [
        {
            "feature": features.sources[parameter],
            "value": _rounded(float(features.values[parameter][i])),
            "level": round(float(features.levels[parameter][i]), 3),
            "parameter": parameter,
            "outcome": outcome,
        }
        for parameter, outcome in _outcomes(draft, slot).items()
        if features.sources[parameter]
    ]


def tension(draft: Draft, slot: int) -> float:
    """Return the tension of a slot, [0, 1]: half from its chord, half from register, dynamics and density."""
    chord = draft.plan.chords[slot]
    harmonic = TENSION[chord.function] + (CHROMATIC if chord.is_chromatic else 0.0)
    texture = (draft.levels["register"][slot] + draft.levels["dynamics"][slot] + draft.density[slot]) / 3
    return float(min(1.0, 0.5 * min(1.0, harmonic) + 0.5 * texture))


def summary(draft: Draft) -> str:
    """Return the piece in a sentence: keys, tempo, form, what it follows, instruments."""
    phrases, timeline = draft.plan.phrases, draft.timeline
    first, last = phrases[0].key.name, phrases[-1].key.name
    form = " ".join(p.label for p in phrases[:LISTED]) + (" …" if len(phrases) > LISTED else "")
    notes = "".join(f" {note[0].upper()}{note[1:]}." for note in draft.features.notes)
    return (
        f"{first if first == last else f'{first} to {last}'}, {tempo_text(timeline.pulse_bpm)} bpm in "
        f"{timeline.metre.name}{_ritardando(timeline)}, {_plural(len(phrases), 'phrase')} ({form}{_structure(draft)}); "
        f"{_followed(draft)}; "
        f"for {_instruments(draft)}.{notes}"
    )


def _ritardando(timeline: Timeline) -> str:
    """The ritardando before the last image in words; "" without one."""
    last = int(timeline.start_beats[-2])
    changes = [beat for beat, _ in timeline.tempo_changes if 0 < beat < last]
    run = next((k for k in range(len(changes)) if len(changes) - k == last - changes[k]), len(changes))
    slows = _plural(len(changes) - run, "beat")
    return f" with a ritardando over the last {slows} before the last image" if run < len(changes) else ""


def _followed(draft: Draft) -> str:
    sources = {name: draft.features.sources[name] for name in ("register", "dynamics", "density")}
    pairs = ", ".join(f"{name} follows {source}" for name, source in sources.items() if source)
    if pairs and len(draft.plan.phrases) > 1:
        return f"phrase by phrase, {pairs}"
    return pairs or "no feature varies, so register and dynamics rise and fall in an arch"


def _instruments(draft: Draft) -> str:
    playing = {note.part for note in draft.notes()}
    parts = [part for k, part in enumerate(draft.parts) if k in playing and not part.drums]
    names = ", ".join(dict.fromkeys(part.name.split(": ")[-1] for part in parts))
    return f"{names}{' and drums' if draft.has_drums else ''}"


def _outcomes(draft: Draft, slot: int) -> dict[str, str]:
    """What each musical parameter is at a slot, in words."""
    plan = draft.plan
    phrase, chord, beats = plan.phrase_at(slot), plan.chords[slot], plan.slots[slot].beats
    velocity = velocity_of(draft.played[slot])
    notes = _plural(len(draft.melody_of[slot]), "melody note")
    return {
        "register": f"melody around {_register(draft, slot)}",
        "mode": f"phrase {phrase.label} in {phrase.key.mode}",
        "timbre": f"melody on {_soloist(draft, slot)}",
        "dynamics": f"{dynamic(velocity)} (velocity {velocity})",
        "density": f"{notes} in {_plural(beats, 'beat')}, {draft.texture_of[slot].name}",
        "colour": f"{chord_name(draft, slot)}, {_extension(chord)}",
        "accent": _accent(draft, slot),
        "space": _space(float(draft.levels["space"][slot])),
        "tension": f"{chord.numeral}{', with tones from outside the key' if chord.is_chromatic else ''}",
    }


def _accent(draft: Draft, slot: int) -> str:
    mark = draft.marks[draft.plan.first_of(slot)]
    kind = {0: "note", 1: "accent", 2: "doubled accent"}[min(len(mark.added), 2)]
    return f"{kind} of velocity {mark.velocity} on the cut"


def _extension(chord: Chord) -> str:
    if len(chord.pitch_classes) == 3:
        return "triad"
    return f"with a {'ninth' if 'add9' in chord.quality else 'seventh'}"


def _space(level: float) -> str:
    return "dry" if level < LOW else "sustained, more reverberation" if level > HIGH else "some reverberation"


def _why(draft: Draft, slot: int, velocity: int) -> str:
    level, chord = float(draft.levels["register"][slot]), draft.plan.chords[slot]
    source = draft.features.sources["register"]
    height = "low" if level < LOW else "high" if level > HIGH else "medium"
    cause = f"{source} is {height} ({level:.2f})" if source else f"no feature varies, level {level:.2f} of an arch"
    found = [f"{cause}: {chord.key.mode}, melody around {_register(draft, slot)}, {dynamic(velocity)}"]
    found += _chord_role(draft, slot)
    if draft.levels["accent"][slot] > STRONG_JUMP:
        found.append("the image differs much from the previous one, so the accent is strong")
    return "; ".join(found)


def _chord_role(draft: Draft, slot: int) -> list[str]:
    """What the chord of a slot does in its phrase, in words; empty for an ordinary one."""
    phrase, chord = draft.plan.phrase_at(slot), draft.plan.chords[slot]
    name = chord_name(draft, slot)
    if slot == phrase.last - 1:
        return [f"{name} ends phrase {phrase.label} ({CADENCES[phrase.cadence]})"]
    if slot == phrase.first:
        return [f"{name} begins phrase {phrase.label} in {phrase.key.name}", statement(draft, slot)]
    return [f"{name} ({chord.numeral}) has tones from outside the key"] if chord.is_chromatic else []


def _structure(draft: Draft) -> str:
    """The name of the structure of phrases; empty for one that they do not fulfil, a single phrase and sections."""
    phrases = draft.plan.phrases
    name = phrase_structures.name_of(draft.structure, "".join(phrase.theme for phrase in phrases))
    return f", {name}" if name and len(phrases) > 1 and not draft.sequence.sections else ""


def statement(draft: Draft, slot: int) -> str:
    """Return how the phrase of a slot states its theme, in words."""
    index = draft.plan.phrase_of(slot)
    stated, theme = draft.tune.statements[index], draft.plan.phrases[index].theme
    octaves, steps = divmod(abs(stated.moved), len(draft.plan.phrases[index].key.scale))
    sizes = [_plural(octaves, "octave")] * bool(octaves) + [_plural(steps, "scale step")] * bool(steps)
    moved = f", {' and '.join(sizes)} {'higher' if stated.moved > 0 else 'lower'}" if sizes else ""
    return f"theme {theme} {STATED[stated.treatment]}{moved}{' after a pickup' if stated.has_pickup else ''}"


def _cadence(draft: Draft, slot: int) -> str:
    """The cadence that a slot ends; empty for none."""
    phrase = draft.plan.phrase_at(slot)
    return CADENCES[phrase.cadence] if slot == phrase.last - 1 else ""


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"


def _soloist(draft: Draft, slot: int) -> str:
    second = draft.uses_second_soloist[draft.plan.phrase_of(slot)]
    return (draft.ensemble.second if second else draft.ensemble.melody).name


def _pitch_name(draft: Draft, note: MelodyNote) -> str:
    chord = draft.plan.chords[note.slot]
    return theory.note_name(note.pitch, chord.key, chord.has_leading_tone)


def _register(draft: Draft, slot: int) -> str:
    key = draft.plan.chords[slot].key
    return theory.note_name(theory.nearest_pitch(round(float(draft.register[slot])), key.scale), key)


def _rounded(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None

"""Excerpts of human music are read as they are written."""

from __future__ import annotations

import re

import pytest

from benchmarks import human_corpus

music21 = pytest.importorskip("music21")

#: A pickup, a tie over the bar line, a chord; the left hand has one note a bar.
TEXT = """<score-partwise><part-list><score-part id="P1"><part-name>Right</part-name></score-part>
<score-part id="P2"><part-name>Left</part-name></score-part></part-list>
<part id="P1">
<measure number="0" implicit="yes"><attributes><divisions>2</divisions><time><beats>3</beats><beat-type>4</beat-type>
</time></attributes>{g4:2}</measure>
<measure number="1">{c5:4}{e5:2:start}</measure>
<measure number="2">{e5:2:stop}{d5:4}<note><chord/><pitch><step>B</step><octave>4</octave></pitch>
<duration>4</duration></note></measure>
<measure number="3">{c5:6}</measure></part>
<part id="P2">
<measure number="0" implicit="yes"><attributes><divisions>2</divisions><time><beats>3</beats><beat-type>4</beat-type>
</time></attributes><note><rest/><duration>2</duration></note></measure>
<measure number="1">{c3:6}</measure><measure number="2">{g3:6}</measure><measure number="3">{c3:6}</measure></part>
</score-partwise>"""


def note(text: str) -> str:
    name, duration, *tie = text.split(":")
    ties = "".join(f'<tie type="{kind}"/>' for kind in tie)
    pitch = f"<pitch><step>{name[0].upper()}</step><octave>{name[1]}</octave></pitch>"
    return f"<note>{pitch}<duration>{duration}</duration>{ties}</note>"


def test_an_excerpt_has_its_pickup_its_ties_and_the_highest_notes_as_melody() -> None:
    xml = re.sub(r"\{([^}]*)\}", lambda match: note(match[1]), TEXT)
    excerpt = human_corpus.excerpt_of_stream(music21.converter.parseData(xml, format="musicxml"), "test")
    assert excerpt.bars == (0, 48, 192, 336, 480)
    assert excerpt.beat == 48
    assert excerpt.melody.tolist() == [
        [0, 48, 67, 0], [48, 96, 72, 0], [144, 96, 76, 0], [240, 96, 74, 0], [336, 144, 72, 0],
    ]  # fmt: skip
    assert len(excerpt.notes) == 5 + 1 + 3
    assert excerpt.downbeats.tolist() == [48, 192, 336]

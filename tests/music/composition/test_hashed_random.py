"""Random numbers per image, determinism, and what one exchanged image changes."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imbatch2soundvisu.core import ImageSequence, Note, Score
from imbatch2soundvisu.music import midi
from imbatch2soundvisu.music.composition import composer
from imbatch2soundvisu.music.composition.hashed_random import HashedRandom
from imbatch2soundvisu.music.styles import Composed
from tests.music.scores import images, music, written

ROOT = Path(__file__).parents[3]
#: Images on either side of one that is exchanged, in which notes may differ: a phrase.
REACH = 8

SCRIPT = """
import sys
from pathlib import Path
from imbatch2soundvisu.music import midi
from imbatch2soundvisu.music.styles import Composed
from tests.music.scores import music, images
midi.write(Path(sys.argv[1]), music(images(30), Composed("lively"), seed=5))
"""


class TestHashedRandom:
    DIGESTS = tuple(f"{i:064x}" for i in range(300))

    def test_numbers_are_spread_evenly_over_0_to_1(self) -> None:
        draws = HashedRandom(3, self.DIGESTS)
        numbers = np.array([draws.unit(i, "x", k) for i in range(300) for k in range(20)])
        assert numbers.min() >= 0
        assert numbers.max() < 1
        counts = np.histogram(numbers, 10, (0, 1))[0]
        assert (np.abs(counts - 600) < 5 * np.sqrt(600 * 0.9)).all()  # five standard deviations

    def test_one_image_one_purpose_one_number_in_any_order(self) -> None:
        draws = HashedRandom(3, self.DIGESTS)
        later = draws.unit(7, "bass", 2, 40)
        assert [draws.unit(i, "tune", i) for i in range(9)]
        assert draws.unit(7, "bass", 2, 40) == later == HashedRandom(3, self.DIGESTS).unit(7, "bass", 2, 40)

    def test_it_depends_on_the_image_and_not_on_its_position(self) -> None:
        moved = HashedRandom(3, self.DIGESTS[::-1])
        assert moved.unit(299, "tune") == HashedRandom(3, self.DIGESTS).unit(0, "tune")

    def test_seed_image_and_purpose_all_count(self) -> None:
        draws, other = HashedRandom(3, self.DIGESTS), HashedRandom(4, self.DIGESTS)
        numbers = [draws.unit(0, "a", 1), draws.unit(0, "a", 2), draws.unit(0, "b", 1), draws.unit(1, "a", 1)]
        numbers += [other.unit(0, "a", 1), draws.unit(0, "a1"), draws.unit(0, "a", "", 1)]
        assert len(set(numbers)) == len(numbers)


class TestDeterminism:
    def test_twice_in_one_process(self, tmp_path: Path) -> None:
        for name in ("a.mid", "b.mid"):
            midi.write(tmp_path / name, music(images(30), Composed("lively"), seed=5))
        assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()
        assert music(images(30), seed=5) == music(images(30), seed=5)

    def test_in_other_processes_whose_hashes_differ(self, tmp_path: Path) -> None:
        midi.write(tmp_path / "here.mid", music(images(30), Composed("lively"), seed=5))
        started = [
            subprocess.Popen(
                [sys.executable, "-c", SCRIPT, str(tmp_path / f"{seed}.mid")],
                cwd=ROOT,
                env={**os.environ, "PYTHONHASHSEED": seed},
            )
            for seed in ("1", "4242")
        ]
        assert [each.wait() for each in started] == [0, 0]
        bytes_of = {hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.glob("*.mid")}
        assert len(list(tmp_path.glob("*.mid"))) == 3
        assert len(bytes_of) == 1

    def test_another_seed_gives_other_notes(self) -> None:
        results = {tuple(n.pitch for n in music(images(30), seed=seed).notes) for seed in range(6)}
        assert len(results) == 6


def exchanged(wanted: ImageSequence, i: int) -> ImageSequence:
    """The sequence with another image, a bit lighter and busier, at place `i`."""
    records = list(wanted.records)
    records[i] = replace(records[i], digest="f" * 64, name="other.png")
    columns = {name: values.copy() for name, values in wanted.table.columns.items()}
    for name, share in (("luminance", 0.1), ("saturation", -0.1), ("edge_density", 0.1)):
        values = columns[name]
        step = share * np.ptp(values)
        values[i] += step if values.min() < values[i] + step < values.max() else -step
    return replace(wanted, table=replace(wanted.table, records=tuple(records), columns=columns))


@pytest.fixture
def one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first draft is kept: whether it has problems can depend on one image, and another has other themes."""
    monkeypatch.setattr(composer, "ATTEMPTS", 1)


def by_image(score: Score) -> list[set[Note]]:
    starts = score.timeline.start_ticks
    found: list[set[Note]] = [set() for _ in score.timeline.beats]
    for note in score.notes:
        found[int(np.searchsorted(starts, note.start, "right")) - 1].add(note)
    return found


def changed(one: Score, other: Score) -> list[int]:
    """The images whose notes differ."""
    return [i for i, (a, b) in enumerate(zip(by_image(one), by_image(other), strict=True)) if a != b]


@pytest.mark.usefixtures("one_attempt")
class TestOneExchangedImage:
    def test_notes_change_mostly_in_the_phrase_around_it(self) -> None:
        """Farther away only where the order of the phrases by density, or the first statement of a theme, changes."""
        reached = []
        for seed in range(1, 9):
            wanted = images(48, seed)
            before = written(wanted, seed=seed)
            for place in (5, 17, 24, 30, 42):
                after = written(exchanged(wanted, place), seed=seed)
                assert before.timeline == after.timeline
                assert before.parts == after.parts
                differ = changed(before, after)
                assert place in differ
                reached.append(max(abs(i - place) for i in differ))
        assert np.mean(np.array(reached) <= REACH) >= 2 / 3

    def test_performed_notes_elsewhere_stay_the_same(self) -> None:
        wanted = images(48)
        before, after = music(wanted), music(exchanged(wanted, 24))
        differ = changed(before, after)
        assert differ
        assert max(abs(i - 24) for i in differ) <= REACH + 1  # performance depends on the next image

    def test_decisions_elsewhere_stay_the_same(self) -> None:
        wanted = images(48)
        before, after = music(wanted).decisions, music(exchanged(wanted, 24)).decisions
        differ = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
        assert max(abs(i - 24) for i in differ) <= REACH

    def test_another_order_of_the_same_images_gives_other_notes(self) -> None:
        """Without this, the tests above would also pass if the music ignored the images."""
        wanted = images(48)
        order = np.arange(48)[::-1]
        turned = replace(wanted, table=wanted.table.select(order), values=wanted.values[order])
        assert len(changed(written(wanted), written(turned))) > 40
        assert all(a != b for a, b in itertools.pairwise(by_image(written(wanted))))

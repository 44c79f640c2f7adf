"""The musical decisions in the gallery."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.report.html import Page, text_of
from tests.report.manifests import ATTACK, BECAUSE, page_of, sequence_entry


def test_decisions_that_are_the_same_for_all_images_are_no_columns(tmp_path: Path) -> None:
    decisions = [{"chord": f"chord{i}", "key": "C minor", "velocity": 60 + i, "odd_thing": i} for i in range(4)]
    html = page_of(tmp_path, sequence_entry(decisions=decisions))
    heads = [re.sub("<.*?>", "", head) for head in re.findall(r'(?s)<th scope="col".*?</th>', html)]
    assert heads[:7] == ["No.", "Time", "Image", "luminance", "Chord", "Velocity", "Odd thing"]
    assert "The same for all images: key C minor." in text_of(html)


def test_a_feature_that_is_used_inversely_is_marked(tmp_path: Path) -> None:
    row = {"feature": "-hue + contrast", "value": 0.2, "parameter": "space", "outcome": "dry"}
    text = text_of(page_of(tmp_path, sequence_entry(decisions=[{"because": [row]}] * 4)))
    assert "hue (less of it gives more) + contrast 0.2 → space: dry" in text


def test_reasons_are_shown_though_the_first_image_has_none(tmp_path: Path) -> None:
    html = page_of(tmp_path, sequence_entry(decisions=[{"why": "a"}, *[{"because": BECAUSE}] * 3]))
    assert [tag for tag, attrs in Page(html).elements if "data-because" in attrs] == ["div"]


def test_what_an_image_does_not_have_is_not_listed_beside_its_reasons(tmp_path: Path) -> None:
    cadences = ["", "half cadence", "", "final cadence"]
    decisions = [{"tension": 0.1 * k, "cadence": cadences[k], "because": BECAUSE} for k in range(4)]
    text = text_of(page_of(tmp_path, sequence_entry(decisions=decisions)))
    assert "tension: 0.1; cadence: half cadence" in text
    assert "tension: 0 " in text
    assert "cadence: –" not in text


def test_a_reason_has_feature_value_parameter_and_outcome(tmp_path: Path) -> None:
    decisions = [
        {"bar": 1, "beat": 3, "frame": 1234, "sample": 44100, "tension": 0.2 * i, "because": BECAUSE} for i in range(4)
    ]
    html = page_of(tmp_path, sequence_entry(decisions=decisions))
    text = text_of(html)
    assert text.count("luminance 0.400 → register: the tune around D4") == 4 + 1
    assert "subject scale 0.043 (less of it gives more) → space: sustained, far" in text
    assert "edge density" not in text, "an undefined feature is no reason"
    assert text.count("2 reasons") == 4
    assert "frame 1,234, sample 44,100" in text
    assert "tension: 0.6" in text
    heads = [re.sub("<.*?>", "", head) for head in re.findall(r'(?s)<th scope="col".*?</th>', html)]
    assert heads[:6] == ["No.", "Time", "Bar.beat", "Image", "luminance", "Why"]


def test_a_mix_has_the_reasons_of_both_styles(tmp_path: Path) -> None:
    other = {"because": [{"feature": "hue", "value": 10, "parameter": "colour", "outcome": "a ninth"}]}
    text = text_of(page_of(tmp_path, sequence_entry(decisions=[{"because": BECAUSE, "with": other}] * 4)))
    assert "hue 10 → colour: a ninth" in text
    assert text.count("3 reasons") == 4


def test_tracks_are_ranked_and_the_target_is_shown_beside_the_chosen_track(tmp_path: Path) -> None:
    ranking = [{"track": "calm.ogg", "distance": 0.1234}, {"track": f"{ATTACK}.ogg", "distance": 0.9}]
    decisions: list[dict[str, Any]] = [{"track": "calm.ogg", "why": f"beat {i}"} for i in range(4)]
    decisions[0] |= {
        "ranking": ranking,
        "measured": {"energy": 2573.1},
        "target": {"energy": 0.8},
        "place": {"energy": 0.7},
    }
    html = page_of(tmp_path, sequence_entry(decisions=decisions))
    rows = re.findall(
        r"(?s)<tr[^>]*>(?:(?!</tr>).)*\.ogg(?:(?!</tr>).)*</tr>", html.replace("<wbr>", "").split('class="ranking"')[1]
    )
    assert [text_of(row).split()[-2:] for row in rows[:1]] == [["chosen", "0.1234"]]
    assert "chosen" not in text_of(rows[1])
    assert "target energy 0.80 (the track 0.70)" in text_of(html)
    assert "2573" not in text_of(html).replace(",", ""), "measured values have units that cannot be compared"
    assert ">Target<" not in html
    assert ATTACK not in html


def test_the_tracks_of_a_mix_and_those_left_out_are_shown(tmp_path: Path) -> None:
    left_out = [{"track": f"broken{i}.mp3", "reason": "is silent"} for i in range(12)]
    track = {"track": "calm.ogg", "ranking": [{"track": "calm.ogg", "distance": 0.25}], "left_out": left_out}
    html = page_of(
        tmp_path, sequence_entry(decisions=[{"why": "a", "with": track}, *[{"with": {"track": "calm.ogg"}}] * 3])
    )
    assert "calm.ogg chosen 0.25" in text_of(html.split('class="ranking"')[1].split("</table>")[0])
    folded = re.findall(r"(?s)<details(?:(?!</details>).)*Tracks left out.*?</details>", html)
    assert [text_of(each).count("is silent") for each in folded] == [12]
    assert not folded[0].startswith('<details class="fold" open')


@pytest.mark.parametrize("odd", [[3, "x"], "text", {"a": 1}, [{}], [{"level": "high", "value": [1, 2]}]])
def test_reasons_of_another_form_do_no_harm(tmp_path: Path, odd: Any) -> None:
    html = page_of(tmp_path, sequence_entry(decisions=[{"because": odd, "with": odd, "ranking": odd}] * 4))
    assert "a.jpg" in text_of(html)

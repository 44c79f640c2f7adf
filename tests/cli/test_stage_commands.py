"""The stages as subcommands: each reads what the one before it wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from imbatch2soundvisu.cli.command import main
from imbatch2soundvisu.cli.stage_commands import STAGES


def test_the_stages_follow_each_other(folder, capsys):
    assert main(["index", "--input", str(folder), "--out", "index.csv"]) == 0
    assert main(["embed", "--input", "index.csv", "--device", "cpu", "--batch-size", "4", "--out", "e.npz"]) == 0
    assert main(["reduce", "--embeddings", "e.npz", "--pca-dim", "4", "--out", "r.npz", "--plot", "map.png"]) == 0
    assert main(["cluster", "--embeddings", "r.npz", "--method", "kmeans", "--k", "2", "--out", "labels.csv"]) == 0
    assert main(["profile"]) == 0
    profiles = json.loads(Path("profiles.json").read_text())
    assert sum(each["size"] for each in profiles) == 12
    assert main(["video", "--resolution", "160x90", "--fps", "25", "--duration-per", "0.5", "--limit", "3"]) == 0
    assert len(list(Path("videos").rglob("sequence.mp4"))) == 2
    assert main(["music", "--seconds", "4"]) == 0
    assert len(list(Path("music-of-clusters").rglob("sequence.mid"))) == 2
    assert "12 images of 12 files; wrote index.csv" in capsys.readouterr().out


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_has_help_that_says_how_to_reach_a_folder_of_its_name(name, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    assert "./index" in capsys.readouterr().out


@pytest.mark.parametrize(
    "given", [["cluster", "--metric", "cosine"], ["video", "--resolution", "big"], ["cluster", "--method", "nothing"]]
)
def test_what_a_stage_cannot_do_is_refused(given):
    assert main(given) == 2

"""Manifests, and the files they name, for tests of the gallery."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
from PIL import Image

from imbatch2soundvisu.report import gallery

ATTACK = "<script>alert(1)</script>"


HOSTILE = [
    f"a/{ATTACK}.jpg",
    '"><img src=x onerror=alert(2)>.jpg',
    "' onmouseover='alert(3)' x='.png",
    "</script><script>alert(4)</script>.webp",
    "\u2028line\u2029ends 🦩 & é%20#?.jpg",
    "{{ 7*7 }} <!-- --> \udcff.jpg",
]


LUMINANCE = {"name": "luminance", "unit": "share", "low": 0.0, "high": 1.0, "circular": False, "description": "OKLab L"}


HUE = {"name": "hue", "unit": "degrees", "low": 0.0, "high": 360.0, "circular": True, "description": "HSV hue"}


ROLL = {"width": 400, "height": 100, "left": 40, "right": 360, "top": 25}


BECAUSE = [
    {"feature": "luminance", "value": 0.4, "level": 0.66, "parameter": "register", "outcome": "the tune around D4"},
    {"feature": "-subject_scale", "value": 0.043, "level": 0.9, "parameter": "space", "outcome": "sustained, far"},
    {"feature": "edge_density", "value": None, "level": None, "parameter": "density", "outcome": "3 tune notes"},
]


def sequence_entry(**changes: Any) -> dict[str, Any]:
    """The entry of a sequence of four images, without files."""
    names = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    decisions = [
        {"value": 0.2 * i, "bar": 1, "beat": i + 1, "chord": f"chord{i}", "melody": ["C4", "E4"], "why": f"reason {i}"}
        for i in range(4)
    ]
    return {
        "plan": "dark to bright",
        "kind": "sequence",
        "title": "",
        "cluster": "",
        "folder": "dark",
        "images": names,
        "values": [0.1, 0.3, 0.5, 0.9],
        "shown": ["0.100", "0.300", "0.500", "0.900"],
        "driver": LUMINANCE,
        "criterion": {"space": "look", "length": 3.0, "random": 5.0, "best": 1.0, "mean_step": 1.0,
                      "largest_step": 2.0, "closeness": 0.5, "spearman": 1.0},
        "criterion_text": "Spearman +1.000, path 60% of random (best known 20%)",
        "tempo_bpm": 120.0,
        "frames": 60,
        "fps": 30,
        "seconds": 2.0,
        "starts_s": [0.0, 0.5, 1.0, 1.5],
        "files": {},
        "music": {"style": "composed", "key": "C minor", "summary": "Slow.", "engine": "FluidSynth",
                  "loudness_lufs": -14.0, "peak_dbfs": -1.2},
        "decisions": decisions,
        "kept": False,
        "problems": [],
    } | changes  # fmt: skip


def cluster_entry(**changes: Any) -> dict[str, Any]:
    """The entry of a cluster report."""
    clusters = {
        "by": "k-means, k = 2, on look",
        "space": "look",
        "notes": ["The elbow is at 2."],
        "quality": {"silhouette": 0.214, "silhouette_random": -0.031, "stability": None},
        "sweep": [],
        "clusters": [
            {
                "cluster": "dark",
                "number": 1,
                "position": 0,
                "size": 3,
                "description": "darker, warmer",
                "colour": "#123456",
            },
            {
                "cluster": "bright",
                "number": 0,
                "position": 1,
                "size": 1,
                "description": "brighter",
                "colour": "#abcdef",
            },
        ],
        "noise": ["x.jpg"],
    }
    return {"plan": "clusters", "cluster": "", "images": ["a.jpg", "x.jpg"], "by": "k-means", "clusters": clusters,
            "files": {}, "problems": [], "kept": False} | changes  # fmt: skip


def manifest_of(*results: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "program": "imbatch2soundvisu",
        "made": "2026-11-21 10:00",
        "versions": {"numpy": "2.3"},
        "exit_code": 0,
        "collection": {"root": "/images/holiday", "source": "folder", "found": 7, "usable": 4,
                       "skipped": [{"path": "notes.jpg", "reason": "not an image"}],
                       "damaged": [{"path": "half.jpg", "reason": "60% of its rows"}],
                       "duplicates": [["a.jpg", "copy.jpg"]], "near_duplicates": []},
        "health": {"formats": {"JPEG": 3, "PNG": 1}, "sizes": {"smallest": "10 × 20"},
                   "orientations": {"landscape": 4},
                   "dates": {"first": "2004-01-01", "last": "2020-01-01", "from": {"exif": 3, "name": 0, "file": 1}},
                   "plot": None},
        "features": [LUMINANCE | {"min": 0.1, "median": 0.4, "max": 0.9, "undefined": 2}],
        "results": list(results),
        "problems": [],
        "seconds": {"discover": 0.1},
    } | changes  # fmt: skip


def page_of(folder: Path, *results: dict[str, Any], **changes: Any) -> str:
    return gallery.write(folder, manifest_of(*results, **changes)).read_text(encoding="utf-8")


def write_video(path: Path, seconds: float = 2.0) -> None:
    """A tiny H.264 video whose grey changes every half second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for frame in range(int(seconds * 30)):
            grey = np.full((36, 64, 3), 60 * (frame // 15 % 4) + 20, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode())


def with_files(folder: Path, **changes: Any) -> dict[str, Any]:
    """The entry of a sequence whose files exist under `folder`."""
    place = folder / "dark"
    write_video(place / "sequence.mp4")
    Image.new("RGB", (320, 200), (200, 40, 40)).save(place / "contact-sheet.jpg")
    frames = [Image.new("RGB", (32, 18), (shade, 0, 0)) for shade in (0, 120, 240)]
    frames[0].save(place / "sequence.gif", save_all=True, append_images=frames[1:], duration=500, loop=0)
    (place / "sequence.csv").write_text("position\n")
    names = {"mp4": "sequence.mp4", "gif": "sequence.gif", "contact_sheet": "contact-sheet.jpg", "csv": "sequence.csv"}
    return sequence_entry(files={kind: f"dark/{name}" for kind, name in names.items()}, **changes)


def unknown_entry(folder: Path) -> dict[str, Any]:
    """The entry of a plan of a kind that the package does not have, with its files under `folder`."""
    place = folder / "holo"
    write_video(place / "scan.mp4", 0.5)
    Image.new("RGB", (64, 48), (20, 120, 200)).save(place / "view.png")
    soundfile.write(place / "hum.wav", np.zeros(4410), 44_100)
    (place / "points.json").write_text("[]")
    (place / "notes.html").write_text("<p>notes</p>")
    names = {"scan": "scan.mp4", "view": "view.png", "hum": "hum.wav", "points": "points.json", "notes": "notes.html"}
    return {
        "plan": "hologram",
        "kind": "hologram",
        "title": "hologram",
        "cluster": "",
        "folder": "holo",
        "images": ["a.jpg", "b.jpg", "c.jpg", "d.jpg"],
        "files": {kind: f"holo/{name}" for kind, name in names.items()},
        "viewers": {"scan": "video", "view": "image", "hum": "audio", "points": "download", "notes": "page"},
        "labels": {"points": "Point cloud", "view": "Depth field"},
        "summary": "One hologram of 4 images",
        "details": {"Resolution": "4096 dpi"},
        "kept": False,
        "problems": [],
    }


def with_roll(folder: Path, **changes: Any) -> dict[str, Any]:
    """The entry of a sequence with a video and a piano roll: time runs from 40 to 360 of 400 px."""
    made = with_files(folder, roll=ROLL, **changes)
    Image.new("RGB", (ROLL["width"], ROLL["height"]), (240, 240, 230)).save(folder / "dark" / "piano-roll.png")
    return made | {"files": made["files"] | {"piano_roll": "dark/piano-roll.png"}}

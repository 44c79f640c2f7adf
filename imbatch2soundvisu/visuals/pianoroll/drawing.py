"""Draws a piano roll: the images above their notes, and below them the features that the music follows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ...core import Audio, ImageSequence, Score
from ...core.text import duration
from ...music.composition.titles import tempo_line
from ..plots.canvas import write, write_bold
from .geometry import HEADING_LEFT, LEGEND_TOP, Geometry, geometry_of, heading_width
from .legend import draw_legend
from .panels import draw_chords, draw_images, draw_keyboard, draw_notes, draw_phrases, draw_time
from .score_data import tension
from .style import BACKGROUND, MUTED, REPEAT_PX, TEXT, save
from .track_drawing import draw_tension, draw_track, draw_waveform
from .tracks import feature_tracks


def draw(path: Path, sequence: ImageSequence, score: Score, audio: Audio | None = None) -> Geometry:
    """Write the piano roll of a score as a PNG.

    The same sequence, score and sound give the same bytes.

    Parameters
    ----------
    path : Path
        The file; written beside its name and renamed when complete.
    sequence : ImageSequence
        The images. Those that cannot be read are empty boxes.
    score : Score
        The music of the sequence.
    audio : Audio, optional
        The sound; its waveform is drawn where the score has recordings or no notes.

    Returns
    -------
    Geometry
        Positions of panels, tracks and notes.

    Raises
    ------
    ValueError
        If score and sequence have different lengths.
    """
    if len(sequence) != len(score.timeline.beats):
        raise ValueError(f"a score of {len(score.timeline.beats)} images for a sequence of {len(sequence)}")
    tracks = feature_tracks(sequence, score)
    shown_audio = audio if not score.notes or score.recordings else None
    levels, declared = tension(score)
    has_tension = bool(np.isfinite(levels).any())
    geometry = geometry_of(score, len(tracks) + has_tension, shown_audio is not None)
    canvas = Image.new("RGB", (geometry.width, geometry.height), BACKGROUND)
    _draw_heading(canvas, sequence, score)
    _draw_panels(canvas, geometry, sequence, score)
    if shown_audio is not None:
        draw_waveform(canvas, geometry, shown_audio)
    if has_tension:
        draw_tension(canvas, geometry, score, levels, declared)
    for band, track in zip(geometry.tracks[has_tension:], tracks, strict=True):
        draw_track(canvas, geometry, band, score, track)
    save(path, canvas, (geometry.left, geometry.images.top, geometry.right, geometry.images.bottom))
    return geometry


def _draw_panels(canvas: Image.Image, geometry: Geometry, sequence: ImageSequence, score: Score) -> None:
    draw_keyboard(canvas, geometry)
    draw_time(canvas, geometry, score)
    draw_images(canvas, geometry, sequence.records, score.timeline.start_ticks.tolist())
    if geometry.phrases.height:
        draw_phrases(canvas, geometry, score)
    if geometry.chords.height:
        draw_chords(canvas, geometry, score)
    draw_notes(canvas, geometry, score)


def _draw_heading(canvas: Image.Image, sequence: ImageSequence, score: Score) -> None:
    """Write title, facts and legend within the width of a window; the legend is repeated along a long roll."""
    x, width = HEADING_LEFT, heading_width(canvas.width)
    write_bold(canvas, (x, 46), sequence.title, 22, TEXT, max_width=width)
    count = f"{len(sequence)} images" if len(sequence) != 1 else "1 image"
    time = duration(float(score.timeline.seconds))
    *piece, tempo = tempo_line(score)
    style = "Composed" if piece and " with " not in score.style else score.style
    facts = (count, time, score.key, *piece, tempo, style)
    write(canvas, (x, 72), "  ·  ".join(fact for fact in facts if fact), 14, MUTED, max_width=width)
    for start in range(x, max(x + 1, canvas.width - width), REPEAT_PX):
        draw_legend(canvas, score, start, LEGEND_TOP, width)

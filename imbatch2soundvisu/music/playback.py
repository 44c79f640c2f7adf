"""Listening: sound in a notebook's cell, and from the loudspeakers of the machine that a run is on."""

from __future__ import annotations

import base64
import html
import io
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..core import Audio, ImageSequence, Score, Timing
from ..core.errors import ConfigError, MakeError
from ..runtime import buffers
from . import mastering, mixing

#: How sound travels inside a page: small, and every browser plays it.
FORMAT, MEDIA_TYPE = "MP3", "audio/mpeg"
FPS = 30
#: Seconds between two looks at whether a sound is over.
LOOK_S = 0.05


@dataclass(frozen=True)
class Player:
    """Sound that shows itself as a player in a notebook. title : text. audio : finished."""

    title: str
    audio: Audio

    def __repr__(self) -> str:
        return f"Player({self.title!r}, {len(self.audio.samples) / self.audio.sample_rate:.1f} s)"

    def _repr_html_(self) -> str:
        data = base64.b64encode(encoded(self.audio)).decode("ascii")
        return (
            f'<figure style="margin:0"><figcaption>{html.escape(self.title)}</figcaption>'
            f'<audio controls preload="metadata" src="data:{MEDIA_TYPE};base64,{data}"></audio></figure>'
        )


def preview(
    heard: Score | Audio | ImageSequence, music: Any = None, pace: Timing | None = None, fps: int = FPS
) -> Player:
    """A player for a notebook: of a score, of sound, or of what a style of music makes of a sequence.

    music, pace, fps : of a sequence: a style such as Composed(), how long images last, frames a second.

    Raises ConfigError for what is not sound, and for a sequence without music; EngineMissing where nothing can play.

    >>> i2s.sound.preview(plan.sequence(table), i2s.Composed("calm"))  # doctest: +SKIP
    """
    if isinstance(heard, ImageSequence):
        heard = _composed(heard, music, pace or Timing(), fps)
    if isinstance(heard, Score):
        sound = mastering.master(mixing.play(heard), fade_out_s=mastering.ending_s(heard.timeline))
        return Player(heard.summary or " in ".join(filter(None, (heard.style, heard.key))), sound)
    if isinstance(heard, Audio):
        return Player(heard.engine or "sound", heard)
    raise ConfigError(f"preview plays a Score, an Audio, or an ImageSequence with music=, not {type(heard).__name__}")


def _composed(sequence: ImageSequence, music: Any, pace: Timing, fps: int) -> Score:
    """The score that a plan with this music has."""
    if not callable(getattr(music, "compose", None)) or isinstance(music, type):
        raise ConfigError(f"a sequence is heard through a style of music, such as music=Composed(), not {music!r}")
    grid = music.timeline(sequence, fps, pace)
    score = music.compose(sequence, grid, sequence.chance())
    if score is None:
        raise ConfigError(f"music={music!r} is silence: there is nothing to hear")
    return score


def encoded(audio: Audio) -> bytes:
    """The sound as the bytes of an MP3 file."""
    import soundfile

    target = io.BytesIO()
    with soundfile.SoundFile(target, "w", audio.sample_rate, 2, format=FORMAT) as file:
        for piece in buffers.pieces(audio.samples):
            file.write(np.asarray(audio.samples[piece], np.float32))
    return target.getvalue()


def play(path: Path) -> None:
    """Play a sound file through the loudspeakers; returns when it is over. Ctrl-C stops it.

    Raises MakeError when the machine has nothing to play on, or the file cannot be played.
    """
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    os.environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")  # Ctrl-C and the end of other processes are not SDL's
    import pygame

    try:
        pygame.mixer.init()
        pygame.mixer.music.load(path)
        pygame.mixer.music.play()
        while pygame.mixer.music.get_busy():
            time.sleep(LOOK_S)
    except (pygame.error, OSError) as error:
        raise MakeError(f"{path.name} is not played: {error}") from error
    finally:
        pygame.mixer.quit()

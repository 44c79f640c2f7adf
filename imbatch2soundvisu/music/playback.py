"""Play sound in a notebook, and through the loudspeakers of the computer."""

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

from ..core import Audio, FrameRate, ImageSequence, Score, Timing
from ..core.errors import ConfigError, MakeError
from ..runtime import buffers
from . import mastering, mixing

#: Format of sound within a page: small, and supported by every browser.
FORMAT, MEDIA_TYPE = "MP3", "audio/mpeg"
FPS = 30
#: Seconds between two checks whether a file is still playing.
POLL_S = 0.05


@dataclass(frozen=True)
class AudioPlayer:
    """Sound that a notebook shows as an audio player.

    Parameters
    ----------
    title : str
        Text above the player.
    audio : Audio
        Mastered sound.
    """

    title: str
    audio: Audio

    def __repr__(self) -> str:
        return f"AudioPlayer({self.title!r}, {len(self.audio.samples) / self.audio.sample_rate:.1f} s)"

    def _repr_html_(self) -> str:
        data = base64.b64encode(mp3(self.audio)).decode("ascii")
        return (
            f'<figure style="margin:0"><figcaption>{html.escape(self.title)}</figcaption>'
            f'<audio controls preload="metadata" src="data:{MEDIA_TYPE};base64,{data}"></audio></figure>'
        )


def preview(
    source: Score | Audio | ImageSequence, music: Any = None, timing: Timing | None = None, fps: FrameRate = FPS
) -> AudioPlayer:
    """Return an audio player for a notebook.

    Parameters
    ----------
    source : Score, Audio or ImageSequence
        What is to be played.
    music : style of music, optional
        For a sequence: the style that composes for it, such as `Composed()`.
    timing : Timing, optional
        For a sequence: how long images last.
    fps : int, default 30
        For a sequence: frames per second.

    Returns
    -------
    AudioPlayer

    Raises
    ------
    ConfigError
        For another `source`, and for a sequence without music.
    EngineMissing
        If there are notes and no synthesizer.

    Examples
    --------
    >>> silence = Audio(np.zeros((44_100, 2), np.float32), 44_100, "silence")
    >>> preview(silence)
    AudioPlayer('silence', 1.0 s)
    """
    if isinstance(source, ImageSequence):
        source = _compose(source, music, timing or Timing(), fps)
    if isinstance(source, Score):
        audio = mastering.master(mixing.render(source), fade_out_s=mastering.ending_s(source))
        return AudioPlayer(source.summary or " in ".join(filter(None, (source.style, source.key))), audio)
    if isinstance(source, Audio):
        return AudioPlayer(source.engine or "sound", source)
    raise ConfigError(f"preview plays a Score, an Audio, or an ImageSequence with music=, not {type(source).__name__}")


def _compose(sequence: ImageSequence, music: Any, timing: Timing, fps: FrameRate) -> Score:
    """The score that a plan with this music has."""
    if not callable(getattr(music, "compose", None)) or isinstance(music, type):
        raise ConfigError(f"preview needs a style of music for a sequence, such as music=Composed(), not {music!r}")
    grid = music.timeline(sequence, fps, timing)
    score = music.compose(sequence, grid, sequence.rng())
    if score is None:
        raise ConfigError(f"music={music!r} makes no sound, so there is nothing to play")
    return score


def mp3(audio: Audio) -> bytes:
    """Return sound as the bytes of an MP3 file."""
    import soundfile

    stream = io.BytesIO()
    with soundfile.SoundFile(stream, "w", audio.sample_rate, 2, format=FORMAT) as file:
        for chunk in buffers.chunks(audio.samples):
            file.write(np.asarray(audio.samples[chunk], np.float32))
    return stream.getvalue()


def play_file(path: Path) -> None:
    """Play a sound file through the loudspeakers, and return when it has ended. Ctrl-C stops it.

    Raises
    ------
    MakeError
        If the computer has no audio output, or the file cannot be decoded.
    """
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    os.environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")  # SDL must not handle Ctrl-C or the end of processes
    import pygame

    try:
        pygame.mixer.init()
        pygame.mixer.music.load(path)
        pygame.mixer.music.play()
        while pygame.mixer.music.get_busy():
            time.sleep(POLL_S)
    except (pygame.error, OSError) as error:
        raise MakeError(f"{path.name} cannot be played: {error}") from error
    finally:
        pygame.mixer.quit()

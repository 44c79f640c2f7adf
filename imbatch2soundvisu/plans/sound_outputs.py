"""The music of a sequence: as sound, as notes, and part by part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..config import Settings
from .protocols import OutputFiles, SequenceSource
from .registry import OUTPUT_KINDS
from .sequence_outputs import SequenceOutput


@OUTPUT_KINDS.register("wav")
@dataclass(frozen=True)
class Wav(SequenceOutput):
    """The music as WAV, 16 bits."""

    needs_audio: ClassVar[bool] = True
    needs_score: ClassVar[bool] = True

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["sequence.wav"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `sequence.wav`."""
        from ..music import wav

        assert content.audio is not None
        wav.write_pcm16(out.path("wav", "sequence.wav", "audio", "Sound (WAV)"), content.audio)


@OUTPUT_KINDS.register("midi")
@dataclass(frozen=True)
class Midi(SequenceOutput):
    """The music as a standard MIDI file, with a marker for each image."""

    needs_score: ClassVar[bool] = True

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["sequence.mid"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `sequence.mid`."""
        from ..music import midi

        assert content.score is not None
        names = [record.name for record in content.sequence.records]
        midi.write(out.path("mid", "sequence.mid", "download", "Score (MIDI)"), content.score, names)


@OUTPUT_KINDS.register("stems")
@dataclass(frozen=True)
class Stems(SequenceOutput):
    """Each part of the music as a WAV of 32-bit floats in `stems/`; their sum is the music before its limiter."""

    needs_audio: ClassVar[bool] = True
    needs_score: ClassVar[bool] = True

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `stems/NN-<part>.wav`."""
        from ..music import stems

        assert content.score is not None
        for kind, name in stems.write(out.folder, content.score, content.engine, out.settings.loudness_lufs).items():
            out.path(kind, name, "audio")

"""The sound of a path as a small file beside its map."""

from __future__ import annotations

from pathlib import Path

_RATE, _BITS = 44_100, 128_000


def write_sound(source: Path, path: Path) -> bool:
    """Write the sound of a film or recording as AAC in MP4; that of a film is copied without encoding it again.

    Parameters
    ----------
    source : Path
        An MP4 with AAC, or any recording that FFmpeg reads.
    path : Path
        `name.m4a`.

    Returns
    -------
    bool
        False where the source has no sound.
    """
    import av

    with av.open(str(source)) as container:
        if not container.streams.audio:
            return False
        stream = container.streams.audio[0]
        with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as written:
            if stream.codec_context.name == "aac":
                copied = written.add_stream_from_template(stream)
                for packet in container.demux(stream):
                    if packet.dts is not None:
                        packet.stream = copied
                        written.mux(packet)
                return True
            encoder = written.add_stream("aac", rate=_RATE, layout="stereo")
            encoder.bit_rate = _BITS
            resampler = av.AudioResampler("fltp", "stereo", _RATE)
            for frame in container.decode(stream):
                for part in resampler.resample(frame):
                    written.mux(encoder.encode(part))
            for part in resampler.resample(None):
                written.mux(encoder.encode(part))
            written.mux(encoder.encode(None))
    return True

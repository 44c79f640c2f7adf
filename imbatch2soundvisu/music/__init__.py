"""Music and sound on the timeline of the images.

`timeline` builds the grid, `composition` and `tracks` make scores, `styles` names them; `midi`, `synthesis`,
`recordings`, `mixing`, `mastering` and `stems` turn scores into files, `playback` into sound in a notebook;
`analysis` measures scores.
"""

from .playback import AudioPlayer, preview

__all__ = ["AudioPlayer", "preview"]

"""Where a mosaic is saved: a pattern with `%s` for the name of the target and `%d` for scales."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ..core.errors import ConfigError, NotOursError
from ..runtime.ownership import WrittenFiles

#: Formats of Pillow in which a mosaic can be saved, and endings that messages name where these are among them.
_FORMATS = {"AVIF", "BMP", "GIF", "HEIF", "JPEG", "JPEG2000", "PDF", "PNG", "PPM", "TGA", "TIFF", "WEBP"}
_USUAL = (".jpg", ".png", ".tif", ".webp")
_DIRECTIVE = re.compile(r"%(?:%|s|0?[0-9]?d)")


def saved_at(pattern: str, target: str, numbers: Iterable[int] = (), usual: str = "%s") -> Path:
    """Return the path that a pattern stands for.

    Parameters
    ----------
    pattern : str
        `%s` is the name of the target without its ending, each `%d` the next number (`%03d`: with three digits),
        and `%%` a percent sign. A folder, or a text that ends with a slash, is where `usual` is saved.
    target : str
        The file name of the target.
    numbers : iterable of int
        Scales.
    usual : str
        The pattern of the file in a folder.

    Raises
    ------
    ConfigError
        If the pattern has more numbers than there are.

    Examples
    --------
    >>> saved_at("out/%s-mosaic-scale-%d.jpg", "media/beach.png", [8]).as_posix()
    'out/beach-mosaic-scale-8.jpg'
    >>> saved_at("%s-from-%02d-to-%02d.gif", "beach.jpg", [5, 25]).as_posix()
    'beach-from-05-to-25.gif'
    >>> saved_at("out/", "beach.jpg", [8], "%s-%d.jpg").as_posix()
    'out/beach-8.jpg'
    """
    if pattern.endswith(("/", "\\")) or Path(pattern).expanduser().is_dir():
        pattern = f"{pattern.rstrip('/') or '/'}/{usual}"
    left = list(numbers)

    def text(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if found[0] == "%s":
            return name_of(target)
        if not left:
            raise ConfigError(f"savepath {pattern}: there are more numbers in it than scales; write %% for a %")
        return found[0] % left.pop(0)

    return Path(_DIRECTIVE.sub(text, pattern)).expanduser()


def for_each_scale(pattern: str) -> str:
    """Return a pattern that differs for each scale: `-%d` is added before its ending where it has no number.

    Examples
    --------
    >>> for_each_scale("a.jpg"), for_each_scale("a-%d.jpg")
    ('a-%d.jpg', 'a-%d.jpg')
    """
    if pattern.endswith(("/", "\\")) or any(found.endswith("d") for found in _DIRECTIVE.findall(pattern)):
        return pattern
    path = Path(pattern)
    return pattern[: len(pattern) - len(path.suffix)] + "-%d" + path.suffix


def name_of(target: str) -> str:
    """Return a file name without folders and its last ending.

    Examples
    --------
    >>> name_of("media/2018-04-01 12.00.27.jpg")
    '2018-04-01 12.00.27'
    """
    return Path(target).stem or "target"


def image_endings() -> set[str]:
    """Return the endings of file names in which a mosaic can be saved: those of formats with all colours."""
    from PIL import Image

    Image.init()
    writable = _FORMATS & set(Image.SAVE)
    return {ending for ending, kind in Image.registered_extensions().items() if kind in writable}


def check_ending(path: Path, endings: Iterable[str]) -> None:
    """Raise ConfigError for a path whose ending is none of those that can be written."""
    known = sorted(endings)
    if path.suffix.lower() not in known:
        usual = [each for each in _USUAL if each in known] or known
        raise ConfigError(f"savepath {path}: its ending must be one of {', '.join(usual)}")


def check_free(path: Path, folder: Path | None = None) -> None:
    """Raise NotOursError when there is a file that this program did not write, or that was changed since.

    Parameters
    ----------
    path : Path
        Where a file is to be written.
    folder : Path, optional
        The folder that has the record of what was written; that of the file when None.
    """
    try:
        WrittenFiles(path.parent if folder is None else folder).check_free([path])
    except NotOursError as error:
        changed = "was changed since this program wrote it" if "was changed" in str(error) else ""
        why = changed or "was not written by this program"
        raise NotOursError(f"{path} is there already and {why}: move it, or give another savepath") from error


def check_savepath(path: Path, endings: Iterable[str]) -> None:
    """Raise as `check_ending` and `check_free` do."""
    check_ending(path, endings)
    check_free(path)

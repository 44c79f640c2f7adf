"""Order a folder of images, compose music that follows them, and write films, GIFs, sheets and a gallery.

The public names are loaded when they are first used; `__init__.pyi` lists them.

Examples
--------
>>> import imbatch2soundvisu as i2s
>>> collection = i2s.discover("photos")            # doctest: +SKIP
>>> table = i2s.measure(collection)                # doctest: +SKIP
>>> plan = i2s.SequencePlan("dark to bright", order="luminance")
>>> plan.sequence(table)                           # doctest: +SKIP
>>> i2s.run([plan], root="photos")                 # doctest: +SKIP
"""

from typing import Any

import lazy_loader as _lazy

_load, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version(__name__)
        except PackageNotFoundError:
            return "0+unknown"
    return _load(name)

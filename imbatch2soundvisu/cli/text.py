"""Text for a terminal: what `runtime.terminal_text` has."""

from ..runtime.terminal_text import plain, replace_unencodable

__all__ = ["plain", "replace_unencodable"]

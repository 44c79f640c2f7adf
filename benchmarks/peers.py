"""Python environments of programs that are compared and cannot be installed beside the project."""

from __future__ import annotations

import subprocess
import sys
import venv

from imbatch2soundvisu import config


def python_with(package: str, module: str) -> str | None:
    """Return the Python of an environment in the cache that has a package; None where it cannot be installed.

    Parameters
    ----------
    package : str
        What pip calls it.
    module : str
        What Python calls it.
    """
    folder = config.resolve().cache / "benchmarks" / package
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    try:
        if not python.exists():
            venv.create(folder, with_pip=True)
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode:
            subprocess.run([python, "-m", "pip", "install", "-q", package], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{package} cannot be installed, so it is not compared: {error}")
        return None
    return str(python)

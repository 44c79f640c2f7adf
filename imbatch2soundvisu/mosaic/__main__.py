"""`python -m imbatch2soundvisu.mosaic`: see `mosaic.command`."""

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main())

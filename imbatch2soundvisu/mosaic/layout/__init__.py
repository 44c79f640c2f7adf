"""Where the tiles of a mosaic are: tilings, the cells that they divide a target into, and masks."""

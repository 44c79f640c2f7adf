"""Which tile each cell gets: vectors of cells and tiles, nearest neighbours, and the limits of repetition."""

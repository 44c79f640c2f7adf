"""Images as tiles of one size: a codebook, kept by content, and their pixels at any other size."""

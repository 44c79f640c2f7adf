"""The cache, atomic files, the record of written files, fingerprints of code, and executors."""

"""What a run stands on: the cache, files that appear whole or not at all, fingerprints of code, executors."""

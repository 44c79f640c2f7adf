"""What a run reports: the manifest `run.json` with its JSON Schema, the gallery, and the reports of clusterings."""

"""What a run reports: the gallery, the reports of clusterings, and the pages they share."""

"""Write the report of a run as one HTML page, with its result, diagnosis and architecture."""

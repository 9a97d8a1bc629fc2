"""The history of one fact on several pages: loaded from the archive, as a chart, and as rows for scripts and spreadsheets."""

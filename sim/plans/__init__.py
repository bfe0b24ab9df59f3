"""Plans as people have them: files of spreadsheets and tables in memory, read into plans."""

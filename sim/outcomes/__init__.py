"""What a run leaves behind: the frozen record, paired statistics, storage."""

"""Words, tables and figures: functions of results, in English and Chinese."""

"""Sentences, tables and figures made from results, in English and Chinese."""

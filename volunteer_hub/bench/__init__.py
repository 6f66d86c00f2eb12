"""Measurements of the whole program, each a command: `volunteer-hub bench …`.

Nouns: a measure (figures with their names and units), a meter (CPU seconds and memory of a running site by
part), a crowd (invented people and their shifts). May call everything below; nothing imports it.
"""

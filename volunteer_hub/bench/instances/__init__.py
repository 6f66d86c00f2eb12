"""Invented problems of any size to measure the engine on, each exact to the bit for a seed.

Nouns: a country (towns with volunteers and places around them), areas (polygons that tile a square), votes (a
contest of counties in states). Calls geodata alone.
"""

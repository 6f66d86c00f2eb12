"""Volunteer Hub: volunteers, priority districts, turf, walk lists and door reports.

Each folder is a feature and says in its own docstring what lives there. Imports go down
(docs/map.md has the order), data goes round through committed rows and announced facts.
"""

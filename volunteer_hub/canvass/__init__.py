"""Canvass: the script, the phone's walk page, and door reports that are stored once and never lost.

Nouns: script, script question, door report, receipt, result.
May call: assignments, turf, events, tasks, priority, districts, people, messaging, core, geodata.
"""

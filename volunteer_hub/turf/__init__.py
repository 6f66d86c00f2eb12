"""Turf: the doors of one canvasser on one shift, cut from precincts, in walking order, handed out by lease.

Nouns: cut, turf, walk list, lease.
May call: priority, districts, people, messaging, core, geodata.
"""

"""Assignments: who is asked to do what, with its states: proposed, offered, accepted, declined, done, lapsed.

Nouns: assignment, offer, answer, reminder.
May call: turf, events, tasks, priority, districts, people, messaging, core, geodata.
"""

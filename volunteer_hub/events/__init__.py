"""Events: what happens when and where, its shifts with capacity, and the people who signed up.

Nouns: event, staging location, shift, sign-up, waiting list, attendance.
May call: priority, districts, people, messaging, core, geodata.
"""

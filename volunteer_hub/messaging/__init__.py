"""Messaging: emails and texts with an id and a state, providers, quiet hours, the suppression list.

Nouns: message, recipient, suppression, provider, catcher. Knows addresses and time zones, not people.
May call: core, geodata.
"""

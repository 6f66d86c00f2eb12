"""Districts: imports, districts and precincts with their shapes, past results, doors and voters.

Nouns: import, district, precinct, result, door, household, voter, column mapping.
May call: people, messaging, core, geodata.
"""

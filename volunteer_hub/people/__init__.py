"""People: campaigns and their areas, volunteers and staff, roles, availability, consent, sign-in.

Nouns: campaign, area, person, grant, availability, session, sign-in link.
May call: messaging, core, geodata.
"""

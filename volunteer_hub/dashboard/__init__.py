"""Dashboard: how it stands, live, for whoever answers for an area. Reads only.

Nouns: standing, day done, forecast.
May call: everything below app, for reading.
"""

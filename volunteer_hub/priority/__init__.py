"""Priority: contests, dated snapshots of where an hour is worth most, progress, forecasts.

Nouns: contest, snapshot, score, progress, forecast.
May call: districts, people, messaging, core, geodata.
"""

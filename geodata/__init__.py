"""Where, how near, and where an hour is worth most: the engine, usable on its own.

Plain data in, plain data out: no Flask, no SQL, no Redis, and no files except through named readers.
Nouns: boundary, district, priority, place, match, turf, walk. May call nothing else of the project.
"""

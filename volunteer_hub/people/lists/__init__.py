"""A file of volunteers on its way in: which column is what, what each row says, what becomes of it.

Nouns: list, column, row, verdict. Called by services and jobs of people; calls contact, places, queries.
"""

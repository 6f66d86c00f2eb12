"""Dashboard: read-only pages that show how it is going. Writes nothing.

May call: everything below it.
"""

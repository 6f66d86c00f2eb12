"""Importing: how each kind of file becomes rows, inside one transaction that lands whole or not at all.

Nouns: run, report, loader. A loader takes a Run and gives a Report; it writes districts' tables only.
"""

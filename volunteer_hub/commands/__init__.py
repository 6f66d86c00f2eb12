"""The commands that look after the program itself: run, backup, restore, doctor, config.

Features keep their own commands in their cli.py. Everything here may import app, supervise and config; only
volunteer_hub/cli.py names it, in a table.
"""

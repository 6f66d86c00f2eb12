"""How fast and how good the engine is, by size, with the peer in the same run.

Nouns: a case (one problem at several sizes), a side (ours, the peer, a baseline; each measured in a process
of its own), figures (what a side found), a row (one size: all its sides), a bar (what a row must reach).

To add a case: write a module like limited.py whose function takes a Task and returns figures, give it one
entry in cases.py, and its bar in bars.py.
"""

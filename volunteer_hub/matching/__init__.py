"""Matching: runs of the engine over people, open shifts and priorities, and the proposals they make.

Nouns: run, proposal, pin, never-pair, certificate.
May call: assignments and what lies below it.
"""

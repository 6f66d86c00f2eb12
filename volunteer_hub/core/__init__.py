"""What every feature stands on: the transaction, facts and jobs, the clock, refusals, the gate, the audit.

Nouns: transaction, fact, job, sweep, refusal, viewer, grant, audit entry.
May call: geodata. Knows no feature; a feature hands in what core needs to know.
"""

"""What a script is, apart from where it is kept: its content, the rules of branching, its file format.

Nouns: content, question, option, condition (rules about answers to earlier questions), fault (a place in a
document and how to mend it). Pure: no database, no request; the phone has the same rules in
static/behaviours/script-rules.mjs, and both pass the cases of tests/data/script-branching.json.
"""

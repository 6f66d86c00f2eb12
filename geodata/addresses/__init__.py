"""American street names read and written one way.

Nouns: words (capitals, no punctuation), street (direction, name, type, direction). Pure text; calls nothing.
"""

from geodata.addresses.street import NO_BOX, ORDINAL, street_of, words_of

__all__ = ["NO_BOX", "ORDINAL", "street_of", "words_of"]

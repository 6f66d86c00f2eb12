"""How people are found by name: the text that is searched, and names as they sound. In SQL."""

from __future__ import annotations

# Small letters without accents: name, email, digits of the phone, home. The same as queries/listing.py asks.
SEARCH_TEXT = (
    "lower(regexp_replace(normalize(name || ' ' || email::text || ' ' || coalesce(phone, '')"
    r" || ' ' || coalesce(home_text, ''), NFKD), '[\u0300-\u036f]', '', 'g'))"
)


def sounds_of(text_sql: str) -> str:
    """SQL: the words of a text as they sound to a hurried ear, an array of consonant skeletons.

    “González”, “Gonsales” and “Gonzalez” are all gnsls, “María” and “Mary” nr. A skeleton in the manner of
    Soundex (Russell, 1918), for English and Spanish: no accents; ph is f, v is b, m is n, z and soft c are s,
    hard c and q are k; h, j and soft g are one at the beginning of a word and h is silent inside; doubled
    letters are one; vowels and w count only at the beginning, and all vowels are the same.
    """
    found = f"lower(regexp_replace(normalize({text_sql}, NFKD), '[\u0300-\u036f''’.]', '', 'g'))"
    for pattern, by in (
        ("[^a-z]+", " "), ("ph", "f"), ("sch|sh|ch", "x"), ("tz", "s"), ("ck|qu", "k"), ("c(?=[eiy])", "s"),
        ("\\m(j|h|g(?=[eiy]))", "J"), ("\\mw", "W"),
    ):  # fmt: skip
        found = f"regexp_replace({found}, '{pattern}', '{by}', 'g')"
    found = f"translate({found}, 'zcqvmh', 'skkbn')"
    for pattern, by in (("(.)\\1+", "\\1"), ("\\m[aeiouy]", "A"), ("[aeiouyw]", "")):
        found = f"regexp_replace({found}, '{pattern}', '{by}', 'g')"
    return f"array_remove(string_to_array(lower({found}), ' '), '')"


def words_in(rows_sql: str) -> str:
    """SQL: each word of the names and homes in `rows_sql` (rows with campaign_id, name and home_text) once.

    Columns campaign_id, kind and word; words of three letters or more, small and without accents.
    """
    parts = " UNION ALL ".join(
        f"SELECT campaign_id, '{kind}' AS kind, {_WORDS.format(column)} AS word FROM {rows_sql}"  # noqa: S608
        for kind, column in (("name", "name"), ("place", "home_text"))
    )
    return f"SELECT DISTINCT campaign_id, kind, word FROM ({parts}) AS every WHERE length(word) >= 3"  # noqa: S608


_WORDS = (
    "regexp_split_to_table(lower(regexp_replace(normalize(coalesce({}, ''), NFKD), "
    "'[\u0300-\u036f''’.]', '', 'g')), '[\\W\\d_]+')"
)
NOTE_WORDS = f"""
INSERT INTO name_words (campaign_id, kind, word, sounds)
SELECT campaign_id, kind, word, {sounds_of("word")}
FROM ({words_in("added")}) AS words ORDER BY campaign_id, kind, word
ON CONFLICT (campaign_id, kind, word) DO NOTHING
"""  # noqa: S608 - in one order, so that two who add people at once do not wait for each other in a ring

"""What a text costs, counted before it leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer_hub.messaging.texts import words
from volunteer_hub.messaging.texts.segments import counted, is_gsm7, plain

GSM = "abcdefghijklmnopqrstuvwxyz ABC123@£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉÄÖÑÜ§¿äöñüà¡"


@pytest.mark.parametrize(
    ("words", "encoding", "segments"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3),  # 306 septets, but none split over the border
        ("é ñ ü ¿Viene? ¡Sí!".replace("í", "i"), "GSM-7", 1),
        ("mañana a las 9:00", "GSM-7", 1),
        ("sábado", "UCS-2", 1),
        ("á" * 70, "UCS-2", 1),
        ("á" * 71, "UCS-2", 2),
        ("á" * 134, "UCS-2", 2),
        ("á" * 135, "UCS-2", 3),
        ("🗳" * 35, "UCS-2", 1),
        ("🗳" * 36, "UCS-2", 2),
        ("á" * 66 + "🗳" + "á" * 66, "UCS-2", 3),  # 134 units, but the pair stays together
    ],
)
def test_the_borders_of_a_segment(words, encoding, segments):
    found = counted(words)
    assert (found.encoding, found.segments) == (encoding, segments)


def test_typographic_signs_do_not_make_a_text_dearer():
    written = "It’s “on” – Saturday… 9:00\u202fAM\u00a0at the hall"
    assert plain(written) == 'It\'s "on" - Saturday... 9:00 AM at the hall'
    assert counted(plain(written)).encoding == "GSM-7"


@pytest.mark.parametrize("written", ["¿Vendrá el sábado? “Sí”", "Sí…", "Gracias 🎉 – nos vemos"])
def test_what_needs_its_accents_or_pictures_stays_as_it_was_written(written):
    assert plain(written) == written


def test_a_letter_with_a_loose_accent_is_the_letter_with_the_accent():
    assert plain("man\u0303ana") == "mañana"


@given(st.text(max_size=700))
def test_making_plain_loses_nothing_twice_and_never_costs_more(words):
    once = plain(words)
    assert plain(once) == once
    if is_gsm7(once):
        assert counted(once).segments <= counted(words).segments or "…" in words
    letters = [each for each in words if each.isalnum() and each.isascii()]
    assert [each for each in once if each.isalnum() and each.isascii()] == letters or not words.isascii()


@given(st.text(alphabet=GSM + "^{}\\[~]|€", max_size=1600))
def test_septets_fit_into_the_segments_counted(words):
    found = counted(words)
    room = 160 if found.segments == 1 else 153
    assert found.encoding == "GSM-7"
    assert found.length <= found.segments * room
    assert found.segments == 1 or found.length > 160
    assert 0 <= found.room <= room


@given(st.text(alphabet="áíóú😀🗳 abc", min_size=1, max_size=600).filter(lambda words: not is_gsm7(words)))
def test_units_fit_into_the_segments_counted(words):
    found = counted(words)
    assert found.length == len(words.encode("utf-16-le")) // 2
    assert found.segments == 1 if found.length <= 70 else found.segments >= -(-found.length // 67)
    assert found.segments <= -(-found.length // 66)


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("STOP", "stop"), (" Stop. ", "stop"), ("cancel", "stop"), ("END", "stop"), ("OptOut", "stop"),
        ("ALTO", "stop"), ("baja!", "stop"), ("START", "start"), ("alta", "start"), ("HELP", "help"),
        ("¿Ayuda?", "help"),
        ("C", "confirm"), ("c.", "confirm"), ("Yes!", "confirm"), ("SÍ", "confirm"), ("si", "confirm"),
        ("👍", "confirm"),
        ("X", "cancel"), ("no", "cancel"), ("No.", "cancel"), ("cancelar", "cancel"), ("can’t", "cancel"),
        ("yes but later", "other"), ("who is this", "other"), ("", "other"),
    ],
)  # fmt: skip
def test_what_people_answer(body, meant):
    assert words.meaning(body, was_asked=True, is_stopped=False) == meant


def test_yes_takes_back_a_stop_and_means_nothing_where_nothing_was_asked():
    assert words.meaning("YES", was_asked=True, is_stopped=True) == "start"
    assert words.meaning("YES", was_asked=False, is_stopped=False) == "other"
    assert words.meaning("C", was_asked=False, is_stopped=False) == "other"


def test_no_word_that_answers_a_question_ends_all_texts():
    assert not (words.CONFIRM_WORDS | words.CANCEL_WORDS) & words.STOP_WORDS
    assert not words.CONFIRM_WORDS & words.CANCEL_WORDS

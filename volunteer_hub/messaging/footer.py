"""What stands under every email: who writes, their postal address, and how to stop it.

The words are chosen when an email is posted, in its reader's language; the link is its own row's, so it is
added when the email is built.
"""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _
from markupsafe import escape

from volunteer_hub.core.display import in_language
from volunteer_hub.messaging.recipient import Recipient


def words_by_language() -> Callable[[Recipient, bool], str]:
    """A function that gives the footer of an email but for its link; each language is looked up once."""
    known: dict[tuple[str, bool], str] = {}

    def words(to: Recipient, is_urgent: bool) -> str:
        key = (to.language, is_urgent)
        if key not in known:
            with in_language(to.language):
                known[key] = _how_to_stop(is_urgent)
        return "\n".join(filter(None, (to.sender_name, (to.postal_address or "").strip(), known[key])))

    return words


def _how_to_stop(is_urgent: bool) -> str:
    """An urgent email was asked for, or is about the way in: it comes also to who stopped the rest."""
    if is_urgent:
        return _("Messages like this one come in any case. Stop offers, reminders and news here:")
    return _("Stop these emails:")


def under_text(text: str, words: str, link: str) -> str:
    """The email as text with its footer."""
    return f"{text.rstrip()}\n\n--\n{words}\n{link}\n"


def under_html(html: str, words: str, link: str) -> str:
    """The email as HTML with its footer, at the end of its body."""
    lines = "<br>".join(str(escape(line)) for line in words.splitlines())
    style = "max-width:560px;margin:0 auto;padding:0 24px 16px;font:14px/1.5 sans-serif;color:#4b5a56;"
    foot = f'<p class="quiet" style="{style}">{lines}<br><a href="{escape(link)}">{escape(link)}</a></p>'
    before, end, after = html.rpartition("</body>")
    return before + foot + end + after if end else html + foot

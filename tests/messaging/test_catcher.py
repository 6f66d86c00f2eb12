"""The mail catcher: what it says it kept is kept, once counted, whatever happens."""

from __future__ import annotations

import smtplib
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests import patience
from volunteer_hub.messaging.catcher import Catcher, Faults, MailFolder, message_id

ROOT = Path(__file__).parents[2]


def a_mail(number: int = 1, to: str = "ana@example.org") -> EmailMessage:
    mail = EmailMessage()
    mail["Message-ID"] = f"<{number}@example.org>"
    mail["From"], mail["To"], mail["Subject"] = "hub@example.org", to, "Sábado a las 10"
    mail.set_content("Can you come?")
    mail.add_alternative("<p>Can you come?</p>", subtype="html")
    return mail


def send(address: tuple[str, int], *mails: EmailMessage) -> None:
    with smtplib.SMTP(*address, timeout=patience.WAIT_S) as connection:
        for mail in mails:
            connection.send_message(mail)


def test_a_caught_mail_can_be_listed_and_read(tmp_path):
    with Catcher(tmp_path) as catcher:
        send(catcher.address, a_mail(1), a_mail(2, to="ben@example.org"))
    newest, older = catcher.mail.latest()
    assert (newest.message_id, older.message_id) == ("<2@example.org>", "<1@example.org>")
    assert newest.recipients == ("ben@example.org",)
    assert older.subject == "Sábado a las 10"
    assert older.text.strip() == "Can you come?"
    assert "<p>" in older.html
    assert [c.name for c in catcher.mail.latest(to="ANA@example.org")] == [older.name]


def test_the_same_message_sent_twice_is_one_message_and_named_as_repeated(tmp_path):
    with Catcher(tmp_path) as catcher:
        send(catcher.address, a_mail(1), a_mail(1), a_mail(2))
    assert (catcher.mail.count(), catcher.mail.count_distinct()) == (3, 2)
    assert list(catcher.mail.repeats().values()) == [2]
    assert catcher.mail.has("<2@example.org>")
    assert not catcher.mail.has("<3@example.org>")


def test_caught_mail_is_still_there_after_a_restart(tmp_path):
    for number in (1, 2):
        with Catcher(tmp_path) as catcher:
            send(catcher.address, a_mail(number))
    assert MailFolder(tmp_path).count_distinct() == 2


def test_a_refused_message_is_not_kept_and_the_next_one_is(tmp_path):
    with Catcher(tmp_path, faults=Faults(refuse=1)) as catcher:
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            send(catcher.address, a_mail(1))
        send(catcher.address, a_mail(1))
    assert refusal.value.smtp_code == 451
    assert catcher.mail.count() == 1


def test_a_line_cut_after_the_data_leaves_the_message_kept_and_the_sender_unsure(tmp_path):
    with Catcher(tmp_path, faults=Faults(drop=1)) as catcher:
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            send(catcher.address, a_mail(1))
        assert catcher.mail.count() == 1
        send(catcher.address, a_mail(1))
    assert (catcher.mail.count(), catcher.mail.count_distinct()) == (2, 1)


def test_a_folded_message_id_counts_as_the_unfolded_one():
    assert message_id(b"Subject: x\r\nMessage-ID:\r\n <a@example.org>\r\n\r\nbody") == b"<a@example.org>"


def test_a_message_id_in_the_body_is_not_the_message_s_own():
    bare, other = b"Subject: x\r\n\r\nMessage-ID: <a@b>\r\n", b"Subject: y\r\n\r\nMessage-ID: <a@b>\r\n"
    assert message_id(bare) != message_id(other)


@pytest.mark.parametrize("name", ["../../secret", "1.2-3.zz.eml", ""])
def test_only_names_of_caught_messages_are_read(tmp_path, name):
    with pytest.raises(ValueError, match="not the name of a caught message"):
        MailFolder(tmp_path).read(name)


@pytest.mark.fault
def test_a_killed_catcher_has_kept_all_it_answered_for(tmp_path):
    command = [
        sys.executable,
        "-m",
        "volunteer_hub.messaging.catcher",
        "--port",
        "0",
        "--folder",
        str(tmp_path),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline().rsplit(":", 1)[1])
        with smtplib.SMTP("127.0.0.1", port, timeout=patience.WAIT_S) as connection:
            for number in range(20):
                connection.send_message(a_mail(number))
            process.kill()
            connection.close()
    assert MailFolder(tmp_path).count_distinct() == 20


def test_the_catcher_needs_neither_web_nor_database():
    code = (
        "import sys, volunteer_hub.messaging.catcher as c; print({'flask', 'sqlalchemy'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "set()"

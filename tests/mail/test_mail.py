"""Letters reach a real server once each; what is written in them stays what it is; every refusal is told apart."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.config import Smtp, load
from loom_app.kernel.errors import Invalid
from loom_app.mail.letters import Item, Letter, Part, is_address, message, one_line
from loom_app.mail.sending import Fate, Mailer
from tests.support.mailbox import Mailbox

MADE = datetime(2026, 2, 21, 9, 30, tzinfo=UTC)


def letter(key: str = "dlv-1", to: str = "ada@example.org", subject: str = "A bead is yours", **more: str) -> Letter:
    item = Item(
        more.get("title", subject),
        (more.get("line", "kitchen-1"),),
        more.get("url", "https://loom.example/beads/kitchen-1"),
    )
    return Letter(key, to, subject, (Part("Needs you", (item,)),), MADE, "https://loom.example/inbox")


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with Mailbox() as box:
        yield box


def parts(taken: EmailMessage) -> tuple[str, str]:
    plain, html = taken.get_body(("plain",)), taken.get_body(("html",))
    assert plain is not None
    assert html is not None
    return str(plain.get_content()), str(html.get_content())


async def test_letters_arrive_in_order_over_one_connection(mailbox: Mailbox) -> None:
    async with Mailer(mailbox.settings()) as mailer:
        for number in range(3):
            assert (await mailer.send(letter(f"dlv-{number}", subject=f"Number {number}"))).is_taken
    assert mailbox.subjects == ["Number 0", "Number 1", "Number 2"]
    first = mailbox.taken[0]
    assert first["Message-ID"] == "<dlv-0@example.org>"
    assert parsedate_to_datetime(first["Date"]) == MADE
    assert first["List-Unsubscribe"] == "<https://loom.example/inbox>"
    assert first["Auto-Submitted"] == "auto-generated"
    text, _ = parts(first)
    assert "NEEDS YOU" in text
    assert "https://loom.example/beads/kitchen-1" in text


async def test_what_is_written_neither_adds_headers_nor_markup(mailbox: Mailbox) -> None:
    evil = "Dough\r\nBcc: eve@example.org\r\n\r\n<script>alert(1)</script> & “ü” 🍞"
    async with Mailer(mailbox.settings()) as mailer:
        assert (await mailer.send(letter(subject=evil, line=evil, url='https://loom.example/?a=1&b="x"'))).is_taken
    (taken,) = mailbox.taken
    assert mailbox.recipients == ["ada@example.org"]
    assert taken["Bcc"] is None
    assert str(taken["Subject"]).startswith("Dough Bcc: eve@example.org")
    text, html = parts(taken)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "b=&quot;x&quot;" in html
    assert "“ü” 🍞" in text


@given(st.text(max_size=400))
def test_any_text_makes_a_letter_with_the_same_headers(text: str) -> None:
    made = message(letter(subject=text, line=text, title=text), "loom@example.org")
    assert made.keys() == message(letter(), "loom@example.org").keys()
    assert "\n" not in one_line(text)


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("ada@example.org", True), ("a+b.c@x.example", True), ("", False), ("ada", False), ("ada@", False),
        ("ada@example.org\r\nBcc: eve@example.org", False), ("ada@example.org,eve@example.org", False),
        ("Ada <ada@example.org>", False), ("a..b@example.org", False), ("a" * 65 + "@example.org", False),
        ("ädä@example.org", False), ('"a b"@example.org', False),
    ],
)  # fmt: skip
async def test_only_addresses_are_written_to(mailbox: Mailbox, address: str, *, good: bool) -> None:
    assert is_address(address) is good
    async with Mailer(mailbox.settings()) as mailer:
        assert (await mailer.send(letter(to=address))).fate == (Fate.TAKEN if good else Fate.NEVER)
    assert mailbox.recipients == ([address] if good else [])


async def test_refusals_are_told_apart(mailbox: Mailbox) -> None:
    mailbox.refused = {"gone@example.org": "550 No such person", "full@example.org": "452 Mailbox full"}
    async with Mailer(mailbox.settings()) as mailer:
        gone = await mailer.send(letter(to="gone@example.org"))
        assert (gone.fate, gone.problem) == (Fate.NEVER, "Refused with 550: No such person")
        assert (await mailer.send(letter(to="full@example.org"))).fate == Fate.LATER
        assert (await mailer.send(letter())).is_taken, "others are not held up"
        mailbox.data = "554 Looks like spam"
        assert (await mailer.send(letter())).fate == Fate.NEVER
        mailbox.data = "451 Try again"
        assert (await mailer.send(letter())).fate == Fate.LATER


async def test_a_server_that_is_away_or_hangs_is_no_fault_of_the_letter(mailbox: Mailbox) -> None:
    mailbox.hangs = True
    async with Mailer(mailbox.settings(seconds=0.2)) as mailer:
        assert (await mailer.send(letter())).fate == Fate.LOST
    mailbox.close()
    async with Mailer(mailbox.settings()) as mailer:
        away = await mailer.send(letter())
        assert away.fate == Fate.AWAY
        assert f"127.0.0.1:{mailbox.port} cannot be used" in away.problem
    async with Mailer(Smtp()) as mailer:
        assert (await mailer.send(letter())).fate == Fate.AWAY


async def test_without_encryption_nothing_is_told_to_a_server_that_must_have_it(mailbox: Mailbox) -> None:
    async with Mailer(mailbox.settings(use_tls=True, username="loom", password="Zq-flour-by-moonlight")) as mailer:
        away = await mailer.send(letter())
    assert away.fate == Fate.AWAY
    assert "Zq-flour" not in away.problem
    assert not mailbox.taken


def test_settings_are_taken_by_their_usual_names_too(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("smtp: {host: mail.example.org, sender: a@example.org}")
    of = load({
        "LOOM_CONFIG": str(tmp_path / "config.yaml"), "SMTP_HOST": "other.example.org", "SMTP_FROM": "b@example.org",
        "LOOM_SMTP__SENDER": "c@example.org", "SMTP_PASSWORD": "Zq-flour-by-moonlight", "SMTP_USE_TLS": "true",
    }).smtp  # fmt: skip
    assert (of.host, of.sender, of.use_tls) == ("other.example.org", "c@example.org", True)
    assert "Zq-flour" not in repr(of)


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ({"SMTP_HOST": "mail.example.org"}, "smtp: sender must be the address"),
        ({"SMTP_HOST": "mail.example.org:25", "SMTP_FROM": "a@b.example\nBcc: x"}, "smtp: sender must be the address"),
        ({"SMTP_HOST": "mail/../x", "SMTP_FROM": "a@b.example"}, "smtp: host 'mail/../x' is no name"),
        (
            {"SMTP_HOST": "m.example", "SMTP_FROM": "a@b.example", "SMTP_PASSWORD": "s3cret", "SMTP_USE_TLS": "false"},
            "smtp: a password is sent over encrypted connections only",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused_without_secrets(given_: dict[str, str], told: str) -> None:
    with pytest.raises(Invalid) as refused:
        load(given_)
    assert refused.value.message.startswith(told)
    assert "s3cret" not in refused.value.message

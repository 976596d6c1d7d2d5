"""Takes secrets out of what is written down: by the name they go under, and by the form they have.

It is the last line of defence: code that knows a secret does not log it. Too much is hidden rather than too little.
"""

import re
from collections.abc import Mapping, Set
from typing import Any

HIDDEN = "[redacted]"
DEEPEST = 6
NAME = (
    r"[\w.-]{0,60}(?:passw(?:or)?d|passphrase|secret|token(?!s(?![a-z]))|api[_-]?key|authorization|cookie|credential"
    r"|private[_-]?key|pepper|recovery|loom_session|(?<![a-z])(?:t?otp|seed)(?![a-z]))[\w.-]{0,60}"
)
SENSITIVE = re.compile(NAME, re.IGNORECASE)
SCHEME = r"[a-z][a-z0-9+.-]{0,20}://"
QUOTE = r"\\{0,4}[\"']"
IN_QUOTES = rf"b?(?P<v>{QUOTE})(?!\[redacted)(?:(?!(?P=v))(?:\\.|.)){{1,8000}}(?P=v)"
FORMS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(form, re.IGNORECASE | re.DOTALL), put)
    for form, put in (
        (r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.{0,20000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", HIDDEN),
        (r"\botpauth://\S+", HIDDEN),
        # scheme://user:password@host, also with slashes in the password; a bare user of ssh is no secret
        (rf"\b((?!ssh:){SCHEME})[^\s/?#\"'<>@]{{1,500}}(?:@[^\s/?#\"'<>@]{{1,500}}){{0,5}}@", rf"\1{HIDDEN}@"),
        (rf"\b({SCHEME})[^\s/:@\[\"']{{0,200}}:(?!\d{{1,5}}(?:[/\s]|$))[^\s\"']{{0,500}}@", rf"\1{HIDDEN}@"),
        # {"password": "…"}, ('authorization', '…'), Settings(api_key='…') and the like, also as JSON within JSON
        (rf"((?P<q>{QUOTE}){NAME}(?P=q)\s{{0,9}}[,:=]\s{{0,9}}){IN_QUOTES}", rf"\g<1>\g<v>{HIDDEN}\g<v>"),
        (rf"(?<![\w.-])({NAME}\s?[=:]\s?){IN_QUOTES}", rf"\g<1>\g<v>{HIDDEN}\g<v>"),
        # header lines
        (
            r"\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)\s{0,9}[:=]\s{0,9}(?!\[redacted)"
            r"[^\r\n\"]{1,8000}(?:(?<==)\"[^\"\r\n]{0,4000}\"[^\r\n\"]{0,4000}){0,50}",
            rf"\1: {HIDDEN}",
        ),
        (r"\b(bearer|basic)\s{1,9}[A-Za-z0-9._~+/=-]{8,}", rf"\1 {HIDDEN}"),
        # name=value, name: value
        (rf"(?<![\w.-])({NAME})(\s?[=:]\s?)(?!\[redacted)[^\s\"'&,;()\[\]{{}}]{{1,8000}}", rf"\1\2{HIDDEN}"),
        (r"([?&](?:key|sig|signature|code|auth|access|pass|pwd)=)(?!\[redacted)[^\s&#\"']{1,8000}", rf"\1{HIDDEN}"),
        (r"(\binput_value=)(?!\[redacted).{0,8000}?(?=, input_type=)", rf"\1{HIDDEN}"),
        # what tells itself by its form: tokens, keys of Loom and of known services, sealed values, hashes of passwords
        (r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]{0,4000})?", HIDDEN),
        (r"\bloom_[a-z]{1,20}_[a-z0-9]{16,}", HIDDEN),
        (r"\bv[12]\.(?:[0-9a-f]{16}\.)?[\w-]{38,}={0,2}", HIDDEN),
        (r"\$argon2[a-z]{1,2}\$[^\s\"']{10,}", HIDDEN),
        (
            r"\b(?:[spr]k-[\w-]{12,}|[spr]k_(?:live|test)_\w{12,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
            r"|xai-[\w-]{20,}|gsk_\w{20,}|AIza[\w-]{30,}|hf_\w{20,}|AKIA[0-9A-Z]{16}|xox[a-z]-[\w-]{10,}|npm_\w{30,}|whsec_[\w+/=-]{20,})",
            HIDDEN,
        ),
    )
)


def scrub(text: str) -> str:
    """`text` with every secret that shows by its form or the name before it replaced by HIDDEN."""
    for form, put in FORMS:
        text = form.sub(put, text)
    return text


def redacted(value: Any, name: str = "", depth: int = 0) -> Any:
    """`value`, known as `name`, as it may be written down; what is no plain value becomes its scrubbed repr."""
    if value is None or isinstance(value, bool) or value == "":
        return value
    if SENSITIVE.search(name):
        return HIDDEN
    if isinstance(value, int | float):
        return value
    if depth < DEEPEST and isinstance(value, Mapping):
        return {scrub(str(key)): redacted(item, str(key), depth + 1) for key, item in value.items()}
    if depth < DEEPEST and isinstance(value, list | tuple | Set):
        return [redacted(item, "", depth + 1) for item in value]
    return scrub(value if isinstance(value, str) else repr(value))

"""Secrets in text that is about to be committed: told by their form, or by a name and being like nothing but chance.

Few false alarms matter more here than finding everything: each one stops an agent until a person has looked.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import log2

LONGEST_LINE = 4_000
FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(form))
    for kind, form in (
        ("a private key", r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
        ("an AWS access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
        ("an AWS secret key", r"(?i:aws.{0,20}secret.{0,20}[=:]\s*[\"']?)(?P<s>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"),
        ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{40,255})\b"),
        ("a GitLab token", r"\bgl(?:pat|dt|rt|ptt|oas|cbt|soat|ft)-[\w-]{20,}"),
        ("a Slack token", r"\bxox[abeoprs]-[\w-]{10,}|https://hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{20,}"),
        ("an OpenAI key", r"\bsk-(?:[A-Za-z0-9]{40,}|(?:proj|svcacct|admin)-[\w-]{20,})"),
        ("an Anthropic key", r"\bsk-ant-[\w-]{20,}"),
        ("a Google key", r"\bAIza[\w-]{35}(?![\w-])"),
        ("a Google login", r"\bGOCSPX-[\w-]{28}|\bya29\.[\w-]{40,}"),
        ("a Stripe key", r"\b[rs]k_live_[A-Za-z0-9]{20,}"),
        ("an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
        ("a PyPI token", r"\bpypi-AgE[\w-]{50,}"),
        ("a Hugging Face token", r"\bhf_[A-Za-z]{34}\b"),
        ("an API key of Loom", r"\bloom_[a-z]{1,20}_[a-z0-9]{24,}\b"),
        ("a password in an address", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"'`<>]{1,100}:(?P<w>[^\s/@\"'`<>]{8,200})@"),
        (
            "what is named a secret",
            r"(?i:[\w.-]{0,40}(?:passw(?:or)?d|secret|token|api_?-?key|private_?-?key|credential)[\w.-]{0,40}"
            r"[\"']?\s{0,3}(?::=|=>|[:=])\s{0,3}(?:[\"'`](?P<w1>[^\s\"'`]{16,200})[\"'`]|(?P<w2>[^\s\"'`(){}\[\],;$]{20,200})\s*$))",
        ),
    )
)
"""What is looked for; of a group named w… only what looks like chance counts."""
BY_FORM = tuple((kind, form) for kind, form in FORMS if not form.groupindex and kind != "a private key")
"""Those that nothing but a secret looks like."""
PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----.{0,20000}?"
    r"(?:-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----|\Z)", re.DOTALL
)  # fmt: skip
MADE_UP = re.compile(
    r"(?i)example|sample|dummy|fake|placeholder|change.?me|your|insert|redacted|todo|xxx|abc123|123456|test|"
    r"\$\{|\{\{|%\(|<[a-z]|^/|^https?:|\.(?:py|js|ts|json|ya?ml|env|pem|txt|com|org)$|::|\(\)"
)
CHANCE = 3.5
"""Bits a letter from which on a text is taken for chance; words of a language have fewer."""


@dataclass(frozen=True, order=True)
class Leak:
    """Something that looks like a secret; what it is, is not kept. `fingerprint` names it, wherever it is moved to."""

    path: str
    line: int
    kind: str
    fingerprint: str


def leaks(path: str, lines: Iterator[tuple[int, str]]) -> Iterator[Leak]:
    """What looks like a secret in the numbered lines of a file, one a line at the most."""
    for number, text in lines:
        found = _first(text[:LONGEST_LINE])
        if found:
            kind, secret = found
            name = hashlib.sha256(f"{kind}\0{secret}".encode(errors="surrogatepass")).hexdigest()[:16]
            yield Leak(path, number, kind, name)


def without_keys(text: str) -> str:
    """`text` with every key and token that its form gives away replaced by what it was."""
    for kind, form in BY_FORM:
        text = form.sub(f"[{kind} was taken out here]", text)
    return PRIVATE_KEY.sub("[a private key was taken out here]", text)


def _first(text: str) -> tuple[str, str] | None:
    for kind, form in FORMS:
        for match in form.finditer(text):
            named = {name: value for name, value in match.groupdict().items() if value}
            if all(_by_chance(value) for name, value in named.items() if name.startswith("w")):
                return kind, next(iter(named.values()), match[0])
    return None


def _by_chance(word: str) -> bool:
    """Whether a word is no name, path, sentence or stand-in, but letters and digits thrown together."""
    if MADE_UP.search(word) or not (re.search(r"\d", word) and re.search(r"[A-Za-z]", word)):
        return False
    counts = Counter(word).values()
    bits = -sum(count / len(word) * log2(count / len(word)) for count in counts)
    return bits >= min(CHANCE, log2(len(word)) * 0.85)

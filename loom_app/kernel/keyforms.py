"""Keys, tokens and passwords in text, told by their form, or by a name and being like nothing but chance.

What a commit may not hold and what a model is not told are the same things, so both are found here.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from math import log2
from urllib.parse import quote

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
HINTS = re.compile(
    r"(?i)pass|secret|token|api.?key|private|credential|://|akia|asia|gh[pousr]_|github_|gl[a-z]{2,4}-|xox|sk-|k_live|"
    r"aiza|gocspx|ya29|npm_|pypi-|hf_|loom_"
)
"""What every line with a secret has somewhere; most lines have nothing of it."""
MARKER = re.compile(r"\[(?:an? [A-Za-z ]{2,30}|what is named a secret) was taken out here\]")
LONGEST_SECRET = 600
SHORTEST_KNOWN = 8


@dataclass(frozen=True)
class Secret:
    """One that was found: what it is, its text, and where that begins and ends in the line."""

    kind: str
    text: str
    start: int
    end: int


def secrets_in(line: str) -> Iterator[Secret]:
    """What looks like a secret in a line, form by form."""
    if not HINTS.search(line):
        return
    for kind, form in FORMS:
        for match in form.finditer(line):
            named = {name: value for name, value in match.groupdict().items() if value}
            if all(_by_chance(value) for name, value in named.items() if name.startswith("w")):
                group = next(iter(named), 0)
                yield Secret(kind, match[group], *match.span(group))


def fingerprint(kind: str, secret: str) -> str:
    """The name of a secret by which people allow it, which does not tell it."""
    return hashlib.sha256(f"{kind}\0{secret}".encode(errors="surrogatepass")).hexdigest()[:16]


def without_keys(text: str, known: Collection[str] = (), allowed: Collection[str] = ()) -> str:
    """`text` with everything that looks like a secret, and the `known` ones, replaced by what it was, line for line.

    `allowed` are the fingerprints of what people found to be none.
    """
    for secret in known:
        if len(secret) >= SHORTEST_KNOWN:
            for form in {secret, quote(secret, safe="")}:
                text = text.replace(form, "[a secret of this project was taken out here]")
    if "PRIVATE KEY" in text:
        text = PRIVATE_KEY.sub(lambda key: "[a private key was taken out here]" + "\n" * key[0].count("\n"), text)
    if not HINTS.search(text):
        return text
    return "\n".join(_line(line, allowed) if HINTS.search(line) else line for line in text.split("\n"))


def _line(line: str, allowed: Collection[str]) -> str:
    put, end = list[str](), 0
    for secret in sorted(_anywhere(line), key=lambda secret: (secret.start, -secret.end)):
        if secret.start >= end and fingerprint(secret.kind, secret.text) not in allowed:
            put += [line[end : secret.start], f"[{secret.kind} was taken out here]"]
            end = secret.end
    return "".join([*put, line[end:]])


def _anywhere(line: str) -> Iterator[Secret]:
    """The secrets of a line of any length, as of a packed script, looked through in parts that overlap."""
    for start in range(0, max(1, len(line)), LONGEST_LINE - LONGEST_SECRET):
        for secret in secrets_in(line[start : start + LONGEST_LINE]):
            yield replace(secret, start=secret.start + start, end=secret.end + start)


def _by_chance(word: str) -> bool:
    """Whether a word is no name, path, sentence or stand-in, but letters and digits thrown together."""
    if MADE_UP.search(word) or not (re.search(r"\d", word) and re.search(r"[A-Za-z]", word)):
        return False
    counts = Counter(word).values()
    bits = -sum(count / len(word) * log2(count / len(word)) for count in counts)
    return bits >= min(CHANCE, log2(len(word)) * 0.85)

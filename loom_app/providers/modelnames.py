"""What a model's name tells: maker, family, size, precision and what it was made for."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from loom_app.providers.modelfamilies import AGED, FAMILIES, SIZES, UNCALLED, Family

Kind = Literal["chat", "completion", "embedding", "rerank", "audio", "image", "moderation"]

KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("rerank", re.compile(r"re-?rank")),
    ("embedding", re.compile(r"embed|\b(bge|gte|e5)\b|minilm|\bjina-(clip|colbert)")),
    ("moderation", re.compile(r"moderation|guard\b|guard[-_]|shieldgemma|safeguard|prompt-injection")),
    ("audio", re.compile(r"whisper|\btts\b|\bstt\b|transcrib|\baudio\b|realtime|speech|voxtral|kokoro|parakeet")),
    ("image", re.compile(r"dall-?e|\bimagen?\b|flux\b|diffusion|sdxl|\bsora\b|\bveo\b|video|midjourney|ideogram")),
    ("completion", re.compile(r"davinci|babbage|\bada\b|\bcurie\b|turbo-instruct")),
)  # fmt: skip
"""What is no model to talk with; the first that fits."""

CODER = re.compile(r"cod(e|er|ing|ex)\b|code(?=[a-z0-9])|codestral|devstral|starcoder|\bswe\b|cwm\b")
REASONING = re.compile(r"think(ing)?\b|reason|\br1\b|\bqwq\b|\bqvq\b|\bo[1-9]\b|magistral|deepthink|nemotron-ultra")
VISION = re.compile(
    r"\bvl\b|vl\d|\bvision\b|\bllava\b|\bpixtral\b|\bomni\b|4o\b|\bvlm\b|multimodal|internvl|molmo|\bqvq\b"
)
INSTRUCT = re.compile(
    r"\b(instruct|instr|it|chat|assistant|sft|dpo|rlhf|tuned|aligned|tulu|tool|fc|versatile|instant)\b|chat\d|instruct"
)
BASE = re.compile(r"\b(base|pt|pretrain(ed)?|foundation)\b|:(?:.*-)?(text|code)$")

_START = r"(?<![\d.a-z])"
MOE = re.compile(_START + r"(?P<experts>\d{1,3})x(?P<each>\d+(?:\.\d+)?)(?P<unit>[bm])(?![a-z0-9])")
ACTIVE = re.compile(r"(?:^|[-_/ ])a(\d+(?:\.\d+)?)b(?![a-z0-9])")
EXPERTS = re.compile(_START + r"(\d+(?:\.\d+)?)b[-_](\d{1,3})e(?![a-z0-9])")
TOTAL = re.compile(_START + r"e?(\d+(?:\.\d+)?)(b|t)(?![a-z0-9])")
GLUED = re.compile(r"[a-z]{2}(\d{1,3}(?:\.\d+)?)b(?![a-z0-9])")
MILLIONS = re.compile(_START + r"(\d{2,4})m(?![a-z0-9])")
CONTEXT = re.compile(_START + r"(\d{1,4})k(?![a-z0-9])|" + _START + r"(\d)m(?![a-z0-9])")
"""Fewer than ten millions are tokens, as in 1M; more are parameters, as in 360M."""

QUANTIZED = re.compile(
    r"(?<![a-z0-9])(i?q([1-8])(?:-(?:[01]|k(?:-(?:xxs|xs|xl|s|m|l))?|xxs|xs|xl|nl|s|m))?)(?![a-z0-9])"
)
BITS = re.compile(
    r"(?<![\d.a-z])([2-8])[-_]?bits?\b|\bint([248])\b|\bi([48])\b|\bw([48])a(?:4|8|16)\b|(?<!\d)([2-8])(?:\.\d+)?bpw"
)
FLOATS = re.compile(r"\b(bf16|fp16|f16|half|fp32|f32|fp8|f8|e4m3|nvfp4|mxfp4|mxfp8|fp4|nf4)\b")
FLOAT_NAMES = {"f16": "fp16", "half": "fp16", "f32": "fp32", "f8": "fp8", "e4m3": "fp8", "mxfp8": "fp8", "nvfp4": "fp4",
               "mxfp4": "fp4", "nf4": "int4"}  # fmt: skip
SCHEMES = re.compile(r"\b(awq|gptq|gguf|exl[23]|mlx|bnb|nvfp4|mxfp4|nf4|hqq|aqlm|w[48]a(?:4|8|16)|qat)\b")

DATED = re.compile(r"[-_@](?:v?\d{8}|\d{4}-\d{2}-\d{2}|\d{2}-\d{4}|\d{2}-\d{2}|\d{4}|00\d|preview)$")
TAGS = re.compile(r":(?:free|latest|nitro|beta|floor|extended|online|exacto|default)$|-latest$")
ANY = frozenset({"", "*", "auto", "default", "openrouter-auto", "router"})
"""Names by which the one asked may choose."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What is known of a model. Sizes are billions of parameters, None when nobody says; the active ones work at once.

    `precision` is one of fp32, bf16, fp16, fp8, fp4 and int8 to int2, empty when the name has none; `quantization` the
    scheme as the name has it. `context` is in tokens.
    """

    name: str
    vendor: str = ""
    family: str = ""
    kind: Kind = "chat"
    total_params_b: float | None = None
    active_params_b: float | None = None
    precision: str = ""
    quantization: str = ""
    instruct: bool = False
    coder: bool = False
    reasoning: bool = False
    vision: bool = False
    calls: bool = False
    """Whether it was made to call functions, which its provider may take or not."""
    context: int | None = None

    @property
    def is_moe(self) -> bool:
        """Whether only a part of it works at once."""
        return self.active_params_b is not None and self.active_params_b != self.total_params_b


@lru_cache(4096)
def parse(name: str) -> ModelSpec:
    """What `name` tells. Never fails; of an unknown name only the name is known."""
    words = _plain(name[:300])
    family = _family(words)
    total, active = _sizes(words)
    precision, quantization = _precision(words)
    return ModelSpec(
        name=name,
        vendor=family.vendor if family else "",
        family=family.name if family else "",
        kind=_kind(words),
        total_params_b=total,
        active_params_b=active,
        precision=precision,
        quantization=quantization,
        instruct=_instruct(words, family),
        coder=bool(CODER.search(words)),
        reasoning=bool(REASONING.search(words)),
        vision=bool(VISION.search(words)),
        calls=bool(family and family.calls)
        and _instruct(words, family)
        and not (AGED.search(words) or UNCALLED.search(words)),
        context=_context(words),
    )


def same_model(asked: str, answered: str) -> bool:
    """Whether both name the same model: a provider's prefix, a snapshot's date or a tag makes no other one.

    What nobody asked for by name cannot have been exchanged.
    """
    if not answered or _bare(asked) in ANY:
        return True
    one, other = _bare(asked), _bare(answered)
    return one == other or _undated(one) == other or one == _undated(other)


def _plain(name: str) -> str:
    """The name without its maker's folder, in small letters."""
    last = name.strip().lower().replace("\\", "/").rstrip("/").rpartition("/")[2]
    return last.removesuffix(".gguf").removesuffix(".safetensors").replace("_", "-") if last else ""


@lru_cache(4096)
def _bare(name: str) -> str:
    bare = TAGS.sub("", _plain(name))
    return re.sub(r"(?<=\d)\.(?=\d)", "-", bare)


def _undated(bare: str) -> str:
    """Without the date or count of a snapshot at its end."""
    before = ""
    while before != bare:
        before, bare = bare, DATED.sub("", bare) or bare
    return bare


def _family(words: str) -> Family | None:
    return next((family for family in FAMILIES if family.pattern.search(words)), None)


def _kind(words: str) -> Kind:
    return next((kind for kind, pattern in KINDS if pattern.search(words)), "chat")


def _sizes(words: str) -> tuple[float | None, float | None]:
    known = next(((total, active) for pattern, total, active in SIZES if pattern.search(words)), None)
    if known:
        return known
    if moe := MOE.search(words):
        each = float(moe["each"]) / (1000 if moe["unit"] == "m" else 1)
        return _round(int(moe["experts"]) * each), _round(min(2, int(moe["experts"])) * each)
    if of_experts := EXPERTS.search(words):
        return None, float(of_experts[1])
    total = _total(words)
    active = ACTIVE.search(words)
    at_work = float(active[1]) if active else None
    return total, at_work if at_work and (total is None or at_work <= total) else total


def _total(words: str) -> float | None:
    if found := TOTAL.search(words):
        return _round(float(found[1]) * (1000 if found[2] == "t" else 1))
    if found := MILLIONS.search(words):
        return _round(int(found[1]) / 1000)
    found = GLUED.search(words)
    return float(found[1]) if found else None


def _precision(words: str) -> tuple[str, str]:
    scheme = SCHEMES.search(words)
    quantized = QUANTIZED.search(words)
    if quantized and not FLOATS.search(words):
        return f"int{quantized[2]}", quantized[1].replace("-", "_")
    named = scheme[1] if scheme else ""
    if floats := FLOATS.search(words):
        return FLOAT_NAMES.get(floats[1], floats[1]), named
    if bits := BITS.search(words):
        return f"int{next(group for group in bits.groups() if group)}", named
    return ("int4", named) if named in ("awq", "gptq", "bnb") else ("", named)


def _instruct(words: str, family: Family | None) -> bool:
    if _kind(words) != "chat":
        return False
    if INSTRUCT.search(words):
        return True
    if BASE.search(words):
        return False
    tagged = ":" in words  # what is offered by a tag alone has been tuned
    return bool(family and (family.tuned or tagged)) or bool(REASONING.search(words))


def _context(words: str) -> int | None:
    found = CONTEXT.search(words)
    if not found:
        return None
    return int(found[1]) * 1024 if found[1] else int(found[2]) * 1024 * 1024


def _round(number: float) -> float:
    return round(number, 4)

"""Families of models: how their names begin, who makes them, and sizes that the names do not tell."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """Models of one line. `tuned` says that they follow instructions unless their name says otherwise.

    `calls` says that those which follow instructions were made to call functions as well.
    """

    name: str
    vendor: str
    pattern: re.Pattern[str]
    tuned: bool = False
    calls: bool = False


def _family(vendor: str, name: str, pattern: str = "", *, tuned: bool = False) -> Family:
    compiled = re.compile(rf"(?<![a-z])(?:{pattern or re.escape(name)})")
    return Family(name, vendor, compiled, tuned, name in CALLING)


CALLING = frozenset(
    {
        "deepseek", "hermes", "nemotron", "gpt-oss", "gpt", "o-series", "claude", "gemini", "llama", "mistral",
        "mixtral", "devstral", "magistral", "pixtral", "qwq", "qwen3", "qwen", "command", "grok", "glm", "kimi",
        "granite", "minimax", "nova", "jamba", "ernie", "hunyuan", "seed",
    }
)  # fmt: skip
"""The lines whose models call functions."""
UNCALLED = re.compile(
    r"llama-?3(?=[-:]|$)(?!-[1-9]-)|deepseek-(r1|coder)|-distill|(?<![a-z0-9])r1(?![a-z0-9.])|chatgpt|o1-mini|tulu|"
    r"codeqwen|qwen-?1|qvq|chatglm"
)
"""Models of such lines that do not."""


FAMILIES: tuple[Family, ...] = (
    _family("DeepSeek", "deepseek", tuned=True),
    _family("Nous Research", "hermes", "hermes|nous-", tuned=True),
    _family("NVIDIA", "nemotron", tuned=True),
    _family("Cognitive Computations", "dolphin", tuned=True),
    _family("WizardLM", "wizard", "wizard(lm|coder|math)", tuned=True),
    _family("OpenAI", "gpt-oss", tuned=True),
    _family("OpenAI", "gpt", "gpt-?[345]|chatgpt|codex", tuned=True),
    _family("OpenAI", "o-series", r"o[1-9](?=$|[-:])", tuned=True),
    _family("OpenAI", "text-embedding", "text-embedding"),
    _family("OpenAI", "whisper"),
    _family("OpenAI", "dall-e", "dall-?e"),
    _family("OpenAI", "davinci", "(text-)?davinci|babbage"),
    _family("Anthropic", "claude", tuned=True),
    _family("Google", "gemini", "gemini|learnlm", tuned=True),
    _family("Google", "gemma", "(code|shield|med|vault)?gemma"),
    _family("Google", "imagen"),
    _family("Meta", "codellama", "code-?llama"),
    _family("TinyLlama", "tinyllama", "tiny-?llama"),
    _family("LLaVA", "llava", tuned=True),
    _family("Meta", "llama", "(meta-)?llama"),
    _family("Mistral AI", "mistral", "mistral-(large|medium|small|tiny|saba)|ministral|open-mistral", tuned=True),
    _family("Mistral AI", "mixtral", "open-mixtral", tuned=True),
    _family("Mistral AI", "mixtral"),
    _family("Mistral AI", "mistral", "mistral|mathstral"),
    _family("Mistral AI", "codestral", "codestral", tuned=True),
    _family("Mistral AI", "devstral", tuned=True),
    _family("Mistral AI", "magistral", tuned=True),
    _family("Mistral AI", "pixtral", tuned=True),
    _family("Mistral AI", "voxtral"),
    _family("Alibaba", "qwq", "qwq|qvq", tuned=True),
    _family("Alibaba", "qwen3", "qwen-?3", tuned=True),
    _family("Alibaba", "qwen", r"qwen[0-9.]*-(max|plus|turbo|flash|long|omni)", tuned=True),
    _family("Alibaba", "qwen", "(code)?qwen"),
    _family("Microsoft", "phi", "phi-?[1-9]", tuned=True),
    _family("Cohere", "command", "(c4ai-)?command", tuned=True),
    _family("Cohere", "aya", "(c4ai-)?aya", tuned=True),
    _family("xAI", "grok", tuned=True),
    _family("01.AI", "yi", "yi(?=-|:|$)"),
    _family("Zhipu AI", "glm", "(chat|code)?glm", tuned=True),
    _family("Moonshot AI", "kimi", "kimi|moonshot", tuned=True),
    _family("IBM", "granite"),
    _family("TII", "falcon"),
    _family("Ai2", "olmo"),
    _family("Ai2", "tulu", tuned=True),
    _family("BigCode", "starcoder"),
    _family("LMSYS", "vicuna", tuned=True),
    _family("Hugging Face", "zephyr", tuned=True),
    _family("Hugging Face", "smollm"),
    _family("Upstage", "solar"),
    _family("AI21 Labs", "jamba", "(ai21-)?jamba", tuned=True),
    _family("Databricks", "dbrx"),
    _family("Shanghai AI Lab", "internlm", "intern(lm|vl)"),
    _family("Baichuan", "baichuan"),
    _family("MiniMax", "minimax", tuned=True),
    _family("Stability AI", "stablelm", "stable-?(lm|code)"),
    _family("Stability AI", "stable-diffusion", "stable-?diffusion|sdxl"),
    _family("Amazon", "nova", "nova-(micro|lite|pro|premier)", tuned=True),
    _family("Amazon", "titan"),
    _family("Snowflake", "arctic", "(snowflake-)?arctic"),
    _family("Baidu", "ernie", tuned=True),
    _family("Tencent", "hunyuan"),
    _family("ByteDance", "seed", "(bytedance-)?seed-", tuned=True),
    _family("inclusionAI", "ling", "ling-|ring-", tuned=True),
    _family("LG AI Research", "exaone", tuned=True),
    _family("Liquid AI", "lfm", tuned=True),
    _family("Reka", "reka", tuned=True),
    _family("Writer", "palmyra", tuned=True),
    _family("Perplexity", "sonar", tuned=True),
    _family("Inception", "mercury", tuned=True),
    _family("OpenBMB", "minicpm", tuned=True),
    _family("OpenChat", "openchat", tuned=True),
    _family("Berkeley NEST", "starling", tuned=True),
    _family("EleutherAI", "pythia", "pythia|gpt-(neox?|j)"),
    _family("MosaicML", "mpt"),
    _family("RWKV", "rwkv"),
    _family("BAAI", "bge"),
    _family("Nomic", "nomic-embed"),
    _family("Mixedbread", "mxbai"),
    _family("Alibaba", "gte"),
    _family("Microsoft", "e5", r"(multilingual-)?e5(?=-)"),
    _family("Jina AI", "jina"),
    _family("Sentence Transformers", "minilm", "(all-)?minilm"),
    _family("Black Forest Labs", "flux"),
    _family("Loom", "loom-demo", tuned=True),
)
"""The first whose name occurs, so that what is built on another's model comes before that."""


def _size(pattern: str, total: float, active: float) -> tuple[re.Pattern[str], float, float]:
    return re.compile(pattern), total, active


SIZES = (
    _size(r"deepseek-(v3|r1)(?!.*distill|:\d)|deepseek-(chat|reasoner)(-v3|$)", 671, 37),
    _size(r"deepseek-(coder-)?v2-lite|deepseek-coder-v2:16b", 15.7, 2.4),
    _size(r"deepseek-(coder-)?v2", 236, 21),
    _size(r"kimi-k2", 1000, 32),
    _size(r"qwen3(-coder)?:30b", 30.5, 3.3),
    _size(r"gpt-oss[-:]120b", 117, 5.1),
    _size(r"gpt-oss[-:]20b", 21, 3.6),
    _size(r"mixtral.*8x7b", 46.7, 12.9),
    _size(r"mixtral.*8x22b", 141, 39),
    _size(r"llama-?4-scout", 109, 17),
    _size(r"llama-?4-maverick", 400, 17),
    _size(r"glm-4\.[56](?!.*(air|flash|v))", 355, 32),
    _size(r"glm-4\.5-air", 106, 12),
    _size(r"minimax-(m1|text-01)", 456, 45.9),
    _size(r"minimax-m2", 230, 10),
    _size(r"dbrx", 132, 36),
    _size(r"grok-1(?![\d.])", 314, 86),
    _size(r"jamba-(1\.[567]-)?large", 398, 94),
    _size(r"jamba-(1\.[567]-)?mini", 52, 12),
    _size(r"phi-?3\.5-moe", 41.9, 6.6),
    _size(r"phi-?(3|3\.5|4)-mini", 3.8, 3.8),
    _size(r"phi-?3-small", 7, 7),
    _size(r"phi-?3-medium", 14, 14),
    _size(r"phi-?4(?=$|-reasoning|:|-q|-gguf|-awq|-int|-bnb)(?!.*mini)", 14.7, 14.7),
    _size(r"mistral-large", 123, 123),
    _size(r"mistral-small", 24, 24),
    _size(r"mistral-nemo(?!.*\db)", 12, 12),
    _size(r"codestral-(2405|22b|latest)|codestral$", 22, 22),
    _size(r"devstral-small", 24, 24),
    _size(r"command-r-plus", 104, 104),
    _size(r"command-r7b", 7, 7),
    _size(r"command-r(?=$|-\d|-v|:)", 35, 35),
    _size(r"command-a", 111, 111),
    _size(r"snowflake-arctic-instruct|arctic-base", 480, 17),
)
"""Billions of parameters in all and at work at once, of open models whose makers published them."""

AGED = re.compile(
    r"code-?llama|vicuna|wizard|mpt-|zephyr|tiny-?llama|pythia|stable-?lm|starcoder|openchat|starling|baichuan|falcon|"
    r"solar|dbrx|llama-?[12](?![\d.])|gpt-3|gpt-4(-turbo|-32k|-\d{4}|$)|claude-(2|instant)|mi[sx]tral[-:]\d*x?7b|open-mi|qwen-?(1|2)(?![\d.])|"
    r"gemma-?(1|2)?-\d|command-r|grok-1|deepseek-(coder-)?(v2|\d)|phi-?[123](?!\d)|yi-"
)
"""Lines that newer ones of the same size have left behind."""

RECOMMENDED = (
    "claude-sonnet-4-5", "gpt-5-codex", "claude-opus-4-1", "gpt-5", "claude-sonnet-4", "gemini-2.5-pro",
    "qwen3-coder-480b-a35b-instruct", "glm-4.6", "kimi-k2-instruct", "deepseek-v3.1", "gpt-4.1", "gpt-oss-120b",
    "qwen3-coder-30b-a3b-instruct", "devstral-small-2507", "qwen2.5-coder-32b-instruct", "gpt-oss-20b",
)  # fmt: skip
"""Models that do well as agents, the most wanted first."""

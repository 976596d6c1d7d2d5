"""What the test provider has been told to do: its settings, its scripted steps and its log of requests."""

import json
import threading
import time
import uuid
from typing import Any

DONE = json.dumps({"actions": [{"type": "done", "reason": "Nothing is left to do."}], "notes": "finished"})
CHECK_PROMPT = "Reply with the word ok"
MODELS = [{"id": "test-model", "object": "model", "owned_by": "tests", "context_length": 8192}]
DEFAULTS: dict[str, Any] = {
    "models": MODELS,  # null answers "data": null, as TokenHub does with nothing registered
    "models_status": 200,
    "models_delay": 0.0,
    "healthz_status": 200,
    "known_models": None,  # when set, every other model is answered by the first of these, without a word
    "api_key": None,  # when set, any other bearer token is refused in plain text
    "refuse": [],  # request fields answered with 400: "stream", "stream_options", "response_format", "max_tokens"
    "refusals": {},  # the answer to a request with such a field: {"tools": {"status": 400, "body": ...}}
    "idempotency": False,  # replay every answer below 500 by its Idempotency-Key
    "default_reply": DONE,
    "default_delay": 0.0,
}


def tokens_of(text: str) -> int:
    """A stand-in for a tokenizer: four characters each, never zero."""
    return max(1, (len(text) + 3) // 4)


class Script:
    """Steps waiting to be played, requests already seen. Safe to use from many connections at once."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self.config: dict[str, Any] = dict(DEFAULTS)
            self._steps: list[dict[str, Any]] = []
            self._log: list[dict[str, Any]] = []
            self.replays: dict[str, tuple[int, dict[str, str], bytes]] = {}

    def configure(self, changes: dict[str, Any]) -> None:
        unknown = sorted(set(changes) - set(DEFAULTS))
        if unknown:
            raise ValueError(f"unknown settings {unknown}; known: {sorted(DEFAULTS)}")
        with self._lock:
            self.config.update(changes)

    def extend(self, steps: list[dict[str, Any]]) -> int:
        """Add steps; answers how many wait now."""
        with self._lock:
            self._steps.extend(dict(step) for step in steps)
            return len(self._steps)

    def next_step(self, prompt: str) -> dict[str, Any]:
        """The first step whose `when` occurs in the prompt (or that has none); {} when nothing fits."""
        is_check = CHECK_PROMPT in prompt
        with self._lock:
            for place, step in enumerate(self._steps):
                if step.get("when", "") in prompt and (step.get("when") or not is_check):
                    left = step.get("times", 1)
                    if left == 1:
                        del self._steps[place]
                    elif left > 1:
                        step["times"] = left - 1
                    return step
        return {"reply": "ok"} if is_check else {}

    def waiting(self) -> int:
        with self._lock:
            return len(self._steps)

    def record(self, entry: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            entry.update(n=len(self._log), at=time.time(), request_id=uuid.uuid4().hex, outcome="working")
            self._log.append(entry)
            self._lock.notify_all()
            return entry

    def settle(self, entry: dict[str, Any], **result: Any) -> None:
        with self._lock:
            entry.update(result)
            self._lock.notify_all()

    def entries(self, *, path: str = "", settled: bool = False, at_least: int = 0, timeout: float = 0) -> list[Any]:
        """A copy of the log, waiting until `at_least` entries fit or `timeout` seconds are over."""

        def fitting() -> list[Any]:
            rows = [row for row in self._log if row["path"].endswith(path)]
            return [row for row in rows if not settled or row["outcome"] != "working"]

        with self._lock:
            self._lock.wait_for(lambda: len(fitting()) >= at_least, timeout)
            return [dict(row) for row in fitting()]

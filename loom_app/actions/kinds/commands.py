"""What runs programs."""

from typing import Literal

from pydantic import Field

from loom_app.actions import fields as f
from loom_app.actions.model import ActionModel


class RunCommand(ActionModel):
    """Runs a shell command in the repository: no network, limited time, memory and output."""

    example = {"command": "ls -la"}
    type: Literal["run_command"] = "run_command"
    command: f.Command = Field(validation_alias=f.also("command", "cmd"))
    working_dir: f.Path = Field(".", validation_alias=f.also("working_dir", "cwd", "workdir"))
    reason: f.Sentence = ""
    timeout_seconds: f.Seconds | None = Field(None, validation_alias=f.also("timeout_seconds", "timeout"))


class RunTests(ActionModel):
    """Runs the project's tests, all of them or those that match a pattern."""

    example = {}
    type: Literal["run_tests"] = "run_tests"
    test_pattern: f.Word | None = Field(None, validation_alias=f.also("test_pattern", "pattern"))
    framework: f.Word | None = Field(None, description="pytest, unittest, npm, go, cargo or make")
    timeout_seconds: f.Seconds | None = Field(None, validation_alias=f.also("timeout_seconds", "timeout"))


KINDS: tuple[type[ActionModel], ...] = (RunCommand, RunTests)
"""In the order models are told of them."""

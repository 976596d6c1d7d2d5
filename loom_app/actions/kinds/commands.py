"""What runs programs."""

from typing import Literal

from pydantic import Field

from loom_app.actions import fields as f
from loom_app.actions.model import ActionModel


class RunCommand(ActionModel):
    """Runs a shell command in the repository, within limits of time, memory and output."""

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


class RunLinter(ActionModel):
    """Runs the project's linter on everything or on the files named."""

    example = {}
    type: Literal["run_linter"] = "run_linter"
    files: f.Paths = Field([], validation_alias=f.also("files", "paths", "path"))
    framework: f.Word | None = Field(None, description="npm, make, eslint, ruff, flake8, golangci-lint, go or cargo")
    timeout_seconds: f.Seconds | None = Field(None, validation_alias=f.also("timeout_seconds", "timeout"))


class BuildProject(ActionModel):
    """Builds the project: by build_command, or the way its files suggest."""

    example = {}
    type: Literal["build_project"] = "build_project"
    build_target: f.Word | None = Field(None, validation_alias=f.also("build_target", "target"))
    build_command: f.Command | None = Field(None, validation_alias=f.also("build_command", "command"))
    framework: f.Word | None = Field(None, description="npm, make, go, cargo, tsc or python")
    timeout_seconds: f.Seconds | None = Field(None, validation_alias=f.also("timeout_seconds", "timeout"))


KINDS: tuple[type[ActionModel], ...] = (RunCommand, RunTests, RunLinter, BuildProject)
"""In the order models are told of them."""

"""Runs for the tests of the context: turns made of results, with the texts a model would have been told."""

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from loom_app.actions.building import build_action
from loom_app.actions.feedback import feedback
from loom_app.actions.results import ActionResult
from loom_app.context.gist import Step
from loom_app.context.shortening import Done, gist_of, told_as

Steps = Sequence[Step]
PATHS = ("a.py", "b.py", "docs/c.md", "größe.txt")


def read(path: str, content: str, start: int | None = None, *, truncated: bool = False) -> Done:
    """A file that was read."""
    asked = {"type": "read_file", "path": path, **({"start_line": start} if start else {})}
    facts = {"path": path, "content": content, "size": len(content.encode()), "start_line": start or 1}
    facts |= {"lines": content.count("\n"), "truncated": truncated}
    return done(asked, "file read", **facts)


def wrote(path: str, content: str) -> Done:
    """A file that was written."""
    return done({"type": "write_file", "path": path, "content": content}, "file written", path=path, bytes_written=1)


def ran_tests(output: str, *, success: bool, pattern: str | None = None) -> Done:
    """Tests that were run."""
    asked = {"type": "run_tests", **({"test_pattern": pattern} if pattern else {})}
    told = {"success": success, "command": "pytest", "exit_code": 0 if success else 1, "output": output}
    return done(asked, f"tests {'passed' if success else 'failed'}", **told)


def ran(command: str, code: int, output: str = "") -> Done:
    """A command that was run."""
    asked = {"type": "run_command", "command": command}
    return done(asked, f"exit code {code}", command=command, exit_code=code, stdout=output, stderr="")


def done(asked: Mapping[str, object], message: str, **metadata: object) -> Done:
    """An action that was carried out."""
    action, _ = build_action(asked)
    return action, ActionResult(action_type=action.name, status="executed", message=message, metadata=metadata)


def step(number: int, *actions: Done, reply: str = "", notes: str = "", said: str = "") -> Step:
    """A turn in which this was done."""
    told = feedback([result for _, result in actions], number, 500)
    told = f"{said}\n\n{told}" if said else told
    answer = reply or f'{{"actions": [], "notes": "{notes}"}}'
    return Step(number, answer, told, told_as(gist_of(actions, answer, notes=notes), actions, told, said))


def texts(most: int) -> st.SearchStrategy[str]:
    """Lines of what files and programs may hold."""
    line = st.sampled_from(
        ["x = 1\n", "### read_file — executed\n\n", "```\n", "é" * 40 + "\n", "漢字\n", "## Action Results\n\n"]
    )
    return st.builds(lambda lines, times: "".join(lines) * times, st.lists(line, max_size=4), st.integers(0, most))


@st.composite
def many(draw: st.DrawFn, least: int = 0, most: int = 16) -> Steps:
    """A run of some turns."""
    one = st.one_of(
        st.builds(read, st.sampled_from(PATHS), texts(60), st.sampled_from([None, 1, 40])),
        st.builds(wrote, st.sampled_from(PATHS), texts(40)),
        st.builds(ran_tests, texts(60), success=st.booleans(), pattern=st.sampled_from([None, "test_a"])),
        st.builds(ran, st.sampled_from(["make", "ls -la"]), st.sampled_from([0, 2]), texts(40)),
    )
    given = draw(
        st.lists(
            st.tuples(st.lists(one, max_size=3), st.sampled_from(["", "Mind the crust."])),
            min_size=least,
            max_size=most,
        )
    )
    return [
        step(number, *actions, reply=draw(st.sampled_from(["", "{" + '"content": "' + "y" * 4_000 + '"}'])), said=said)
        for number, (actions, said) in enumerate(given, 1)
    ]

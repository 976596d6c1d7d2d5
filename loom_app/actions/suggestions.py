"""What to try after a failed action, chosen by the machine code of the error."""

from collections.abc import Mapping

from loom_app.actions.results import ActionResult

_READ_FIRST = (
    "Read the file first and copy the lines exactly as they are, without line numbers, with 3 to 5 lines around them."
)
_LOOK = "Look where it is: read_tree lists files, search_text finds text in them."
_RELATIVE = "Use a path relative to the top of the repository, such as src/app.py."

_BY_CODE: Mapping[str, str] = {
    "edit_not_found": _READ_FIRST,
    "edit_ambiguous": "Make old_text longer, so that it fits exactly one place.",
    "edit_no_change": "Go on with the next step, or read the file to see how it is now.",
    "patch_failed": f"{_READ_FIRST} For a small change edit_code is easier than a patch.",
    "patch_malformed": "Send a unified diff as git diff prints it, or use edit_code with old_text and new_text.",
    "path_not_found": _LOOK,
    "path_exists": "Choose another path, or change the file that is there.",
    "not_found": _LOOK,
    "path_outside": _RELATIVE,
    "path_invalid": _RELATIVE,
    "path_git": "Leave .git alone: git_status, git_diff and git_commit do what is needed.",
    "path_link": "Name the file itself instead of a link to it.",
    "is_a_directory": "List it with read_tree, or name a file in it.",
    "not_a_directory": _LOOK,
    "file_too_large": "Read a part of it with start_line and end_line, or find the place with search_text.",
    "bad_lines": "Read the file without line numbers first to see how long it is.",
    "not_text": "It is no text file; a command may tell more about it, such as: file PATH.",
    "not_empty": "Delete what is in it first, or use run_command with rm -r.",
    "bad_command": "Check the command's spelling, and that working_dir is a folder of the repository.",
    "command_refused": "Leave such commands; do the work with what is allowed, or ask people with ask_followup.",
    "bad_query": "Search for one line of plain text, without line breaks.",
    "search_timeout": "Search in one folder, or for a longer text.",
    "workspace_full": "Delete large files that are not needed.",
    "disk_full": "Delete large files that are not needed.",
    "no_tests": "Find out how the project is tested: its README or its build files usually say so.",
    "no_linter": "Find out how the project is checked: its README or its build files usually say so.",
    "no_build": "Find out how the project is built: its README or its build files usually say so.",
    "tool_missing": "Go on without it and say so when you finish, or name another framework.",
    "nothing_to_commit": "Change a file first; git_status shows what has changed.",
    "merge_conflict": "Look at the other side with git_diff_branches, or git show by run_command, and make the change "
    "yourself.",
    "changes_in_the_way": "git_status shows what you have changed.",
    "not_on_branch": "git_log shows your branch, git_bead_commits what was committed for a work item.",
    "no_such_ref": "git_list_branches names the branches, git_log the commits.",
    "own_work": "Leave the verdict to others.",
    "pull_request_not_found": "Check the number.",
    "other_bead": "Only the work item you are working on can be escalated.",
    "symbol_not_found": "Find the name with search_text, then say path and line.",
    "symbol_ambiguous": "Say which one by line, or change the places one by one with edit_code.",
    "name_taken": "Choose a name that is not used there.",
    "syntax_error": "Read the file around that line and repair it with edit_code.",
    "os_error": "Try once more; if it fails again, say so with escalate_ceo.",
}
_DEFAULT = "Consider what the message says and adjust the action, or reach the goal in another way."


def suggestion(result: ActionResult) -> str:
    """One piece of advice for a result of status `error`."""
    return _BY_CODE.get(str(result.metadata.get("code")), _DEFAULT)

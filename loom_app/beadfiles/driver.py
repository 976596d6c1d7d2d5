"""git's merge driver for bead files: `python -m loom_app.beadfiles.driver [--clashes=FILE] BASE OURS THEIRS`.

Writes the merged file over OURS and exits 0. Where both sides changed the same field it leaves that bead's two lines
between conflict markers and exits 1; with --clashes it writes the winner and appends the clash to FILE instead.
What is no bead file is merged as text.
"""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from loom_app.beadfiles.jsontext import dump
from loom_app.beadfiles.merge_files import MergedFile, NoBeadFile, lines_of, merge_files
from loom_app.beadfiles.sheet import bare, rows_of

CLASHES = "--clashes="


def main(arguments: list[str]) -> int:
    """The exit code git reads."""
    log = [Path(given.removeprefix(CLASHES)) for given in arguments if given.startswith(CLASHES)]
    base, ours, theirs = (Path(given) for given in arguments if not given.startswith(CLASHES))
    try:
        texts = [path.read_bytes().decode() for path in (base, ours, theirs)]
        done = merge_files(*texts)
    except (NoBeadFile, UnicodeDecodeError):
        return subprocess.run(["git", "merge-file", "-q", str(ours), str(base), str(theirs)], check=False).returncode  # noqa: S603, S607
    if log:
        _tell(log[0], done)
    text = done.text if log else _marked(done, texts[1], texts[2])
    ours.write_bytes(text.encode())
    return 0 if log or not done.clashes else 1


def _tell(log: Path, done: MergedFile) -> None:
    """Appends each clash as a JSON line."""
    with log.open("a", encoding="utf-8") as file:
        for bead_id, clashes in done.clashes.items():
            file.writelines(f"{dump({'bead_id': bead_id} | asdict(clash))}\n" for clash in clashes)


def _marked(done: MergedFile, ours: str, theirs: str) -> str:
    """The merged file with both lines of each bead with a clash instead of the merged one."""
    here, there = lines_of(ours), lines_of(theirs)
    rows = []
    for row in rows_of(done.text):
        bead_id = json.loads(bare(row)).get("id") if bare(row) else None
        if bead_id not in done.clashes:
            rows.append(row)
            continue
        mine = [here[bead_id]] if bead_id in here else []
        other = [there[bead_id]] if bead_id in there else []
        rows += ["<<<<<<< ours", *mine, "=======", *other, ">>>>>>> theirs"]
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

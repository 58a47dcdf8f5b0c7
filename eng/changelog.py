"""changelog.py [VERSION DATE]: the notes of changelog/unreleased as one page, on standard output; with a version and a date it becomes the newest
part of CHANGELOG.md, and the folder is emptied."""

import pathlib
import sys

TREE = pathlib.Path(__file__).resolve().parents[1]
KINDS = {"New": "New", "Change": "Changed", "Fix": "Fixed"}
MARK = "<!-- releases -->\n"
NOTHING = "\nNothing has been released yet.\n"


def page(notes: list, title: str) -> str:
    parts = {kind: [] for kind in KINDS}
    for note in notes:
        kind, text = note.read_text().strip().split(":", 1)
        if kind not in parts:
            sys.exit(f"{note.relative_to(TREE)} begins with '{kind}:', not with New:, Change: or Fix:")
        first, *rest = text.strip().split("\n\n")
        item = "- " + first.replace("\n", "\n  ")
        parts[kind].append(item + "".join("\n\n  " + paragraph.replace("\n", "\n  ") for paragraph in rest))
    sections = [f"### {KINDS[kind]}\n\n" + "\n".join(items) for kind, items in parts.items() if items]
    return f"## {title}\n\n" + "\n\n".join(sections) + "\n"


def main() -> None:
    notes = sorted((TREE / "changelog/unreleased").glob("*.md"))
    if len(sys.argv) == 1:
        print(page(notes, "Unreleased"), end="")
        return
    version, date = sys.argv[1:]
    changelog = TREE / "CHANGELOG.md"
    text = changelog.read_text().replace(NOTHING, "")
    before, after = text.split(MARK)
    changelog.write_text(f"{before}{MARK}\n{page(notes, f'{version} ({date})')}{after}")
    for note in notes:
        note.unlink()


main()

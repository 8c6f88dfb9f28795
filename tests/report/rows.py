"""The rows of docs/behaviour, and which tests name them."""
import collections
import pathlib
import re

ID = re.compile(r"\b[A-Z]{3}-\d{3}[a-z]?\b")
RANGE = re.compile(r"\b([A-Z]{3})-(\d{3})(?: to |\.\.)(?:[A-Z]{3}-)?(\d{3})\b")
TEST = re.compile(r"^(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\((\w+),\s*(\w*)")

Row = collections.namedtuple("Row", "id text since chapter")
# `world` is "sim_2_15" or "live_2_15" for tests that run in each; else "".
Test = collections.namedtuple("Test", "file suite name")


def read_rows(folder):
    """Yields (file title, [chapter title, [Row]])."""
    for name in ("streams.md", "consumers.md", "wire.md"):
        title, chapters = "", []
        for line in (folder / name).read_text().splitlines():
            if line.startswith("# "):
                title = line[2:]
            elif line.startswith("## "):
                chapters.append((line[3:], []))
            elif re.match(r"\| [A-Z]{3}-\d{3}", line):
                cells = re.split(r"(?<!\\)\|", line)
                cells = [cell.strip() for cell in cells[1:-1]]
                chapters[-1][1].append(
                    Row(cells[0], cells[1], cells[3], chapters[-1][0]))
        yield title, chapters


def ids_in(text):
    found = set(ID.findall(text))
    for prefix, low, high in RANGE.findall(text):
        found |= {f"{prefix}-{n:03d}" for n in range(int(low), int(high) + 1)}
    return found


def tests_of_file(path):
    """Yields (Test, IDs it names), and (None, IDs) for those named elsewhere."""
    comment, test, named, loose = set(), None, set(), set()
    pending = ""
    for line in path.read_text().splitlines():
        if test:
            named |= ids_in(line)
            if line.startswith("}"):
                yield test, named
                test = None
            continue
        if line.startswith("//"):
            comment |= ids_in(line)
            continue
        if pending:
            line = pending + line.strip()
            pending = ""
        if re.match(r"^(TEST|RC_GTEST)\w*\(.*,$", line):
            pending = line + " "
            continue
        if found := TEST.match(line):
            test, named = Test(path, found[1], found[2]), comment
        else:
            loose |= comment | ids_in(line)
        comment = set()
    loose |= comment
    if loose:
        yield None, loose

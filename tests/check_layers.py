#!/usr/bin/env python3
"""Checks that the source keeps to the layers and to the determinism rules.

    tests/check_layers.py [root]

Reads the #include lines and the names used in every C++ file, and reports each
edge that the design does not allow and each name that would let the real world
into a simulation. Prints `file:line: what is wrong`; exits with 1 if there is any.

The rules are the tables below. To allow something new, change a table, and say
why in the commit.
"""

import os
import re
import sys

SKIPPED_FOLDERS = {".git", "build", ".nats-servers", ".cache", "__pycache__"}

# ---- Who may include what -----------------------------------------------------

# Libraries that only some files may include: what their include lines look like,
# and the files. Tests and code for tests may include all of them but nats.c and Boost.
LIBRARIES = [
    ("nats.c", r"nats(/|\.h$)", r"client/"),
    ("Boost", r"boost/", r"simulator/runtime/"),
    ("asio", r"asio(/|\.hpp$)", r"simulator/serve/|cli/"),
    ("nlohmann_json", r"nlohmann/",
     r"shared/(api|messaging)/|simulator/history/|.*export[^/]*$"),
    ("protobuf", r"google/protobuf/|.*\.pb\.h$",
     r"shared/(include/windtunnel/)?events/|simulator/(explore|history|runtime)/|examples/"),
    ("GoogleTest", r"(gtest|gmock)/", r".*/testing/(?!world)|cmake/"),
    ("rapidcheck", r"rapidcheck", r"tests/"),
    ("Google Benchmark", r"benchmark/", r"bench/"),
]
NEVER_IN_TESTS = {"nats.c", "Boost"}

# Folders of ours: who may not include whom, and why. The first pattern matches the
# including file; the second the included one, by its path from the root. Tests in
# shared/ may use both backends, as tests everywhere do.
FORBIDDEN = [
    (r"client/", r"simulator/", "the backends do not know each other"),
    (r"simulator/", r"client/", "the backends do not know each other"),
    (r"shared/(?!.*_test\.cc$)", r"(client|simulator)/", "shared code knows no backend"),
    (r"(shared|client|simulator)/", r"(cli|examples|tests|bench)/",
     "a library does not know what is built on it"),
    (r"(shared|client|simulator)/(?!.*(testing/|_testing\.h$|_test\.cc$))", r".*/testing/",
     "only tests know the code for tests"),
    (r"shared/(runtime|nats|jetstream|api)/", r"shared/(include/windtunnel/)?(consume|events|messaging)/",
     "the interface does not know what is written over it"),
    (r"shared/consume/", r"shared/(include/windtunnel/)?(events|messaging)/",
     "consuming does not know events and messaging"),
    (r"(client|simulator)/(?!.*_test\.cc$)", r"shared/(include/windtunnel/)?(events|messaging)/",
     "a backend does not know events and messaging"),
    (r"simulator/broker/(?!.*_test\.cc$)", r"simulator/(network|serve|explore)/",
     "the broker is a state machine: what drives it is not its business"),
    (r"examples/", r"(shared|client|simulator)/(?!include/)",
     "an example includes public headers only"),
    (r"(shared|client|simulator)/include/", r"(shared|client|simulator)/(?!include/)",
     "a public header includes public headers only"),
]

# ---- Names --------------------------------------------------------------------

# Under shared/ and simulator/. Running many simulations side by side (explore), sockets
# (serve) and the watchdog need threads and the wall clock; so do some tests.
DETERMINISTIC = re.compile(
    r"(shared|simulator)/(?!explore/|serve/|runtime/watchdog|.*_test\.cc$)")
BANNED = [
    (r"absl::Now\b", "the clock is Runtime's"),
    (r"\b(system|steady|high_resolution)_clock\b", "the clock is Runtime's"),
    (r"\b(clock_gettime|gettimeofday)\b|\bstd::time\(", "the clock is Runtime's"),
    (r"\bsleep_(for|until)\b|absl::SleepFor\b|\b(u|nano)sleep\(", "sleep through Runtime"),
    (r"std::(random_device|mt19937\w*|default_random_engine|\w+_distribution)\b|absl::(Insecure)?BitGen\b",
     "chance comes from the simulation's random source"),
    (r"std::(shuffle|sample)\b|\bs?rand\(", "libraries differ in what it does with a seed"),
    (r"std::(j?thread|async)\b|\bpthread_\w+", "tasks come from Runtime::Spawn"),
    (r"std::(recursive_|timed_|shared_)*mutex\b|std::condition_variable\w*|absl::(Cond|Mutex\w*|Notification)\b",
     "waiting goes through Runtime's primitives"),
    (r"\b(absl::Hash(Of)?|std::hash)\b", "differs from process to process"),
]
# In every file.
BANNED_EVERYWHERE = [
    (r"(?i)\bis_?simulated\b", "no code may ask which backend it runs on"),
]
HASH_CONTAINER = re.compile(r"\b(unordered|flat_hash|node_hash)_(multi)?(map|set)\s*<")
POINTER_KEY = re.compile(r"\b(btree_)?(multi)?(map|set)<\s*(const\s+)?[\w:]+(\s+const)?\s*\*")
LOOKUP_ONLY = "// lookup only"
# Paths that mean something only on the machine where a file was written. In two
# halves, so that this file does not report itself.
MACHINE_PATH = re.compile(r"(?<![\w.~}-])/(wo" r"rk|ro" r"ot|ho" r"me)/\w")

# Comments and literals, which may say what they like.
NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL)


def files_under(root):
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(set(subfolders) - SKIPPED_FOLDERS)
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")


def read(root, path):
    """The text of a file, or None if it is not text."""
    try:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            return file.read()
    except (UnicodeDecodeError, OSError):
        return None


def code_of(text):
    """The text without comments and literals; lines keep their numbers."""
    return NOT_CODE.sub(lambda match: " " + "\n" * match[0].count("\n"), text)


def is_test(path):
    return bool(re.match(r"tests/|.*_test(_\w+)?\.(cc|h)$", path))


def public_headers(paths):
    """What "windtunnel/x.h" stands for: its path from the root."""
    found = {}
    for path in paths:
        match = re.match(r"\w+/include/(.*)", path)
        if match:
            found[match[1]] = path
    return found


def check_includes(path, text, headers):
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if not match:
            continue
        name = match[1]
        included = headers.get(name, name)
        if name.startswith("windtunnel/") and name not in headers and not name.endswith(".pb.h"):
            yield number, f"{name} is in no include folder"
        for includer, target, why in FORBIDDEN:
            if re.match(includer, path) and re.match(target, included):
                yield number, f"must not include {name}: {why}"
        for library, pattern, allowed in LIBRARIES:
            if not re.match(pattern, name) or re.match(allowed, path):
                continue
            if library in NEVER_IN_TESTS or not is_test(path):
                yield number, f"must not include {library}'s {name} here"


def check_names(path, text, code):
    banned = list(BANNED_EVERYWHERE)
    if DETERMINISTIC.match(path):
        banned += BANNED
    original = text.splitlines()
    for number, line in enumerate(code.splitlines(), 1):
        for pattern, why in banned:
            match = re.search(pattern, line)
            if match:
                yield number, f"{match[0].strip()}: {why}"
        if not DETERMINISTIC.match(path) or line.lstrip().startswith("#"):
            continue
        if LOOKUP_ONLY in original[number - 1] or LOOKUP_ONLY in original[number - 2]:
            continue
        if HASH_CONTAINER.search(line):
            yield number, f'hash container: its order is random; say "{LOOKUP_ONLY}" if nothing iterates it'
        if POINTER_KEY.search(line):
            yield number, "ordered by address, which differs from run to run"


def hash_variables(text):
    """Names of the variables declared as hash containers in a file."""
    names = set()
    for match in HASH_CONTAINER.finditer(text):
        declared = re.match(r"[^;(){}=]*>\s*&?\s*(\w+)\s*(ABSL_\w+\([^)]*\)\s*)?[;={]", text[match.start():])
        if declared:
            names.add(declared[1])
    return names


def check_hash_iteration(path, code, names):
    if not names or not DETERMINISTIC.match(path):
        return
    one_of = "|".join(sorted(map(re.escape, names)))
    iteration = re.compile(
        rf"\bfor\s*\([^;()]*:\s*(?:\w+(?:\.|->))*({one_of})\s*\)|\b({one_of})\s*(?:\.|->)\s*c?begin\(")
    for match in iteration.finditer(code):
        name = match[1] or match[2]
        yield code.count("\n", 0, match.start()) + 1, f"iterates the hash container {name}"


def check(root):
    """All findings under `root`, as lines of text."""
    paths = list(files_under(root))
    headers = public_headers(paths)
    codes = {}
    findings = []

    def report(path, found):
        findings.extend(f"{path}:{number}: {what}" for number, what in found)

    for path in paths:
        text = read(root, path)
        if text is None:
            continue
        report(path, ((number, "names a path of one machine") for number, line
                      in enumerate(text.splitlines(), 1) if MACHINE_PATH.search(line)))
        if path.endswith((".h", ".cc")):
            codes[path] = code_of(text)
            report(path, check_includes(path, text, headers))
            report(path, check_names(path, text, codes[path]))
    for path, code in codes.items():
        # What a class declares in x.h is iterated in x.cc.
        names = hash_variables(code) | hash_variables(codes.get(re.sub(r"\.cc$", ".h", path), ""))
        report(path, check_hash_iteration(path, code, names))
    return findings


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..")
    findings = check(root)
    print("\n".join(findings) if findings else "check_layers: nothing found")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())

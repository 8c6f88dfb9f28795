"""Puts deliberate faults into the broker, one at a time, and counts the generated
programs until each is found: against a live server and against the reference model.

A fault is a file of tests/property/mutations: what it is, the server whose profile
shows it, how many programs may be needed, and a patch."""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAULTS = ROOT / "tests/property/mutations"
SCRATCH = ROOT / "build/mutations"
SOURCE = SCRATCH / "source"
BUILD = SCRATCH / "build"
BUILT = BUILD / "cli/windtunnel"
UNCHANGED = SCRATCH / "windtunnel-unchanged"
TIMEOUT_S = 900
TRIES_MAX = 3


class Fault:
    def __init__(self, path):
        head, _, self.patch = path.read_text().partition("\n\n")
        fields = dict(line.split(": ", 1) for line in head.splitlines())
        self.name = path.stem
        self.what = fields["What"]
        self.server = fields["Server"]
        # Programs that may be needed; None: this way is not meant to find it.
        self.within = number_in(fields["Within"])
        self.model_within = number_in(fields.get("Model", "none"))


def number_in(text):
    found = re.match(r"\d+", text)
    return int(found[0]) if found else None


def run(command, **options):
    return subprocess.run([str(part) for part in command], **options)


def copy_source():
    """Brings the copy up to date; what did not change keeps its time."""
    listed = run(["git", "ls-files", "-z", "--cached", "--others",
                  "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    wanted = set()
    for name in listed.stdout.decode().split("\0"):
        original, copy = ROOT / name, SOURCE / name
        if not name or not original.is_file():
            continue
        wanted.add(copy)
        text = original.read_bytes()
        if copy.is_file() and copy.read_bytes() == text:
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(text)
        shutil.copymode(original, copy)
    for copy in SOURCE.rglob("*"):
        if copy.is_file() and copy not in wanted:
            copy.unlink()


def apply(fault, *options):
    # The copy lies in a repository, but is none: git must not take it for a part.
    environment = dict(os.environ, GIT_CEILING_DIRECTORIES=str(SCRATCH))
    done = run(["git", "apply", *options, "-"], cwd=SOURCE, env=environment,
               input=fault.patch, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{fault.name}: the patch does not apply any more\n{done.stderr}")


def configure(servers):
    run(["cmake", "-S", SOURCE, "-B", BUILD, "-G", "Ninja",
         "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG",
         "-DWINDTUNNEL_BUILD_EXAMPLES=OFF",
         f"-DWINDTUNNEL_NATS_SERVERS={servers}"],
        check=True, stdout=subprocess.DEVNULL)


def build(targets):
    done = run(["cmake", "--build", BUILD, "--target", *targets],
               capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"does not build\n{done.stdout[-4000:]}{done.stderr[-2000:]}")


def conform(binary, server, first, programs, differences_max=1):
    """What is in the report on `programs` from `first` on; a text if the run came
    to no end."""
    report = SCRATCH / "conform.json"
    report.unlink(missing_ok=True)
    command = [binary, "conform", "--spawn", server, "--programs", programs,
               "--seed", first, "--json", report, "--quiet",
               "--max-differences", differences_max, "--shrink-for", "0s"]
    try:
        done = run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return "hangs"
    if done.returncode < 0:
        return "crashes"
    if done.returncode not in (0, 1):
        sys.exit(f"{command}: {done.stdout}{done.stderr}")
    return json.loads(report.read_text())


def differing(result):
    return sorted({entry["seed"] for entry in result["differences"]})


def agrees_unchanged(server, seed):
    """Whether the program agrees without the fault. A run that comes late has no
    verdict, and is made again."""
    for _ in range(TRIES_MAX):
        result = conform(UNCHANGED, server, seed, 1)
        if isinstance(result, str) or differing(result):
            return False
        if sum(each["agreed"] for each in result["flavours"].values()) == 1:
            return True
    return False


def model(programs):
    """How many programs until the model differs; 0 if it does not, or a text."""
    environment = dict(os.environ, WINDTUNNEL_MODEL_PROGRAMS=str(programs))
    binary = BUILD / "tests/property/reference_model_test"
    try:
        done = run([binary], capture_output=True, text=True, env=environment,
                   timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return "hangs"
    if done.returncode < 0:
        return "crashes"
    found = re.search(r"^After (\d+) programs", done.stdout, re.MULTILINE)
    if not found and done.returncode != 0:
        sys.exit(done.stdout[-2000:])
    return int(found[1]) if found else 0


def server_of(servers, version):
    for folder in sorted(servers.glob(f"{version}.*")):
        return folder / "nats-server"
    sys.exit(f"no nats-server {version} in {servers}")


class Check:
    def __init__(self, arguments):
        self.arguments = arguments
        self.servers = pathlib.Path(
            arguments.servers or os.environ.get("WINDTUNNEL_NATS_SERVERS")
            or ROOT / ".nats-servers")
        self.targets = ["windtunnel"]
        self.unfit = {}  # By server: seeds that differ without a fault, too.

    def prepare(self, faults):
        copy_source()
        for fault in faults:
            apply(fault, "--check")
        most = max((self.model_within(fault) or 0 for fault in faults), default=0)
        if most > 0:
            self.targets.append("reference_model_test")
        configure(self.servers)
        build(self.targets)
        shutil.copy2(BUILT, UNCHANGED)
        if most > 0 and model(most) != 0:
            sys.exit("without a fault the model differs")

    def within(self, fault):
        if fault.within is None:
            return None
        return min(fault.within, self.arguments.programs or fault.within)

    def model_within(self, fault):
        return fault.model_within or self.arguments.model

    def live(self, fault):
        """How many programs until one differs that agrees without the fault."""
        if fault.within is None:
            return None
        server = server_of(self.servers, fault.server)
        within = self.within(fault)
        unfit = self.unfit.setdefault(fault.server, set())
        first = 1
        while first <= within:
            result = conform(BUILT, server, first, within - first + 1,
                             1 + sum(seed >= first for seed in unfit))
            if isinstance(result, str):
                return result
            seeds = differing(result)
            for seed in seeds:
                if seed in unfit:
                    continue
                if agrees_unchanged(server, seed):
                    return seed
                unfit.add(seed)
            if not seeds:
                return 0
            first = seeds[-1] + 1
        return 0

    def check(self, fault):
        apply(fault)
        try:
            build(self.targets)
            live = self.live(fault)
            by_model = None
            if self.model_within(fault) is not None:
                by_model = model(self.model_within(fault))
        finally:
            apply(fault, "-R")
        return {"name": fault.name, "what": fault.what, "server": fault.server,
                "within": self.within(fault), "live": live,
                "model_within": self.model_within(fault), "model": by_model,
                "missed": live == 0 or (by_model == 0
                                        and fault.model_within is not None)}


def in_words(found, within):
    if found is None:
        return "-"
    if isinstance(found, str):
        return found
    return f"{found}" if found else f"not found in {within}"


def main():
    parser = argparse.ArgumentParser(prog="scripts/mutation-check",
                                     description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="only these faults (default: all)")
    parser.add_argument("--programs", type=int, metavar="N",
                        help="at most so many against the server")
    parser.add_argument("--model", type=int, metavar="N",
                        help="ask the model about all faults, not only about those "
                             "that it is meant to find, with so many programs")
    parser.add_argument("--servers", metavar="FOLDER",
                        help="of <version>/nats-server")
    parser.add_argument("--json", metavar="FILE",
                        default=str(SCRATCH / "results.json"))
    arguments = parser.parse_args()

    faults = [Fault(path) for path in sorted(FAULTS.glob("*.patch"))
              if not arguments.names or path.stem in arguments.names]
    SCRATCH.mkdir(parents=True, exist_ok=True)
    check = Check(arguments)
    check.prepare(faults)
    print(f"{'fault':36} {'server':6} {'live':>18} {'model':>18}")
    results = []
    for fault in faults:
        result = check.check(fault)
        results.append(result)
        print(f"{fault.name:36} {fault.server:6} "
              f"{in_words(result['live'], result['within']):>18} "
              f"{in_words(result['model'], result['model_within']):>18}", flush=True)
        pathlib.Path(arguments.json).write_text(json.dumps(results, indent=1))
    for server, seeds in sorted(check.unfit.items()):
        print(f"{server}: differ without a fault, too, and were passed over: "
              + ", ".join(map(str, sorted(seeds))))
    missed = [result for result in results if result["missed"]]
    print(f"{len(results) - len(missed)} of {len(results)} faults found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

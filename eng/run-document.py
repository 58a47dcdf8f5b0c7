#!/usr/bin/env python3
"""eng/run-document.py DOCUMENT...: runs the commands of documents as they stand there, and looks for what they show.

A block of `sh` is run by bash, one command after the other; a block of `python` is a program, which is run too, or kept where the text
before it says "Save it as `NAME`". A block of `text` shows lines that what was run since the block before it has printed, in their order;
an ellipsis in one is whatever is different each time. A comment behind a print of Python is shown in the same way. A command ends with 0,
or with what "# exit N" behind it says. One that serves or follows, and whatever ends with &, goes on in the background; a second
`aldis serve` without & takes the place of the first, as in a terminal. A comment <!-- not run here: WHY --> before a block leaves it out.

Each document has a machine of its own: a network with loopback alone, names that are all this machine, and a folder with what its reader is
taken to have. ALDIS is the command. Whatever is not as it is shown is told, and ends with 1;
3 says that this user may make no such machine.
"""
import os, pathlib, re, shlex, shutil, subprocess, sys, tempfile

# Seconds that all commands of a document may take: those that hang are told.
LONGEST = int(os.environ.get("LONGEST", "600"))
NAMES = "localhost server host collector example.org"
COMMAND = re.compile(r"([A-Z_]+=\S+ )?(aldis|eng/|benchmarks/|curl|nc|ncat|socat|python3|printf|dotnet|bash|tail|tar|kill)[ \w]")
SERVES = re.compile(r"\baldis (serve|link|lab --peer)\b(?!.*(--check|--print-config|--profiles))")
# Other servers, which are waited for until they listen.
LISTENS = re.compile(r"^(ncat|socat|nc) .*(-l\b|--listen\b|-LISTEN:)|^mosquitto ")
FOLLOWS = re.compile(r"\s&$|\baldis .*(--follow|-f)\b|\btail -f ")

STAGE = r"""
set -o pipefail -m
ip link set lo up && mount --bind "$stage/hosts" /etc/hosts && cd "$stage/home" || exit 99
declare -A jobs=() kinds=()

told() { printf '%s\n' "$*" >>"$stage/wrong"; }

end() { # end JOB: asks it to end in order, and waits for it.
    local status=0
    if kill -0 "${jobs[$1]}" 2>/dev/null; then
        kill -TERM -- "-${jobs[$1]}" 2>/dev/null
        wait "${jobs[$1]}" 2>/dev/null || status=$?
        [[ $status == 0 || ${kinds[$1]} != alone:serve ]] || told "line $1 was told to end, and ended with $status"
    else
        wait "${jobs[$1]}" 2>/dev/null || status=$?
        ((status == 0)) || told "line $1 ended by itself with $status: $(tail -n 3 "$stage/printed/$1")"
    fi
    unset "jobs[$1]"
}

end_all() { # end_all KIND: the jobs of a kind; what follows a server ends before it.
    local job kind
    for kind in other "$1"; do
        for job in "${!jobs[@]}"; do [[ ${kinds[$job]} == $kind ]] && end "$job"; done
    done
}

run() { # run LINE EXIT INPUT COMMAND
    local status=0
    printf 'line %s: %s\n' "$1" "$4" >"$stage/doing"
    eval "$4" <"$3" >"$stage/printed/$1" 2>&1 || status=$?
    ((status == $2)) || told "line $1 ends with $status, not $2: $4"$'\n'"$(tail -n 5 "$stage/printed/$1")"
}

# How many sockets of this network listen (state 0A).
listeners() { cat /proc/net/tcp /proc/net/tcp6 | grep -c ' 0A '; }

start() { # start LINE KIND COMMAND: in the background; what listens has said so when this returns, and a server where its dashboard is.
    printf 'line %s: %s\n' "$1" "$3" >"$stage/doing"
    [[ $2 != alone:* ]] || end_all "$2"
    local before
    before=$(listeners)
    # A server takes the place of the shell, so that it is what is waited for.
    if [[ $2 == other ]]; then
        eval "$3" </dev/null >"$stage/printed/$1" 2>&1 &
    else
        eval "exec env $3" </dev/null >"$stage/printed/$1" 2>&1 &
    fi
    jobs[$1]=$!
    kinds[$1]=$2
    while kill -0 "${jobs[$1]}" 2>/dev/null; do
        case $2 in
        other) break ;;
        listens) (($(listeners) == before)) || break ;;
        alone:serve) ! grep -q '^DASHBOARD' "$stage/printed/$1" || break ;;
        *) ! grep -q '^LISTEN' "$stage/printed/$1" || break ;;
        esac
        sleep 0.02
    done
}
"""


def blocks(text):
    """Each fenced block: the line its content begins in, its language, its content, and what stands before it."""
    lines, before, index = text.split("\n"), [], 0
    while index < len(lines):
        fence = re.match(r"\s*```(\w*)$", lines[index])
        if fence is None:
            before.append(lines[index])
            index += 1
            continue
        end = next(k for k in range(index + 1, len(lines)) if lines[k].strip() == "```")
        yield index + 2, fence[1], lines[index + 1:end], "\n".join(line for line in before if line.strip())
        before, index = [], end + 1


def commands(first, lines):
    """The commands of a block, each with its line: what is continued, or a document for standard input, is one command."""
    held, at, until = [], first, None
    for number, line in enumerate(lines, first):
        if not held:
            at = number
        held.append(line)
        here = re.search(r"<<'?(\w+)'?", line)
        until = here[1] if here else until
        if until == line or (until is None and not re.search(r"(\\|\||&&|\bdo|\{)$", line.rstrip())):
            whole, held, until = "\n".join(held), [], None
            if whole.strip() and not whole.startswith("#"):
                yield at, whole


def script(document, home):
    """What bash is to do for a document, and what is to be printed: (lines of commands, lines shown)."""
    words, shown, since, wrong = [], [], [], []
    for first, language, lines, before in blocks(document.read_text()):
        text = "\n".join(lines)
        if re.search(r"<!-- not run here: .+ -->$", before):
            continue
        save = re.search(r"ave it as `([\w.]+)`:$", before)
        if save:
            (home / save[1]).write_text(text + "\n")
        elif language == "sh":
            for line, command in commands(first, lines):
                exit_status = re.search(r"# exit (\d+)\b", command)
                bare = re.sub(r"\s+#( .*)?$", "", command)
                serves = SERVES.search(bare)
                if serves or FOLLOWS.search(bare):
                    kind = "listens" if LISTENS.search(bare) else "other"
                    if serves:
                        kind = "with" if bare.endswith("&") else "alone:" + serves[1].split()[0]
                    words.append(f"start {line} {kind} {shlex.quote(bare.removesuffix('&'))}")
                else:
                    words.append(f"run {line} {exit_status[1] if exit_status else 0} /dev/null {shlex.quote(command)}")
                since.append(line)
        elif language == "python":
            program = home.parent / f"program-{first}.py"
            given = "readings = ['pressure 3.1', 'pressure 3.2']\n" if re.search(r"\breadings\b", text) else ""
            program.write_text(given + text + "\n")
            words.append(f"run {first} 0 {shlex.quote(str(home.parent / 'typed'))} 'python3 {program}'")
            since.append(first)
            prints = re.findall(r"^print\(.*\)\s+# (.+)$", text, re.MULTILINE)
            shown.append((first, [first], prints))
        elif language == "text":
            shown.append((first, since, lines))
            since = []
        elif not language:
            found = [(number, line) for number, line in enumerate(lines, first) if COMMAND.match(line)]
            wrong += [f"line {number}: a command in a block that is not `sh`: {line}" for number, line in found]
    return words, shown, wrong


def furnish(home, document):
    """What the reader of a document is taken to have."""
    for name in ("report.pdf", "firmware.bin", "photo.jpg", "photos/first.jpg", "photos/second.jpg", "data/values.csv"):
        path = home / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes((7 * k + len(name)) % 251 for k in range(40_000)))
    (home / "readings.txt").write_text("21.5\n21.7\n22.0\n")
    (home / "app.log").write_text("started\n")
    if "samples" in document.parts:
        for beside in document.parent.iterdir():
            if beside.is_file() and beside != document:
                shutil.copy(beside, home)


def check(document):
    """What is not as a document shows it."""
    with tempfile.TemporaryDirectory(prefix="aldis-document-") as folder:
        stage = pathlib.Path(folder)
        home = stage / "home"
        home.mkdir()
        (stage / "printed").mkdir()
        (stage / "wrong").touch()
        (stage / "typed").write_text("one\ntwo\n\n")
        (stage / "hosts").write_text(f"127.0.0.1 {NAMES}\n::1 localhost\n")
        furnish(home, document)
        words, shown, wrong = script(document, home)
        (stage / "script").write_text(
            f"stage={shlex.quote(folder)}\n{STAGE}\n" + "\n".join(words) + '\nend_all "*"\n')
        environment = {**os.environ, "HOME": str(home), "ALDIS_DASHBOARD": "127.0.0.1:8080", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
        aldis = pathlib.Path(os.environ["ALDIS"]).absolute()
        environment["PATH"] = f"{aldis.parent}:{environment['PATH']}"
        own = ["--map-root-user"] if os.geteuid() else []
        alone = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", *own, "bash", str(stage / "script")]
        try:
            done = subprocess.run(
                alone, env=environment, cwd=home, timeout=LONGEST, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode == 99 or "unshare" in done.stdout:
                print(f"this user may make no network of its own: {done.stdout}")
                sys.exit(3)
        except subprocess.TimeoutExpired:
            wrong.append(f"it had not ended after {LONGEST} s, in {(stage / 'doing').read_text().strip()}")
        wrong += (stage / "wrong").read_text().splitlines()
        for first, lines, expected in shown:
            outputs = [stage / "printed" / str(line) for line in lines]
            printed = "".join(output.read_text(errors="replace") for output in outputs if output.exists())
            position = 0
            for line in expected:
                pattern = re.escape(line.strip()).replace("…", ".*?").replace(r"\.\.\.", ".*?")
                found = re.compile(pattern).search(printed, position)
                if found is None:
                    wrong.append(f"line {first} shows what is not printed: {line}\n{printed}")
                    break
                position = found.end()
        return wrong


if __name__ == "__main__":
    failed = False
    for name in sys.argv[1:]:
        for sentence in check(pathlib.Path(name).absolute()):
            failed = True
            print(f"{name}: {sentence}")
    sys.exit(failed)

# What scripts share that measure a server on core 0 by a load on core 1; sourced after common.sh.

# start NAME COMMAND...: runs a server on core 0; sets $port and $server.
start() {
    local name=$1
    shift
    taskset -c 0 "$@" >/dev/null 2>"$work/$name.log" </dev/null &
    server=$!
    processes+=("$server")
    for _ in $(seq 100); do
        port=$(sed -n 's/.*port=\([0-9][0-9]*\).*/\1/p' "$work/$name.log" | head -n 1)
        if [[ -n $port ]]; then
            return
        fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    fail "$name does not listen: $(cat "$work/$name.log")"
}

need_cores_and_compiler() {
    command -v cc >/dev/null || fail "a C compiler is missing (Debian: apt install gcc libc6-dev)"
    command -v taskset >/dev/null || fail "taskset is missing (Debian: apt install util-linux)"
    [[ $(nproc) -ge 2 ]] || fail "two cores are needed: one for the server, one for the load"
}

# compile TOOL...: builds tools of benchmarks/tools into the scratch folder.
compile() {
    local tool
    for tool in "$@"; do
        cc -O2 -Wall -Wextra -o "$work/$tool" "$repository/benchmarks/tools/$tool.c"
    done
}

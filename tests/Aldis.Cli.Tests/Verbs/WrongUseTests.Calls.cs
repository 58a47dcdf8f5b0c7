namespace Aldis.Cli.Tests.Verbs;

// What is typed, and what answers it.
public sealed partial class WrongUseTests
{
    /// <summary>{H} stands for the address of a server that nobody may connect to, {D} for a directory with a file f.</summary>
    public static TheoryData<string, string> Calls => new()
    {
        { "sned {H} x", "there is no verb 'sned'; did you mean 'send'?" },
        { "sned {H} x --cafile f", "there is no verb 'sned'; did you mean 'send'?" },
        { "serv", "there is no verb 'serv'; did you mean 'serve'?" },
        { "Serve", "there is no verb 'Serve'; did you mean 'serve'?" },
        { "help", "there is no verb 'help'." },
        { "--json", "aldis has no option '--json'." },
        { "-v", "aldis has no option '-v'; did you mean '--version'?" },
        { "--verison", "aldis has no option '--verison'; did you mean '--version'?" },
        { "-qx", "aldis has no option '-qx'." },
        { "--plain send {H} x", "'--plain' is an option of send, and stands behind the verb: aldis send --plain …." },
        { "bench --connections 5", "--connections is for a load on a server: aldis bench ADDRESS --connections …." },
        { "bench {H} --loss 2%", "--loss is for comparing transports on this machine: it goes without ADDRESS." },
        { "bench --loss 2", "--loss: loss is written loss 30%, and has '2'." },
        { "bench --los 2%", "bench has no option '--los'; did you mean '--loss'?" },
        { "bench --transports tcp,upd", "--transports takes tcp, tls, unix, udp, arq-stop-and-wait, arq-go-back-n, arq-selective-repeat, with commas between, not 'upd'; did you mean 'udp'?" },
        { "bench -s 4", "--size is 17 to 65507 bytes where transports are compared." },
        { "bench --datagram 100K", "--datagram is 17 to 65507 bytes." },
        { "bench --html {D}/no/f", "{D}/no/f cannot be written: Could not find a part of the path '{D}/no/f'." },
        { "bench {H} --as ecko", "--as takes echo, ack, messages or native, not 'ecko'; did you mean 'echo'?" },
        { "bench {H} --rate 0", "--rate takes a whole number N, 1 or more, not '0'." },
        { "bench {H} --duration 0", "--duration is more than no time." },
        { "bench {H} --duration 5", "--duration takes a duration such as 500ms or 2s, not '5': a time needs its unit, 5ms or 5s." },
        { "bench {H} --as ack --window 2", "--window is 1 of datagrams and of --as ack: which request an answer belongs to could not be told." },
        { "bench udp://127.0.0.1:9 --as ack", "udp://127.0.0.1:9 is a datagram address: only --as echo speaks datagrams." },
        { "bench udp://127.0.0.1:9 -s 4", "--size is 16 to 65507 bytes of a datagram: its number has room in it, and it in a packet." },
        { "bench {H} -s 0", "--size is at least 1 byte: nothing would come back for none." },
        { "bench {H} --as native --client '?'", "--client '?' with the number of a connection is no client id: 1 to 32 characters of A-Z a-z 0-9 . _ -" },
        { "bench --compare a", "--compare needs a value: --compare A.json B.json." },
        { "bench {H} --compare a b", "--compare measures nothing: it goes without ADDRESS." },
        { "bench --compare {D}/f {D}/f", "{D}/f holds no report of aldis bench: make one with --json." },
        { "link :0", "link needs LISTEN TARGET." },
        { "ping", "ping needs HOST." },
        { "ping {H} -c 0", "--count takes a whole number N, 1 or more, not '0'." },
        { "ping {H} -i 0", "--interval takes seconds such as 0.2 or a duration such as 200ms, at least 1ms, not '0'." },
        { "ping {H} -i soon", "--interval takes seconds such as 0.2 or a duration such as 200ms, at least 1ms, not 'soon'." },
        { "ping {H} -W 1..2", "--timeout takes seconds such as 0.2 or a duration such as 200ms, at least 1ms, not '1..2'." },
        { "ping 127.0.0.1 -4 -6", "-4 and -6 exclude each other." },
        { "ping 127.0.0.1 -s 65508", "--size is at most 65507: more does not fit into a packet." },
        { "ping udp://{H} -s 15", "--size is at least 16 over udp: a datagram carries its number." },
        { "ping {H} -s 16", "--size is for ICMP and udp: tcp://{H} is asked by connecting, and nothing is said to it." },
        { "ping tcp://localhost", "'tcp://localhost' names no port: write tcp://localhost:PORT, or localhost alone for ICMP." },
        { "ping 127.0.0.1:0", "'127.0.0.1:0' names port 0, which no server has; only a listener may ask for it." },
        { "ping 224.0.0.1", "224.0.0.1 is the address of many: ping one host." },
        { "ping ff02::1%lo", "ff02::1%1 is the address of many: ping one host." },
        { "ping unix:{D}/s -4", "unix:{D}/s is on this machine and has no IP address: it goes without -4 and -6." },
        { "ping unix+dgram:{D}/s", "unix+dgram:{D}/s has no connection to wait for: 'aldis echo unix+dgram:{D}/s' asks it." },
        { "send unix+dgram:{D}/s x", "unix+dgram:{D}/s is a datagram address; this conversation needs a stream: tcp://, tls://, arq:// or unix:." },
        { "serve ack=unix+dgram:{D}/s", "ack is a stream conversation and cannot be held over unix+dgram:{D}/s: "
            + "use tcp, tls, unix, arq, arq+tls, unix+seqpacket." },
        { "serve echo=unix:{D}/s ack=unix+seqpacket:{D}/s", "echo and ack cannot both be served at unix+seqpacket:{D}/s: "
            + "name it once, or give each an address of its own: ack=ADDRESS." },
        { "serve echo=unix:{D}/s?mode=66", "'unix:{D}/s?mode=66' has the option mode=66: write permissions in octal, 600 or 660." },
        { "serve echo=unix+dgram:{D}/s?mode=1777", "'unix+dgram:{D}/s?mode=1777' has the option mode=1777: write permissions in octal, 600 or 660." },
        { "serve echo=unix:@s?mode=660", "'unix:@s?mode=660' has the option mode, and a name in the abstract namespace has no file: "
            + "anybody may connect." },
        { "echo unix:{D}/s?mode=660", "'unix:{D}/s?mode=660' has the unknown option mode: none is known here." },
        { "talk unix+seqpacket:", "'unix+seqpacket:' names no path: write unix+seqpacket:/path/to/socket." },
        { "talk unix+dgram:{D}/s?rate=1", "'unix+dgram:{D}/s?rate=1' has the unknown option rate: none is known here." },
        { "echo unix+dgram:{D}/s -s 65537", "A datagram carries at most 65536 bytes here." },
        { "link unix+seqpacket:{D}/s :9", "'unix+seqpacket:{D}/s' cannot be linked: a link carries datagrams (udp://) or streams (tcp://, unix:)." },
        { "ping {H} --trace", "--trace shows the frames of arq:// and arq+tls://, and tcp://{H} has none: the system's own transport does "
            + "not show its packets." },
        { "ping {H} --cuont 1", "ping has no option '--cuont'; did you mean '--count'?" },
        { "link udp://:0 tcp://:9", "'udp://:0' and 'tcp://:9' do not belong together: a link carries either datagrams (udp://) or streams (tcp://, unix:)." },
        { "link :0 localhost", "'tcp://localhost' names no port: a link needs to know where its target listens." },
        { "link :0 arq://:9", "'arq://:9' names what the programs at both ends speak: a link carries bytes, udp:// here." },
        { "link :0 :9?loss=1", "'tcp://:9?loss=1' has the unknown option loss: none is known here." },
        { "link :0 :9 --idle 0", "--idle is more than no time: a client that was just heard would be forgotten." },
        { "link :0 :9 --delay 50", "--delay: delay is written delay 50ms, and has '50': a time needs its unit, 50ms or 50s." },
        { "link :0 :9 --to-client-loss much", "--to-client-loss: loss is written loss 30%, and has 'much'." },
        { "link :0 :9 --los 10%", "link has no option '--los'; did you mean '--loss'?" },
        { "link :0 :9 --cut=now", "--cut takes no value, and 'now' is one." },
        { "link :0 :9 --seed -1", "--seed takes a whole number N, 0 or more, not '-1'." },
        { "send", "send needs ADDRESS [TEXT]…." },
        { "send --plian {H} x", "send has no option '--plian'; did you mean '--plain'? (As text: put -- before it.)" },
        { "send {H} --plian x", "send has no option '--plian'; did you mean '--plain'? (As text: put -- before it.)" },
        { "send {H} x --plian", "send has no option '--plian'; did you mean '--plain'? (As text: put -- before it.)" },
        { "send {H} x --plain=yes", "--plain takes no value, and 'yes' is one." },
        { "send {H} x --quiet=maybe", "--quiet takes no value, and 'maybe' is one." },
        { "send {H} x -qx", "send has no option '-qx'. (As text: put -- before it.)" },
        { "send {H} x -Q", "send has no option '-Q'; did you mean '-q'? (As text: put -- before it.)" },
        { "send {H} -5", "send has no option '-5'. (As text: put -- before it.)" },
        { "send {H} —plain x", "send has no option '—plain'; did you mean '--plain'? (As text: put -- before it.)" },
        { "send {H} --plain--", "send has no option '--plain--'. (As text: put -- before it.)" },
        { "send {H} x --outbox", "--outbox needs a value: --outbox DIR." },
        {
            "send --outbox --plian {H} x",
            "--outbox needs a value, and '--plian' looks like an option: if it is the value, write --outbox=--plian."
        },
        {
            "send --outbox --skip-takn {H} x",
            "--outbox needs a value, and '--skip-takn' looks like an option: if it is the value, write --outbox=--skip-takn."
        },
        { "send {H} x --client", "--client needs a value: --client ID." },
        { "send {H} x --client --json=1", "--json takes no value, and '1' is one." },
        { "send {H} x --client 'a b'", "'a b' is no client id: 1 to 32 characters of A-Z a-z 0-9 . _ -" },
        { "send {H} x --client a --client b", "--client is given 2 times, and takes one ID." },
        { "send {H} x --clinet a", "send has no option '--clinet'; did you mean '--client'? (As text: put -- before it.)" },
        {
            "send {H} x --retry 5",
            "--retry takes a duration such as 500ms or 2s, or 'forever', not '5': a time needs its unit, 5ms or 5s."
        },
        { "send {H} x --retry soon", "--retry takes a duration such as 500ms or 2s, or 'forever', not 'soon'." },
        { "send {H} x --retry -5s", "--retry takes a duration such as 500ms or 2s, or 'forever', not '-5s'." },
        {
            "send {H} x --retry forevr",
            "--retry takes a duration such as 500ms or 2s, or 'forever', not 'forevr'; did you mean 'forever'?"
        },
        { "send {H} x --timeout 5", "--timeout takes a duration such as 500ms or 2s, not '5': a time needs its unit, 5ms or 5s." },
        { "send {H} x --timeout 0", "--timeout is at least 1ms." },
        {
            "send {H} x --timeout 1.5",
            "--timeout takes a duration such as 500ms or 2s, not '1.5': a time needs its unit, 1.5ms or 1.5s."
        },
        { "send {H} x --timeout 5parsecs", "--timeout takes a duration such as 500ms or 2s, not '5parsecs'." },
        { "send {H} x --timeout -1s", "--timeout takes a duration such as 500ms or 2s, not '-1s'." },
        { "send {H} x --timeout 1s --timeout 2s", "--timeout is given 2 times, and takes one TIME." },
        { "send {H} x --skip-taken", "--skip-taken needs --outbox: only an outbox on disk knows what it took before." },
        { "send {H} x --plain --outbox {D}/o", "--plain has no identity: it goes without --client and --outbox." },
        { "send {H} x --plain --client a", "--plain has no identity: it goes without --client and --outbox." },
        { "send {H} a - b", "'-' reads lines from standard input, and goes without other texts." },
        {
            "send {H} x --trace",
            "--trace shows the frames of arq:// and arq+tls://, and tcp://{H} has none: the system's own transport does "
                + "not show its packets."
        },
        { "send {H}?timeout=5 x", "'tcp://{H}?timeout=5' has the unknown option timeout: none is known here." },
        {
            "send tpc://{H} x",
            "'tpc://{H}' has the unknown scheme 'tpc': known are tcp, tls, udp, arq, arq+tls, unix, unix+seqpacket and unix+dgram; did you mean 'tcp'?"
        },
        { "send http://{H} x", "'http://{H}' has the unknown scheme 'http': known are tcp, tls, udp, arq, arq+tls, unix, unix+seqpacket and unix+dgram." },
        {
            "send tls://{H}?ca=cert.pem x",
            "'tls://{H}?ca=cert.pem' has the unknown option ca: known here are cafile, servername, pin, cert, key, key-password-file, min-version, insecure; "
                + "did you mean 'cafile'?"
        },
        {
            "send tls://{H}?CAfile=cert.pem x",
            "'tls://{H}?CAfile=cert.pem' has the unknown option CAfile: known here are cafile, servername, pin, cert, key, key-password-file, min-version, insecure; "
                + "did you mean 'cafile'?"
        },
        {
            "send tls://{H}?insecur x",
            "'tls://{H}?insecur=1' has the unknown option insecur: known here are cafile, servername, pin, cert, key, key-password-file, min-version, insecure; "
                + "did you mean 'insecure'?"
        },
        { "send tls://{H}?key=a x", "'tls://{H}?key=a' has a key without its certificate: write cert=FILE&key=FILE." },
        { "send tcp://{H}?insecure x", "'tcp://{H}?insecure=1' has the unknown option insecure: none is known here." },
        { "send udp://{H} x", "udp://{H} is a datagram address; this conversation needs a stream: tcp://, tls://, arq:// or unix:." },
        {
            "send arq://{H}?mode=gobackn x",
            "'arq://{H}?mode=gobackn' has the option mode=gobackn: write selective-repeat, go-back-n or stop-and-wait; "
                + "did you mean 'go-back-n'?"
        },
        {
            "send arq://{H}?mode=stop-and-wiat x",
            "'arq://{H}?mode=stop-and-wiat' has the option mode=stop-and-wiat: write selective-repeat, go-back-n or "
                + "stop-and-wait; did you mean 'stop-and-wait'?"
        },
        {
            "send arq://{H}?profile=losy x",
            "'arq://{H}?profile=losy' has the option profile=losy: write internet, lossy or lab; did you mean 'lossy'?"
        },
        {
            "send arq://{H}?timeout=50&mode=go-back-n x",
            "'arq://{H}?timeout=50&mode=go-back-n' has the option timeout=50: write a time from 1ms to 60s, or auto."
        },
        {
            "send arq://{H}?keepalive=20 x",
            "'arq://{H}?keepalive=20' has the option keepalive=20: write a time from 15s to 50s, or off."
        },
        {
            "send arq://{H}?window=many x",
            "'arq://{H}?window=many' has the option window=many: write a whole number of frames from 1 to 1048576."
        },
        { "send arq://{H}?frame=0 x", "'arq://{H}?frame=0' has the option frame=0: write a whole number of bytes from 1 to 65479." },
        {
            "send arq://{H}?fram=512 x",
            "'arq://{H}?fram=512' has the unknown option fram: known here are mode, frame, window, timeout, profile, "
                + "keepalive, datagram, reject; did you mean 'frame'?"
        },
        { "send {H}:1 x", "'{H}:1' has more than one colon: an IPv6 address is written [::1]:9000." },
        { "send host:port x", "'host:port' has the port 'port': a port is a number from 0 to 65535." },
        { "send host:99999 x", "'host:99999' has the port '99999': a port is a number from 0 to 65535." },
        { "send ::1:9999 x", "'::1:9999' has more than one colon: an IPv6 address is written [::1]:9000." },
        { "send [::1 x", "'[::1' is no address: an IPv6 address is written [::1]:9000." },
        { "send unix: x", "'unix:' names no path: write unix:/path/to/socket." },
        { "send '' x", "'' is no address: write host:port, for example 127.0.0.1:9000." },
        { "send {H}?=1 x", "'{H}?=1' has an option without a name: options are written ?name=value&name=value." },
        { "send tls://{H}?insecure&insecure x", "'tls://{H}?insecure&insecure' has the option 'insecure' twice." },
        { "send localhost:0 x", "'localhost:0' names port 0, which no server has; only a listener may ask for it." },
        { "echo", "echo needs ADDRESS [TEXT]." },
        { "echo {H} x y", "echo takes ADDRESS [TEXT] and no more: 'y' is one word too many. A text with spaces stands in quotes." },
        { "echo {H} x -c", "--count needs a value: --count N." },
        { "echo {H} x -c abc", "--count takes a whole number N, 0 or more, not 'abc'." },
        { "echo {H} x -c -1", "--count takes a whole number N, 0 or more, not '-1'." },
        { "echo {H} x -c 1.5", "--count takes a whole number N, 0 or more, not '1.5'." },
        { "echo {H} x -c 1e3", "--count takes a whole number N, 0 or more, not '1e3'." },
        {
            "echo {H} x -c 99999999999999999999",
            "--count takes a whole number of at most 9223372036854775807, not '99999999999999999999'."
        },
        { "echo {H} --cuont 5", "echo has no option '--cuont'; did you mean '--count'? (As text: put -- before it.)" },
        { "echo {H} -c5 -x", "echo has no option '-x'. (As text: put -- before it.)" },
        { "echo {H} -s big", "--size takes a size such as 32, 64K or 1M, not 'big'." },
        { "echo {H} -s -1", "--size takes a size such as 32, 64K or 1M, not '-1'." },
        { "echo {H} -s 64k8", "--size takes a size such as 32, 64K or 1M, not '64k8'." },
        { "echo {H} x -s 10", "TEXT and --size exclude each other: a text has the size it has." },
        { "echo {H} -i 10", "--interval takes a duration such as 500ms or 2s, not '10': a time needs its unit, 10ms or 10s." },
        { "echo {H} -i NaN", "--interval takes a duration such as 500ms or 2s, not 'NaN'." },
        { "echo {H} --interval", "--interval needs a value: --interval TIME." },
        { "echo {H} --connections 0", "--connections takes a whole number N, 1 or more, not '0'." },
        { "echo {H} --connections two", "--connections takes a whole number N, 1 or more, not 'two'." },
        { "echo {H} --connections 99999999999", "--connections takes a whole number of at most 2147483647, not '99999999999'." },
        {
            "echo {H} --connections 2 --trace",
            "--trace shows the frames of arq:// and arq+tls://, and tcp://{H} has none: the system's own transport does "
                + "not show its packets."
        },
        { "echo udp://{H} -s 99999", "A datagram carries at most 65507 bytes." },
        { "echo udp://{H}?mode=x", "'udp://{H}?mode=x' has the unknown option mode: none is known here." },
        { "echo {H} --txet", "echo has no option '--txet'. (As text: put -- before it.)" },
        { "echo --json={H}", "--json takes no value, and '{H}' is one." },
        { "talk", "talk needs ADDRESS." },
        { "talk {H} hello", "talk takes ADDRESS and no more: 'hello' is one word too many." },
        { "talk {H} --promt", "talk has no option '--promt'." },
        { "talk {H} --frame-size 0", "--frame-size is at least 1." },
        { "talk {H} --frame-size abc", "--frame-size takes a size such as 32, 64K or 1M, not 'abc'." },
        { "talk {H} --framesize 10", "talk has no option '--framesize'; did you mean '--frame-size'?" },
        { "talk {H} --timeout 5", "--timeout takes a duration such as 500ms or 2s, not '5': a time needs its unit, 5ms or 5s." },
        { "talk {H} --timeout 0s", "--timeout is at least 1ms." },
        { "talk udp://{H}", "udp://{H} is a datagram address; this conversation needs a stream: tcp://, tls://, arq:// or unix:." },
        {
            "talk {H} --trace",
            "--trace shows the frames of arq:// and arq+tls://, and tcp://{H} has none: the system's own transport does "
                + "not show its packets."
        },
        { "copy", "copy needs FILE|DIR... ADDRESS." },
        { "copy {D}/f", "copy needs FILE... ADDRESS, or ADDRESS/PATH... DIR; '{D}/f' alone is one of them." },
        { "copy {D}/f {H} --plian", "copy has no option '--plian'; did you mean '--plain'? (As a file: put -- before it.)" },
        { "copy --plian {D}/f {H}", "copy has no option '--plian'; did you mean '--plain'? (As a file: put -- before it.)" },
        { "copy -p {D}/f {H}", "copy has no option '-p'. (As a file: put -- before it.)" },
        { "copy {D}/nothing {H}", "there is no file or directory '{D}/nothing'. Nothing was sent." },
        { "copy --plain {D}/nothing {H}", "there is no file '{D}/nothing'; nothing was sent." },
        { "copy --plain {D} {H}", "'{D}' is a directory: the plain form carries no names, so it cannot carry a directory; name its files." },
        { "copy {D}/f {D}/g", "the last argument is where to copy to, and '{D}/g' is no address: write host:port or scheme://host." },
        { "copy {H} {H}", "'{H}' is an address, and only the last argument may be one; a file of that name is written ./{H}." },
        { "copy {D}/f {H} --timeout 5", "--timeout takes a duration such as 500ms or 2s, not '5': a time needs its unit, 5ms or 5s." },
        { "copy {D}/f {H} --timeout", "--timeout needs a value: --timeout TIME." },
        { "copy {D}/f udp://{H}", "udp://{H} is a datagram address; this conversation needs a stream: tcp://, tls://, arq:// or unix:." },
        { "copy {D}/f {H}?x=1", "'tcp://{H}?x=1' has the unknown option x: none is known here." },
        { "copy {D}/f {H} --trace", "--trace shows the frames of arq:// and arq+tls://, and tcp://{H} has none" },
        { "copy {D}/f {D}/nothing {H}", "there is no file or directory '{D}/nothing'. Nothing was sent." },
        { "copy {H}/a {D}/f {D}", "'{D}/f' is a file here: what is fetched is named by addresses, and the last argument is a directory." },
        { "copy {H} {D}", "'{H}' does not say what is fetched: write {H}/PATH, or {H}/ for all that is shared." },
        {
            "copy {D}/f {H}/sub",
            "'{H}/sub' names a place at the server, which puts what it gets below a directory of its own: name the address alone."
        },
        { "copy --list {D}/f", "--list takes addresses alone, and '{D}/f' is none: write host:port/PATH." },
        { "copy {D}/f {H} --overwrite --skip", "--overwrite goes without --skip." },
        { "copy {D}/f {H} --plain --rename", "--plain goes without --rename." },
        { "copy {D}/f {H} --follow --exclude x", "--follow goes without --exclude." },
        { "copy {D}/f {H} --dry-run --verify", "--dry-run goes without --verify." },
        { "copy {D}/f {H} --exclude a[", "'a[' is no pattern: a [ in it has no ]; one that is meant itself is written \\[." },
        { "copy {D}/f {H} --exclude", "--exclude needs a value: --exclude GLOB." },
        { "copy {D}/f {H} --exclude --include", "--exclude needs a value, and '--include' looks like an option: if it is the value, write --exclude=--include." },
        { "copy {D}/f {H} --bwlimit 5", "--bwlimit takes bytes a second from 1K on, such as 500K or 2M, not '5'." },
        { "copy {D}/f {H} --bwlimit 10Mbit", "--bwlimit takes bytes a second from 1K on, such as 500K or 2M, not '10Mbit': in bytes that is 1220K." },
        { "copy {D}/f {H} --links folow", "--links takes follow, keep or skip, not 'folow'; did you mean 'follow'?" },
        { "copy {D}/f {H} --digest md5", "--digest takes blake3 or sha256, not 'md5'." },
        { "copy {D}/f {H} --retry 5", "--retry takes a duration such as 500ms or 2s, or 'forever', not '5': a time needs its unit, 5ms or 5s." },
        { "copy {D}/f {H} --client a/b", "'a/b' is no client id: 1 to 32 of A-Z a-z 0-9 . _ -." },
        { "copy - {H}", "what comes from standard input has no name: give it one with --name NAME." },
        { "copy {D}/f {H} --name x", "--name is for what comes from standard input: write '-' for it, or rename the file." },
        { "serve ecoh", "'ecoh' is no conversation: there are ack, echo, exchange, files, messages; did you mean 'echo'?" },
        { "serve ecoh=tcp://{H}", "'ecoh' is no conversation: there are ack, echo, exchange, files, messages; did you mean 'echo'?" },
        {
            "serve echo echo",
            "echo is named twice for tcp://localhost:12345: name it once, or give each an address of its own: echo=ADDRESS."
        },
        {
            "serve echo echo=tcp://127.0.0.1:12345",
            "echo is named twice for tcp://127.0.0.1:12345: name it once, or give each an address of its own: echo=ADDRESS."
        },
        {
            "serve echo=tcp://127.0.0.1:7 ack=tcp://127.0.0.1:7",
            "echo and ack cannot both be served at tcp://127.0.0.1:7: name it once, or give each an address of its own: ack=ADDRESS."
        },
        {
            "serve echo=unix:{D}/s ack=unix:{D}/s",
            "echo and ack cannot both be served at unix:{D}/s: name it once, or give each an address of its own: ack=ADDRESS."
        },
        {
            "serve ack=arq://127.0.0.1:7 echo=udp://127.0.0.1:7",
            "ack and echo cannot both be served at udp://127.0.0.1:7: name it once, or give each an address of its own: echo=ADDRESS."
        },
        { "serve messages=tcp//127.0.0.1:1", "'tcp//127.0.0.1:1' is no address: 'tcp//127.0.0.1' is no host name." },
        { "serve messages=", "'' is no address: write host:port, for example 127.0.0.1:9000." },
        {
            "serve ack=tcp://127.0.0.1:0?linse=1",
            "'tcp://127.0.0.1:0?linse=1' has the unknown option linse: known here are lines; did you mean 'lines'?"
        },
        {
            "serve ack=tls://127.0.0.1:0",
            "tls://127.0.0.1:0 needs a certificate: write tls://127.0.0.1:0?cert=cert.pem&key=key.pem; 'aldis cert' makes one."
        },
        {
            "serve ack=arq://127.0.0.1:0?mode=go-back-n",
            "'arq://127.0.0.1:0?mode=go-back-n' has the option mode, which is the client's to choose: a listener accepts every mode."
        },
        { "serve --retain-ag 3d", "serve has no option '--retain-ag'; did you mean '--retain-age'?" },
        { "serve --retain-age 3", "--retain-age takes a time such as 12h or 30d, not '3': a time needs its unit, 3h or 3d." },
        { "serve --retain-age 0s", "--retain-age takes a time such as 12h or 30d, not '0s'." },
        { "serve --retain-age forever", "--retain-age takes a time such as 12h or 30d, not 'forever'." },
        { "serve --retain-size 0", "--retain-size takes a size such as 500M or 20G, not '0'." },
        { "serve --retain-size big", "--retain-size takes a size such as 500M or 20G, not 'big'." },
        { "serve --part-age 7", "--part-age takes a time such as 12h or 7d, not '7': a time needs its unit, 7h or 7d." },
        { "serve --inbox-quota 0", "--inbox-quota takes a size such as 500M or 20G, not '0'." },
        { "serve --max-file-size huge", "--max-file-size takes a size such as 500M or 20G, not 'huge'." },
        { "serve --inbox-files 0", "--inbox-files takes a whole number N, 1 or more, not '0'." },
        {
            "serve --client-quota 5G --data {D}/data",
            "--client-quota needs --client-folders: only a folder of its own says whose a file is."
        },
        { "serve --level fast", "--level takes received, stored, durable or replicated, not 'fast'." },
        { "serve --level durabel", "--level takes received, stored, durable or replicated, not 'durabel'; did you mean 'durable'?" },
        { "serve --level replicated", "--level replicated goes with --store: a journal is on one machine." },
        { "serve --node a", "--node goes with --store: a journal has one server." },
        { "serve --store db1", "--store: A store is postgres://[user@]host[:port][,host[:port]...]/database." },
        {
            "serve --store postgres://u:secret@db1/aldis",
            "--store: The address of a store has no password: put it into the file that PGPASSFILE names, into ~/.pgpass, or into PGPASSWORD."
        },
        { "serve --store postgres://db1/aldis --node a/b", "--node takes 1 to 32 characters of A-Z a-z 0-9 . _ -, not 'a/b'." },
        {
            "serve --store postgres://db1/aldis --level stored",
            "--level with --store is durable or replicated: a database commits nothing with less."
        },
        {
            "serve --store postgres://db1/aldis --retain-size 1G",
            "--retain-size is for a journal: with --store whole days are kept, by --retain-age."
        },
        { "store check", "URL is missing: postgres://[user@]host[:port][,host...]/database." },
        { "store check --print postgres://db1/aldis", "--print goes with init, and --level with check." },
        { "store check postgres://db1/aldis postgres://db2/aldis", "'postgres://db2/aldis' is one word too many: check takes one URL, which names every node." },
        {
            "store copy postgres://db1/aldis postgres://db2/aldis",
            "'aldis store copy FROM TO' takes the URL of a database and the directory that 'aldis serve --data' was given."
        },
        {
            "store copy nowhere postgres://db1/aldis",
            "there is no journal in nowhere/journal: FROM is the directory that 'aldis serve --data' was given."
        },
        { "serve --level", "--level needs a value: --level received|stored|durable|replicated." },
        { "serve --mode 999", "--mode takes a mode of files that their owner may read and write, such as 0640, not '999'." },
        { "serve --mode rw", "--mode takes a mode of files that their owner may read and write, such as 0640, not 'rw'." },
        { "serve --mode 0777", "--mode takes a mode of files that their owner may read and write, such as 0640, not '0777'." },
        { "serve --max-connections 0", "--max-connections takes a whole number N, 1 or more, not '0'." },
        { "serve --max-connections many", "--max-connections takes a whole number N, 1 or more, not 'many'." },
        { "serve --max-connections -1", "--max-connections takes a whole number N, 1 or more, not '-1'." },
        {
            "serve --max-connections-per-adress 5",
            "serve has no option '--max-connections-per-adress'; did you mean '--max-connections-per-address'?"
        },
        { "serve --listen", "--listen needs a value: --listen ADDR." },
        { "serve --data", "--data needs a value: --data DIR." },
        {
            "serve --data --repair",
            "--data needs a value, and '--repair' looks like an option: if it is the value, write --data=--repair."
        },
        { "serve --data {D}/f echo messages=tcp://127.0.0.1:0", "{D}/f is a file: name a directory for --data." },
        { "serve --quite", "serve has no option '--quite'; did you mean '--quiet'?" },
        { "serve --show-payload=yes", "--show-payload takes no value, and 'yes' is one." },
        { "log extra", "log takes options alone, and 'extra' is none." },
        { "log --folow", "log has no option '--folow'; did you mean '--follow'?" },
        { "log --follow=yes", "--follow takes no value, and 'yes' is one." },
        { "log -x", "log has no option '-x'." },
        { "log --since yesterday", "--since takes a time such as 2026-05-01T06:00:00Z or a duration such as 2h, not 'yesterday'." },
        {
            "log --since 90",
            "--since takes a time such as 2026-05-01T06:00:00Z or a duration such as 2h, not '90': a time needs its unit, 90m or 90h."
        },
        { "log --since 2026-05-01", "--since takes a time such as 2026-05-01T06:00:00Z or a duration such as 2h, not '2026-05-01'." },
        { "log --since", "--since needs a value: --since TIME." },
        { "log --client 'no spaces please'", "--client takes a client id: 1 to 32 of A-Z a-z 0-9 . _ - (or '' for the plain form)." },
        { "log --verify --follow --data {D}", "--verify checks the whole journal once: it goes with --data or --store and --json alone." },
        { "log --data {D}", "there is no journal in {D}/journal: --data names the directory that 'aldis serve' was given." },
        { "log --data", "--data needs a value: --data DIR." },
        { "lab extra", "lab takes options alone, and 'extra' is none." },
        { "lab 5", "lab takes options alone, and '5' is none." },
        { "lab --strategi go-back-n", "lab has no option '--strategi'; did you mean '--strategy'?" },
        { "lab --strategy", "--strategy needs a value: --strategy NAME." },
        { "lab --strategy gbn", "--strategy takes stop-and-wait, go-back-n or selective-repeat, not 'gbn'." },
        {
            "lab --strategy GoBackN",
            "--strategy takes stop-and-wait, go-back-n or selective-repeat, not 'GoBackN'; did you mean 'go-back-n'?"
        },
        {
            "lab --strategy selective-repeet",
            "--strategy takes stop-and-wait, go-back-n or selective-repeat, not 'selective-repeet'; did you mean 'selective-repeat'?"
        },
        { "lab --frames abc", "--frames takes a whole number N, 1 or more, not 'abc'." },
        { "lab --frames -1", "--frames takes a whole number N, 1 or more, not '-1'." },
        { "lab --frames 0", "--frames takes a whole number N, 1 or more, not '0'." },
        { "lab --frames 1.5", "--frames takes a whole number N, 1 or more, not '1.5'." },
        { "lab --frames 3 --frames 4", "--frames is given 2 times, and takes one N." },
        { "lab --frame 10", "lab has no option '--frame'; did you mean '--frames'?" },
        { "lab --frame-size 0", "--frame-size is 0 bytes, and must be 1 to 65479." },
        { "lab --frame-size 1T", "--frame-size takes a size such as 32, 64K or 1M, not '1T'." },
        { "lab --window x", "--window takes a whole number N, 1 or more, not 'x'." },
        {
            "lab --window 8",
            "Stop-and-wait has one frame under way, so --window is 1; go-back-n and selective-repeat have larger windows."
        },
        { "lab --rate 10", "--rate takes a rate such as 10Mbit or 64kbit, not '10'." },
        { "lab --rate fast", "--rate takes a rate such as 10Mbit or 64kbit, not 'fast'." },
        { "lab --delay 50", "--delay takes a duration such as 500ms or 2s, not '50': a time needs its unit, 50ms or 50s." },
        { "lab --delay fast", "--delay takes a duration such as 500ms or 2s, not 'fast'." },
        { "lab --delay -1ms", "--delay takes a duration such as 500ms or 2s, not '-1ms'." },
        { "lab --loss 10", "--loss takes a percentage such as 10%, not '10'." },
        { "lab --loss 0.1", "--loss takes a percentage such as 10%, not '0.1'." },
        { "lab --loss 101%", "--loss takes a percentage such as 10%, not '101%'." },
        { "lab --los 10%", "lab has no option '--los'; did you mean '--loss'?" },
        { "lab --corrupt lots", "--corrupt takes a percentage such as 10%, not 'lots'." },
        { "lab --timeout 200", "--timeout takes auto or a time such as 200ms, not '200': a time needs its unit, 200ms or 200s." },
        { "lab --timeout never", "--timeout takes auto or a time such as 200ms, not 'never'." },
        { "lab --timeout 0ms", "--timeout takes auto or a time such as 200ms, not '0ms'." },
        { "lab --strategy selective-repeat --timeout 2h", "--timeout is 2:00:00, and must be an hour at most." },
        { "lab --seed -1", "--seed takes a whole number N, 0 or more, not '-1'." },
        { "lab --seed abc", "--seed takes a whole number N, 0 or more, not 'abc'." },
        { "lab --svg {D}/no/such/place.svg", "{D}/no/such/place.svg cannot be written: " },
        { "lab --html {D}", "{D} cannot be written: " },
        { "lab --svg {D}/a --html {D}/a", "--svg and --html both name {D}/a: give each a file of its own." },
        { "lab --input {D}/f --svg {D}/f", "--svg and --input both name {D}/f: give each a file of its own." },
        { "lab --input {D}/nothing", "'{D}/nothing' cannot be read: " },
        { "lab --input {D}/f --frames 3", "--frames and --input exclude each other: a file has as many frames as it has." },
        { "lab --mermaid --json", "--mermaid and --json exclude each other: both are for standard output." },
        { "lab --sweep", "--sweep needs a value: --sweep RANGE." },
        { "lab --sweep loss", "--sweep takes loss=0..30%, window=1..64, delay=1..500ms or frame-size=64..8K, not 'loss'." },
        { "lab --sweep los=0..30%", "--sweep takes loss=0..30%, window=1..64, delay=1..500ms or frame-size=64..8K, not 'los=0..30%'." },
        {
            "lab --sweep delay=1..500",
            "--sweep takes loss=0..30%, window=1..64, delay=1..500ms or frame-size=64..8K, not 'delay=1..500'."
        },
        { "lab --sweep loss=0..30% --best", "--sweep and --best exclude each other." },
        { "lab --sweep loss=0..30% --strategy go-back-n", "--sweep compares all strategies, so it goes without --strategy." },
        { "lab --best --html {D}/a", "--best has no ladder to draw; --sweep has --svg and --json, --best has --json." },
        { "lab --sweep loss=0..10% --svg {D}/no/such/place.svg", "{D}/no/such/place.svg cannot be written: " },
        { "lab --explain=yes", "--explain takes no value, and 'yes' is one." },
        { "lab --expalin", "lab has no option '--expalin'; did you mean '--explain'?" },
    };
}

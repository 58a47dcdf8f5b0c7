using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Aldis.Cli.Tests.Events;
using Aldis.Cli.Tests.Server;
using Aldis.Cli.Verbs.Ping;
using Aldis.Protocols.Ping;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

public sealed class PingVerbTests
{
    private static readonly bool IsIcmpAllowed = MayOpen(AddressFamily.InterNetwork, ProtocolType.Icmp);

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("[::1]", "::1")]
    [InlineData("localhost", "127.0.0.1", "-4")]
    [InlineData("::1", "::1", "-6")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("127.0.0.1", "127.0.0.1", "-s", "0")]
    [InlineData("127.0.0.1", "127.0.0.1", "-s", "15")]
    [InlineData("::1", "::1", "-s", "65000")]
    public async Task A_host_answers_and_the_lines_are_those_of_every_ping(string host, string address, params string[] options)
    {
        SkipWithoutIcmp();
        Run run = (await Run.AldisAsync(["ping", host, "-c", "3", "-i", "1ms", "-W", "60", .. options])).Ends(ExitCode.Confirmed);
        string[] lines = run.Output.Split('\n');
        int size = options is ["-s", var given] ? int.Parse(given, null) : 56;
        Assert.Equal($"PING {host} ({address}): {size} data bytes", lines[0]);
        for (int number = 1; number <= 3; number++)
        {
            Assert.Matches($@"^{size + 8} bytes from {Regex.Escape(address)}: icmp_seq={number} ttl=\d+ time=[\d.]+ ms$", lines[number]);
        }

        Assert.Equal(["", $"--- {host} ping statistics ---", "3 packets transmitted, 3 received, 0 % packet loss"], lines[4..7]);
        Assert.Matches(@"^rtt min/avg/max/mdev = \d+\.\d{3}/\d+\.\d{3}/\d+\.\d{3}/\d+\.\d{3} ms$", lines[7]);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Quietly_there_is_the_first_line_and_the_summary()
    {
        SkipWithoutIcmp();
        Run run = (await Run.AldisAsync("ping", "127.0.0.1", "-c", "2", "-i", "0.001", "-W", "60", "-q")).Ends(ExitCode.Confirmed);
        Assert.DoesNotContain("icmp_seq", run.Output, StringComparison.Ordinal);
        Assert.StartsWith("PING 127.0.0.1", run.Output, StringComparison.Ordinal);
        Assert.Contains("2 packets transmitted, 2 received, 0 % packet loss\nrtt ", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", "type 8 (echo request), code 0, checksum", "type 0 (echo reply), code 0, checksum", "RFC 792")]
    [InlineData("::1", "type 128 (echo request), code 0, checksum", "type 129 (echo reply), code 0, checksum", "RFC 4443")]
    public async Task A_trace_draws_the_fields_of_each_packet(string host, params string[] words)
    {
        SkipWithoutIcmp();
        Run run = (await Run.AldisAsync("ping", host, "-c", "1", "-W", "60", "--trace")).Ends(ExitCode.Confirmed, "identifier ");
        Assert.All(words, word => Assert.Contains(word, run.Error, StringComparison.Ordinal));
        Assert.Equal(2, Regex.Count(run.Error, @"checksum 0x[0-9a-f]{4} \(right\)"));
        Assert.Equal(2, Regex.Count(run.Error, @"identifier \d+ \(which ping\), sequence 1 \(which request\)"));
        Assert.Contains("and 32 bytes more", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_comes_again_is_marked_and_counted()
    {
        SkipWithoutIcmp();
        using var peer = new IcmpPeer("127.0.0.77", static request => [request]);
        Run run = (await Run.AldisAsync("ping", "127.0.0.77", "-c", "2", "-i", "300ms", "-W", "60")).Ends(ExitCode.Confirmed);
        Assert.Contains("icmp_seq=1 ttl=64 time=", run.Output, StringComparison.Ordinal);
        Assert.Contains(" ms (DUP!)\n", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"2 packets transmitted, 2 received, \+[12] duplicates, 0 % packet loss", run.Output);
    }

    [Fact]
    public async Task What_a_hostile_peer_makes_up_is_damaged_or_nobodys()
    {
        SkipWithoutIcmp();
        using var peer = new IcmpPeer("127.0.0.78", static request =>
        [
            request[..8], request[..4], [], [.. request, 1], Changed(request, 8), Changed(request, 30), Changed(request, 4), Changed(request, 1),
        ]);
        Run run = await Run.AldisAsync("ping", "127.0.0.78", "-c", "2", "-i", "300ms", "-W", "60");
        Assert.Matches(@"2 packets transmitted, 2 received, (\+\d damaged, )?0 % packet loss", run.Output);
        Assert.DoesNotContain("DUP", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_datagram_server_is_asked_by_echo()
    {
        using var peer = new DatagramPeer(static (socket, datagram, from) => socket.SendTo(datagram, from));
        Run run = (await Run.AldisAsync("ping", peer.Address, "-c", "3", "-i", "1ms", "-W", "60")).Ends(ExitCode.Confirmed);
        Assert.StartsWith($"PING {peer.Address} (127.0.0.1): 56 data bytes\n56 bytes from ", run.Output, StringComparison.Ordinal);
        Assert.Contains(": udp_seq=3 time=", run.Output, StringComparison.Ordinal);
        Assert.Contains("3 packets transmitted, 3 received, 0 % packet loss\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Datagrams_that_come_twice_damaged_or_not_at_all_are_told_apart()
    {
        int number = 0;
        using var peer = new DatagramPeer((socket, datagram, from) =>
        {
            switch (++number)
            {
                case 1:
                    socket.SendTo(datagram, from);
                    socket.SendTo(datagram, from);
                    break;
                case 2:
                    socket.SendTo(Changed(datagram, 30), from);
                    socket.SendTo([], from);
                    socket.SendTo(datagram, from);
                    break;
                case 4:
                    socket.SendTo(datagram, from);
                    break;
            }
        });
        Run run = (await Run.AldisAsync("ping", peer.Address, "-c", "4", "-i", "1ms", "-W", "3"))
            .Ends(ExitCode.IntegrityMismatch, "sent back 2 packets that are not what was sent");
        Assert.Contains("no answer to udp_seq=3 within 3 s", run.Output, StringComparison.Ordinal);
        Assert.Contains(
            "4 packets transmitted, 3 received, +1 duplicates, +2 damaged, 25 % packet loss\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Some_that_are_not_answered_are_exit_6_and_none_that_is_are_exit_3()
    {
        int number = 0;
        using var silent = new DatagramPeer(static (_, _, _) => { });
        using var partial = new DatagramPeer((socket, datagram, from) =>
        {
            if (++number == 1)
            {
                socket.SendTo(datagram, from);
            }
        });
        (await Run.AldisAsync("ping", partial.Address, "-c", "2", "-i", "1ms", "-W", "3")).Ends(ExitCode.PartlyConfirmed);
        (await Run.AldisAsync("ping", silent.Address, "-c", "2", "-i", "1ms", "-W", "200ms"))
            .Ends(ExitCode.Timeout, "gave no answer within 0.2 s");
    }

    [Fact]
    public async Task A_late_answer_is_marked_and_not_lost()
    {
        (byte[] Datagram, EndPoint From)? first = null;
        using var peer = new DatagramPeer((socket, datagram, from) =>
        {
            if (first is var (late, asker))
            {
                socket.SendTo(late, asker);
                socket.SendTo(datagram, from);
            }

            first ??= (datagram, from);
        });
        Run run = (await Run.AldisAsync("ping", peer.Address, "-c", "2", "-i", "2", "-W", "1")).Ends(ExitCode.Confirmed);
        Assert.Matches(@"no answer to udp_seq=1 within 1 s\n.*udp_seq=1 time=\d+ ms \(LATE!\)\n", run.Output);
        Assert.Contains("2 packets transmitted, 2 received, +1 late, 0 % packet loss", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_takes_datagrams_every_request_is_told_so()
    {
        string nowhere = Peer.Nowhere();
        Run run = (await Run.AldisAsync("ping", nowhere.Replace("tcp://", "udp://", StringComparison.Ordinal), "-c", "3", "-i", "1ms", "-W", "60"))
            .Ends(ExitCode.NetworkError, "nothing listens there");
        Assert.Contains("3 packets transmitted, 0 received, +3 errors, 100 % packet loss", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_server_is_asked_by_connecting()
    {
        await using Peer peer = Peer.ThatEchoes();
        Run run = (await Run.AldisAsync("ping", peer.Address, "-c", "3", "-i", "1ms", "-W", "60")).Ends(ExitCode.Confirmed);
        Assert.StartsWith($"PING {peer.Address} (127.0.0.1): the time to connect\nconnected to 127.0.0.1:", run.Output, StringComparison.Ordinal);
        Assert.Contains("3 packets transmitted, 3 received, 0 % packet loss\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_transport_of_a_server_is_pinged_and_the_events_are_as_documented()
    {
        EventDocument document = EventDocument.Of("ping");
        using var directory = new TemporaryDirectory();
        string path = "unix:" + directory.Combine("s");
        await using AldisProcess server = await AldisProcess.ServeAsync(
            "echo=127.0.0.1:0", "echo=udp://127.0.0.1:0", "echo=arq://127.0.0.1:0", "echo=" + path);
        string[] places =
        [
            $"tcp://{server.EndPoints["echo/tcp"]}", $"udp://{server.EndPoints["echo/udp"]}", $"arq://{server.EndPoints["echo/arq"]}", path,
        ];
        foreach (string place in places)
        {
            Run run = (await Run.AldisAsync("ping", place, "-c", "2", "-i", "1ms", "-W", "60", "--json")).Ends(ExitCode.Confirmed);
            Assert.Empty(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).SelectMany(document.WrongWith));
            Assert.Equal(["reply", "reply", "summary"], run.Events.Select(static one => one.GetProperty("event").GetString()));
            Assert.Equal(2, run.Events[2].GetProperty("received").GetInt32());
        }

        (await Run.AldisAsync("ping", places[2], "-c", "1", "-W", "60", "--trace")).Ends(ExitCode.Confirmed, "─ SYN ─");
    }

    [Fact]
    public async Task Events_of_what_went_wrong_are_as_documented()
    {
        EventDocument document = EventDocument.Of("ping");
        using var silent = new DatagramPeer(static (socket, _, from) => socket.SendTo([1], from));
        Run failed = (await Run.AldisAsync("ping", Peer.Nowhere(), "-c", "1", "-W", "60", "--json")).Ends(ExitCode.NetworkError);
        Run damaged = (await Run.AldisAsync("ping", silent.Address, "-c", "1", "-W", "3", "--json")).Ends(ExitCode.IntegrityMismatch);
        Assert.Empty((failed.Output + damaged.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries).SelectMany(document.WrongWith));
        Assert.Equal(["failure", "summary", "error"], failed.Events.Select(Name));
        Assert.Equal(["damaged", "no-answer", "summary", "error"], damaged.Events.Select(Name));

        static string Name(JsonElement one) => one.GetProperty("event").GetString()!;
    }

    [Fact]
    public async Task An_interruption_prints_the_summary()
    {
        using var interruption = new CancellationTokenSource();
        int number = 0;
        using var peer = new DatagramPeer((socket, datagram, from) =>
        {
            if (++number < 3)
            {
                socket.SendTo(datagram, from);
            }
            else
            {
                interruption.Cancel();
            }
        });
        Run run = (await Run.AldisAsync(Stream.Null, ["ping", peer.Address, "-i", "1ms", "-W", "30"], interruption.Token))
            .Ends(ExitCode.Interrupted);
        Assert.Matches(@"\d+ packets transmitted, [012] received, \d+ under way, 0 % packet loss\n", run.Output);
    }

    [Theory]
    [InlineData(0, 1, 0, 0, 0, 0, 0, "1 packets transmitted, 0 received, 100 % packet loss")]
    [InlineData(2, 3, 0, 0, 0, 0, 0, "3 packets transmitted, 2 received, 33.3333 % packet loss")]
    [InlineData(
        2, 4, 1, 2, 3, 1, 1,
        "4 packets transmitted, 2 received, +2 duplicates, +1 late, +3 damaged, +1 errors, 1 under way, 33.3333 % packet loss")]
    public void The_line_of_counts_names_what_there_was(
        long received, long sent, long late, long duplicates, long damaged, long errors, long underWay, string line) =>
        Assert.Equal(line, PingReport.Counts(new PingSummary
        {
            Transmitted = sent,
            Received = received,
            Late = late,
            Duplicates = duplicates,
            Damaged = damaged,
            Errors = errors,
            UnderWay = underWay,
            MinNs = 0,
            AverageNs = 0,
            MaxNs = 0,
            DeviationNs = 0,
        }));

    [Theory]
    [InlineData(54_321, "0.054")]
    [InlineData(1_234_567, "1.23")]
    [InlineData(12_345_678, "12.3")]
    [InlineData(123_456_789, "123")]
    public void A_time_has_three_digits(long nanoseconds, string shown) => Assert.Equal(shown, PingReport.Time(nanoseconds));

    private static byte[] Changed(byte[] bytes, int at)
    {
        byte[] changed = [.. bytes];
        changed[at] ^= 0xFF;
        return changed;
    }

    private static void SkipWithoutIcmp() => Assert.SkipUnless(IsIcmpAllowed, "this user may send no ICMP here");

    private static bool MayOpen(AddressFamily family, ProtocolType protocol)
    {
        try
        {
            new Socket(family, SocketType.Raw, protocol).Dispose();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

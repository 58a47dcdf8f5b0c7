using System.Text.Json;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

public sealed class EchoVerbTests
{
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(5)]
    public async Task A_text_comes_back_on_stdout_in_whatever_pieces(int pieceSize)
    {
        await using Peer peer = Peer.ThatEchoes(pieceSize);
        Run run = (await Run.AldisAsync("echo", peer.Address, "Hello, wörld")).Ends(ExitCode.Confirmed, "1 sent, 1 came back");
        Assert.Equal("Hello, wörld\n", run.Output);
    }

    [Fact]
    public async Task A_text_is_repeated_as_often_as_counted()
    {
        await using Peer peer = Peer.ThatEchoes();
        Run run = (await Run.AldisAsync("echo", peer.Address, "hi", "-c", "3", "--quiet")).Ends(ExitCode.Confirmed);
        Assert.Equal("hi\nhi\nhi\n", run.Output);
    }

    [Fact]
    public async Task Without_a_text_ten_round_trips_are_measured_and_stdout_stays_empty()
    {
        await using Peer peer = Peer.ThatEchoes();
        Run run = (await Run.AldisAsync("echo", peer.Address)).Ends(ExitCode.Confirmed, "10 sent, 10 came back");
        Assert.Contains("p99", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Json_tells_each_reply_and_a_summary()
    {
        await using Peer peer = Peer.ThatEchoes();
        Run run = (await Run.AldisAsync("echo", peer.Address, "-c", "2", "-s", "1K", "--json")).Ends(ExitCode.Confirmed);
        Assert.Equal(["reply", "reply", "summary"], run.Events.Select(static one => one.GetProperty("event").GetString()));
        Assert.Equal(1024, run.Events[0].GetProperty("length").GetInt32());
        Assert.Equal(2, run.Events[2].GetProperty("received").GetInt32());
        Assert.True(run.Events[2].GetProperty("rtt_ns").GetProperty("p50").GetInt64() > 0);
    }

    [Fact]
    public async Task Several_connections_each_make_their_count()
    {
        await using Peer peer = Peer.ThatEchoes();
        Run run = (await Run.AldisAsync("echo", peer.Address, "-c", "20", "--connections", "5", "--json")).Ends(ExitCode.Confirmed);
        Assert.Equal(100, Assert.Single(run.Events).GetProperty("received").GetInt32());
        Assert.Equal(5, peer.Connections);
    }

    [Fact]
    public async Task A_message_larger_than_all_buffers_does_not_block_both_sides()
    {
        await using Peer peer = Peer.ThatEchoes();
        (await Run.AldisAsync("echo", peer.Address, "-c", "1", "-s", "32M")).Ends(ExitCode.Confirmed);
    }

    [Fact]
    public async Task A_refused_connection_is_exit_1() =>
        (await Run.AldisAsync("echo", Peer.Nowhere())).Ends(ExitCode.NetworkError, "nothing listens there");

    [Fact]
    public async Task A_peer_that_closes_at_once_is_exit_1()
    {
        await using Peer peer = Peer.ThatClosesAtOnce();
        (await Run.AldisAsync("echo", peer.Address)).Ends(ExitCode.NetworkError, peer.Address);
    }

    [Fact]
    public async Task A_silent_peer_is_exit_3()
    {
        await using Peer peer = Peer.ThatIsSilent();
        Run run = (await Run.AldisAsync("echo", peer.Address, "--timeout", "200ms", "--json"))
            .Ends(ExitCode.Timeout, "gave no answer within 0.2 s");
        Assert.Equal(ExitCode.Timeout, run.Events[^1].GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_peer_that_says_something_else_is_exit_5()
    {
        await using Peer peer = Peer.ThatSpeaksHttp();
        (await Run.AldisAsync("echo", peer.Address, "Hello")).Ends(ExitCode.IntegrityMismatch, "from byte 1 on: 'ello' was sent");
    }

    [Fact]
    public async Task What_came_back_different_is_counted_as_damaged_and_not_as_lost()
    {
        await using Peer peer = Peer.ThatSpeaksHttp();
        Run run = (await Run.AldisAsync("echo", peer.Address, "Hello", "--json"))
            .Ends(ExitCode.IntegrityMismatch, "1 sent, 0 came back, 1 damaged");
        JsonElement summary = run.Events.Single(static one => one.GetProperty("event").GetString() == "summary");
        Assert.Equal((0, 1), (summary.GetProperty("lost").GetInt32(), summary.GetProperty("corrupted").GetInt32()));
    }

    [Fact]
    public async Task What_came_back_longer_is_counted_as_damaged_and_not_as_lost()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, 2, stop);
            await socket.SendAsync("hi there"u8.ToArray(), stop);
        });
        (await Run.AldisAsync("echo", peer.Address, "hi")).Ends(ExitCode.IntegrityMismatch, "1 sent, 1 came back, 1 damaged");
    }

    [Theory]
    [InlineData("hi")]
    [InlineData("-c", "1")]
    public async Task A_damaged_datagram_is_not_counted_as_lost(params string[] arguments)
    {
        using var server = new DatagramPeer(static (socket, datagram, from) =>
        {
            datagram[^1] ^= 1;
            socket.SendTo(datagram, from);
        });
        (await Run.AldisAsync(["echo", server.Address, .. arguments])).Ends(ExitCode.IntegrityMismatch, "1 sent, 0 came back");
    }

    [Theory]
    [InlineData("-i", "0")]
    [InlineData("-i", "1ms")]
    public async Task What_is_under_way_at_an_interruption_is_not_lost(params string[] arguments)
    {
        using var interruption = new CancellationTokenSource();
        int number = 0;
        using var server = new DatagramPeer((socket, datagram, from) =>
        {
            if (++number < 5)
            {
                socket.SendTo(datagram, from);
            }
            else
            {
                interruption.Cancel();
            }
        });
        Run run = await Run.AldisAsync(
            Stream.Null, ["echo", server.Address, "-c", "0", "--timeout", "30s", "--json", .. arguments], interruption.Token);
        JsonElement summary = run.Ends(ExitCode.Interrupted, " under way").Events[^1];
        Assert.Equal(0, summary.GetProperty("lost").GetInt32());
        Assert.Equal(
            summary.GetProperty("sent").GetInt32(),
            summary.GetProperty("received").GetInt32() + summary.GetProperty("under_way").GetInt32());
    }

    [Fact]
    public async Task A_peer_that_sends_more_than_it_got_is_exit_5()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, 2, stop);
            await socket.SendAsync("hi\u001b[2J"u8.ToArray(), stop);
        });
        Run run = (await Run.AldisAsync("echo", peer.Address, "hi")).Ends(ExitCode.IntegrityMismatch, "more than it got");
        Assert.DoesNotContain('\u001b', run.Error);
    }

    [Theory]
    [InlineData("is no address", "::")]
    [InlineData("port 0", "127.0.0.1:0")]
    [InlineData("unknown scheme 'http'", "http://127.0.0.1")]
    [InlineData("unknown option insecur: known here are cafile, servername, pin, cert, key, key-password-file, min-version, insecure", "tls://127.0.0.1:1?insecur")]
    [InlineData("unknown option window: none is known here", "udp://127.0.0.1:1?window=1")]
    [InlineData("a size such as", "127.0.0.1", "-s", "many")]
    [InlineData("a duration such as", "127.0.0.1", "-i", "NaNs")]
    [InlineData("at least 1ms", "127.0.0.1", "--timeout", "0")]
    [InlineData("exclude each other", "127.0.0.1", "text", "-s", "5")]
    [InlineData("no empty message", "127.0.0.1", "-s", "0")]
    [InlineData("at most 65507", "udp://127.0.0.1", "-s", "65508")]
    [InlineData("no connections", "udp://127.0.0.1", "--connections", "2")]
    [InlineData("0 or more", "127.0.0.1", "-c", "-1")]
    public async Task A_wrong_call_is_exit_2_and_a_sentence(string sentence, params string[] arguments) =>
        (await Run.AldisAsync(["echo", .. arguments])).Ends(ExitCode.UsageOrLocalError, sentence == "is no address" ? "colon" : sentence);

    [Fact]
    public async Task An_interruption_prints_the_summary()
    {
        using var interruption = new CancellationTokenSource();
        int served = 0;
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            byte[] buffer = new byte[32];
            while (await socket.ReceiveAsync(buffer, stop) > 0)
            {
                if (++served == 5)
                {
                    // It ends by that and not by the peer, who waits until it is gone.
                    await interruption.CancelAsync();
                    continue;
                }

                await socket.SendAsync(buffer, stop);
            }
        });
        Run run = await Run.AldisAsync(Stream.Null, ["echo", peer.Address, "-c", "0", "--timeout", "5s"], interruption.Token);
        run.Ends(ExitCode.Interrupted, "5 sent, 4 came back, 1 under way\n");
    }

    [Fact]
    public async Task A_closed_stdout_ends_it_without_a_word()
    {
        await using Peer peer = Peer.ThatEchoes();
        Run run = await Run.AldisAsync(
            Stream.Null, ["echo", peer.Address, "-c", "0", "--json", "--quiet"],
            TestContext.Current.CancellationToken, output: new ClosedPipe());
        Assert.Empty(run.Ends(ExitCode.OutputClosed).Error);
    }

    [Theory]
    [InlineData("-s", "0")]
    [InlineData("-s", "65507")]
    [InlineData("-s", "32", "-i", "1ms")]
    public async Task Datagrams_come_back(params string[] arguments)
    {
        using var server = new DatagramPeer((socket, datagram, from) => socket.SendTo(datagram, from));
        (await Run.AldisAsync(["echo", server.Address, "-c", "5", .. arguments])).Ends(ExitCode.Confirmed, "5 sent, 5 came back");
    }

    [Fact]
    public async Task A_text_goes_as_one_datagram()
    {
        using var server = new DatagramPeer((socket, datagram, from) => socket.SendTo(datagram, from));
        Assert.Equal("Hello\n", (await Run.AldisAsync("echo", server.Address, "Hello")).Ends(ExitCode.Confirmed).Output);
    }

    [Fact]
    public async Task Lost_doubled_and_reordered_datagrams_are_counted_and_exit_6()
    {
        // Of ten: the second is lost, the third comes twice, the fifth comes after the sixth.
        int number = 0;
        byte[]? held = null;
        using var server = new DatagramPeer((socket, datagram, from) =>
        {
            switch (number++)
            {
                case 1:
                    break;
                case 2:
                    socket.SendTo(datagram, from);
                    socket.SendTo(datagram, from);
                    break;
                case 4:
                    held = datagram;
                    break;
                case 5:
                    socket.SendTo(datagram, from);
                    socket.SendTo(held!, from);
                    break;
                default:
                    socket.SendTo(datagram, from);
                    break;
            }
        });
        Run run = (await Run.AldisAsync("echo", server.Address, "-c", "10", "-i", "1ms", "--timeout", "300ms", "--json"))
            .Ends(ExitCode.PartlyConfirmed);
        Assert.Equal(
            (10, 9, 1, 1, 1),
            (Figure("sent"), Figure("received"), Figure("lost"), Figure("duplicates"), Figure("reordered")));

        int Figure(string name) => run.Events[^1].GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task A_lost_datagram_in_lock_step_costs_one_timeout_and_the_rest_goes_on()
    {
        int number = 0;
        using var server = new DatagramPeer((socket, datagram, from) =>
        {
            if (number++ != 1)
            {
                socket.SendTo(datagram, from);
            }
        });
        (await Run.AldisAsync("echo", server.Address, "-c", "4", "--timeout", "200ms"))
            .Ends(ExitCode.PartlyConfirmed, "4 sent, 3 came back, 1 did not (25 %)");
    }

    [Fact]
    public async Task A_silent_datagram_server_is_exit_3()
    {
        using var server = new DatagramPeer(static (_, _, _) => { });
        (await Run.AldisAsync("echo", server.Address, "-c", "1", "--timeout", "100ms"))
            .Ends(ExitCode.Timeout, "sent nothing back within 100.0 ms");
    }

    [Fact]
    public async Task A_port_where_no_datagram_is_taken_is_exit_1() =>
        (await Run.AldisAsync("echo", "udp://" + Peer.Nowhere(), "hi")).Ends(ExitCode.NetworkError, "nothing listens there");

    [Theory]
    [InlineData("hi")]
    [InlineData("-c", "1")]
    [InlineData("-c", "1", "-i", "1ms")]
    public async Task A_damaged_datagram_is_exit_5(params string[] arguments)
    {
        using var server = new DatagramPeer(static (socket, datagram, from) =>
        {
            datagram[^1] ^= 1;
            socket.SendTo(datagram, from);
        });
        (await Run.AldisAsync(["echo", server.Address, "--timeout", "200ms", .. arguments]))
            .Ends(ExitCode.IntegrityMismatch, "not what was sent");
    }

    [Theory]
    [InlineData("echo")]
    [InlineData("talk")]
    [InlineData("send")]
    [InlineData("copy")]
    public async Task Help_begins_with_examples(string verb)
    {
        Run run = (await Run.AldisAsync(verb, "--help")).Ends(ExitCode.Confirmed);
        string[] lines = run.Output.Split('\n');
        Assert.Equal("Examples:", lines[0]);
        Assert.InRange(lines.Skip(1).TakeWhile(static line => line.Length > 0).Count(), 3, 5);
        Assert.Contains("Exit status:", run.Output, StringComparison.Ordinal);
    }
}

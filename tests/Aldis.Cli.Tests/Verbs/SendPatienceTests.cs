using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Aldis.Services.Messages.Outbox;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>How long <c>aldis send</c> goes on, what it keeps, and what its exit status says.</summary>
public sealed class SendPatienceTests
{
    private const string Hello = "ALDIS/1 last=0 durable 1048576 256";

    [Fact]
    public async Task A_line_that_was_read_is_in_the_outbox_although_nobody_listens()
    {
        using var directory = new TemporaryDirectory();
        (await Run.AldisAsync("x\n", ["send", "--outbox", directory.Combine("outbox"), "--retry", "0s", Peer.Nowhere()]))
            .Ends(ExitCode.NetworkError, "1 wait in the outbox");
        Assert.Equal(["x"], Kept(directory));
    }

    [Fact]
    public async Task Arguments_are_in_the_outbox_although_nobody_listens()
    {
        using var directory = new TemporaryDirectory();
        (await Run.AldisAsync("send", "--outbox", directory.Combine("outbox"), "--retry", "0s", Peer.Nowhere(), "a", "b", "c"))
            .Ends(ExitCode.NetworkError, "3 wait in the outbox");
        Assert.Equal(["a", "b", "c"], Kept(directory));
    }

    [Fact]
    public async Task Lines_that_are_left_out_because_the_outbox_has_them_are_not_kept_twice()
    {
        using var directory = new TemporaryDirectory();
        string[] send = ["send", "--outbox", directory.Combine("outbox"), "--skip-taken", "--retry", "0s", Peer.Nowhere()];
        (await Run.AldisAsync("1\n2\n", send)).Ends(ExitCode.NetworkError);
        (await Run.AldisAsync("1\n2\n3\n", send)).Ends(ExitCode.NetworkError, "3 wait in the outbox");
        Assert.Equal(["1", "2", "3"], Kept(directory));
    }

    [Fact]
    public async Task What_was_read_is_in_the_outbox_when_it_is_interrupted()
    {
        using var directory = new TemporaryDirectory();
        using var interruption = new CancellationTokenSource();
        await using var input = new LiveInput("1\n2\n3\nunfin", firstRead: interruption.Cancel);
        (await Run.AldisAsync(input, ["send", "--outbox", directory.Combine("outbox"), Peer.Nowhere()], interruption.Token))
            .Ends(ExitCode.Interrupted, "5 bytes of a line without its end");
        Assert.Equal(["1", "2", "3"], Kept(directory));
    }

    [Fact]
    public async Task It_ends_when_it_gives_up_although_the_input_is_silent()
    {
        using var directory = new TemporaryDirectory();
        await using var input = new LiveInput("1\nunfin");
        string[] send = ["send", "--outbox", directory.Combine("outbox"), "--retry", "0s", Peer.Nowhere()];
        (await Run.AldisAsync(input, send, TestContext.Current.CancellationToken).InTime()).Ends(
            ExitCode.NetworkError, "the input was not read to its end; 5 bytes of a line without its end");
        Assert.Equal(["1"], Kept(directory));
    }

    [Fact]
    public async Task Without_an_outbox_it_says_how_much_was_never_sent()
    {
        (await Run.AldisAsync("send", "--retry", "0s", Peer.Nowhere(), "a", "b", "c"))
            .Ends(ExitCode.NetworkError, "3 not acknowledged: 0 were sent and may be stored, 3 were not sent.");
    }

    [Theory]
    [InlineData("busy")]
    [InlineData("disk-full")]
    public async Task Retry_bounds_how_long_a_server_may_take_nothing(string code)
    {
        await using Peer peer = Answering(sequence => $"NAK {sequence} {code} retry=10");
        (await Run.AldisAsync("send", peer.Address, "--retry", "3s", "hi").InTime())
            .Ends(ExitCode.Refused, $"takes nothing now ({code})");
        Assert.Equal(1, peer.Connections);
    }

    [Fact]
    public async Task Timeout_expires_while_new_lines_arrive()
    {
        await using Peer peer = Answering(static _ => null);
        await using var input = new LiveInput("first\n", everyMilliseconds: 5);
        string[] send = ["send", peer.Address, "--timeout", "1s", "--retry", "0s"];
        (await Run.AldisAsync(input, send, TestContext.Current.CancellationToken).InTime()).Ends(ExitCode.Timeout, "no answer within 1 s");
    }

    [Theory]
    [InlineData("NAK 0 shutting-down")]
    [InlineData("NAK 0 superseded")]
    [InlineData(null)]
    public async Task Everything_acknowledged_is_exit_0_whatever_becomes_of_the_farewell(string? farewell)
    {
        await using Peer peer = Answering(static sequence => $"ACK {sequence} durable", farewell);
        (await Run.AldisAsync("send", peer.Address, "--timeout", "3s", "hi").InTime()).Ends(ExitCode.Confirmed, "1 acknowledged");
    }

    [Fact]
    public async Task Everything_acknowledged_is_exit_0_where_the_server_went_before_the_input_had_ended()
    {
        await using var input = new LiveInput("hi\n");
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, 64, stop);
            await SayAsync(socket, Hello, stop);
            await Peer.ReadAsync(socket, 64 + 2, stop);
            await SayAsync(socket, "ACK 1 durable", stop);
            await SayAsync(socket, "NAK 2 shutting-down", stop);

            // Its end of the connection is closed: it has given up, and what it was given ends only now.
            while (await socket.ReceiveAsync(new byte[64], stop) > 0)
            {
            }

            input.End();
        });
        string[] send = ["send", "--retry", "0s", peer.Address];
        (await Run.AldisAsync(input, send, TestContext.Current.CancellationToken).InTime()).Ends(ExitCode.Confirmed, "1 acknowledged");
    }

    [Fact]
    public async Task A_wrong_token_is_exit_7()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, 64, stop);
            await SayAsync(socket, "ALDIS/1 error=token", stop);
        });
        (await Run.AldisAsync("send", peer.Address, "hi")).Ends(ExitCode.AuthenticationFailed, "error=token");
    }

    [Fact]
    public async Task Given_up_after_some_was_acknowledged_is_exit_6()
    {
        await using Peer peer = Answering(static sequence => sequence == 1 ? "ACK 1 durable" : null);
        (await Run.AldisAsync("send", peer.Address, "--timeout", "3s", "--retry", "0s", "a", "b").InTime())
            .Ends(ExitCode.PartlyConfirmed, "1 not acknowledged: 1 were sent and may be stored, 0 were not sent.");
    }

    [Fact]
    public async Task A_refusal_that_does_not_come_back_is_exit_4_also_after_an_acknowledgement()
    {
        await using Peer peer = Answering(static sequence => sequence == 1 ? "ACK 1 durable" : "NAK 2 conflict");
        (await Run.AldisAsync("send", peer.Address, "a", "b")).Ends(ExitCode.Refused, "another message under number 2");
    }

    [Fact]
    public async Task Forever_is_a_time_to_retry_and_nonsense_is_not()
    {
        await using Peer peer = Answering(static sequence => $"ACK {sequence} durable");
        (await Run.AldisAsync("send", peer.Address, "--retry", "forever", "hi")).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync("send", peer.Address, "--retry", "never", "hi")).Ends(
            ExitCode.UsageOrLocalError, "or 'forever', not 'never'");
    }

    /// <summary>A native server that answers each message as it is told; null says nothing.</summary>
    private static Peer Answering(Func<int, string?> answer, string? farewell = "BYE") => Peer.That(async (socket, stop) =>
    {
        await Peer.ReadAsync(socket, 64, stop);
        await SayAsync(socket, Hello, stop);
        while (true)
        {
            string unit = (await Peer.ReadAsync(socket, 64, stop)).TrimEnd();
            string? said = farewell;
            if (unit != "BYE")
            {
                string[] fields = unit.Split(' ');
                await Peer.ReadAsync(socket, int.Parse(fields[0], CultureInfo.InvariantCulture), stop);
                said = answer(int.Parse(fields[1], CultureInfo.InvariantCulture));
            }

            if (said is not null)
            {
                await SayAsync(socket, said, stop);
            }
        }
    });

    private static async Task SayAsync(Socket socket, string unit, CancellationToken stop) =>
        await socket.SendAsync(Encoding.ASCII.GetBytes(unit.PadRight(64)), stop);

    private static string[] Kept(TemporaryDirectory directory)
    {
        using FileOutbox outbox = FileOutbox.Open(new OutboxOptions { Directory = directory.Combine("outbox") });
        var lines = new List<string>();
        while (outbox.TryReadNext(out _, out byte[] payload))
        {
            lines.Add(Encoding.UTF8.GetString(payload));
        }

        return [.. lines];
    }
}

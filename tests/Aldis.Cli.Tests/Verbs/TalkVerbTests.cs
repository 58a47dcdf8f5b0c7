using System.Text;
using Aldis.Cli.Verbs;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

public sealed class TalkVerbTests
{
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Each_line_is_answered_by_a_line_and_empty_lines_are_not_sent(int pieceSize)
    {
        await using Peer peer = Peer.ThatEchoes(pieceSize);
        Run run = (await Run.AldisAsync("one\n\nzwei ü\n\n\nlast", ["talk", peer.Address])).Ends(ExitCode.Confirmed, "3 sent, 3 answered");
        Assert.Equal("one\nzwei ü\nlast\n", run.Output);
    }

    [Fact]
    public async Task A_message_is_not_sent_before_the_last_is_answered()
    {
        var said = new List<string>();
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            byte[] buffer = new byte[1024];
            int read;
            while ((read = await socket.ReceiveAsync(buffer, stop)) > 0)
            {
                said.Add(Encoding.UTF8.GetString(buffer, 0, read));
                await Task.Yield();
                await socket.SendAsync(buffer.AsMemory(0, read), stop);
            }
        });
        await Run.AldisAsync("a\nbb\nccc\n", ["talk", peer.Address]);
        Assert.Equal(["a", "bb", "ccc"], said);
    }

    [Fact]
    public async Task A_long_line_goes_in_pieces_of_1024_bytes_cut_between_characters()
    {
        var said = new List<int>();
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            byte[] buffer = new byte[4096];
            int read;
            while ((read = await socket.ReceiveAsync(buffer, stop)) > 0)
            {
                said.Add(read);
                await socket.SendAsync(buffer.AsMemory(0, read), stop);
            }
        });
        string line = "x" + new string('ü', 1000);
        Run run = (await Run.AldisAsync(line + "\n", ["talk", peer.Address])).Ends(ExitCode.Confirmed);
        Assert.Equal([1023, 978], said);
        Assert.Equal(line, run.Output.Replace("\n", string.Empty, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_frame_size_cuts_a_line_into_frames_with_a_reply_each()
    {
        await using Peer peer = Peer.ThatEchoes();
        Run run = (await Run.AldisAsync("abcdefgh\n", ["talk", peer.Address, "--frame-size", "3"])).Ends(ExitCode.Confirmed, "3 sent");
        Assert.Equal("abc\ndef\ngh\n", run.Output);
    }

    [Fact]
    public async Task Lines_without_end_marks_from_an_ack_server_are_whole_replies()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            while (await socket.ReceiveAsync(new byte[1024], stop) > 0)
            {
                await socket.SendAsync("ACK received"u8.ToArray(), stop);
            }
        });
        Run run = (await Run.AldisAsync("hi\na longer line than that\n", ["talk", peer.Address])).Ends(ExitCode.Confirmed);
        Assert.Equal("ACK received\nACK received\n", run.Output);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "It speaks HTTP")]
    [InlineData("\u0015\u0003\u0001\0\u0002\u0002\u0046", "It speaks TLS: write tls:// before the address.")]
    [InlineData(
        "33                                                              Message refused: no valid length.", "It is a messages server: 'aldis send'")]
    public async Task A_server_of_another_kind_is_said_at_once_and_its_answer_is_no_reply(string answer, string sentence)
    {
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            await socket.ReceiveAsync(new byte[1024], stop);
            await Peer.SendByteByByteAsync(socket, answer, stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        Run run = (await Run.AldisAsync("hello\n", ["talk", peer.Address])).Ends(ExitCode.Refused, sentence);
        Assert.Empty(run.Output);
        Assert.Contains("is not an exchange server", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_said_a_word_may_be_one_of_another_kind()
    {
        await using Peer peer = Peer.ThatIsSilent();
        (await Run.AldisAsync("hello\n", ["talk", peer.Address, "--timeout", "100ms"]))
            .Ends(ExitCode.Timeout, "A server that speaks HTTP waits like that for more");
    }

    [Fact]
    public async Task What_was_said_and_comes_back_is_a_reply_whatever_it_looks_like()
    {
        await using Peer peer = Peer.ThatEchoes(3);
        Run run = (await Run.AldisAsync("HTTP/1.1 200 OK\n", ["talk", peer.Address])).Ends(ExitCode.Confirmed);
        Assert.Equal("HTTP/1.1 200 OK\n", run.Output);
    }

    [Fact]
    public async Task A_server_that_has_answered_may_say_anything()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, 2, stop);
            await socket.SendAsync("hi"u8.ToArray(), stop);
            await Peer.ReadAsync(socket, 4, stop);
            await socket.SendAsync("HTTP/"u8.ToArray(), stop);
        });
        Run run = (await Run.AldisAsync("hi\nwhat\n", ["talk", peer.Address])).Ends(ExitCode.Confirmed);
        Assert.Equal("hi\nHTTP/\n", run.Output);
    }

    [Fact]
    public async Task It_closes_without_waiting_for_the_peer()
    {
        // This peer never closes first, as the lab's server never does.
        var closed = new TaskCompletionSource();
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            byte[] buffer = new byte[64];
            int read = await socket.ReceiveAsync(buffer, stop);
            await socket.SendAsync(buffer.AsMemory(0, read), stop);
            Assert.Equal(0, await socket.ReceiveAsync(buffer, stop));
            closed.SetResult();
            await Task.Delay(Timeout.Infinite, stop);
        });
        (await Run.AldisAsync("hi\n", ["talk", peer.Address])).Ends(ExitCode.Confirmed);
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_terminal_gets_a_prompt_and_never_obeys_the_peer()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await socket.ReceiveAsync(new byte[64], stop);
            await socket.SendAsync("\u001b[2J!"u8.ToArray(), stop);
        });
        var typed = new MemoryStream("hello\n"u8.ToArray());
        var shown = new MemoryStream();
        Run run = await Run.AldisAsync(
            typed, ["talk", peer.Address], TestContext.Current.CancellationToken, isTerminal: true, output: shown);
        run.Ends(ExitCode.Confirmed, "> ");
        Assert.Equal("\\u{1b}[2J!\n", Encoding.UTF8.GetString(shown.ToArray()));
    }

    [Fact]
    public async Task Json_tells_lengths_only()
    {
        await using Peer peer = Peer.ThatEchoes();
        Run run = (await Run.AldisAsync("secret\n", ["talk", peer.Address, "--json"])).Ends(ExitCode.Confirmed);
        Assert.Equal(6, run.Events[0].GetProperty("length").GetInt32());
        Assert.Equal(1, run.Events[1].GetProperty("replies").GetInt32());
        Assert.DoesNotContain("secret", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_peer_is_exit_3()
    {
        await using Peer peer = Peer.ThatIsSilent();
        (await Run.AldisAsync("hi\n", ["talk", peer.Address, "--timeout", "200ms"])).Ends(ExitCode.Timeout, "gave no answer within 0.2 s");
    }

    [Fact]
    public async Task A_peer_that_closes_at_once_is_exit_1()
    {
        await using Peer peer = Peer.ThatClosesAtOnce();
        (await Run.AldisAsync("hi\n", ["talk", peer.Address])).Ends(ExitCode.NetworkError, peer.Address);
    }

    [Fact]
    public async Task A_server_that_goes_while_nothing_is_typed_is_told_of_at_once()
    {
        await using Peer peer = Peer.ThatClosesAtOnce();
        using var terminal = new SilentInput();
        Run run = await Run.AldisAsync(terminal, ["talk", peer.Address], TestContext.Current.CancellationToken, isTerminal: true);
        run.Ends(ExitCode.NetworkError, "closed the connection between two messages");
    }

    [Fact]
    public async Task A_line_that_was_read_when_the_server_had_gone_is_told_as_not_sent()
    {
        // The input gives its second line only when the client has found that the server has gone, and waits for the input to end too.
        var wait = new EndlessWait();
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            string said = await Peer.ReadAsync(socket, 3, stop);
            await socket.SendAsync(Encoding.UTF8.GetBytes(said), stop);
        });
        using var input = new PacedInput("one\n", wait.Begun, "two\nthree\n");
        Run run = await Run.VerbAsync(context => TalkVerb.Create(context, wait), input, [peer.Address, "--json"]);
        run.Ends(ExitCode.NetworkError, "aldis: not sent: 'two'\naldis: not sent: 'three'\n1 sent, 1 answered");
        Assert.Equal("summary", run.Events[^2].GetProperty("event").GetString());
        Assert.Equal(2, run.Events[^2].GetProperty("unsent").GetInt32());
    }

    [Fact]
    public async Task Lines_behind_one_that_was_not_answered_are_told_as_not_sent()
    {
        await using Peer peer = Peer.That(static (socket, stop) => Peer.ReadAsync(socket, 3, stop));
        Run run = await Run.AldisAsync("one\ntwo\n\nthree", ["talk", peer.Address]);
        run.Ends(
            ExitCode.NetworkError,
            "aldis: not answered: 'one'; whether it arrived is not known\n"
            + "aldis: not sent: 'two'\naldis: not sent: 'three'\n1 sent, 0 answered");
    }

    [Fact]
    public async Task What_a_server_says_unasked_while_a_line_is_awaited_begins_the_next_reply()
    {
        var mayType = new TaskCompletionSource();
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            await socket.SendAsync("welcome "u8.ToArray(), stop);
            mayType.SetResult();
            string said = await Peer.ReadAsync(socket, 2, stop);
            await socket.SendAsync(Encoding.UTF8.GetBytes(said), stop);
        });
        using var input = new PacedInput(string.Empty, mayType.Task, "hi\n");
        Run run = await Run.AldisAsync(input, ["talk", peer.Address], TestContext.Current.CancellationToken);
        Assert.Equal("welcome hi\n", run.Ends(ExitCode.Confirmed).Output);
    }

    [Fact]
    public async Task A_refused_connection_is_exit_1() =>
        (await Run.AldisAsync("hi\n", ["talk", Peer.Nowhere()])).Ends(ExitCode.NetworkError, "nothing listens there");

    [Theory]
    [InlineData("needs a stream", "udp://127.0.0.1")]
    [InlineData("more than one colon", "1:2:3")]
    [InlineData("at least 1", "127.0.0.1", "--frame-size", "0")]
    public async Task A_wrong_call_is_exit_2_and_a_sentence(string sentence, params string[] arguments) =>
        (await Run.AldisAsync(["talk", .. arguments])).Ends(ExitCode.UsageOrLocalError, sentence);

    /// <summary>A clock that tells when a wait begins, and lets none end.</summary>
    private sealed class EndlessWait : TimeProvider
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _begun.TrySetResult();
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        }
    }
}

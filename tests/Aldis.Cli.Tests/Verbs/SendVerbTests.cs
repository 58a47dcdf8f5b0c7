using System.Net.Sockets;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

public sealed class SendVerbTests
{
    private const string Received = "Message received successfully....";

    [Fact]
    public async Task Each_argument_is_a_message_and_the_end_is_said()
    {
        var messages = new List<string>();
        await using Peer peer = ThatAcknowledges(messages);
        (await Run.AldisAsync("send", "--plain", peer.Address, "one", "number two", "@three"))
            .Ends(ExitCode.Confirmed, "3 sent, 3 acknowledged");
        Assert.Equal(["one", "number two", "@three", "Disconnect !"], messages);
    }

    [Theory]
    [InlineData]
    [InlineData("-")]
    public async Task Each_line_of_stdin_is_a_message(params string[] texts)
    {
        var messages = new List<string>();
        await using Peer peer = ThatAcknowledges(messages);
        (await Run.AldisAsync("eins\n\ndrei ü", ["send", "--plain", peer.Address, .. texts])).Ends(ExitCode.Confirmed, "3 sent");
        Assert.Equal(["eins", "", "drei ü", "Disconnect !"], messages);
    }

    [Theory]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    public async Task A_person_at_a_terminal_is_told_that_lines_are_waited_for(bool isTerminal, bool isQuiet, bool isTold)
    {
        await using Peer peer = ThatAcknowledges([]);
        string[] arguments = isQuiet ? ["send", "--plain", peer.Address, "--quiet"] : ["send", "--plain", peer.Address];
        var typed = new MemoryStream("one\n"u8.ToArray());
        Run run = (await Run.AldisAsync(typed, arguments, TestContext.Current.CancellationToken, isTerminal)).Ends(ExitCode.Confirmed);
        Assert.Equal(isTold, run.Error.StartsWith("each line that is typed is a message; Ctrl-D ends\n", StringComparison.Ordinal));
        Run given = await Run.AldisAsync(Stream.Null, [.. arguments, "text"], TestContext.Current.CancellationToken, isTerminal);
        Assert.DoesNotContain("Ctrl-D", given.Ends(ExitCode.Confirmed).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_in_single_bytes_is_an_answer()
    {
        await using Peer peer = ThatAcknowledges([], static (socket, text, stop) => Peer.SendByteByByteAsync(socket, Frame(text), stop));
        (await Run.AldisAsync("send", "--plain", peer.Address, "hi")).Ends(ExitCode.Confirmed);
    }

    [Fact]
    public async Task Header_and_payload_come_in_one_segment()
    {
        int first = 0;
        await using Peer peer = Peer.That(async (socket, stop) => first = await socket.ReceiveAsync(new byte[4096], stop));
        await Run.AldisAsync("send", "--plain", peer.Address, "hello");
        Assert.Equal(64 + 5, first);
    }

    [Fact]
    public async Task A_refusal_of_the_first_message_is_exit_4_with_its_reason()
    {
        await using Peer peer = ThatAcknowledges(
            [], static (socket, _, stop) => SendAsync(socket, "Message refused: the disk is full", stop));
        (await Run.AldisAsync("send", "--plain", peer.Address, "a", "b")).Ends(ExitCode.Refused, "refused the message: the disk is full.");
    }

    [Fact]
    public async Task A_refusal_after_an_acknowledgement_is_exit_6()
    {
        int count = 0;
        await using Peer peer = ThatAcknowledges(
            [], (socket, _, stop) => SendAsync(socket, ++count == 1 ? Received : "Message refused: enough", stop));
        Run run = (await Run.AldisAsync("send", "--plain", peer.Address, "a", "b", "c", "--json")).Ends(ExitCode.PartlyConfirmed, "enough");
        Assert.Equal(1, run.Events[^1].GetProperty("acknowledged").GetInt32());
        Assert.Equal(2, run.Events[^1].GetProperty("sent").GetInt32());
    }

    [Fact]
    public async Task A_silent_peer_is_exit_3()
    {
        await using Peer peer = Peer.ThatIsSilent();
        (await Run.AldisAsync("send", "--plain", peer.Address, "hi", "--timeout", "200ms"))
            .Ends(ExitCode.Timeout, "1 sent, 0 acknowledged");
    }

    [Fact]
    public async Task A_peer_that_stops_in_the_middle_of_its_answer_is_exit_3()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await socket.SendAsync("33      "u8.ToArray(), stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        (await Run.AldisAsync("send", "--plain", peer.Address, "hi", "--timeout", "200ms")).Ends(ExitCode.Timeout);
    }

    [Fact]
    public async Task A_peer_that_closes_at_once_is_exit_1()
    {
        await using Peer peer = Peer.ThatClosesAtOnce();
        (await Run.AldisAsync("send", "--plain", peer.Address, "hi")).Ends(ExitCode.NetworkError, peer.Address);
    }

    [Fact]
    public async Task A_refused_connection_is_exit_1() =>
        (await Run.AldisAsync("send", "--plain", Peer.Nowhere(), "hi")).Ends(ExitCode.NetworkError, "nothing listens there");

    [Fact]
    public async Task A_peer_that_speaks_http_is_exit_4()
    {
        await using Peer peer = Peer.ThatSpeaksHttp();
        (await Run.AldisAsync("send", "--plain", peer.Address, "hi")).Ends(ExitCode.Refused, "'HTTP/1.1 400 Bad Request\\r\\n");
    }

    [Fact]
    public async Task An_echo_server_is_not_taken_for_an_acknowledgement()
    {
        await using Peer peer = Peer.ThatEchoes();
        (await Run.AldisAsync("send", "--plain", peer.Address, "hi"))
            .Ends(ExitCode.Refused, "something else than the plain form of messages");
    }

    [Fact]
    public async Task An_unanswered_farewell_is_a_warning_only()
    {
        await using Peer peer = ThatAcknowledges(
            [], static (socket, text, stop) => SendAsync(socket, text, stop), answersFarewell: false);
        (await Run.AldisAsync("send", "--plain", peer.Address, "hi"))
            .Ends(ExitCode.Confirmed, "warning: the end of the conversation was not answered");
    }

    [Fact]
    public async Task The_control_text_is_no_message() =>
        (await Run.AldisAsync("send", "--plain", Peer.Nowhere(), "Disconnect !")).Ends(ExitCode.UsageOrLocalError, "control text");

    [Fact]
    public async Task An_interruption_prints_the_summary()
    {
        using var interruption = new CancellationTokenSource();
        int count = 0;
        await using Peer peer = ThatAcknowledges(
            [], (socket, text, stop) => ++count == 1 ? SendAsync(socket, text, stop) : interruption.CancelAsync());
        Run run = await Run.AldisAsync(Stream.Null, ["send", "--plain", peer.Address, "a", "b"], interruption.Token);
        run.Ends(ExitCode.Interrupted, "2 sent, 1 acknowledged");
    }

    private static string Frame(string text) => $"{text.Length}".PadRight(64) + text;

    private static async Task SendAsync(Socket socket, string text, CancellationToken stop) =>
        await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(Frame(text)), stop);

    private static Peer ThatAcknowledges(
        List<string> messages, Func<Socket, string, CancellationToken, Task>? answer = null, bool answersFarewell = true) =>
        Peer.That(async (socket, stop) =>
        {
            string message = string.Empty;
            while (message != "Disconnect !")
            {
                message = await Peer.ReadAsync(socket, int.Parse(await Peer.ReadAsync(socket, 64, stop)), stop);
                messages.Add(message);
                if (message != "Disconnect !" || answersFarewell)
                {
                    await (answer ?? SendAsync)(socket, Received, stop);
                }
            }
        });
}

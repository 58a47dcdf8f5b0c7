using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Aldis.Cli.Tests.Events;
using Aldis.Cli.Tests.Verbs;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Interoperability;

/// <summary><c>aldis lab --peer</c> against the Python programs of samples/peers, over UDP: as they are they have every mark.</summary>
public sealed class LabPeerTests
{
    private const string Bad = PeerLab.BadLink;

    public static TheoryData<string, string> Programs => new()
    {
        { "stop_and_wait_sender", "sender " + Bad },
        { "go_back_n_sender", "sender --strategy go-back-n --window 4 " + Bad },
        { "selective_repeat_sender", "sender --strategy selective-repeat --window 4 " + Bad },
        { "receiver", "receiver --frames 8 " + Bad },
        { "receiver", "receiver --strategy go-back-n --window 4 --frames 12 " + Bad },
        { "selective_repeat_receiver", "receiver --strategy selective-repeat --window 4 --frames 12 --duplicate 20% " + Bad },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task A_program_that_follows_its_strategy_has_every_mark(string program, string options)
    {
        (Run run, string received) = await PeerLab.RunAsync(await PeerLab.SourceAsync(program), options);
        run.Ends(ExitCode.Confirmed);
        Assert.Contains("everything is acknowledged", run.Output, StringComparison.Ordinal);
        int lines = program == "stop_and_wait_sender" ? 10 : 12;
        string sent = string.Concat(Enumerable.Range(0, lines).Select(static n => $"line {n}\n"));
        byte[] bytes = Encoding.UTF8.GetBytes(received.Length > 0 ? received : sent);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(bytes)), run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sender_of_the_guide_is_the_one_that_is_tested()
    {
        string source = await PeerLab.SourceAsync("stop_and_wait_sender");
        string guide = await PeerLab.ReadAsync("docs/lab.md");
        string code = source[source.IndexOf("import", StringComparison.Ordinal)..];
        Assert.Contains($"```python\n{code}```\n", guide, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_for_a_program_ends_when_the_user_has_enough()
    {
        using var enough = new CancellationTokenSource();
        Task<Run> running = Run.AldisAsync(Stream.Null, ["lab", "--peer", "sender"], enough.Token);
        await enough.CancelAsync();
        (await running.InTime()).Ends(ExitCode.Interrupted);
    }

    [Theory]
    [InlineData("--listen 127.0.0.1:0", "--listen goes with --peer")]
    [InlineData("--peer both", "--peer takes sender or receiver, not 'both'.")]
    [InlineData("--peer sender --frames 3", "--frames is of the sender, and with --peer sender that is your program.")]
    [InlineData("--peer sender --strategy go-back-n --timer restart", "--timer is of the sender, and with --peer sender that is your")]
    [InlineData("--peer sender --strategy selective-repeat --acks individual", "so it goes without --acks.")]
    [InlineData("--peer receiver --script scene.txt", "so it goes without --script.")]
    [InlineData("--peer sender --corrupt 5%", "whose datagrams carry no checksum and go as they are, so it goes without --corrupt.")]
    [InlineData("--peer receiver --svg x", "so it goes without --svg.")]
    [InlineData("--peer receiver --window 2", "Stop-and-wait has one frame under way, so --window is 1")]
    [InlineData("--peer sender --listen tcp://127.0.0.1:1", "--listen takes an address of datagrams such as 127.0.0.1:9000")]
    [InlineData("--peer sender --listen 127.0.0.1:99999", "99999")]
    [InlineData("--peer sender --grade -", "--grade reads a trace and runs nothing, so it goes without --peer.")]
    public async Task A_wrong_call_is_refused(string options, string sentence)
    {
        Run run = await Run.AldisAsync(["lab", .. options.Split(' ')]);
        run.Ends(ExitCode.UsageOrLocalError, sentence);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Programs_get_the_place_and_the_marks_as_objects()
    {
        PeerProgram.Require("python3");
        EventDocument document = EventDocument.Of("lab");
        var printed = new Pipe();
        string[] words = ["lab", "--peer", "sender", "--json", "--delay", "1ms", "--loss", "0"];
        Task<Run> running = Run.AldisAsync(
            Stream.Null, words, TestContext.Current.CancellationToken, output: printed.Writer.AsStream());
        using var reader = new StreamReader(printed.Reader.AsStream());
        JsonElement listen = await NextAsync();
        Assert.Equal("listen", listen.GetProperty("event").GetString());
        string port = listen.GetProperty("port").GetRawText();
        using PeerProgram program = PeerProgram.Start("python3", "-c", await PeerLab.SourceAsync("stop_and_wait_sender"), port, "0.2");
        (await running.InTime()).Ends(ExitCode.Confirmed);
        JsonElement last;
        do
        {
            last = await NextAsync();
        }
        while (last.GetProperty("event").GetString() is "frame" or "ack" or "program" or "rule");
        Assert.Equal("grade", last.GetProperty("event").GetString());
        Assert.True(last.GetProperty("passed").GetBoolean());

        async Task<JsonElement> NextAsync()
        {
            string? line = await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().InTime();
            Assert.Empty(document.WrongWith(line!));
            return JsonDocument.Parse(line!).RootElement;
        }
    }
}

using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Aldis.Cli.Conversations;
using Aldis.Cli.Tests.Verbs;
using Aldis.Cli.Verbs;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Server;

/// <summary><c>aldis serve</c> and the clients over reliable datagrams: who is told what when the other side goes away.</summary>
public sealed class ArqServerTests : IDisposable
{
    private readonly TemporaryDirectory _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void A_name_alone_is_served_over_TCP_and_over_arq_at_the_same_port()
    {
        IEnumerable<string> served = ServedName.Parse([], "localhost", KnownConversations.All)
            .Select(name => $"{name.Conversation.Name} {name.Address}");
        Assert.Equal(
            [
                "ack tcp://localhost:8000", "ack arq://localhost:8000",
                "echo tcp://localhost:12345", "echo udp://localhost:12345",
                "exchange tcp://localhost:8888", "exchange arq://localhost:8888",
                "files tcp://localhost:65432", "files arq://localhost:65432",
                "messages tcp://localhost:9999", "messages arq://localhost:9999",
            ],
            served);
    }

    [Fact]
    public async Task Every_verb_speaks_to_its_conversation()
    {
        await using AldisProcess server = await ServeAsync(
            "ack=arq://127.0.0.1:0", "echo=arq://127.0.0.1:0", "exchange=arq://127.0.0.1:0", "files=arq://127.0.0.1:0", "messages=arq://127.0.0.1:0");
        string Of(string service) => $"arq://{server.EndPoints[service + "/arq"]}";
        string file = _data.Combine("sent.bin");
        byte[] content = new byte[300_000];
        new Random(3).NextBytes(content);
        await File.WriteAllBytesAsync(file, content, TestContext.Current.CancellationToken);

        (await Run.AldisAsync("echo", Of("echo"), "-c", "20")).Ends(ExitCode.Confirmed, "20 came back");
        Assert.Equal("one\ntwo\n", (await Run.AldisAsync("one\ntwo\n", ["talk", Of("exchange")])).Ends(ExitCode.Confirmed).Output);
        (await Run.AldisAsync("text\n", ["talk", Of("ack")])).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync("send", Of("messages"), "one", "two")).Ends(ExitCode.Confirmed, "2 acknowledged");
        (await Run.AldisAsync("send", "--plain", Of("messages"), "one", "two")).Ends(ExitCode.Confirmed, "2 acknowledged");
        (await Run.AldisAsync("send", "--outbox", _data.Combine("outbox"), Of("messages"), "three")).Ends(ExitCode.Confirmed, "1 acknowledged");
        (await Run.AldisAsync("copy", "--plain", file, Of("files"))).Ends(ExitCode.PartlyConfirmed);
        await server.WaitForLineAsync(line => line.StartsWith("File received from 127.0.0.1:", StringComparison.Ordinal));
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(_data.Path, "files", "received_file.txt"), TestContext.Current.CancellationToken));
        await server.StopAsync();
    }

    [Fact]
    public async Task A_client_of_a_server_that_was_killed_and_started_again_is_told_so_at_once()
    {
        await using AldisProcess first = await ServeAsync("exchange=arq://127.0.0.1:0");
        string address = $"arq://{first.EndPoints["exchange/arq"]}";
        await using var talk = new LiveTalk("talk", address, "--timeout", "20s");
        await talk.SayAsync("before");

        await first.KillAsync();
        await using AldisProcess second = await ServeAsync("exchange=" + address);
        await talk.BeginToSayAsync("after");

        (await talk.EndAsync()).Ends(ExitCode.NetworkError, "restarted");
        await second.StopAsync();
    }

    [Fact]
    public async Task A_client_of_a_server_that_was_killed_and_stays_away_ends_by_its_own_limit()
    {
        await using AldisProcess server = await ServeAsync("exchange=arq://127.0.0.1:0");
        await using var talk = new LiveTalk("talk", $"arq://{server.EndPoints["exchange/arq"]}", "--timeout", "700ms");
        await talk.SayAsync("before");

        await server.KillAsync();
        await talk.BeginToSayAsync("after");

        (await talk.EndAsync()).Ends(ExitCode.Timeout, "gave no answer within 0.7 s");
    }

    [Fact]
    public async Task Messages_whose_server_is_killed_and_started_again_are_all_stored_once()
    {
        string[] before = [.. Enumerable.Range(1, 50).Select(number => $"before {number}")];
        await using AldisProcess first = await ServeAsync("messages=arq://127.0.0.1:0");
        string address = $"arq://{first.EndPoints["messages/arq"]}";
        (await Run.AldisAsync(["send", "--client", "pump-7", address, .. before])).Ends(ExitCode.Confirmed);
        await first.KillAsync();
        Task<Run> sending = Run.AldisAsync("send", "--outbox", _data.Combine("outbox"), "--client", "pump-8", "--retry", "25s", address, "after");
        await using AldisProcess second = await ServeAsync("messages=" + address);

        (await sending).Ends(ExitCode.Confirmed, "1 acknowledged");
        await second.StopAsync();
        Run log = (await Run.AldisAsync("log", "--data", _data.Path)).Ends(ExitCode.Confirmed);
        Assert.Equal(51, log.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Where_nobody_listens_is_exit_1()
    {
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        string address = $"arq://{free.LocalEndPoint}";
        free.Dispose();

        (await Run.AldisAsync("echo", address, "x")).Ends(ExitCode.NetworkError, "nobody listens");
    }

    [Fact]
    public async Task A_silent_address_is_exit_3()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        (await Run.AldisAsync("echo", $"arq://{silent.LocalEndPoint}", "x", "--timeout", "400ms")).Ends(ExitCode.Timeout);
    }

    [Theory]
    [InlineData("mode=fast", "selective-repeat, go-back-n or stop-and-wait")]
    [InlineData("windo=8", "unknown option windo")]
    public async Task A_wrong_option_is_exit_2_with_what_is_allowed(string option, string part)
    {
        (await Run.AldisAsync("send", $"arq://127.0.0.1:1?{option}", "x", "--retry", "20s")).Ends(ExitCode.UsageOrLocalError, part);
        (await Run.AldisAsync("serve", "--data", _data.Path, $"ack=arq://127.0.0.1:0?{option}")).Ends(ExitCode.UsageOrLocalError, option[..4]);
    }

    [Fact]
    public async Task TLS_over_it_verifies_and_is_warned_about_for_want_of_identities_alone()
    {
        (string options, string authority) = TestCertificate.Create(_data);
        await using AldisProcess server = await ServeAsync($"echo=arq+tls://0.0.0.0:0?{options}");
        int port = server.EndPoints["echo/arq+tls"].Port;

        (await Run.AldisAsync("echo", $"arq+tls://127.0.0.1:{port}?cafile={authority}", "x")).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync("echo", $"arq+tls://127.0.0.1:{port}", "x")).Ends(ExitCode.AuthenticationFailed, "TLS");
        (await Run.AldisAsync("echo", $"arq+tls://127.0.0.1:{port}?insecure", "x")).Ends(ExitCode.Confirmed, "not verified");
        string warning = Assert.Single(server.ErrorLines, line => line.Contains("open to other machines", StringComparison.Ordinal));
        Assert.Contains("without identities", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_to_others_without_TLS_is_warned_about()
    {
        await using AldisProcess server = await ServeAsync("echo=arq://0.0.0.0:0");
        Assert.Contains(server.ErrorLines, line => line.Contains("open to other machines without TLS", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_secret_that_others_may_read_is_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string secret = _data.Combine("arq.secret");
        await File.WriteAllBytesAsync(secret, new byte[32], TestContext.Current.CancellationToken);
        File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        (await Run.AldisAsync("serve", "--data", _data.Path, "ack=arq://127.0.0.1:0")).Ends(ExitCode.UsageOrLocalError, "chmod 600");
    }

    private Task<AldisProcess> ServeAsync(params string[] names) => AldisProcess.ServeAsync(["--data", _data.Path, .. names]);

    /// <summary>A <c>talk</c> in this process that is fed line by line.</summary>
    private sealed class LiveTalk : IAsyncDisposable
    {
        private readonly Pipe _input = new();
        private readonly SignallingStream _output = new();
        private readonly Task<Run> _run;
        private int _lines;

        public LiveTalk(params string[] arguments) =>
            _run = Run.AldisAsync(_input.Reader.AsStream(), arguments, TestContext.Current.CancellationToken, output: _output);

        public async Task BeginToSayAsync(string line) =>
            await _input.Writer.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), TestContext.Current.CancellationToken);

        /// <summary>Says a line and waits for its answer.</summary>
        public async Task SayAsync(string line)
        {
            await BeginToSayAsync(line);
            await _output.WaitForLinesAsync(++_lines, TestContext.Current.CancellationToken).InTime();
        }

        public Task<Run> EndAsync() => _run.InTime();

        public async ValueTask DisposeAsync()
        {
            await _input.Writer.CompleteAsync();
            await _run;
            await _output.DisposeAsync();
        }
    }
}

using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs;
using Aldis.Services.Hosting;
using Aldis.Tests;
using Aldis.Transports;
using Aldis.Transports.Datagrams;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>A <c>serve</c> whose listener is dead and cannot be opened again ends, instead of lying in its LISTEN line.</summary>
public sealed class LostListenerTests
{
    private static readonly TimeSpan AnyPause = TimeSpan.FromSeconds(30);

    private readonly VirtualTime _time = new();
    private int _port;

    [Fact]
    public async Task It_says_which_and_why_and_ends_with_exit_1()
    {
        var output = new MemoryStream();
        var error = new StringWriter { NewLine = "\n" };
        var console = new CommandConsole { Input = Stream.Null, Output = output, Error = TextWriter.Synchronized(error) };
        var context = new VerbContext(console, TestContext.Current.CancellationToken, CancellationToken.None);
        Command serve = ServeVerb.Create(context, [Mortal()], _time);

        Task<int> serving = serve.Parse(["mortal=udp://127.0.0.1:0", "--json"]).InvokeAsync(null, TestContext.Current.CancellationToken);
        int exitCode = await KillAsync(serving).InTime();

        string said = error.ToString();
        string why = $"the listener of mortal at udp://127.0.0.1:{_port} died and could not be opened again: "
            + "it is taken; start the server anew.";
        Assert.True(exitCode == ExitCode.NetworkError, said);
        Assert.Contains($"LISTEN service=mortal proto=udp addr=127.0.0.1 port={_port}\n", said, StringComparison.Ordinal);
        Assert.Contains($"aldis: {why}\n", said, StringComparison.Ordinal);
        string[] events =
        [
            .. Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetString()!),
        ];
        Assert.Equal(["error", "summary"], events[^2..]);
        Assert.Equal(["fault", "listener-failed", "listener-lost"], events[..^2].Where(static what => what != "listen"));
    }

    // Asks for its death until it is dead, and lets the pauses of its reopening pass.
    private async Task<int> KillAsync(Task<int> serving)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        while (!serving.IsCompleted)
        {
            if (Volatile.Read(ref _port) is not 0 and int port)
            {
                await socket.SendToAsync(new byte[1], new IPEndPoint(IPAddress.Loopback, port));
                _time.Advance(AnyPause);
            }

            await Task.Yield();
        }

        return await serving;
    }

    private Conversation Mortal() => new()
    {
        Name = "mortal",
        DefaultPort = 7001,
        Datagrams = place =>
        {
            if (_port != 0)
            {
                throw new CommunicationException(CommunicationFailure.Network, "it is taken.");
            }

            DatagramListener listener = DatagramListener.Bind((IPEndPoint)place.EndPoint, static _ => new BrokenEngine(), fault: place.Fault);
            Volatile.Write(ref _port, listener.EndPoint.Port);
            return listener;
        },
    };
}

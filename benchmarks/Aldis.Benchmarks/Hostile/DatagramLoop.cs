using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Two echoes of ours that a forged datagram sets upon each other, and a foreign echo that answers ours.</summary>
internal static class DatagramLoop
{
    private const int MostPerSecond = 20_000;
    private const int Slack = 1000;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);

    public static Attack Attack { get; } = new(
        "datagram-loop",
        "one forged datagram between two echoes, and a foreign echo that answers: no loop of ours, at most 20,000 a second to one peer",
        AttackAsync);

    /// <summary>Sends a datagram to one address as if it came from another.</summary>
    /// <exception cref="NotSupportedException">It takes the right to do so.</exception>
    public static void Forge(IPEndPoint source, IPEndPoint target)
    {
        try
        {
            using var raw = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Udp);
            raw.Bind(new IPEndPoint(source.Address, 0));
            byte[] datagram = [0, 0, 0, 0, 0, 12, 0, 0, .. "loop"u8];
            BinaryPrimitives.WriteUInt16BigEndian(datagram, (ushort)source.Port);
            BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(2), (ushort)target.Port);
            raw.SendTo(datagram, new IPEndPoint(target.Address, 0));
        }
        catch (SocketException exception)
        {
            throw new NotSupportedException($"this attack needs raw sockets: {exception.Message}", exception);
        }
    }

    /// <summary>Datagrams that this network took since it began.</summary>
    public static long Received()
    {
        string line = File.ReadLines("/proc/net/snmp").Last(static line => line.StartsWith("Udp:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Answers an echo with what it sent, for a time.</summary>
    /// <returns>Datagrams that came back in the busiest second.</returns>
    public static Task<long> AnswerAsync(IPEndPoint server, TimeSpan time) => Task.Factory.StartNew(
        () => Answer(server, time), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static long Answer(IPEndPoint server, TimeSpan time)
    {
        const int AtFirst = 64;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 100 };
        socket.Bind(new IPEndPoint(Wire.From(14, 1), 0));
        socket.Connect(server);
        byte[] buffer = new byte[64];
        long[] seconds = new long[(int)time.TotalSeconds + 1];
        long begin = Stopwatch.GetTimestamp();
        bool isQuiet = true;
        for (TimeSpan now = TimeSpan.Zero; now < time; now = Stopwatch.GetElapsedTime(begin))
        {
            for (int count = 0; isQuiet && count < AtFirst; count++)
            {
                socket.Send("loop"u8);
            }

            try
            {
                int length = socket.Receive(buffer);
                seconds[(int)now.TotalSeconds]++;
                socket.Send(buffer.AsSpan(0, length));
                isQuiet = false;
            }
            catch (SocketException)
            {
                isQuiet = true;
            }
        }

        return seconds.Max();
    }

    private static async Task AttackAsync(Ground ground, Verdict verdict)
    {
        if (!ground.HasNetwork)
        {
            throw new NotSupportedException("this attack needs a network of its own (unshare --net)");
        }

        string refusals = await AttackOursAsync(ground, verdict);
        await using ServerProcess server = await ServerProcess.StartAsync(ground, new ServerSetup("echo=udp://127.0.0.1:0"));
        long foreign = await AnswerAsync(server.At("echo/udp"), Duration);
        verdict.Check("to_a_foreign_echo", foreign, foreign <= MostPerSecond + Slack);
        bool hasStopped = await server.StopAsync();
        verdict.Check("stopped_in_order", hasStopped, hasStopped);
        verdict.Tell("refusals", $"{refusals};{server.Refusals()}");
    }

    private static async Task<string> AttackOursAsync(Ground ground, Verdict verdict)
    {
        await using ServerProcess one = await ServerProcess.StartAsync(ground, new ServerSetup("echo=udp://127.0.0.1:0", "echo=udp://127.0.0.2:0"));
        double within = await LoopAsync(one.At("echo/udp"), one.At("echo/udp#2"));
        verdict.Check("between_ours", within, within < Slack);
        await using ServerProcess other = await ServerProcess.StartAsync(ground, new ServerSetup("echo=udp://127.0.0.1:0"));
        double between = await LoopAsync(one.At("echo/udp"), other.At("echo/udp"));
        verdict.Check("between_servers", between, between <= MostPerSecond + Slack);
        await one.StopAsync();
        return one.Refusals();
    }

    private static async Task<double> LoopAsync(IPEndPoint source, IPEndPoint target)
    {
        Forge(source, target);
        return await RateAsync();
    }

    private static async Task<double> RateAsync()
    {
        long begin = Stopwatch.GetTimestamp();
        long first = Received();
        await Task.Delay(Duration);
        return Math.Round((Received() - first) / Stopwatch.GetElapsedTime(begin).TotalSeconds);
    }
}

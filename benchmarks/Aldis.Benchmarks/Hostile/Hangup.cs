using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Aldis.Benchmarks.Hostile;

/// <summary>SIGHUP under load, where an acknowledgement is given before anything is written.</summary>
internal static class Hangup
{
    private const int Clients = 8;
    private const int Network = 15;
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(3);

    public static Attack Attack { get; } = new(
        "hangup",
        "SIGHUP at level received under load: the server ends in order, and what was acknowledged is in the journal",
        RunAsync);

    private static async Task RunAsync(Ground ground, Verdict verdict)
    {
        var setup = new ServerSetup("messages=tcp://127.0.0.1:0", "--level", "received") { Data = ground.NewFolder() };
        long[] acknowledged;
        await using (ServerProcess server = await ServerProcess.StartAsync(ground, setup))
        {
            Task<long>[] sending = [.. Enumerable.Range(0, Clients).Select(number => SendAsync(server.At("messages/tcp"), number))];
            await Task.Delay(ground.Scale(Load, Load / 6));
            await server.SignalAsync("HUP");
            bool hasEnded = await server.WaitForEndAsync();
            acknowledged = await Task.WhenAll(sending);
            verdict.Check("exit", hasEnded ? server.ExitCode : -1, hasEnded && server.ExitCode == 0);
        }

        await using ServerProcess next = await ServerProcess.StartAsync(ground, setup);
        long missing = 0;
        for (int number = 0; number < Clients; number++)
        {
            missing += Math.Max(0, acknowledged[number] - await LastAsync(next.At("messages/tcp"), number));
        }

        verdict.Tell("acknowledged", acknowledged.Sum());
        verdict.Check("missing", missing, missing == 0 && acknowledged.Sum() > 0);
    }

    /// <summary>Sends messages of a byte until the server ends.</summary>
    /// <returns>The highest number that was acknowledged.</returns>
    private static async Task<long> SendAsync(IPEndPoint server, int number)
    {
        const int AtOnce = 128;
        using Socket socket = await Wire.ConnectAsync(server, Wire.From(Network, 1 + number));
        byte[] unit = new byte[Wire.UnitBytes];
        await Wire.TrySendAsync(socket, Wire.Unit($"ALDIS/1 messages client=hangup-{number}"));
        await Wire.ReceiveAsync(socket, unit);
        long acknowledged = 0;
        long sent = 0;
        while (true)
        {
            byte[] batch = [.. Enumerable.Range(1, AtOnce).SelectMany(next => (byte[])[.. Wire.Unit($"1 {sent + next}"), (byte)'x'])];
            sent += AtOnce;
            bool isOpen = await Wire.TrySendAsync(socket, batch);
            while (acknowledged < sent)
            {
                if (await Wire.ReceiveAsync(socket, unit) < unit.Length)
                {
                    return acknowledged;
                }

                string[] words = Encoding.ASCII.GetString(unit).Split(' ');
                acknowledged = words[0] == "ACK" ? long.Parse(words[1], CultureInfo.InvariantCulture) : acknowledged;
                isOpen &= words[0] == "ACK";
            }

            if (!isOpen)
            {
                return acknowledged;
            }
        }
    }

    private static async Task<long> LastAsync(IPEndPoint server, int number)
    {
        using Socket socket = await Wire.ConnectAsync(server, Wire.From(Network, 1 + number));
        byte[] unit = new byte[Wire.UnitBytes];
        await Wire.TrySendAsync(socket, Wire.Unit($"ALDIS/1 messages client=hangup-{number}"));
        await Wire.ReceiveAsync(socket, unit);
        string last = Encoding.ASCII.GetString(unit).Split(' ')[1];
        return long.Parse(last["last=".Length..], CultureInfo.InvariantCulture);
    }
}

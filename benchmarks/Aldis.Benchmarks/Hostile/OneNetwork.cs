using System.Net;
using System.Net.Sockets;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Connections from as many addresses of one IPv6 network.</summary>
internal static class OneNetwork
{
    public const int Connections = 3000;
    private const int PerNetwork = 500;

    // What benchmarks/hostile.sh gives to a network of its own.
    private const string Server = "fd00:a1d1::1";
    private const string Attacker = "fd00:bad::";
    private const string Honest = "fd00:900d::1";

    public static Attack Attack { get; } = new(
        "one-network",
        "3,000 connections from one IPv6 /64, where an address may have 500: the network has 500, and another network is served",
        AttackAsync);

    /// <summary>Where a server has to listen for this.</summary>
    public static string Address => $"messages=tcp://[{Server}]:0";

    /// <summary>Opens connections that say nothing.</summary>
    /// <returns>Those that were not reset at once.</returns>
    public static async Task<List<Socket>> OpenAsync(IPEndPoint server, int count)
    {
        List<Socket> open = [];
        for (int number = 1; number <= count; number++)
        {
            IPAddress from = IPAddress.Parse($"{Attacker}{number:x}");
            if (await Wire.TryConnectAsync(server, from) is { } socket)
            {
                open.Add(socket);
            }
        }

        await Task.Delay(1000);
        foreach (Socket reset in open.Where(static socket => socket.Poll(0, SelectMode.SelectRead)).ToArray())
        {
            reset.Dispose();
            open.Remove(reset);
        }

        return open;
    }

    /// <summary>Holds connections for a time.</summary>
    public static async Task HoldAsync(IPEndPoint server, TimeSpan time)
    {
        List<Socket> held = await OpenAsync(server, Connections);
        await Task.Delay(time);
        held.ForEach(static socket => socket.Dispose());
    }

    private static async Task AttackAsync(Ground ground, Verdict verdict)
    {
        if (!ground.HasNetwork)
        {
            throw new NotSupportedException("this attack needs a network of its own (unshare --net)");
        }

        await using ServerProcess server = await ServerProcess.StartAsync(
            ground, new ServerSetup(Address, "--max-connections", "3000", "--max-connections-per-address", "500"));
        IPEndPoint at = server.At("messages/tcp");
        List<Socket> held = await OpenAsync(at, Connections);
        bool isServed = await HonestClients.AskOnceAsync(at, IPAddress.Parse(Honest));
        verdict.Check("held_open", held.Count, held.Count <= PerNetwork);
        verdict.Check("other_network_served", isServed, isServed);
        held.ForEach(static socket => socket.Dispose());
        bool hasStopped = await server.StopAsync();
        verdict.Check("stopped_in_order", hasStopped, hasStopped);
        long refused = server.Count("connection-refused");
        verdict.Check("refused", refused, refused >= Connections - held.Count && server.RefusedInSummary == refused);
        verdict.Tell("refusals", server.Refusals());
    }
}

using System.Net.Sockets;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Connections that each send one message, whole, and go: what a server is compared with after an attack.</summary>
/// <param name="Connections">How many.</param>
/// <param name="SendAsync">Sends a message over a connection of its own, and reads its answer.</param>
internal sealed record WellBehaved(int Connections, Func<ServerProcess, byte[], CancellationToken, Task> SendAsync)
{
    private const int Network = 9;

    /// <summary>As many as there are unfinished messages, over tcp.</summary>
    public static WellBehaved OverTcp { get; } = new(UnfinishedMessages.Connections, static async (server, message, over) =>
    {
        using Socket? socket = await Wire.TryConnectAsync(server.At("messages/tcp"), Wire.From(Network, 2), over);
        if (socket is not null && await Wire.TrySendAsync(socket, message, over))
        {
            await Wire.ReceiveAsync(socket, new byte[Wire.AnswerBytes], over);
        }
    });
}

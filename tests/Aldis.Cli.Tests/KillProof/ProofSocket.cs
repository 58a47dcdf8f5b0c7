using System.Net.Sockets;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>Writing whole.</summary>
internal static class ProofSocket
{
    public static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
        {
            data = data[await socket.SendAsync(data, cancellationToken)..];
        }
    }
}

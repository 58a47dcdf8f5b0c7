using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Aldis.Transports.Addresses;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Hosting;

namespace Aldis.Benchmarks;

/// <summary>Sends back what comes: over TCP and arq a handler of Kestrel, over UDP a plain socket.</summary>
internal sealed class EchoServer : ConnectionHandler
{
    public static async Task ServeAsync(Arguments arguments)
    {
        if (arguments.Address.Scheme == TransportScheme.Udp)
        {
            await EchoDatagramsAsync(arguments.Place.Ip);
            return;
        }

        await (await Host.StartAsync(arguments.Address, new EchoServer())).WaitForShutdownAsync();
    }

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        while (true)
        {
            ReadResult read = await input.ReadAsync();
            foreach (ReadOnlyMemory<byte> part in read.Buffer)
            {
                connection.Transport.Output.Write(part.Span);
            }

            await connection.Transport.Output.FlushAsync();
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private static async Task EchoDatagramsAsync(IPEndPoint place)
    {
        using var socket = new Socket(place.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(place);
        await Console.Error.WriteLineAsync($"LISTEN Udp {socket.LocalEndPoint}");
        byte[] buffer = new byte[ushort.MaxValue];
        var peer = new SocketAddress(place.AddressFamily);
        while (true)
        {
            int length = await socket.ReceiveFromAsync(buffer, SocketFlags.None, peer);
            await socket.SendToAsync(buffer.AsMemory(0, length), SocketFlags.None, peer);
        }
    }
}

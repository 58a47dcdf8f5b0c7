using System.Diagnostics;
using System.Net.Sockets;
using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;

namespace Aldis.Benchmarks;

/// <summary>Sends a request and waits for its echo, over and over, and prints percentiles of the time that took.</summary>
internal static class Latency
{
    private const int WarmUpShare = 2;

    public static async Task RunAsync(Arguments arguments)
    {
        int count = arguments.Count("--count", 20_000);
        byte[] request = new byte[arguments.Count("--bytes", 64)];
        byte[] reply = new byte[request.Length];
        long[] ticks = new long[count];
        await using Stream stream = await ConnectAsync(arguments.Place);
        for (int index = -count / WarmUpShare; index < count; index++)
        {
            Random.Shared.NextBytes(request);
            long start = Stopwatch.GetTimestamp();
            await stream.WriteAsync(request);
            await stream.ReadExactlyAsync(reply);
            if (index >= 0)
            {
                ticks[index] = Stopwatch.GetTimestamp() - start;
            }

            if (!request.AsSpan().SequenceEqual(reply))
            {
                throw new InvalidDataException("The reply is not the request.");
            }
        }

        Array.Sort(ticks);
        Console.WriteLine(
            $"count={count} p50_us={Microseconds(ticks, 0.5):F1} p90_us={Microseconds(ticks, 0.9):F1} "
            + $"p99_us={Microseconds(ticks, 0.99):F1} p999_us={Microseconds(ticks, 0.999):F1}");
    }

    private static double Microseconds(long[] sorted, double share) => sorted[(int)(sorted.Length * share)] * 1e6 / Stopwatch.Frequency;

    private static async Task<Stream> ConnectAsync(Place place)
    {
        if (place.Scheme == TransportScheme.Arq)
        {
            return await ArqStream.ConnectAsync(place.Arq);
        }

        bool isTcp = place.Scheme == TransportScheme.Tcp;
        var socket = new Socket(
            place.Ip.AddressFamily, isTcp ? SocketType.Stream : SocketType.Dgram, isTcp ? ProtocolType.Tcp : ProtocolType.Udp);
        await socket.ConnectAsync(place.Ip);
        if (isTcp)
        {
            socket.NoDelay = true;
            return new NetworkStream(socket, ownsSocket: true);
        }

        return new DatagramStream(socket);
    }
}

using System.Diagnostics;
using Aldis.Protocols.Arq;
using Aldis.Transports.Arq;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Benchmarks;

/// <summary>Writes as fast as the connection takes it, then closes in order and prints what that cost.</summary>
internal static class Source
{
    private const int PieceBytes = 256 << 10;

    public static async Task RunAsync(Arguments arguments)
    {
        TimeSpan omit = arguments.Seconds("--omit");
        TimeSpan seconds = arguments.Seconds("--seconds");
        byte[] piece = new byte[PieceBytes];
        new Random(1).NextBytes(piece);
        ConnectionContext connection = await new ArqConnectionFactory().ConnectAsync(arguments.Place.Arq);
        IArqStatisticsFeature counted = connection.Features.Get<IArqStatisticsFeature>()!;
        await WriteAsync(connection, piece, omit);
        long firstBytes = counted.Statistics.BytesAcknowledged;
        TimeSpan firstCpu = Environment.CpuUsage.TotalTime;
        await WriteAsync(connection, piece, seconds);
        ConnectionStats last = counted.Statistics;
        TimeSpan cpu = Environment.CpuUsage.TotalTime - firstCpu;
        await connection.DisposeAsync();
        ConnectionStats all = counted.Statistics;
        Console.WriteLine(
            $"source_cpu_seconds_per_gb={cpu.TotalSeconds / ((last.BytesAcknowledged - firstBytes) / 1e9):F4} "
            + $"packets_sent={all.PacketsSent} lost={all.PacketsLost} spurious={all.SpuriousLosses} "
            + $"retransmitted={all.PacketsRetransmitted} timeouts={all.Timeouts} acks_received={all.AcksReceived} "
            + $"smoothed_rtt_ms={last.SmoothedRttNs / 1e6:F3} min_rtt_ms={last.MinRttNs / 1e6:F3} "
            + $"window_bytes={last.CongestionWindowBytes} in_flight_bytes={last.BytesInFlight} datagram_bytes={last.DatagramSize}");
    }

    private static async Task WriteAsync(ConnectionContext connection, ReadOnlyMemory<byte> piece, TimeSpan duration)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            if ((await connection.Transport.Output.WriteAsync(piece)).IsCompleted)
            {
                throw new IOException("The sink is gone.");
            }
        }
    }
}

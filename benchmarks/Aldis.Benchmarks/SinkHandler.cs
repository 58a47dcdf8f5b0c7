using System.Diagnostics;
using System.IO.Pipelines;
using Aldis.Transports.Arq;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Hosting;

namespace Aldis.Benchmarks;

/// <summary>Discards what comes, and prints at the end of each connection how much came how fast. The first seconds, and what comes
/// after the seconds to be measured, are left out; the clock starts with the first byte. What waits behind a gap has come: else a
/// gap at the start or at the end of the time measured would move bytes into it or out of it.</summary>
internal sealed class SinkHandler(TimeSpan omit, TimeSpan seconds) : ConnectionHandler
{
    public static async Task ServeAsync(Arguments arguments)
    {
        TimeSpan seconds = arguments.Seconds("--seconds");
        var handler = new SinkHandler(arguments.Seconds("--omit"), seconds > TimeSpan.Zero ? seconds : TimeSpan.MaxValue);
        await (await Host.StartAsync(arguments.Address, handler)).WaitForShutdownAsync();
    }

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        IArqStatisticsFeature counted = connection.Features.Get<IArqStatisticsFeature>()!;
        ReadResult read = await input.ReadAsync();
        long start = Stopwatch.GetTimestamp();
        var first = default(Moment);
        var last = default(Moment);
        long bytes = 0;
        while (true)
        {
            bytes += read.Buffer.Length;
            input.AdvanceTo(read.Buffer.End);
            TimeSpan now = Stopwatch.GetElapsedTime(start);
            if (first == default && now >= omit)
            {
                first = Moment.Now(now, bytes, counted);
            }

            if (last == default && (read.IsCompleted || (first != default && now - first.Time >= seconds)))
            {
                last = Moment.Now(now, bytes, counted);
            }

            if (read.IsCompleted)
            {
                break;
            }

            read = await input.ReadAsync();
        }

        double gigabytes = (last.Bytes - first.Bytes) / 1e9;
        double elapsed = (last.Time - first.Time).TotalSeconds;
        Console.WriteLine(
            $"bytes={last.Bytes - first.Bytes} seconds={elapsed:F3} gbit_per_second={gigabytes * 8 / elapsed:F6} "
            + $"sink_cpu_seconds_per_gb={(last.Cpu - first.Cpu).TotalSeconds / gigabytes:F4} all_bytes={bytes}");
    }

    private readonly record struct Moment(TimeSpan Time, long Bytes, TimeSpan Cpu)
    {
        public static Moment Now(TimeSpan time, long bytesRead, IArqStatisticsFeature counted) =>
            new(time, bytesRead + counted.Statistics.BytesAheadOfGaps, Environment.CpuUsage.TotalTime);
    }
}

using Aldis.Cli.Terminal;
using Aldis.Transports.Datagrams;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>Shows how far the copy of one file in the plain form is.</summary>
/// <param name="line">Where it is shown.</param>
/// <param name="name">The file's name, escaped.</param>
/// <param name="length">The file's length in bytes; null where it is not known, as for a pipe.</param>
internal sealed class PlainProgress(LiveLine line, string name, long? length) : IProgress<long>
{
    private readonly SpeedMeter _speed = new();

    /// <inheritdoc/>
    public void Report(long value)
    {
        double speed = _speed.Measure(MonotonicClock.NowNs, value);
        line.Show(() => CopyLine.Text(
            new CopyStatus { Name = name, Bytes = value, TotalBytes = length, Speed = speed }, line.Columns));
    }
}

using System.Diagnostics;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs;

/// <summary>The progress bar of one file: share, bytes, speed and the time it will still take.</summary>
/// <param name="line">Where it is shown.</param>
/// <param name="name">The file's name, escaped.</param>
/// <param name="length">The file's length in bytes; null where it is not known, as for a pipe.</param>
internal sealed class CopyProgress(LiveLine line, string name, long? length) : IProgress<long>
{
    private const int BarWidth = 24;

    private readonly long _start = Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    public void Report(long value) => line.Show(() => Text(name, value, length, Stopwatch.GetElapsedTime(_start)));

    /// <summary>The text of the bar.</summary>
    public static string Text(string name, long sent, long? length, TimeSpan elapsed)
    {
        double speed = elapsed > TimeSpan.Zero ? sent / elapsed.TotalSeconds : 0;
        string done = $"{Quantity.Bytes(sent)}  {Quantity.Bytes(speed)}/s";
        if (length is not long whole || whole <= 0)
        {
            return $"{name}  {done}";
        }

        // A file may grow while it is read.
        double share = Math.Min(1, (double)sent / whole);
        int filled = (int)(share * BarWidth);
        string bar = new string('=', filled) + new string(' ', BarWidth - filled);
        string rest = string.Empty;
        if (speed > 0)
        {
            TimeSpan left = TimeSpan.FromSeconds(Math.Min(1e9, Math.Max(0, whole - sent) / speed));
            rest = $"  {Quantity.Duration(left)} left";
        }

        return $"{name}  [{bar}] {(int)(share * 100),3} %  {done}{rest}";
    }
}

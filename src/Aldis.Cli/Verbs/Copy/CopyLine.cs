using System.Globalization;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>The line that shows a copy at a terminal while it is under way. What finds no room is left out, the least first.</summary>
internal static class CopyLine
{
    private const int BarWidth = 24;
    private const int LeastNameColumns = 16;

    /// <summary>The line.</summary>
    /// <param name="status">How far the copy is.</param>
    /// <param name="columns">Columns of the terminal.</param>
    public static string Text(CopyStatus status, int columns)
    {
        string name = TextColumns.Cut(status.Name, Math.Max(LeastNameColumns, columns / 3));
        bool isTree = status.TotalFiles > 1;
        List<Part> parts =
        [
            new(0, isTree ? $"{Quantity.Count(status.Files)} of {Quantity.Count(status.TotalFiles)} files" : name),
            new(3, Bar(status.Bytes, status.TotalBytes), Gap: string.Empty),
            new(1, Share(status.Bytes, status.TotalBytes)),
            new(2, Quantity.Bytes(status.Bytes)),
        ];
        if (status.Standstill is not null)
        {
            parts.Add(new(0, status.Standstill));
        }
        else
        {
            parts.Add(new(1, $"{Quantity.Bytes(status.Speed)}/s"));
            parts.Add(new(1, Left(status)));
        }

        parts.Add(new(4, status.ResumedBytes > 0 ? $"resumed from {Quantity.Bytes(status.ResumedBytes)}" : string.Empty));
        parts.Add(new(5, status.Retransmissions is > 0 and long again ? $"{Quantity.Count(again)} packets sent again" : string.Empty));
        parts.Add(new(6, isTree ? $"{name} {Share(status.FileBytes, status.FileLength)}".TrimEnd() : string.Empty));
        parts.RemoveAll(static part => part.Text.Length == 0);
        while (Join(parts).Length > columns && parts.MaxBy(static part => part.Rank) is { Rank: > 0 } least)
        {
            parts.Remove(least);
        }

        return TextColumns.Cut(Join(parts), columns);
    }

    private static string Join(List<Part> parts) => string.Concat(parts.Select(static part => part.Text + part.Gap)).TrimEnd();

    /// <summary>The bar, and behind it as much as its share does not fill.</summary>
    private static string Bar(long done, long? whole)
    {
        if (whole is not > 0)
        {
            return string.Empty;
        }

        int filled = (int)(ShareOf(done, whole.Value) * BarWidth);
        string gap = new(' ', "] 100 %".Length - "]".Length - Share(done, whole).Length);
        return $"[{new string('=', filled)}{new string(' ', BarWidth - filled)}]{gap}";
    }

    private static string Share(long done, long? whole) => whole is > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)(ShareOf(done, whole.Value) * 100)} %")
        : string.Empty;

    private static string Left(CopyStatus status) => status is { Speed: > 0, TotalBytes: > 0 and long whole }
        ? $"{Quantity.Duration(TimeSpan.FromSeconds(Math.Min(1e9, Math.Max(0, whole - status.Bytes) / status.Speed)))} left"
        : string.Empty;

    /// <summary>A file may grow while it is read.</summary>
    private static double ShareOf(long done, long whole) => Math.Min(1, (double)done / whole);

    /// <param name="Rank">The higher, the sooner it is left out; what has 0 is cut at worst.</param>
    /// <param name="Text">What is shown.</param>
    /// <param name="Gap">What sets the next part apart.</param>
    private sealed record Part(int Rank, string Text, string Gap = "  ");
}

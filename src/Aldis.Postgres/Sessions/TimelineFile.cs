using System.Globalization;
using System.Text;
using Aldis.Journal.Storage;

namespace Aldis.Postgres.Sessions;

/// <summary>
/// The highest timeline of the database that was ever seen, kept where a restart finds it: a primary from before a promotion, which comes
/// back while the others are away, is told from the present one by nothing else.
/// </summary>
/// <param name="path">The file; null keeps it in memory.</param>
internal sealed class TimelineFile(string? path)
{
    private const int Longest = 32;

    /// <summary>The highest timeline; 0 if none was seen.</summary>
    public uint Highest { get; private set; } = Read(path);

    /// <summary>Takes one that was seen.</summary>
    public void Raise(uint timeline)
    {
        if (timeline <= Highest)
        {
            return;
        }

        if (path is not null)
        {
            byte[] content = Encoding.ASCII.GetBytes(timeline.ToString(CultureInfo.InvariantCulture) + "\n");
            WholeFile.Put(FileStorage.Instance, path, path + ".new", content);
            FileStorage.Instance.SyncDirectory(Path.GetDirectoryName(path)!);
        }

        Highest = timeline;
    }

    private static uint Read(string? path)
    {
        if (path is null || !File.Exists(path))
        {
            return 0;
        }

        string text = new FileInfo(path).Length <= Longest ? File.ReadAllText(path, Encoding.ASCII) : "";
        return uint.TryParse(text.AsSpan().TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out uint timeline)
            ? timeline
            : throw new InvalidDataException($"{path} does not hold the number of a timeline; delete it if the database was set up anew.");
    }
}

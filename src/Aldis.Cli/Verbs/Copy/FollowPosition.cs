using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Aldis.Journal.Storage;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>How far a file that is followed is sent, kept on disk so that another process goes on there.</summary>
internal sealed record FollowPosition
{
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>When this file, of those that had the name one after the other, was begun: orders their pieces.</summary>
    public required string Begun { get; init; }

    /// <summary>Which file it is: its file system.</summary>
    public ulong Device { get; init; }

    /// <summary>And its number there.</summary>
    public ulong Inode { get; init; }

    /// <summary>Everything before is confirmed.</summary>
    public long Offset { get; init; }

    /// <summary>A digest of the last bytes before <see cref="Offset"/>: a file that was emptied and written again is noticed.</summary>
    public string Tail { get; init; } = string.Empty;

    /// <summary>Bytes of the piece that is being sent; 0 where none is. Sent again it is cut in the same place, so it is known.</summary>
    public int PendingBytes { get; init; }

    /// <summary>What <see cref="Tail"/> will be when that piece is confirmed: of the bytes that were there before it was sent.</summary>
    public string PendingTail { get; init; } = string.Empty;

    /// <summary>When that piece was last written to, in nanoseconds since 1970.</summary>
    public long PendingModifiedNs { get; init; }

    /// <summary>The name of the piece that begins at <see cref="Offset"/>: names in their order are bytes in their order.</summary>
    [JsonIgnore]
    public string PieceName => string.Create(CultureInfo.InvariantCulture, $"{Begun}-{Offset:D16}");

    /// <summary>Whether a file is the one that is followed.</summary>
    public bool IsOf(in FileStatus file) => file.Device == Device && file.Inode == Inode;

    /// <summary>Begins with a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="now">The time.</param>
    /// <param name="before">Of the file before, whose pieces come first; null where there was none.</param>
    public static FollowPosition Begin(in FileStatus file, DateTimeOffset now, FollowPosition? before)
    {
        DateTimeOffset begun = now.ToUniversalTime();
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (before is not null
            && DateTimeOffset.TryParseExact(before.Begun, TimeFormat, culture, DateTimeStyles.AssumeUniversal, out DateTimeOffset last)
            && begun < last.AddSeconds(1))
        {
            begun = last.AddSeconds(1);
        }

        return new FollowPosition
        {
            Begun = begun.ToString(TimeFormat, culture),
            Device = file.Device,
            Inode = file.Inode,
        };
    }

    /// <summary>Reads what was written.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Null where nothing was.</returns>
    /// <exception cref="UsageException">It cannot be read, or is something else.</exception>
    public static FollowPosition? Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), FollowPositionJson.Default.FollowPosition);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UsageException(
                $"how far it was followed cannot be read from '{path}': {exception.Message} "
                + "Remove that file to begin anew; what was sent is sent again.");
        }
    }

    /// <summary>Writes it, durable when the call returns.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public void Save(string path)
    {
        try
        {
            FileStorage storage = FileStorage.Instance;
            string directory = Path.GetDirectoryName(path)!;
            storage.CreateDirectory(directory);
            WholeFile.Put(
                storage, path, path + ".new", JsonSerializer.SerializeToUtf8Bytes(this, FollowPositionJson.Default.FollowPosition));
            storage.SyncDirectory(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"how far it is followed cannot be written to '{path}': {exception.Message}");
        }
    }
}

/// <summary>Reads and writes a <see cref="FollowPosition"/>.</summary>
[JsonSerializable(typeof(FollowPosition))]
internal sealed partial class FollowPositionJson : JsonSerializerContext;

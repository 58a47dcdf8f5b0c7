using Aldis.Services.Storage;

namespace Aldis.Services.Messages.Outbox;

/// <summary>One file of an outbox.</summary>
internal sealed class OutboxSegment
{
    /// <summary>What all names end with.</summary>
    public const string Suffix = ".outbox";

    public OutboxSegment(long number, long firstItem, long recordsOffset, IStorageFile file)
    {
        Number = number;
        FirstItem = firstItem;
        RecordsOffset = recordsOffset;
        End = recordsOffset;
        File = file;
    }

    /// <summary>Its number, from 1; consecutive.</summary>
    public long Number { get; }

    /// <summary>Number of its first line, whether it is there yet or not.</summary>
    public long FirstItem { get; }

    /// <summary>Where its records begin, in bytes.</summary>
    public long RecordsOffset { get; }

    /// <summary>The open file.</summary>
    public IStorageFile File { get; }

    /// <summary>Where the sound, synced records end.</summary>
    public long End { get; set; }

    /// <summary>The name of the segment of a number.</summary>
    public static string Name(long number) => $"{number:D10}{Suffix}";
}

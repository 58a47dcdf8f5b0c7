using Aldis.Journal.Storage;

namespace Aldis.Services.Messages.Outbox;

/// <summary>One file of an outbox.</summary>
internal sealed class OutboxSegment
{
    /// <summary>What all names end with.</summary>
    public const string Suffix = ".outbox";

    private readonly int _slotsOffset;
    private readonly HashSet<long> _refusedBefore;

    public OutboxSegment(long number, OutboxHeader header, IStorageFile file)
    {
        Number = number;
        FirstItem = header.Content.Taken + 1;
        RecordsOffset = header.RecordsOffset;
        End = header.RecordsOffset;
        IsCurrent = header.Version == OutboxHeader.Current;
        File = file;
        _slotsOffset = header.SlotsOffset;
        _refusedBefore = [.. header.Content.Refused];
    }

    /// <summary>Its number, from 1; consecutive.</summary>
    public long Number { get; }

    /// <summary>Number of its first line, whether it is there yet or not.</summary>
    public long FirstItem { get; }

    /// <summary>Where its records begin, in bytes.</summary>
    public long RecordsOffset { get; }

    /// <summary>Whether it is written in the current version: one of an older version is read only.</summary>
    public bool IsCurrent { get; }

    /// <summary>The open file.</summary>
    public IStorageFile File { get; }

    /// <summary>Where the sound, synced records end.</summary>
    public long End { get; set; }

    /// <summary>The slot that holds the state; null while that is the one of the header.</summary>
    public int? Slot { get; set; }

    /// <summary>The name of the segment of a number.</summary>
    public static string Name(long number) => $"{number:D10}{Suffix}";

    /// <summary>Which slot the next state goes to: never the one that holds the state.</summary>
    public int NextSlot => Slot is int slot ? OutboxSlot.Count - 1 - slot : 0;

    /// <summary>Where a slot is, in bytes.</summary>
    public long SlotOffset(int slot) => _slotsOffset + (slot * (long)OutboxSlot.Size);

    /// <summary>Of some refused items those that a slot must name, because the header does not.</summary>
    public List<long> RefusedSince(IEnumerable<long> refused) => [.. refused.Where(item => !_refusedBefore.Contains(item))];
}

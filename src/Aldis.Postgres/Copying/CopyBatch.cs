using System.Runtime.InteropServices;
using Aldis.Journal.Embedded;
using Aldis.Protocols.Integrity;

namespace Aldis.Postgres.Copying;

/// <summary>Messages for one statement, as the arrays it takes: all of a client one after the other by number, those of several mixed.</summary>
internal sealed class CopyBatch
{
    // As many as a server puts into a statement.
    private const int MostMessages = 4096;
    private const int MostBytes = 1024 * 1024;
    private const int MostSenders = 256;

    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<long> _last = [];
    private int _bytes;

    /// <summary>Whose messages they are.</summary>
    public List<string> Senders { get; } = [];

    /// <summary>The number before the first message of each.</summary>
    public List<long> Previous { get; } = [];

    /// <summary>The number of the last message of each.</summary>
    public IReadOnlyList<long> Last => _last;

    /// <summary>Which sender each message is of, from 1 on.</summary>
    public List<int> Owners { get; } = [];

    /// <summary>The number of each message.</summary>
    public List<long> Sequences { get; } = [];

    /// <summary>When each was received, UTC.</summary>
    public List<DateTime> Times { get; } = [];

    /// <summary>Whom each came from.</summary>
    public List<string> Peers { get; } = [];

    /// <summary>The CRC-32C of each payload.</summary>
    public List<long> Crcs { get; } = [];

    /// <summary>The payloads.</summary>
    public List<byte[]> Payloads { get; } = [];

    /// <summary>Whether it holds nothing.</summary>
    public bool IsEmpty => Owners.Count == 0;

    /// <summary>Whether it is to be stored before anything more is added.</summary>
    public bool IsFull => Owners.Count >= MostMessages || _bytes >= MostBytes || Senders.Count >= MostSenders;

    /// <summary>Adds the next message of a sender.</summary>
    public void Add(string sender, long sequence, JournalMessage message)
    {
        ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, sender, out bool isKnown);
        if (!isKnown)
        {
            Senders.Add(sender);
            Previous.Add(sequence - 1);
            _last.Add(0);
            place = Senders.Count;
        }

        _last[place - 1] = sequence;
        Owners.Add(place);
        Sequences.Add(sequence);
        Times.Add(message.ReceivedAt.UtcDateTime);
        Peers.Add(message.From);
        Crcs.Add(Crc32C.Compute(message.Payload.Span));
        Payloads.Add(message.Payload.ToArray());
        _bytes += message.Payload.Length;
    }
}

namespace Aldis.Postgres.Queueing;

/// <summary>
/// What one statement stores, as the arrays it takes: of native clients, whose rows say whether it may, or of the plain form. Everything
/// of a client is in one batch at a time, so batches never wait for each other's rows.
/// </summary>
internal sealed class AppendBatch
{
    private readonly List<BatchShare> _shares;

    /// <summary>Makes the arrays of what was taken.</summary>
    /// <param name="isPlain">Whether it is of the plain form.</param>
    /// <param name="shares">Whose the messages are, in the order of <paramref name="messages"/>.</param>
    /// <param name="messages">The messages.</param>
    /// <param name="firstPlain">The number of the first message in the plain form.</param>
    public AppendBatch(bool isPlain, List<BatchShare> shares, List<PendingMessage> messages, long firstPlain)
    {
        IsPlain = isPlain;
        _shares = shares;
        Messages = messages;
        Owners = new int[messages.Count];
        Sequences = new long[messages.Count];
        Crcs = new long[messages.Count];
        Payloads = new byte[messages.Count][];
        int next = 0;
        for (int share = 0; share < shares.Count; share++)
        {
            for (int last = next + shares[share].Count; next < last; next++)
            {
                // An array of the database begins with 1.
                Owners[next] = share + 1;
                Sequences[next] = isPlain ? firstPlain + next : messages[next].Sequence;
                Crcs[next] = messages[next].Crc;
                Payloads[next] = messages[next].Payload;
            }
        }

        Clients = [.. shares.Select(static share => share.Appender.Client ?? "")];
        Peers = [.. shares.Select(static share => share.Appender.Peer)];
        Epochs = [.. shares.Select(static share => share.Appender.Epoch)];
        Previous = [.. shares.Select(static share => share.First - 1)];
        Last = [.. shares.Select(static share => share.First - 1 + share.Count)];
    }

    /// <summary>Whether its messages have no client and no number.</summary>
    public bool IsPlain { get; }

    /// <summary>Whose its messages are.</summary>
    public IReadOnlyList<BatchShare> Shares => _shares;

    /// <summary>Those whose messages it holds.</summary>
    public IEnumerable<StoreAppender> Appenders => _shares.Select(static share => share.Appender);

    /// <summary>Its messages, as they were accepted.</summary>
    public IReadOnlyList<PendingMessage> Messages { get; }

    /// <summary>Each appender's client; empty in the plain form.</summary>
    public string[] Clients { get; }

    /// <summary>Each appender's peer.</summary>
    public string[] Peers { get; }

    /// <summary>Each appender's epoch.</summary>
    public long[] Epochs { get; }

    /// <summary>The number before the first message of each.</summary>
    public long[] Previous { get; }

    /// <summary>The number of the last message of each.</summary>
    public long[] Last { get; }

    /// <summary>Which appender each message is of, from 1 on.</summary>
    public int[] Owners { get; }

    /// <summary>The number of each message; in the plain form the server's own.</summary>
    public long[] Sequences { get; }

    /// <summary>The CRC-32C of each payload.</summary>
    public long[] Crcs { get; }

    /// <summary>The payloads.</summary>
    public byte[][] Payloads { get; }
}

/// <summary>What a batch holds of one appender.</summary>
/// <param name="Appender">The appender.</param>
/// <param name="First">The number of its first message here; of no meaning in the plain form.</param>
/// <param name="Count">How many messages.</param>
/// <param name="Bytes">Their payload.</param>
internal readonly record struct BatchShare(StoreAppender Appender, long First, int Count, int Bytes);

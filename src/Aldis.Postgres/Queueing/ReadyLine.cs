namespace Aldis.Postgres.Queueing;

/// <summary>The appenders that have something for a statement and nothing under way, in the order in which they came. Of each batch it is
/// either the native form's or the plain one's turn. Guarded by the gate of its queue.</summary>
/// <param name="options">The bounds of a batch.</param>
internal sealed class ReadyLine(StoreQueueOptions options)
{
    private readonly Queue<StoreAppender> _native = new();
    private readonly Queue<StoreAppender> _plain = new();
    private long _plainSequence;
    private bool _wasPlain;

    /// <summary>Whether somebody may have something.</summary>
    public bool HasAny => _native.Count + _plain.Count > 0;

    /// <summary>Takes an appender at the end of the line.</summary>
    /// <returns>False where it is in it already, or has something under way.</returns>
    public bool Add(StoreAppender appender)
    {
        if (appender.IsReady || appender.UnderWay > 0)
        {
            return false;
        }

        appender.IsReady = true;
        (appender.Client is null ? _plain : _native).Enqueue(appender);
        return true;
    }

    /// <summary>Takes what one statement stores.</summary>
    /// <returns>Null where nothing waits.</returns>
    public AppendBatch? TryTake()
    {
        _wasPlain = _plain.Count > 0 && (_native.Count == 0 || !_wasPlain);
        Queue<StoreAppender> line = _wasPlain ? _plain : _native;
        List<BatchShare> shares = [];
        List<PendingMessage> messages = [];
        int bytes = 0;
        bool isAlone = false;
        while (!isAlone && bytes < options.MaxBatchBytes
            && shares.Count < options.MaxBatchClients && messages.Count < options.MaxBatchMessages
            && line.TryPeek(out StoreAppender? appender) && !(appender.IsAlone && shares.Count > 0))
        {
            _ = line.Dequeue();
            appender.IsReady = false;
            if (appender.Waiting.Count > 0)
            {
                bytes += TakeOf(appender, shares, messages, bytes);
                isAlone = appender.IsAlone;
            }
        }

        if (shares.Count == 0)
        {
            return null;
        }

        long firstPlain = _plainSequence + 1;
        _plainSequence += _wasPlain ? messages.Count : 0;
        return new AppendBatch(_wasPlain, shares, messages, firstPlain);
    }

    private int TakeOf(StoreAppender appender, List<BatchShare> shares, List<PendingMessage> messages, int before)
    {
        int count = 0;
        int bytes = 0;
        long first = appender.Waiting.Peek().Sequence;
        while (messages.Count < options.MaxBatchMessages && appender.Waiting.TryPeek(out PendingMessage message)
            && (messages.Count == 0 || before + bytes + message.Payload.Length <= options.MaxBatchBytes))
        {
            messages.Add(appender.Waiting.Dequeue());
            bytes += message.Payload.Length;
            count++;
        }

        if (count == 0)
        {
            // It does not fit behind the others: it is in the next batch.
            _ = Add(appender);
            return options.MaxBatchBytes;
        }

        appender.UnderWay = count;
        shares.Add(new BatchShare(appender, first, count, bytes));
        return bytes;
    }
}

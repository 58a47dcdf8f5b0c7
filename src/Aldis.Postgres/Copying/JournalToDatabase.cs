using System.Globalization;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Postgres.Addresses;
using Aldis.Postgres.Reading;
using Aldis.Protocols.Integrity;

namespace Aldis.Postgres.Copying;

/// <summary>
/// Copies a journal into a database: each message once, whoever interrupts it and however often it is run, because a client's row says how
/// far it is in the same commit as its messages. What is there already is compared.
/// </summary>
/// <param name="directory">The journal's directory; no server has it open.</param>
/// <param name="address">The store.</param>
/// <param name="report">Gets what was found and done.</param>
internal sealed class JournalToDatabase(string directory, StoreAddress address, CopyReport report)
{
    private const int MostCompared = 4096;
    private const int MostBegun = 1024;

    private readonly List<(string Client, long Sequence, uint Crc)> _compared = [];
    private readonly HashSet<string> _comparedClients = new(StringComparer.Ordinal);
    private Dictionary<string, long> _lasts = [];
    private CopyBatch _batch = new();

    /// <summary>Copies.</summary>
    /// <param name="cancellationToken">Ends it between two statements.</param>
    /// <exception cref="StoreException">The database refuses, or is away.</exception>
    /// <exception cref="JournalLockedException">A server has the journal open.</exception>
    /// <exception cref="JournalCorruptException">It is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using IDisposable @lock = JournalContents.Lock(directory, FileStorage.Instance);
        JournalContents contents = JournalContents.Read(directory, FileStorage.Instance);
        DatabaseTarget target = await DatabaseTarget.OpenAsync(address).ConfigureAwait(false);
        await using (target.ConfigureAwait(false))
        {
            _lasts = await target.ReadLastsAsync().ConfigureAwait(false);
            await BeginAsync(contents, target, cancellationToken).ConfigureAwait(false);

            // A name that no server has: '@' begins none of their ids.
            string plainSender = string.Create(CultureInfo.InvariantCulture, $"@@{contents.Salt:x8}");
            PlainTraces? plain = null;
            using var reader = new JournalReader(directory, FileStorage.Instance, new JournalQuery());
            while (reader.TryRead(out JournalMessage? message))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (message.Client.Length > 0)
                {
                    await TakeAsync(message, target).ConfigureAwait(false);
                }
                else if ((plain ??= await ReadPlainAsync(cancellationToken).ConfigureAwait(false)).Take(message))
                {
                    report.AddPresent();
                }
                else
                {
                    await AppendAsync(plainSender, _lasts.GetValueOrDefault(plainSender) + 1, message, target).ConfigureAwait(false);
                }
            }

            await CompareAsync(target).ConfigureAwait(false);
            await StoreAsync(target).ConfigureAwait(false);
        }
    }

    private async Task BeginAsync(JournalContents contents, DatabaseTarget target, CancellationToken cancellationToken)
    {
        IEnumerable<ClientRemains> news = contents.Clients.Where(client => client.First > 1 && _lasts.GetValueOrDefault(client.Client) == 0);
        foreach (ClientRemains[] some in news.Chunk(MostBegun))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await target.BeginAsync(some, TimeProvider.System.GetUtcNow()).ConfigureAwait(false);
            foreach (ClientRemains client in some)
            {
                _lasts[client.Client] = client.First - 1;
            }
        }
    }

    private async Task TakeAsync(JournalMessage message, DatabaseTarget target)
    {
        if (report.LeavesOut(message.Client))
        {
            return;
        }

        long last = _lasts.GetValueOrDefault(message.Client);
        if (message.Sequence <= last)
        {
            _compared.Add((message.Client, message.Sequence, Crc32C.Compute(message.Payload.Span)));
            _ = _comparedClients.Add(message.Client);
            if (_compared.Count >= MostCompared)
            {
                await CompareAsync(target).ConfigureAwait(false);
            }

            return;
        }

        if (_comparedClients.Contains(message.Client))
        {
            await CompareAsync(target).ConfigureAwait(false);
            if (report.LeavesOut(message.Client))
            {
                return;
            }
        }

        if (message.Sequence > last + 1)
        {
            report.Gap(message.Client, last, message.Sequence);
            return;
        }

        await AppendAsync(message.Client, message.Sequence, message, target).ConfigureAwait(false);
    }

    private async Task AppendAsync(string sender, long sequence, JournalMessage message, DatabaseTarget target)
    {
        _batch.Add(sender, sequence, message);
        _lasts[sender] = sequence;
        if (_batch.IsFull)
        {
            await StoreAsync(target).ConfigureAwait(false);
        }
    }

    private async Task StoreAsync(DatabaseTarget target)
    {
        if (!_batch.IsEmpty)
        {
            await target.AppendAsync(_batch).ConfigureAwait(false);
            report.AddCopied(_batch.Owners.Count);
            _batch = new CopyBatch();
        }
    }

    private async Task CompareAsync(DatabaseTarget target)
    {
        if (_compared.Count > 0)
        {
            HashSet<int> conflicts = [.. await target.FindConflictsAsync(_compared).ConfigureAwait(false)];
            foreach ((int place, (string client, long sequence, _)) in _compared.Index())
            {
                if (conflicts.Contains(place))
                {
                    report.Conflict(client, sequence);
                }
                else
                {
                    report.AddPresent();
                }
            }

            _compared.Clear();
            _comparedClients.Clear();
        }
    }

    private async Task<PlainTraces> ReadPlainAsync(CancellationToken cancellationToken)
    {
        StoreReader reader = await StoreReader.OpenAsync(address).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var traces = new PlainTraces();
            await foreach (PlainTrace trace in reader.ReadPlainAsync(cancellationToken).ConfigureAwait(false))
            {
                traces.Add(trace);
            }

            return traces;
        }
    }
}

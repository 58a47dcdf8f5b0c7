using System.Runtime.InteropServices;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Journal.Stores;
using Aldis.Postgres.Addresses;
using Aldis.Postgres.Reading;
using Aldis.Protocols.Integrity;
using Aldis.Protocols.Messages;

namespace Aldis.Postgres.Copying;

/// <summary>
/// Copies a database, as it is at one moment, into a journal: each message once, whoever interrupts it and however often it is run, because the
/// journal says how far each client is. What is there already is compared by its CRC, which takes four bytes of memory for each message.
/// </summary>
/// <param name="address">The store.</param>
/// <param name="directory">The journal's directory; no server has it open.</param>
/// <param name="report">Gets what was found and done.</param>
internal sealed class DatabaseToJournal(StoreAddress address, string directory, CopyReport report)
{
    private const int MostAppenders = 1024;

    // A client that came from another peer is opened anew; of the plain form, which nobody leases, each peer is there.
    private readonly Dictionary<string, (string Peer, JournalAppender Appender)> _appenders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long First, List<uint> Crcs)> _present = new(StringComparer.Ordinal);
    private readonly PlainTraces _plain = new();

    /// <summary>Copies.</summary>
    /// <param name="cancellationToken">Ends it; what was taken is stored.</param>
    /// <exception cref="StoreException">The database refuses, or is away; or the journal takes nothing more.</exception>
    /// <exception cref="JournalLockedException">A server has the journal open.</exception>
    /// <exception cref="JournalCorruptException">It is damaged.</exception>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var options = new JournalOptions { Directory = directory, MaxMessageBytes = MessageLimits.MaxStoredLength };
        StoreReader reader = await StoreReader.OpenAsync(address).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            _ = JournalContents.TryFound(
                options, FileStorage.Instance, await reader.ReadRemainsAsync(cancellationToken).ConfigureAwait(false));
            using MessageJournal journal = MessageJournal.Open(options, FileStorage.Instance);
            ReadPresent();
            await foreach (JournalMessage message in reader.ReadInOrderAsync(cancellationToken).ConfigureAwait(false))
            {
                await TakeAsync(journal, message).ConfigureAwait(false);
            }

            await CloseAllAsync().ConfigureAwait(false);
            journal.Close();
            if (journal.Failure is { } failure)
            {
                throw new IOException(failure.Message, failure);
            }
        }
    }

    private void ReadPresent()
    {
        using var reader = new JournalReader(directory, FileStorage.Instance, new JournalQuery());
        while (reader.TryRead(out JournalMessage? message))
        {
            if (message.Client.Length == 0)
            {
                _plain.Add(PlainTrace.Of(message));
                continue;
            }

            ref (long First, List<uint> Crcs) client = ref CollectionsMarshal.GetValueRefOrAddDefault(_present, message.Client, out _);
            if (client.Crcs is null || message.Sequence != client.First + client.Crcs.Count)
            {
                client = (message.Sequence, []);
            }

            client.Crcs.Add(Crc32C.Compute(message.Payload.Span));
        }
    }

    private async Task TakeAsync(MessageJournal journal, JournalMessage message)
    {
        if (message.Client.Length == 0)
        {
            if (_plain.Take(message))
            {
                report.AddPresent();
            }
            else
            {
                await AppendAsync(journal, message).ConfigureAwait(false);
            }

            return;
        }

        if (report.LeavesOut(message.Client))
        {
            return;
        }

        long taken = journal.FindClient(message.Client)?.Taken ?? 0;
        if (message.Sequence > taken + 1)
        {
            report.Gap(message.Client, taken, message.Sequence);
        }
        else if (message.Sequence == taken + 1)
        {
            await AppendAsync(journal, message).ConfigureAwait(false);
        }
        else if (IsConflict(message))
        {
            report.Conflict(message.Client, message.Sequence);
        }
        else
        {
            report.AddPresent();
        }
    }

    private bool IsConflict(JournalMessage message)
    {
        (long first, List<uint>? crcs) = _present.GetValueOrDefault(message.Client);
        long place = message.Sequence - first;
        return crcs is not null && place >= 0 && place < crcs.Count && crcs[(int)place] != Crc32C.Compute(message.Payload.Span);
    }

    private async Task AppendAsync(MessageJournal journal, JournalMessage message)
    {
        bool isPlain = message.Client.Length == 0;
        string sender = isPlain ? $"@{message.From}" : message.Client;
        if (!_appenders.TryGetValue(sender, out (string Peer, JournalAppender Appender) known) || known.Peer != message.From)
        {
            if (_appenders.Count >= MostAppenders)
            {
                await CloseAllAsync().ConfigureAwait(false);
            }

            StoreOpening opening = await journal.OpenAsync(isPlain ? null : message.Client, message.From).ConfigureAwait(false);
            known = (message.From, opening.Appender as JournalAppender ?? throw Ended(journal, opening.Status));
            _appenders[sender] = known;
        }

        AppendStatus status;
        while ((status = known.Appender.TryAppend(message.Sequence, message.Payload.Span, message.ReceivedAt)) == AppendStatus.QueueFull)
        {
            await known.Appender.WaitForSpaceAsync().ConfigureAwait(false);
        }

        if (status != AppendStatus.Accepted)
        {
            throw Ended(journal, status);
        }

        report.AddCopied(1);
    }

    private IOException Ended(MessageJournal journal, Enum status) => journal.Failure is { } failure
        ? new IOException(failure.Message, failure)
        : new IOException(status switch
        {
            AppendStatus.DiskFull => $"the disk of {directory} is full: make room, then run this again; it goes on where it was.",
            AppendStatus.TooManyClients => $"the journal in {directory} can remember no more clients.",
            _ => $"the journal in {directory} takes nothing more.",
        });

    private async Task CloseAllAsync()
    {
        foreach ((_, JournalAppender appender) in _appenders.Values)
        {
            await appender.CloseAsync().ConfigureAwait(false);
        }

        _appenders.Clear();
    }
}

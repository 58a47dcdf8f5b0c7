using Aldis.Journal.Stores;
using Aldis.Protocols.Messages;
using Aldis.Transports;

namespace Aldis.Services.Hosting;

/// <summary>Which listeners are not there that should be, which stores have failed, and which certificates are bad. Thread-safe.</summary>
internal sealed class ServerHealth
{
    private readonly Lock _lock = new();
    private readonly Dictionary<BoundEndpoint, string> _reopening = [];
    private readonly Dictionary<BoundEndpoint, string> _lost = [];
    private readonly List<string> _failedStores = [];
    private readonly List<(string Service, IStoreOwner Owner)> _stores = [];
    private readonly Dictionary<string, string> _badCertificates = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<CommunicationException> _firstLost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the first listener is lost.</summary>
    public Task<CommunicationException> FirstLost => _firstLost.Task;

    /// <summary>The listeners that died and are being opened again, each with the reason.</summary>
    public IReadOnlyList<string> Reopening => Sentences(_reopening);

    /// <summary>The listeners that were given up, each with the reason.</summary>
    public IReadOnlyList<string> Lost => Sentences(_lost);

    /// <summary>The stores that take nothing any more until the server is started anew, each in a sentence.</summary>
    public IReadOnlyList<string> FailedStores
    {
        get
        {
            lock (_lock)
            {
                return [.. _failedStores];
            }
        }
    }

    /// <summary>Why stores take nothing for now, each in a sentence.</summary>
    public IReadOnlyList<string> UnavailableStores
    {
        get
        {
            lock (_lock)
            {
                return
                [
                    .. _stores.Select(static one => (one.Service, Problem: one.Owner.StoreProblem)).Where(static one => one.Problem is not null)
                        .Select(static one => $"{one.Service}: {one.Problem}"),
                ];
            }
        }
    }

    /// <summary>The databases in which messages are kept, as each is now.</summary>
    public IReadOnlyList<DatabaseHealth> Databases
    {
        get
        {
            lock (_lock)
            {
                return
                [
                    .. _stores.Where(static one => one.Owner.Database is not null)
                        .Select(static one => new DatabaseHealth(one.Owner.Level, one.Owner.Database!.State, one.Owner.StoreProblem)),
                ];
            }
        }
    }

    /// <summary>Why TLS files that were changed do not count; the ones of before do.</summary>
    public IReadOnlyList<string> BadCertificates
    {
        get
        {
            lock (_lock)
            {
                return [.. _badCertificates.Values];
            }
        }
    }

    public void CertificateFailed(string files, string sentence)
    {
        lock (_lock)
        {
            _badCertificates[files] = sentence;
        }
    }

    public void CertificateTaken(string files)
    {
        lock (_lock)
        {
            _badCertificates.Remove(files);
        }
    }

    public void Watch(string service, IStoreOwner owner)
    {
        lock (_lock)
        {
            _stores.Add((service, owner));
        }
    }

    public void StoreFailed(string sentence)
    {
        lock (_lock)
        {
            _failedStores.Add(sentence);
        }
    }

    public void Failed(BoundEndpoint endPoint, string reason)
    {
        lock (_lock)
        {
            _reopening[endPoint] = reason;
        }
    }

    public void Reopened(BoundEndpoint endPoint)
    {
        lock (_lock)
        {
            _reopening.Remove(endPoint);
        }
    }

    public void GiveUp(BoundEndpoint endPoint, string reason, Exception exception)
    {
        lock (_lock)
        {
            _reopening.Remove(endPoint);
            _lost[endPoint] = reason;
        }

        _firstLost.TrySetResult(new CommunicationException(
            CommunicationFailure.Network,
            $"the listener of {endPoint.Service} at {endPoint.Uri} died and could not be opened again: {reason}; start the server anew.",
            exception));
    }

    private string[] Sentences(Dictionary<BoundEndpoint, string> listeners)
    {
        lock (_lock)
        {
            return [.. listeners.Select(static one => $"{one.Key.Service} at {one.Key.Uri}: {one.Value}")];
        }
    }
}

/// <summary>How a database is in which messages are kept.</summary>
/// <param name="Level">The least an acknowledgement means.</param>
/// <param name="State">What it said of itself; null while it does not answer.</param>
/// <param name="Problem">Why it takes nothing for now, as a sentence without its full stop; null while it does.</param>
internal sealed record DatabaseHealth(AcknowledgementLevel? Level, DatabaseState? State, string? Problem);

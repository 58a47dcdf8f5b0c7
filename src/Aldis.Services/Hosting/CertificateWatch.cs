using System.Globalization;
using Aldis.Services.Events;
using Aldis.Transports.Reloading;
using Aldis.Transports.Tls;
using Microsoft.Extensions.Logging;

namespace Aldis.Services.Hosting;

/// <summary>
/// Looks at the TLS files of a server's listeners (<see cref="WatchedFiles{T}"/>), and tells of certificates that are about to expire. Thread-safe.
/// </summary>
internal sealed class CertificateWatch : IDisposable
{
    /// <summary>How often the files are looked at.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>So long before its end a certificate is warned of, once a day.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromDays(14);

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly IServiceEvents _events;
    private readonly ServerHealth _health;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ServerTls> _watched = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _warned = new(StringComparer.Ordinal);
    private readonly ITimer _timer;

    /// <summary>Begins to watch what is given to <see cref="Share"/>.</summary>
    /// <param name="events">Who is told.</param>
    /// <param name="health">Keeps which files are bad.</param>
    /// <param name="logger">The application's.</param>
    /// <param name="time">The clock.</param>
    public CertificateWatch(IServiceEvents events, ServerHealth health, ILogger logger, TimeProvider time)
    {
        _events = events;
        _health = health;
        _logger = logger;
        _time = time;
        _timer = time.CreateTimer(
            static watch => ((CertificateWatch)watch!).LookAndGoOn(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The certificates that are shown now: their files, and until when they are valid.</summary>
    public IReadOnlyList<(string File, DateTimeOffset ValidUntil)> Expiries
    {
        get
        {
            lock (_lock)
            {
                return [.. Shown().Select(static one => (one.File, one.ValidUntil))];
            }
        }
    }

    /// <summary>Watches the files of a listener's TLS.</summary>
    /// <param name="tls">It.</param>
    /// <returns>The one to be used: another where the same files are watched already.</returns>
    public ServerTls Share(ServerTls tls)
    {
        lock (_lock)
        {
            if (_watched.TryGetValue(tls.Files.Identity, out ServerTls? known))
            {
                return known;
            }

            _watched.Add(tls.Files.Identity, tls);
            _timer.Change(Period, Timeout.InfiniteTimeSpan);
            return tls;
        }
    }

    /// <summary>Looks at all files now, and tells what comes of it.</summary>
    public void Reload() => Look(isAsked: true);

    /// <summary>What is to be said of certificates that are not valid, or not for long: of each once a day.</summary>
    /// <returns>Sentences, each with its full stop.</returns>
    public IReadOnlyList<string> TakeWarnings()
    {
        lock (_lock)
        {
            DateTimeOffset now = _time.GetUtcNow();
            var warnings = new List<string>();
            foreach (PemIdentity one in Shown())
            {
                string? warning = now < one.ValidFrom
                    ? $"the certificate {one.File} is valid from {Text(one.ValidFrom)} only: until then clients that verify it refuse it."
                    : now > one.ValidUntil ? $"the certificate {one.File} expired on {Text(one.ValidUntil)}: clients that verify it refuse it."
                    : now > one.ValidUntil - Notice
                        ? $"the certificate {one.File} expires on {Text(one.ValidUntil)}: put a new one in its place; the server takes it by itself."
                    : null;
                if (warning is not null && (!_warned.TryGetValue(one.File, out DateTimeOffset last) || now - last >= Day))
                {
                    _warned[one.File] = now;
                    warnings.Add(warning);
                }
            }

            return warnings;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private IEnumerable<PemIdentity> Shown() => _watched.Values.SelectMany(static tls => tls.Content.Identities).DistinctBy(static one => one.File);

    // The next look begins when this one is over: a disk that is slow is not asked twice at once.
    private void LookAndGoOn()
    {
        Look(isAsked: false);
        _timer.Change(Period, Timeout.InfiniteTimeSpan);
    }

    private void Look(bool isAsked)
    {
        ServerTls[] watched;
        lock (_lock)
        {
            watched = [.. _watched.Values];
        }

        foreach (ServerTls tls in watched)
        {
            Tell(tls, tls.Reload(_time.GetUtcNow(), isAsked));
        }

        foreach (string warning in TakeWarnings())
        {
            ServiceLog.CertificateExpires(_logger, warning);
            _events.Publish(new ServiceEvent(ServiceEventKind.CertificateExpires, string.Empty, string.Empty)
            {
                Cause = ServiceEventCause.CertificateExpires,
                Detail = warning.TrimEnd('.'),
            });
        }
    }

    private void Tell(ServerTls tls, FilesLook reload)
    {
        string files = string.Join(", ", tls.Files.Pairs.Select(static pair => pair.Certificate));
        if (reload.Refusal is { } refusal)
        {
            _health.CertificateFailed(tls.Files.Identity, refusal);
            ServiceLog.TlsRefused(_logger, refusal);
            _events.Publish(new ServiceEvent(ServiceEventKind.ReloadRefused, string.Empty, string.Empty)
            {
                Cause = ServiceEventCause.ReloadFailed,
                Detail = $"{refusal}; the certificate of before goes on counting",
            });
        }
        else if (reload.IsTaken)
        {
            _health.CertificateTaken(tls.Files.Identity);
            ServiceLog.TlsReloaded(_logger, files);
            _events.Publish(new ServiceEvent(ServiceEventKind.Reloaded, string.Empty, string.Empty) { Detail = $"the TLS of {files} was read again" });
        }
    }
}

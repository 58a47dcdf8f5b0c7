using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Listening;

/// <summary>A listener that is opened again when it dies, unseen by who accepts from it; it ends when that is given up.</summary>
/// <param name="asked">The place that was asked for, by which the watch knows it.</param>
/// <param name="first">The listener as it was bound first.</param>
/// <param name="bind">Binds it again.</param>
/// <param name="time">The clock of the pauses.</param>
/// <param name="watch">Is told.</param>
internal sealed class ReopeningListener(
    EndPoint asked,
    IConnectionListener first,
    Func<EndPoint, CancellationToken, ValueTask<IConnectionListener>> bind,
    TimeProvider time,
    IListenerWatch watch) : IConnectionListener
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _unbound = new();
    private readonly Reopening _reopening = new(time, watch);
    private IConnectionListener? _current = first;
    private bool _isUnbound;

    /// <inheritdoc/>
    public EndPoint EndPoint { get; } = first.EndPoint;

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (Current() is { } listener)
        {
            Exception reason;
            try
            {
                if (await listener.AcceptAsync(cancellationToken).ConfigureAwait(false) is { } connection)
                {
                    return connection;
                }

                reason = new IOException("it ended without being asked to");
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                reason = exception;
            }

            if (!await TryReplaceAsync(listener, reason, cancellationToken).ConfigureAwait(false))
            {
                return null;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        IConnectionListener? current;
        lock (_lock)
        {
            _isUnbound = true;
            current = _current;
        }

        await _unbound.CancelAsync().ConfigureAwait(false);
        if (current is not null)
        {
            await current.UnbindAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await UnbindAsync(CancellationToken.None).ConfigureAwait(false);
        if (_current is { } current)
        {
            await current.DisposeAsync().ConfigureAwait(false);
        }

        _unbound.Dispose();
    }

    private IConnectionListener? Current()
    {
        lock (_lock)
        {
            return _isUnbound ? null : _current;
        }
    }

    private async ValueTask<bool> TryReplaceAsync(IConnectionListener dead, Exception reason, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_isUnbound)
            {
                // It ended because it was asked to.
                return false;
            }

            _current = null;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _unbound.Token);
        IConnectionListener? next;
        try
        {
            next = await _reopening.ReopenAsync(asked, reason, dead, token => bind(EndPoint, token), stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_isUnbound)
        {
            return false;
        }

        lock (_lock)
        {
            if (next is null || !_isUnbound)
            {
                _current = next;
                return next is not null;
            }
        }

        // It was asked to end while it was being opened.
        await next.DisposeAsync().ConfigureAwait(false);
        return false;
    }
}

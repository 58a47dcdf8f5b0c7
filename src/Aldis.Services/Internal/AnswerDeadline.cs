namespace Aldis.Services.Internal;

/// <summary>
/// A deadline for one operation after the other, without an allocation for each: the token source is used again as long as it did not
/// fire. One operation at a time.
/// </summary>
internal sealed class AnswerDeadline : IDisposable
{
    private CancellationTokenSource _source = new();
    private CancellationToken _caller;
    private CancellationTokenRegistration _registration;

    /// <summary>Starts the clock for one operation.</summary>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="cancellationToken">The caller's token; it ends the operation too.</param>
    /// <returns>The token to hand to the operation.</returns>
    public CancellationToken Start(TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (cancellationToken != _caller)
        {
            // A caller gives the same token again and again, so its registration is kept between operations.
            _registration.Dispose();
            _caller = cancellationToken;
            _registration = cancellationToken.UnsafeRegister(static deadline => ((AnswerDeadline)deadline!)._source.Cancel(), this);
        }

        _source.CancelAfter(timeout);
        return _source.Token;
    }

    /// <summary>Stops the clock.</summary>
    public void Stop()
    {
        if (!_source.TryReset())
        {
            CancellationTokenSource fired = _source;
            _source = new CancellationTokenSource();
            fired.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        _source.Dispose();
    }
}

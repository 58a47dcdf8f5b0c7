using System.Threading.Channels;
using Aldis.Protocols.Ping;
using Aldis.Transports;
using Aldis.Transports.Datagrams;

namespace Aldis.Cli.Verbs.Ping;

/// <summary>Sends the requests of a ping when they are due, and enters and shows what becomes of them.</summary>
/// <param name="session">Decides, and keeps the books.</param>
/// <param name="report">Shows.</param>
internal sealed class PingRun(PingSession session, PingReport report)
{
    /// <summary>
    /// Outcomes that may wait. Who brings more waits too, and then the system drops them: an answer is cheaper than its line.
    /// </summary>
    private const int QueueLength = 1024;

    private readonly Channel<PingOutcome> _outcomes = Channel.CreateBounded<PingOutcome>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true });

    // The wait for an outcome, gone on with where something else was due first.
    private Task<bool>? _readable;

    /// <summary>The last failure that was told; null before there is one.</summary>
    public PingOutcome? LastFailure { get; private set; }

    /// <summary>Takes an outcome.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <returns>A task that ends when there was room for it, or the run has ended.</returns>
    public async ValueTask TakeAsync(PingOutcome outcome)
    {
        try
        {
            await _outcomes.Writer.WriteAsync(outcome);
        }
        catch (ChannelClosedException)
        {
            // It is over.
        }
    }

    /// <summary>Runs to the end.</summary>
    /// <param name="pinger">Asks.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task RunAsync(IPinger pinger, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                HandleAll(pinger);
                long nowNs = MonotonicClock.NowNs;
                while (session.TryTakeOverdue(nowNs, out long silent))
                {
                    report.WriteOverdue(pinger, silent);
                }

                if (session.TrySend(nowNs, out long number))
                {
                    await SendAsync(pinger, number, cancellationToken);
                    continue;
                }

                if (session.IsOver)
                {
                    return;
                }

                await WaitAsync(session.NextNs - MonotonicClock.NowNs, cancellationToken);
            }
        }
        finally
        {
            // First: who waits for room must not wait for ever where showing fails.
            _outcomes.Writer.TryComplete();
            HandleAll(pinger);
        }
    }

    private async ValueTask SendAsync(IPinger pinger, long number, CancellationToken cancellationToken)
    {
        try
        {
            session.RecordDeparture(number, await pinger.SendAsync(number, cancellationToken));
        }
        catch (CommunicationException exception)
        {
            HandleFailure(pinger, new PingOutcome(number, MonotonicClock.NowNs, string.Empty)
            {
                Reason = exception.Message,
                Failure = exception.Failure,
            });
        }
    }

    /// <summary>Waits until there is an outcome, or something is due.</summary>
    private async Task WaitAsync(long timeNs, CancellationToken cancellationToken)
    {
        _readable ??= _outcomes.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(_readable, Task.Delay(TimeSpan.FromMicroseconds(Math.Max(0, timeNs) / 1e3), either.Token));
        await either.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        _readable = _readable.IsCompleted ? null : _readable;
    }

    private void HandleAll(IPinger pinger)
    {
        while (_outcomes.Reader.TryRead(out PingOutcome outcome))
        {
            Handle(pinger, outcome with { Number = outcome.IsSequence ? session.NumberOf((ushort)outcome.Number) : outcome.Number });
        }
    }

    private void Handle(IPinger pinger, in PingOutcome outcome)
    {
        if (outcome.Reason is not null)
        {
            for (long number = outcome.IsOfAllBefore ? session.OldestAwaited : outcome.Number; number <= outcome.Number; number++)
            {
                HandleFailure(pinger, outcome with { Number = number });
            }

            return;
        }

        if (outcome.IsDamaged)
        {
            session.RecordDamaged();
            report.WriteDamaged(pinger, outcome);
            return;
        }

        PingAnswerKind kind = session.RecordAnswer(outcome.Number, outcome.AtNs, out long roundTripNs);
        if (kind != PingAnswerKind.Unknown)
        {
            report.WriteAnswer(pinger, outcome, kind, roundTripNs);
        }
    }

    private void HandleFailure(IPinger pinger, in PingOutcome outcome)
    {
        if (session.RecordFailure(outcome.Number))
        {
            LastFailure = outcome;
            report.WriteFailure(pinger, outcome);
        }
    }
}

using System.Diagnostics;
using System.Runtime.CompilerServices;
using Aldis.Protocols.Measurement;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Echo;

/// <summary>One measurement over datagrams, in lock step or with several under way.</summary>
internal sealed class DatagramEchoRun(EndpointAddress address, EchoMeasurementOptions options, EchoRecorder recorder)
{
    /// <summary>After the last reply, duplicates are awaited for twice the longest round trip, within these bounds.</summary>
    private static readonly TimeSpan LeastLinger = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan MostLinger = TimeSpan.FromMilliseconds(500);

    private readonly ulong _run = (ulong)Stopwatch.GetTimestamp();
    private readonly byte[] _message = options.Payload?.ToArray() ?? new byte[options.Size];
    private readonly byte[] _reply = GC.AllocateUninitializedArray<byte>(64 * 1024);
    private readonly bool _isNumbered = options.Payload is null && options.Size >= ProbePayload.MinSize;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        DatagramEchoClient client = await DatagramEchoClient.ConnectAsync(address, options, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = client.ConfigureAwait(false);
        if (client.IsAnswererUnknown)
        {
            // Not a part of the measurement: it tells which of the host's addresses there is something to measure at.
            await client.FindAnswererAsync(_message, options.AnswerTimeout, cancellationToken).ConfigureAwait(false);
        }

        var schedule = new SendSchedule(EchoRecorder.Now, options.Interval);
        Task run = _isNumbered && options.Interval > TimeSpan.Zero
            ? RunOnScheduleAsync(client, schedule, cancellationToken)
            : RunInLockStepAsync(client, schedule, cancellationToken);
        await run.ConfigureAwait(false);
    }

    private async Task RunInLockStepAsync(DatagramEchoClient client, SendSchedule schedule, CancellationToken cancellationToken)
    {
        for (long sequence = 0; options.Count == 0 || sequence < options.Count; sequence++)
        {
            long sentAt = await schedule.WaitAsync(sequence, cancellationToken).ConfigureAwait(false);
            try
            {
                await SendAsync(client, sequence, sentAt, cancellationToken).ConfigureAwait(false);
                await AwaitAnswerAsync(client, sequence, sentAt, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                recorder.RecordUnderWay();
                throw;
            }
        }

        await LingerAsync(client, cancellationToken).ConfigureAwait(false);
    }

    private async Task AwaitAnswerAsync(DatagramEchoClient client, long sequence, long sentAt, CancellationToken cancellationToken)
    {
        TimeSpan left = options.AnswerTimeout;
        long waitingSince = Stopwatch.GetTimestamp();
        while (left > TimeSpan.Zero
            && await client.TryReceiveAsync(_reply, left, cancellationToken).ConfigureAwait(false) is int length
            && !IsAnswer(client, sequence, sentAt, length))
        {
            left = options.AnswerTimeout - Stopwatch.GetElapsedTime(waitingSince);
        }
    }

    /// <summary>Sends by the clock and receives meanwhile.</summary>
    private async Task RunOnScheduleAsync(DatagramEchoClient client, SendSchedule schedule, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task sending = SendAllAsync(client, schedule, stop.Token);
        try
        {
            // The wait for the last replies begins with the last send.
            TimeSpan tick = TimeSpan.FromMilliseconds(Math.Clamp(options.AnswerTimeout.TotalMilliseconds / 10, 1, 50));
            long quietSince = Stopwatch.GetTimestamp();
            while (!sending.IsCompleted
                || (!sending.IsFaulted && recorder.Outstanding > 0 && Stopwatch.GetElapsedTime(quietSince) < options.AnswerTimeout))
            {
                if (!sending.IsCompleted)
                {
                    quietSince = Stopwatch.GetTimestamp();
                }

                if (await client.TryReceiveAsync(_reply, tick, stop.Token).ConfigureAwait(false) is int length)
                {
                    IsAnswer(client, -1, 0, length);
                }
            }

            await sending.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (exception is OperationCanceledException)
            {
                recorder.RecordNumberedUnderWay();
            }

            throw;
        }

        await LingerAsync(client, cancellationToken).ConfigureAwait(false);
    }

    private async Task SendAllAsync(DatagramEchoClient client, SendSchedule schedule, CancellationToken cancellationToken)
    {
        for (long sequence = 0; options.Count == 0 || sequence < options.Count; sequence++)
        {
            long sentAt = await schedule.WaitAsync(sequence, cancellationToken).ConfigureAwait(false);
            await SendAsync(client, sequence, sentAt, cancellationToken).ConfigureAwait(false);
        }
    }

    private ValueTask SendAsync(DatagramEchoClient client, long sequence, long sentAt, CancellationToken cancellationToken)
    {
        if (_isNumbered)
        {
            ProbePayload.Write(_message, _run, sequence);
        }

        recorder.RecordSent(sentAt);
        return client.SendAsync(_message, cancellationToken);
    }

    /// <summary>Enters what came and says whether it ends the wait for one number.</summary>
    private bool IsAnswer(DatagramEchoClient client, long awaited, long sentAt, int length)
    {
        ReadOnlyMemory<byte> reply = _reply.AsMemory(0, length);
        if (!_isNumbered)
        {
            if (!reply.Span.SequenceEqual(_message))
            {
                recorder.RecordCorrupted();
                throw client.Different(_message, reply.Span);
            }

            recorder.RecordReply(0, awaited, sentAt, reply);
            return true;
        }

        if (ProbePayload.TryRead(reply.Span, _run, _message.Length, out long sequence))
        {
            recorder.RecordNumberedReply(sequence, reply);
            return sequence == awaited;
        }

        // Most likely the awaited one, damaged: waiting on would only cost the whole timeout.
        recorder.RecordCorrupted();
        return true;
    }

    private async Task LingerAsync(DatagramEchoClient client, CancellationToken cancellationToken)
    {
        if (!_isNumbered)
        {
            return;
        }

        TimeSpan linger = recorder.LongestRoundTrip * 2;
        linger = linger < LeastLinger ? LeastLinger : linger > MostLinger ? MostLinger : linger;
        long since = Stopwatch.GetTimestamp();
        TimeSpan left = linger;
        while (left > TimeSpan.Zero && await client.TryReceiveAsync(_reply, left, cancellationToken).ConfigureAwait(false) is int length)
        {
            IsAnswer(client, -1, 0, length);
            left = linger - Stopwatch.GetElapsedTime(since);
        }
    }
}

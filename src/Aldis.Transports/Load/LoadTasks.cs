using Aldis.Protocols.Load;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Dialing;
using Aldis.Transports.Sockets;

namespace Aldis.Transports.Load;

/// <summary>
/// Drives the connections of a load over any stream transport, with a task for each that reads, and one thread that keeps the schedule and
/// gives up what takes too long.
/// </summary>
internal sealed class LoadTasks : ILoadDriver
{
    private const int ReceiveBytes = 16 * 1024;
    private const int MostConnecting = 64;
    private const long ScanNanoseconds = 20_000_000;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);

    private readonly LoadOptions _options;
    private readonly LoadTimes _times;
    private readonly DueRequests _due;
    private readonly TaskLane[] _lanes;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _connecting = new(MostConnecting);
    private readonly CancellationTokenSource _over = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _tried;
    private int _open;

    /// <summary>Makes one that has opened nothing.</summary>
    /// <param name="options">The load.</param>
    /// <param name="times">When it is.</param>
    /// <param name="schedule">When requests are due; null for a closed loop.</param>
    public LoadTasks(LoadOptions options, LoadTimes times, OpenLoopSchedule? schedule)
    {
        _options = options;
        _times = times;
        int window = Math.Min(options.Window, options.Form.MostUnderWay);
        _lanes =
        [
            .. Enumerable.Range(0, options.Connections)
                .Select(index => new TaskLane(index, new LoadLane(Tally, schedule, index, window), options.Form.RequestLength)),
        ];
        _due = new DueRequests(schedule, [.. _lanes.Select(static lane => lane.Index)]);
    }

    /// <inheritdoc/>
    public LoadTally Tally { get; } = new();

    /// <inheritdoc/>
    public bool IsTried => Volatile.Read(ref _tried) == _lanes.Length;

    /// <inheritdoc/>
    public int OpenConnections => Volatile.Read(ref _open);

    /// <inheritdoc/>
    public Task Completion => _completion.Task;

    private static long Now => MonotonicClock.NowNs;

    /// <inheritdoc/>
    public void Dispose()
    {
        _connecting.Dispose();
        _over.Dispose();
    }

    /// <inheritdoc/>
    public void Start() => new Thread(Run) { IsBackground = true, Name = "load" }.UnsafeStart();

    private void Run()
    {
        try
        {
            Task[] running = [.. _lanes.Select(lane => Task.Run(() => RunLaneAsync(lane)))];
            using var wait = new LoadWait();
            while (TryTurn(out long next))
            {
                wait.Until(next);
            }

            End();
            _over.Cancel();
            Task.WaitAll(running);
            _completion.SetResult();
        }
        catch (Exception exception)
        {
            _completion.SetException(exception);
        }
    }

    private bool TryTurn(out long next)
    {
        long now = Now;
        next = now + ScanNanoseconds;
        lock (_lock)
        {
            if (now >= _times.End && (now >= _times.DrainUntil || !Array.Exists(_lanes, static lane => lane.Lane.UnderWay > 0)))
            {
                return false;
            }

            Tally.MeasureFromNanoseconds = _times.MeasureFrom;
            Tally.EndNanoseconds = _times.End;
        }

        next = Math.Min(next, Pace(now));
        foreach (TaskLane lane in _lanes)
        {
            Look(lane, now);
        }

        return true;
    }

    private long Pace(long now)
    {
        if (now < _times.SendFrom)
        {
            return long.MaxValue;
        }

        long end = _times.End;
        while (_due.TryTake(now, end, out int index))
        {
            TaskLane lane = _lanes[index];
            lock (_lock)
            {
                if (lane.Reader is not { IsReady: true })
                {
                    lane.Lane.Skip();
                    continue;
                }

                lane.Lane.Due();
            }

            _ = PumpAsync(lane);
        }

        return now < end ? _due.NextAt : long.MaxValue;
    }

    /// <summary>Gives up what takes too long, and begins to send where nothing was sent.</summary>
    private void Look(TaskLane lane, long now)
    {
        long timeout = (long)_options.Timeout.TotalNanoseconds;
        ClientConnection? late = null;
        lock (_lock)
        {
            if (lane.Connection is null || lane.GivenUp is not null)
            {
                return;
            }

            if (lane.Lane.OldestSentAt < now - timeout || (!lane.Reader!.IsReady && now - lane.BeganAt > timeout))
            {
                lane.GivenUp = LoadFailure.Timeout;
                late = lane.Connection;
            }
        }

        if (late is not null)
        {
            late.Abort();
        }
        else if (lane.Lane.UnderWay == 0)
        {
            _ = PumpAsync(lane);
        }
    }

    private async Task RunLaneAsync(TaskLane lane)
    {
        try
        {
            await Task.Delay(_options.Ramp * lane.Index / _options.Connections, _over.Token).ConfigureAwait(false);
            for (int failures = 0; !_over.IsCancellationRequested && Now < _times.End; failures++)
            {
                ClientConnection? connection = await TryOpenAsync(lane).ConfigureAwait(false);
                if (connection is not null)
                {
                    failures = 0;
                    await ConverseAsync(lane, connection).ConfigureAwait(false);
                }

                await Task.Delay(ShortestPause * (1 << Math.Min(failures, 3)), _over.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The load is over.
        }
    }

    private async Task<ClientConnection?> TryOpenAsync(TaskLane lane)
    {
        await _connecting.WaitAsync(_over.Token).ConfigureAwait(false);
        try
        {
            long began = Now;
            ClientConnection connection =
                await Dialer.ConnectAsync(_options.Address, _options.Dialing, _over.Token).ConfigureAwait(false);
            lock (_lock)
            {
                Tally.Connecting.Record(Now - began);
                lane.Connection = connection;
                lane.Reader = _options.Form.CreateReader();
                lane.BeganAt = Now;
                lane.GivenUp = null;
                lane.LastNumber = 0;
                _open++;
                NoteTried(lane);
            }

            return connection;
        }
        catch (CommunicationException exception)
        {
            lock (_lock)
            {
                Tally.CountFailure(LoadWords.KindOfConnect(exception), 1, exception.Message);
                NoteTried(lane);
            }

            return null;
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async Task ConverseAsync(TaskLane lane, ClientConnection connection)
    {
        (LoadFailure Failure, string Text) end;
        try
        {
            end = await ReadAsync(lane, connection).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            end = (LoadFailure.Reset, LoadWords.Broken(_options.Address, exception.Message));
        }
        catch (OperationCanceledException)
        {
            await CloseAsync(lane, connection).ConfigureAwait(false);
            throw;
        }

        lock (_lock)
        {
            bool isLate = lane.GivenUp == LoadFailure.Timeout;
            Tally.CountFailure(
                isLate ? LoadFailure.Timeout : end.Failure,
                Math.Max(1, lane.Lane.Abandon(Now)),
                isLate ? LoadWords.Timeout(_options.Address, _options.Timeout) : end.Text);
            lane.Lane.Forget();
        }

        await CloseAsync(lane, connection).ConfigureAwait(false);
    }

    private async Task CloseAsync(TaskLane lane, ClientConnection connection)
    {
        lock (_lock)
        {
            lane.Connection = null;
            lane.Reader = null;
            NoteTried(lane);

            // At the end of the load all of them are closed: how many were open then stays to be read.
            _open -= _over.IsCancellationRequested ? 0 : 1;
        }

        // Nothing is owed to anybody: an orderly end would wait for the peer.
        connection.Abort();
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Reads until the conversation is over.</summary>
    /// <returns>Why it is.</returns>
    private async Task<(LoadFailure Failure, string Text)> ReadAsync(TaskLane lane, ClientConnection connection)
    {
        byte[] received = new byte[ReceiveBytes];
        ReadOnlyMemory<byte> opening = _options.Form.Opening(lane.Index);
        if (!opening.IsEmpty)
        {
            await WriteAsync(connection, opening).ConfigureAwait(false);
        }

        await PumpAsync(lane).ConfigureAwait(false);
        while (true)
        {
            int length = await connection.Stream.ReadAsync(received, _over.Token).ConfigureAwait(false);
            LoadReply reply;
            lock (_lock)
            {
                if (length == 0)
                {
                    return (LoadFailure.Closed, LoadWords.Closed(_options.Address, lane.Lane.UnderWay));
                }

                reply = lane.Reader!.Read(received.AsSpan(0, length), lane.LastNumber);
                if (reply.Failure is LoadFailure failure)
                {
                    return (failure, LoadWords.Wrong(_options.Address, _options.Form, reply));
                }

                NoteTried(lane);
                if (!lane.Lane.TryAnswer(reply.Answers, Now))
                {
                    return (LoadFailure.Garbage, LoadWords.TooMany(_options.Address, _options.Form));
                }
            }

            if (!reply.Next.IsEmpty)
            {
                await WriteAsync(connection, reply.Next).ConfigureAwait(false);
            }

            await PumpAsync(lane).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(ClientConnection connection, ReadOnlyMemory<byte> bytes)
    {
        await connection.Stream.WriteAsync(bytes, _over.Token).ConfigureAwait(false);
        await connection.Stream.FlushAsync(_over.Token).ConfigureAwait(false);
    }

    /// <summary>Sends whatever may be sent, unless somebody does already.</summary>
    private async Task PumpAsync(TaskLane lane)
    {
        lock (_lock)
        {
            if (lane.IsSending)
            {
                return;
            }

            lane.IsSending = true;
        }

        try
        {
            while (TryTake(lane, out ClientConnection? connection, out ReadOnlyMemory<byte> request))
            {
                await WriteAsync(connection!, request).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Who reads learns of it too, and says it.
            lock (_lock)
            {
                lane.IsSending = false;
            }
        }
    }

    private bool TryTake(TaskLane lane, out ClientConnection? connection, out ReadOnlyMemory<byte> request)
    {
        lock (_lock)
        {
            connection = lane.Connection;
            request = _options.Form.CommonRequest;
            long now = Now;
            Tally.MeasureFromNanoseconds = _times.MeasureFrom;
            if (lane.Reader is not { IsReady: true } reader
                || lane.Lane.UnderWay >= reader.Window || !_times.IsSending(now) || !lane.Lane.TrySend(now))
            {
                lane.IsSending = false;
                return false;
            }

            lane.LastNumber = Math.Max(lane.LastNumber + 1, reader.FirstNumber);
            if (request.IsEmpty)
            {
                _options.Form.WriteRequest(lane.LastNumber, lane.Request);
                request = lane.Request;
            }

            return true;
        }
    }

    private void NoteTried(TaskLane lane)
    {
        if (!lane.IsTried && (lane.Connection is null || lane.Reader!.IsReady))
        {
            lane.IsTried = true;
            _tried++;
        }
    }

    private void End()
    {
        Pace(Now);
        lock (_lock)
        {
            foreach (TaskLane lane in _lanes)
            {
                lane.Lane.Forget();
                Tally.CountUnanswered(lane.Lane.Abandon(Now));
            }
        }
    }
}

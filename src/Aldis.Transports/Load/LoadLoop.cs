using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Aldis.Protocols.Load;
using Aldis.Transports.Addresses;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Transports.Load;

/// <summary>
/// One thread that drives many connections of a load by epoll(7), without a task or a timer for each: a generator must cost less than what
/// it measures. For plain sockets on Linux; <see cref="LoadTasks"/> does the same for every other transport.
/// </summary>
internal sealed class LoadLoop : ILoadDriver
{
    private const EpollEvents Interest = EpollEvents.Readable | EpollEvents.Writable | EpollEvents.PeerFinished | EpollEvents.EdgeTriggered;

    private const int EntriesPerWait = 512;
    private const int ReceiveBytes = 256 * 1024;
    private const int MostConnecting = 64;

    // How often all connections are looked at: while some wait only for others to open, while there is something to open or to begin, and
    // else, because looking at many costs much, as finely as time-outs need.
    private const long OpenScanNanoseconds = 1_000_000;
    private const long ScanNanoseconds = 20_000_000;
    private const long LongestScanNanoseconds = 250_000_000;
    private const int ScansPerTimeout = 16;

    private const long LongestWaitNanoseconds = 50_000_000;

    private readonly LoadOptions _options;
    private readonly LoadSource _source;
    private readonly LoadTimes _times;
    private readonly DueRequests _due;
    private readonly LoopLane[] _lanes;
    private readonly int _parts;
    private readonly bool _isDatagrams;
    private readonly long _timeout;
    private readonly byte[] _request;
    private readonly byte[] _received = GC.AllocateUninitializedArray<byte>(ReceiveBytes, pinned: true);
    private readonly byte[] _entries = Epoll.CreateEntries(EntriesPerWait);
    private readonly SafeFileHandle _epoll;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _nextScan;
    private int _connecting;
    private int _tried;
    private int _open;

    /// <summary>Makes one that has opened nothing.</summary>
    /// <param name="options">The load.</param>
    /// <param name="source">Where its connections go, and come from.</param>
    /// <param name="times">When it is.</param>
    /// <param name="schedule">When requests are due; null for a closed loop.</param>
    /// <param name="part">Which of the loops this is, from 0.</param>
    /// <param name="parts">How many loops there are: connections are dealt to them in turn.</param>
    /// <exception cref="Win32Exception">The operating system gave no epoll instance.</exception>
    public LoadLoop(LoadOptions options, LoadSource source, LoadTimes times, OpenLoopSchedule? schedule, int part, int parts)
    {
        _options = options;
        _source = source;
        _times = times;
        _parts = parts;
        _isDatagrams = options.Address.Scheme == TransportScheme.Udp;
        _timeout = (long)options.Timeout.TotalNanoseconds;
        _request = new byte[options.Form.RequestLength];
        int window = Math.Min(options.Window, options.Form.MostUnderWay);
        long start = MonotonicClock.NowNs;
        long ramp = (long)options.Ramp.TotalNanoseconds;
        _lanes =
        [
            .. Enumerable.Range(0, options.Connections).Where(index => index % parts == part)
                .Select(index => new LoopLane(index, new LoadLane(Tally, schedule, index, window))
                {
                    OpenAt = start + (ramp / options.Connections * index),
                }),
        ];
        _due = new DueRequests(schedule, [.. _lanes.Select(static lane => lane.Index)]);
        _epoll = Epoll.Create();
        if (_epoll.IsInvalid)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
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
    public void Dispose() => _epoll.Dispose();

    /// <inheritdoc/>
    public void Start() => new Thread(Run) { IsBackground = true, Name = "load" }.UnsafeStart();

    private void Run()
    {
        try
        {
            while (TryRunOnce())
            {
                // A turn is a method of its own because the runtime optimizes best what is called often.
            }

            End();
            _completion.SetResult();
        }
        catch (Exception exception)
        {
            // Whoever waits for the end is told: nothing dies without a word.
            _completion.SetException(exception);
        }
    }

    private bool TryRunOnce()
    {
        long now = Now;
        if (now >= _times.End && (now >= _times.DrainUntil || !Array.Exists(_lanes, static lane => lane.Lane.UnderWay > 0)))
        {
            return false;
        }

        Tally.MeasureFromNanoseconds = _times.MeasureFrom;
        Tally.EndNanoseconds = _times.End;
        if (now >= _nextScan)
        {
            _nextScan = now + Scan(now);
        }

        long next = Math.Min(_nextScan, Pace(now));
        int count = Epoll.WaitNanoseconds(_epoll, _entries, Math.Clamp(next - Now, 0, LongestWaitNanoseconds));
        if (count < 0 && Marshal.GetLastPInvokeError() != Epoll.Interrupted)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        for (int i = 0; i < count; i++)
        {
            (EpollEvents events, ulong token) = Epoll.GetEntry(_entries, i);
            LoopLane lane = _lanes[(uint)token];
            if (lane.Socket is not null && lane.Generation == (uint)(token >> 32))
            {
                OnReadiness(lane, events);
            }
        }

        return true;
    }

    /// <summary>Sends what is due by the schedule.</summary>
    /// <returns>When the next is due, or all of it ends.</returns>
    private long Pace(long now)
    {
        if (now < _times.SendFrom)
        {
            return long.MaxValue;
        }

        // What was due before the end and is dealt behind it is not sent any more, and counted.
        long end = _times.End;
        while (_due.TryTake(now, end, out int index))
        {
            LoopLane lane = _lanes[index];
            if (lane.IsOpen && lane.Reader!.IsReady)
            {
                lane.Lane.Due();
                Pump(lane);
            }
            else
            {
                lane.Lane.Skip();
            }
        }

        return now < end ? Math.Min(_due.NextAt, end) : long.MaxValue;
    }

    /// <summary>Opens what is to be opened, and gives up what took too long.</summary>
    /// <returns>After how long to do it again.</returns>
    private long Scan(long now)
    {
        bool isWaiting = false;
        foreach (LoopLane lane in _lanes)
        {
            if (lane.Socket is null)
            {
                bool isDue = now >= lane.OpenAt && now < _times.End;
                if (isDue && _connecting < MostConnecting)
                {
                    Open(lane, now);
                }
                else
                {
                    isWaiting |= isDue;
                }
            }
            else if (!lane.IsOpen)
            {
                if (now - lane.BeganAt > _timeout)
                {
                    Fail(lane, LoadFailure.ConnectTimeout, LoadWords.ConnectTimeout(_options.Address, _options.Timeout));
                }
            }
            else if (lane.Lane.OldestSentAt < now - _timeout || (!lane.Reader!.IsReady && now - lane.BeganAt > _timeout))
            {
                GiveUp(lane, now);
            }
            else if (lane.Lane.UnderWay == 0)
            {
                // Sending has just begun, or a datagram was given up.
                Pump(lane);
            }
        }

        bool isSettled = _open == _lanes.Length && now >= _times.SendFrom;
        long settled = Math.Clamp(_timeout / ScansPerTimeout, ScanNanoseconds, LongestScanNanoseconds);
        return isWaiting ? OpenScanNanoseconds : isSettled ? settled : ScanNanoseconds;
    }

    private void GiveUp(LoopLane lane, long now)
    {
        string example = LoadWords.Timeout(_options.Address, _options.Timeout);
        if (!_isDatagrams)
        {
            Fail(lane, LoadFailure.Timeout, example);
            return;
        }

        Tally.CountFailure(LoadFailure.Timeout, lane.Lane.Abandon(now), example);
        Pump(lane);
    }

    private void Open(LoopLane lane, long now)
    {
        Socket socket = _source.CreateSocket(lane.Index);
        lane.Begin(socket, _options.Form.CreateReader(), now);
        _connecting++;
        try
        {
            _source.BeginConnect(socket);
        }
        catch (SocketException exception)
        {
            FailToOpen(lane, exception.SocketErrorCode);
            return;
        }

        if (!Epoll.Add(_epoll, socket.SafeHandle, Interest, ((ulong)lane.Generation << 32) | (uint)(lane.Index / _parts)))
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    private void OnReadiness(LoopLane lane, EpollEvents events)
    {
        if (!lane.IsOpen)
        {
            var error = (SocketError)(int)lane.Socket!.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
            if (error != SocketError.Success)
            {
                FailToOpen(lane, error);
                return;
            }

            if (!events.HasFlag(EpollEvents.Writable))
            {
                return;
            }

            OnOpened(lane);
        }

        if (lane.RestOffset < lane.Rest.Length && events.HasFlag(EpollEvents.Writable))
        {
            SendRest(lane);
        }

        const EpollEvents Input = EpollEvents.Readable | EpollEvents.PeerFinished | EpollEvents.Error | EpollEvents.HangUp;
        if (lane.Socket is not null && (events & Input) != EpollEvents.None && TryReceive(lane))
        {
            Pump(lane);
        }
    }

    private void OnOpened(LoopLane lane)
    {
        long now = Now;
        _connecting--;
        lane.IsOpen = true;
        lane.Failures = 0;
        Tally.Connecting.Record(now - lane.BeganAt);
        lane.BeganAt = now;
        Volatile.Write(ref _open, _open + 1);
        NoteTried(lane);
        ReadOnlyMemory<byte> opening = _options.Form.Opening(lane.Index);
        if (opening.IsEmpty || TrySend(lane, opening.Span))
        {
            Pump(lane);
        }
    }

    /// <summary>Takes everything that has come.</summary>
    /// <returns>Whether the connection goes on.</returns>
    private bool TryReceive(LoopLane lane)
    {
        while (true)
        {
            int length = lane.Socket!.Receive(_received, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
            {
                return true;
            }

            if (error != SocketError.Success)
            {
                if (_isDatagrams && error == SocketError.ConnectionRefused)
                {
                    FailToOpen(lane, error);
                }
                else
                {
                    Break(lane, error);
                }

                return false;
            }

            if (length == 0 && !_isDatagrams)
            {
                Fail(lane, LoadFailure.Closed, LoadWords.Closed(_options.Address, lane.Lane.UnderWay));
                return false;
            }

            LoadReply reply = lane.Reader!.Read(_received.AsSpan(0, length), lane.LastNumber);
            if (reply.Failure is LoadFailure failure)
            {
                Fail(lane, failure, LoadWords.Wrong(_options.Address, _options.Form, reply));
                return false;
            }

            NoteTried(lane);
            if (!reply.Next.IsEmpty && !TrySend(lane, reply.Next.Span))
            {
                return false;
            }

            if (reply.Answers > 0 && !lane.Lane.TryAnswer(reply.Answers, Now) && !_isDatagrams)
            {
                Fail(lane, LoadFailure.Garbage, LoadWords.TooMany(_options.Address, _options.Form));
                return false;
            }

            // A stream that gave less than there was room for has no more (epoll(7)).
            if (length < _received.Length && !_isDatagrams)
            {
                return true;
            }
        }
    }

    /// <summary>Sends whatever may be sent.</summary>
    private void Pump(LoopLane lane)
    {
        if (!lane.IsOpen || !lane.Reader!.IsReady)
        {
            return;
        }

        LoadForm form = _options.Form;
        while (lane.RestOffset == lane.Rest.Length && lane.Lane.UnderWay < lane.Reader.Window)
        {
            long now = Now;
            Tally.MeasureFromNanoseconds = _times.MeasureFrom;
            if (!_times.IsSending(now) || !lane.Lane.TrySend(now))
            {
                return;
            }

            lane.LastNumber = Math.Max(lane.LastNumber + 1, lane.Reader.FirstNumber);
            ReadOnlyMemory<byte> request = form.CommonRequest;
            if (request.IsEmpty)
            {
                form.WriteRequest(lane.LastNumber, _request);
                request = _request;
            }

            if (!TrySend(lane, request.Span))
            {
                return;
            }
        }
    }

    /// <summary>Sends bytes, or keeps what finds no room.</summary>
    /// <returns>Whether the connection goes on.</returns>
    private bool TrySend(LoopLane lane, ReadOnlySpan<byte> bytes)
    {
        int sent = lane.Socket!.Send(bytes, SocketFlags.None, out SocketError error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            // What the peer said before it closed is not lost: it comes first when the socket is read.
            Break(lane, error);
            return false;
        }

        if (sent < bytes.Length && !(_isDatagrams && error == SocketError.WouldBlock))
        {
            lane.Rest = bytes[Math.Max(0, sent)..].ToArray();
            lane.RestOffset = 0;
        }

        return true;
    }

    private void SendRest(LoopLane lane)
    {
        int sent = lane.Socket!.Send(lane.Rest.AsSpan(lane.RestOffset), SocketFlags.None, out SocketError error);
        if (error == SocketError.Success)
        {
            lane.RestOffset += sent;
            if (lane.RestOffset == lane.Rest.Length)
            {
                Pump(lane);
            }
        }
        else if (error != SocketError.WouldBlock)
        {
            Break(lane, error);
        }
    }

    private void Break(LoopLane lane, SocketError error) =>
        Fail(lane, LoadFailure.Reset, LoadWords.Broken(_options.Address, new SocketException((int)error).Message));

    private void FailToOpen(LoopLane lane, SocketError error) =>
        Fail(lane, LoadWords.KindOfConnect(error), LoadWords.Connect(_options.Address, error));

    private void Fail(LoopLane lane, LoadFailure failure, string example)
    {
        const long ShortestPauseNanoseconds = 100_000_000;
        const int MostDoublings = 3;
        long now = Now;
        Tally.CountFailure(failure, Math.Max(1, lane.Lane.Abandon(now)), example);
        lane.Lane.Forget();
        Close(lane);
        lane.OpenAt = now + (ShortestPauseNanoseconds << Math.Min(lane.Failures++, MostDoublings));
        NoteTried(lane);
    }

    private void NoteTried(LoopLane lane)
    {
        if (!lane.IsTried && (lane.Socket is null || lane.Reader!.IsReady))
        {
            lane.IsTried = true;
            Volatile.Write(ref _tried, _tried + 1);
        }
    }

    private void Close(LoopLane lane)
    {
        if (lane.IsOpen)
        {
            Volatile.Write(ref _open, _open - 1);
        }
        else
        {
            _connecting--;
        }

        lane.IsOpen = false;
        lane.Socket!.Dispose();
        lane.Socket = null;
    }

    private void End()
    {
        long now = Now;
        Pace(now);
        foreach (LoopLane lane in _lanes)
        {
            lane.Lane.Forget();
            Tally.CountUnanswered(lane.Lane.Abandon(now));
            lane.Socket?.Dispose();
        }
    }
}

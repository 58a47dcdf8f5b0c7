using Aldis.Cli.Terminal;
using Aldis.Protocols.Files;
using Aldis.Transports;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>
/// What is known of a copy while it is under way: counts what happens, from any thread, has it told, and has the line drawn at the
/// terminal.
/// </summary>
internal sealed class CopyBoard : IDisposable
{
    private static readonly TimeSpan DrawPace = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan EventPace = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly CopySettings _settings;
    private readonly CopyReport _report;
    private readonly TimeProvider _clock;
    private readonly Func<TransportState> _transport;
    private readonly SpeedMeter _speed = new();
    private readonly long _started;
    private readonly ITimer _drawing;
    private CopiedFile? _current;
    private long _totalFiles;
    private long? _totalBytes = 0;
    private long _settledFiles;
    private long _doneBytes;
    private long _sentBytes;
    private long _resumedBytes;
    private long _chunksHashed;
    private long _chunksHashedAgain;
    private long _interruptions;
    private int _failedTries;
    private long _lastMoved;
    private long _lastEvent;
    private long? _lostConnection;
    private DateTimeOffset _nextTry;
    private bool _hasMoved;
    private bool _isOver;

    /// <summary>Begins to draw.</summary>
    /// <param name="console">Where.</param>
    /// <param name="settings">What was asked for.</param>
    /// <param name="events">Takes events; null without <c>--json</c>.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="transport">Asks the connection how it is; from any thread.</param>
    public CopyBoard(CommandConsole console, CopySettings settings, JsonEvents? events, TimeProvider clock, Func<TransportState> transport)
    {
        _settings = settings;
        _report = new CopyReport(console, settings, events);
        _clock = clock;
        _transport = transport;
        _started = _lastMoved = _lastEvent = clock.GetTimestamp();
        _drawing = clock.CreateTimer(_ => Draw(), null, DrawPace, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes events; null without <c>--json</c>.</summary>
    public JsonEvents? Events => _report.Events;

    /// <summary>What became of the files.</summary>
    public CopyTally Tally { get; } = new();

    /// <summary>Whether everything to copy has been found.</summary>
    public bool IsTotalKnown { get; set; }

    /// <summary>Lets a copy go to its end, and says what became of it.</summary>
    /// <param name="context">Where a failure is told.</param>
    /// <param name="copy">What copies.</param>
    /// <returns>The exit status.</returns>
    public async Task<int> RunAsync(VerbContext context, Func<Task> copy)
    {
        CommunicationException? broken = null;
        try
        {
            await copy();
        }
        catch (CommunicationException exception)
        {
            broken = exception;
        }
        finally
        {
            Finish();
        }

        int status = Tally.ExitStatus(broken?.Failure);
        return broken is null ? status : context.Report(Events, status, broken.Message);
    }

    /// <summary>Something more is to be copied.</summary>
    /// <param name="isDirectory">Whether it is a directory, which counts as nothing.</param>
    /// <param name="bytes">Bytes of a file; null where it has no length.</param>
    public void Add(bool isDirectory, long? bytes)
    {
        lock (_lock)
        {
            _totalFiles += isDirectory ? 0 : 1;
            _totalBytes += bytes;
        }
    }

    /// <summary>There is a connection.</summary>
    public void Connect()
    {
        lock (_lock)
        {
            _report.Connected(_failedTries);
            (_failedTries, _lostConnection) = (0, null);
            Move();
        }
    }

    /// <summary>There is none any more.</summary>
    /// <param name="cause">Why, as a sentence.</param>
    /// <param name="pause">How long until another is tried.</param>
    public void Interrupt(string cause, TimeSpan pause)
    {
        lock (_lock)
        {
            _interruptions++;
            _lostConnection ??= _clock.GetTimestamp();
            _nextTry = _clock.GetUtcNow() + pause;
            _report.Interrupted(cause, pause, ++_failedTries);
        }
    }

    /// <summary>The other side wants a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where it begins: 0, or behind what is there from an earlier attempt.</param>
    /// <param name="isChanged">Whether a part was there that is of no use, because the file was another then.</param>
    public void Begin(CopiedFile file, long offset, bool isChanged)
    {
        lock (_lock)
        {
            _doneBytes += offset - file.Moved;
            file.Moved = file.Verified = offset;
            Move();
            if (offset > 0)
            {
                _resumedBytes += offset;
                _report.Resumed(file, offset);
            }
            else if (isChanged)
            {
                _report.Changed(file);
            }
        }
    }

    /// <summary>Bytes of a file left, or came.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">The offset behind them.</param>
    public void MoveTo(CopiedFile file, long offset)
    {
        lock (_lock)
        {
            _doneBytes += offset - file.Moved;
            _sentBytes += Math.Max(0, offset - file.Moved);
            file.Moved = offset;
            _current = file;
            Move();
            if (!_hasMoved)
            {
                _hasMoved = true;
                TellProgress(Describe(_transport()));
            }
        }
    }

    /// <summary>A chunk of a file was hashed here.</summary>
    /// <param name="file">The file.</param>
    /// <param name="end">The offset behind the chunk.</param>
    public void Hash(CopiedFile file, long end)
    {
        lock (_lock)
        {
            _chunksHashed++;
            _chunksHashedAgain += end <= file.Verified ? 1 : 0;
        }
    }

    /// <summary>The other side has a part of a file for good.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">The offset behind it.</param>
    public void Verify(CopiedFile file, long offset)
    {
        lock (_lock)
        {
            file.Verified = Math.Max(file.Verified, offset);
            Move();
        }
    }

    /// <summary>What was sent of a file is of no use, and it is tried again later.</summary>
    /// <param name="file">The file.</param>
    public void Withdraw(CopiedFile file)
    {
        lock (_lock)
        {
            _doneBytes -= file.Moved;
            file.Moved = 0;
        }
    }

    /// <summary>An entry is settled. What is told last of one is what became of it.</summary>
    /// <param name="file">The entry.</param>
    /// <param name="outcome">How.</param>
    public void Settle(CopiedFile file, in EntryOutcome outcome)
    {
        lock (_lock)
        {
            long bytes = file.Length ?? file.Moved;
            _doneBytes += bytes - file.Moved;
            file.Moved = bytes;
            _settledFiles += file.IsDirectory || file.IsSettled ? 0 : 1;
            file.IsSettled = true;
            Move();
            if (file.Refusal is { } earlier)
            {
                TakeBack(file, earlier);
            }

            switch (outcome.Refusal)
            {
                case { } code when _settings.IsDryRun:
                    _report.Foreseen(file, code);
                    break;
                case { } code:
                    Refuse(file, code);
                    break;
                default:
                    Confirm(file, outcome, bytes);
                    break;
            }
        }
    }

    /// <summary>Something is not copied, and that is known here.</summary>
    /// <inheritdoc cref="CopyReport.Skipped" path="/param"/>
    public void Skip(CopiedFile file, string note, bool isFailure)
    {
        lock (_lock)
        {
            if (isFailure)
            {
                Tally.Fail();
            }
            else
            {
                Tally.LeaveOut();
            }

            _report.Skipped(file, note, isFailure);
        }
    }

    /// <inheritdoc cref="CopyReport.Say"/>
    public void Say(string sentence)
    {
        lock (_lock)
        {
            _report.Say(sentence);
        }
    }

    /// <summary>Takes the line away and says what became of all of it; nothing is drawn any more.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            _isOver = true;
            _report.Dispose();
            _report.Summarize(Tally, Describe(_transport()), _sentBytes, _interruptions, _clock.GetElapsedTime(_started));
        }
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            _drawing.Dispose();
            _report.Dispose();
        }
    }

    private void Confirm(CopiedFile file, in EntryOutcome outcome, long bytes)
    {
        Tally.Confirm(file.IsDirectory, bytes, outcome.WasThere);
        if (file.IsDirectory)
        {
            return;
        }

        if (_settings.IsDryRun)
        {
            _report.Foreseen(file, code: null);
        }
        else
        {
            _report.Confirmed(file, outcome, bytes, isTold: IsTotalKnown && _totalFiles <= CopyReport.MostFilesTold);
        }
    }

    private void Refuse(CopiedFile file, RefusalCode code)
    {
        file.Refusal = code;
        if (IsLeftOut(code))
        {
            Tally.LeaveOut();
        }
        else
        {
            Tally.Refuse(code);
        }

        _report.Refused(file, code);
    }

    /// <summary>What was refused on one connection is there on the next.</summary>
    private void TakeBack(CopiedFile file, RefusalCode earlier)
    {
        file.Refusal = null;
        if (IsLeftOut(earlier))
        {
            Tally.TakeBackLeftOut();
        }
        else
        {
            Tally.TakeBack(earlier);
        }
    }

    private bool IsLeftOut(RefusalCode code) => code == RefusalCode.Exists && _settings.Policy == ConflictPolicy.Skip;

    private void Move() => _lastMoved = _clock.GetTimestamp();

    private void Draw()
    {
        TransportState transport = _transport();
        lock (_lock)
        {
            if (_isOver)
            {
                return;
            }

            CopyStatus status = Describe(transport);
            _report.Draw(status);
            if (_clock.GetElapsedTime(_lastEvent) >= EventPace)
            {
                TellProgress(status);
            }

            _drawing.Change(DrawPace, Timeout.InfiniteTimeSpan);
        }
    }

    private void TellProgress(CopyStatus status)
    {
        _lastEvent = _clock.GetTimestamp();
        _report.Progress(status);
    }

    private CopyStatus Describe(TransportState transport) => new()
    {
        Name = _current?.Name ?? string.Empty,
        FileBytes = _current?.Moved ?? 0,
        FileLength = _current?.Length,
        Files = _settledFiles,
        TotalFiles = _totalFiles,
        Bytes = _doneBytes,
        TotalBytes = IsTotalKnown ? _totalBytes : null,
        Speed = _speed.Measure(_clock.GetElapsedTime(_started).Ticks * TimeSpan.NanosecondsPerTick, _sentBytes),
        ResumedBytes = _resumedBytes,
        ChunksHashed = _chunksHashed,
        ChunksHashedAgain = _chunksHashedAgain,
        Retransmissions = transport.PacketsRetransmitted,
        Standstill = DescribeStandstill(transport),
    };

    private string? DescribeStandstill(TransportState transport)
    {
        if (_lostConnection is { } since)
        {
            TimeSpan left = _nextTry - _clock.GetUtcNow();
            return Standstill.WithoutConnection(_clock.GetElapsedTime(since), left > TimeSpan.Zero ? left : null);
        }

        return Standstill.Of(
            _clock.GetElapsedTime(_lastMoved),
            transport.HeldBytes,
            transport.NextRetransmission,
            isAllSent: IsTotalKnown && _doneBytes == _totalBytes);
    }
}

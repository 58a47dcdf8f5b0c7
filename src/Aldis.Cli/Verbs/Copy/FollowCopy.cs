using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Journal.Storage;
using Aldis.Protocols.Files;
using Aldis.Protocols.Integrity;
using Aldis.Protocols.Text;
using Aldis.Services.Files;
using Aldis.Services.Files.Sources;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>
/// <c>aldis copy --follow</c>: what is appended to a file, for ever, in pieces that are files of their own at the server. Where a piece
/// begins and ends is on disk here before it is sent, so that it is the same piece when it must be sent again, and is stored once.
/// </summary>
internal sealed class FollowCopy : IDisposable
{
    private const int TailBytes = 256;
    private const int LineSearchBytes = 64 * 1024;

    private static readonly TimeSpan LookPace = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RefusedPause = TimeSpan.FromSeconds(5);

    private readonly VerbContext _context;
    private readonly CopyLink _link;
    private readonly CopyBoard _board;
    private readonly string _path;
    private readonly string _name;
    private readonly string _positionPath;
    private readonly string _keyPrefix;
    private readonly TimeProvider _clock;
    private FollowPosition _position = new() { Begun = string.Empty };
    private SafeFileHandle? _file;
    private long _lastLength;
    private long _lastGrowth;
    private long _lastPiece;

    private FollowCopy(
        VerbContext context,
        CopyLink link,
        CopyBoard board,
        string path,
        EndpointAddress address,
        TimeProvider clock,
        string stateDirectory)
    {
        _context = context;
        _link = link;
        _board = board;
        _path = path;
        _name = Path.GetFileName(path);
        _clock = clock;
        _keyPrefix = $"{path}\0{address}";
        _positionPath = Path.Combine(stateDirectory, $"follow-{TransferKey.Of([_keyPrefix])}.json");
    }

    /// <summary>Follows a file until it is interrupted.</summary>
    /// <param name="context">What every verb is given.</param>
    /// <param name="settings">What was asked for.</param>
    /// <param name="events">Takes events; null without <c>--json</c>.</param>
    /// <param name="clock">When it is looked; the system's if left out.</param>
    /// <param name="stateDirectory">Where it is kept how far the file is sent; the user's own if left out.</param>
    /// <returns>The exit status, where the server refuses for good.</returns>
    public static async Task<int> RunAsync(
        VerbContext context, CopySettings settings, JsonEvents? events, TimeProvider? clock = null, string? stateDirectory = null)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new UsageException("--follow needs Linux: other systems do not tell one file from another that took its name.");
        }

        if (settings.Places is not { Direction: CopyDirection.Send, Locals: [var path] } || path == CopyPlaces.StandardInput)
        {
            throw new UsageException("--follow takes one file and an address: aldis copy --follow FILE ADDRESS.");
        }

        path = Path.GetFullPath(path);
        if (FileStatus.Of(path) is not { } status)
        {
            throw new UsageException($"there is no file '{path}'; --follow begins with one that is there.");
        }

        if (!status.IsRegular)
        {
            throw new UsageException($"'{path}' is {status.TypeName}, and --follow follows files; a pipe is copied as '-' with a --name.");
        }

        EndpointAddress address = ClientArguments.ParseStreamAddress(context, settings.Places.Address, FilesConversation.DefaultPort);
        await using LiveTrace? trace = LiveTrace.Start(context.Console, address, settings.IsTraced);
        string token = await settings.Token.ReadAsync(context, address);
        var link = new CopyLink(address, settings with { Retry = settings.Retry ?? Timeout.InfiniteTimeSpan }, token, trace);
        clock ??= TimeProvider.System;
        using var board = new CopyBoard(context.Console, settings, events, clock, () => link.State);
        using var follow = new FollowCopy(context, link, board, path, address, clock, stateDirectory ?? StateDirectory());
        return await board.RunAsync(context, follow.FollowAsync);
    }

    public void Dispose() => _file?.Dispose();

    private static string StateDirectory()
    {
        string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return !string.IsNullOrEmpty(state) ? Path.Combine(state, "aldis")
            : home.Length > 0 ? Path.Combine(home, ".local", "state", "aldis")
            : throw new UsageException(
                "how far a file is followed is kept in the user's home directory, and there is none: set XDG_STATE_HOME to a directory.");
    }

    private async Task FollowAsync()
    {
        Begin();
        while (await StepAsync())
        {
        }
    }

    /// <summary>Finds the file that was followed last, under whatever name it has by now.</summary>
    private void Begin()
    {
        _lastPiece = _lastGrowth = _clock.GetTimestamp();
        if (FollowPosition.Load(_positionPath) is not { } before)
        {
            StartWith(_path, before: null);
            return;
        }

        string directory = Path.GetDirectoryName(_path)!;
        string? found = FileStatus.Of(_path) is { } named && before.IsOf(named)
            ? _path
            : Directory.EnumerateFiles(directory).FirstOrDefault(path => FileStatus.Of(path) is { } other && before.IsOf(other));
        if (found is null)
        {
            _board.Say($"the file that was followed is gone: what it had behind byte {before.Offset} is not sent");
            StartWith(_path, before);
            return;
        }

        _position = before;
        _file = Open(found);
        if (found != _path)
        {
            _board.Say($"'{_name}' was rotated to '{PrintableText.Escape(Path.GetFileName(found))}' meanwhile, whose rest is sent first");
        }
    }

    /// <summary>Looks once, and does what is to be done.</summary>
    /// <returns>False when the server refuses a piece for good.</returns>
    private async Task<bool> StepAsync()
    {
        CancellationToken interruption = _context.Interruption;
        SafeFileHandle file = _file!;
        FileStatus status = FileStatus.Of(file) ?? throw new UsageException($"'{_path}' cannot be looked at any more.");
        if (status.Length != _lastLength)
        {
            (_lastLength, _lastGrowth) = (status.Length, _clock.GetTimestamp());
        }

        var look = new FollowLook(
            _position.Offset,
            status.Length,
            _position.Offset == 0 || status.Length < _position.Offset || _position.Tail == TailDigest(file, _position.Offset),
            FileStatus.Of(_path) is { } named && _position.IsOf(named),
            _clock.GetElapsedTime(_lastGrowth),
            _clock.GetElapsedTime(_lastPiece));
        (FollowAction action, int bytes) = FollowRule.Decide(look);
        switch (action)
        {
            case FollowAction.StartOver:
                _board.Say($"'{_name}' was emptied by somebody, and is sent from its beginning");
                _position = FollowPosition.Begin(status, _clock.GetUtcNow(), _position);
                return true;
            case FollowAction.GoOn when FileStatus.Of(_path) is { IsRegular: true }:
                StartWith(_path, _position);
                return true;
            case FollowAction.Send when await PieceAsync(file, status, bytes, look) is > 0 and var piece:
                return await SendAsync(file, piece);
            default:
                await Task.Delay(LookPace, _clock, interruption);
                return true;
        }
    }

    private void StartWith(string path, FollowPosition? before)
    {
        _file?.Dispose();
        _file = Open(path);
        _position = FollowPosition.Begin(
            FileStatus.Of(_file) ?? throw new UsageException($"'{path}' cannot be looked at."), _clock.GetUtcNow(), before);
    }

    private static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"'{path}' cannot be read: {SourceTree.Reason(exception)}");
        }
    }

    /// <summary>Decides on a piece and writes it down, unless one that was written down is still to be sent.</summary>
    /// <returns>Its bytes; 0 to wait for more.</returns>
    private async Task<int> PieceAsync(SafeFileHandle file, FileStatus status, int bytes, FollowLook look)
    {
        if (_position.PendingBytes > 0 && _position.PendingBytes <= status.Length - _position.Offset)
        {
            return _position.PendingBytes;
        }

        byte[] end = new byte[Math.Min(bytes, LineSearchBytes)];
        int read = await RandomAccess.ReadAsync(file, end, _position.Offset + bytes - end.Length, _context.Interruption);
        int piece = FollowRule.Cut(end.AsSpan(0, read), bytes, isLast: !look.HasName);
        if (piece > 0)
        {
            _position = _position with
            {
                PendingBytes = piece,
                PendingTail = TailDigest(file, _position.Offset + piece),
                PendingModifiedNs = Math.Max(0, status.Written),
            };
            _position.Save(_positionPath);
        }

        return piece;
    }

    /// <summary>Sends the piece that is written down.</summary>
    /// <returns>False where the server refuses it for good.</returns>
    private async Task<bool> SendAsync(SafeFileHandle file, int bytes)
    {
        string name = $"{_name}/{_position.PieceName}";
        var entry = new ManifestEntry
        {
            Kind = FileEntryKind.File,
            Path = Encoding.UTF8.GetBytes(name),
            Size = bytes,
            ModifiedNs = _position.PendingModifiedNs,
            Mode = (FileStatus.Of(file)?.Mode ?? 0) & 0x1FF,
        };
        var copied = new CopiedFile(_path, name) { Length = bytes };
        _board.Add(isDirectory: false, bytes);
        while (true)
        {
            var watcher = new PieceWatcher(_board, copied);
            await _link.SendAsync(
                new SliceSource(file, _position.Offset, entry), TransferKey.Of([_keyPrefix, name]), watcher, _context.Interruption);
            switch (watcher.Outcome.Refusal)
            {
                case RefusalCode.Busy or RefusalCode.DiskFull or RefusalCode.Quota:
                    _board.Interrupt(
                        $"{copied.Name} {RefusalText.Of(watcher.Outcome.Refusal.Value, ConflictPolicy.Fail)}; trying again", RefusedPause);
                    await Task.Delay(RefusedPause, _clock, _context.Interruption);
                    continue;
                case RefusalCode.Changed:
                    // Emptied while it was sent; the next look sees it.
                    _position = _position with { PendingBytes = 0 };
                    return true;
                default:
                    _board.Settle(copied, watcher.Outcome);
                    if (watcher.Outcome.Refusal is not null)
                    {
                        return false;
                    }

                    _position = _position with { Offset = _position.Offset + bytes, Tail = _position.PendingTail, PendingBytes = 0 };
                    _position.Save(_positionPath);
                    _lastPiece = _clock.GetTimestamp();
                    return true;
            }
        }
    }

    private static string TailDigest(SafeFileHandle file, long offset)
    {
        byte[] tail = new byte[Math.Min(TailBytes, offset)];
        int read = RandomAccess.Read(file, tail, offset - tail.Length);
        return Convert.ToHexStringLower(Sha256.HashData(tail.AsSpan(0, read)));
    }

    /// <summary>Tells the board of a piece, but how it ended.</summary>
    private sealed class PieceWatcher(CopyBoard board, CopiedFile file) : ITransferWatcher
    {
        private readonly CopyWatcher _inner = new(board, [file]);

        public EntryOutcome Outcome { get; private set; }

        public void HandleConnected(FilesHello hello) => _inner.HandleConnected(hello);

        public void HandleInterrupted(string cause, TimeSpan pause) => _inner.HandleInterrupted(cause, pause);

        public void HandleWanted(int entry, long offset, bool isChanged) => _inner.HandleWanted(entry, offset, isChanged);

        public void HandleMoved(int entry, long offset) => _inner.HandleMoved(entry, offset);

        public void HandleHashed(int entry, long end) => _inner.HandleHashed(entry, end);

        public void HandleVerified(int entry, long offset) => _inner.HandleVerified(entry, offset);

        public void HandleSettled(int entry, in EntryOutcome outcome) => Outcome = outcome;
    }
}

namespace Aldis.Cli.Terminal;

/// <summary>Reads standard input line by line, as bytes. A line ends with a line feed; the last one may end with the input.</summary>
internal sealed class InputLines(Stream input)
{
    /// <summary>The longest line, in bytes: far above what any conversation takes as one message.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    // A terminal of Windows ends lines with both; elsewhere a carriage return is payload.
    private static readonly bool StripsCarriageReturn = Environment.NewLine == "\r\n";

    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private bool _isAtEnd;
    private Task<int>? _reading;

    /// <summary>Whether the input has ended and every line of it was taken.</summary>
    public bool IsUsedUp => _isAtEnd && _start == _end;

    /// <summary>Bytes that were read and belong to lines not taken yet.</summary>
    public int HeldBytes => _end - _start;

    /// <summary>Reads the next line.</summary>
    /// <param name="cancellationToken">Stops waiting. The read itself goes on, because a terminal cannot be called off; the next call
    /// waits for it.</param>
    /// <returns>The line without its end, valid until the next call; null at the end of the input.</returns>
    /// <exception cref="UsageException">The line is longer than <see cref="MaxLength"/>, or the input cannot be read.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        int searched = _start;
        while (true)
        {
            int lineFeed = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (lineFeed >= 0)
            {
                return Take(searched + lineFeed, 1);
            }

            if (_isAtEnd)
            {
                // Not "… : null": that would be an empty line, by way of the conversion from an array.
                return _start < _end ? Take(_end, 0) : default(ReadOnlyMemory<byte>?);
            }

            if (_reading is null)
            {
                MakeRoom();
                Memory<byte> room = _buffer.AsMemory(_end);
                _reading = Task.Run(() => ReadOrFail(room.Span), CancellationToken.None);
            }

            searched = _end;
            try
            {
                TakeRead(await _reading.WaitAsync(cancellationToken));
            }
            catch (UsageException)
            {
                TakeRead(0);
                throw;
            }
        }
    }

    /// <summary>Takes the bytes of a read whose waiting was stopped, if they are there or come within a moment.</summary>
    /// <param name="moment">How long to wait for them.</param>
    /// <returns>A task that ends then.</returns>
    public async Task TakePendingAsync(TimeSpan moment)
    {
        if (_reading is not null && await Task.WhenAny(_reading, Task.Delay(moment)) == _reading)
        {
            TakeRead(_reading.IsCompletedSuccessfully ? await _reading : 0);
        }
    }

    /// <summary>Takes the next line if all of it was read before.</summary>
    /// <param name="line">The line without its end, valid until the next call.</param>
    /// <returns>False if there is none.</returns>
    public bool TryReadHeld(out ReadOnlyMemory<byte> line)
    {
        int lineFeed = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        line = lineFeed < 0 ? default : Take(_start + lineFeed, 1);
        return lineFeed >= 0;
    }

    /// <summary>Takes the lines that were read from the input and not taken, without waiting; the input is of no use afterwards.</summary>
    /// <returns>The lines without their ends, the last one perhaps not whole.</returns>
    public IReadOnlyList<ReadOnlyMemory<byte>> TakeRest()
    {
        var rest = new List<ReadOnlyMemory<byte>>();
        while (TryReadHeld(out ReadOnlyMemory<byte> line))
        {
            rest.Add(line);
        }

        if (_start < _end)
        {
            rest.Add(Take(_end, 0));
        }

        return rest;
    }

    private void TakeRead(int read)
    {
        _reading = null;
        _isAtEnd = read == 0;
        _end += read;
    }

    private int ReadOrFail(Span<byte> room)
    {
        try
        {
            return input.Read(room);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"standard input cannot be read: {exception.Message.TrimEnd('.')}.");
        }
    }

    private ReadOnlyMemory<byte> Take(int end, int endLength)
    {
        ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, end - _start);
        _start = end + endLength;
        return StripsCarriageReturn && line.Length > 0 && line.Span[^1] == '\r' ? line[..^1] : line;
    }

    private void MakeRoom()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        if (_end < _buffer.Length)
        {
            return;
        }

        if (_buffer.Length >= MaxLength)
        {
            throw new UsageException($"a line of the input is longer than {MaxLength / (1024 * 1024)} MiB; lines end with a line feed.");
        }

        Array.Resize(ref _buffer, _buffer.Length * 2);
    }
}

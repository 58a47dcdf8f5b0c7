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

    /// <summary>Reads the next line.</summary>
    /// <param name="cancellationToken">Stops waiting. The read itself goes on, because a terminal cannot be called off.</param>
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

            searched = _end - _start;
            MakeRoom();
            Memory<byte> room = _buffer.AsMemory(_end);
            int read = await FileInput.CallAsync(() => ReadOrFail(room.Span), cancellationToken);
            _isAtEnd = read == 0;
            _end += read;
        }
    }

    /// <summary>Takes the lines that were read from the input and not taken, without waiting; the input is of no use afterwards.</summary>
    /// <returns>The lines without their ends, the last one perhaps not whole.</returns>
    public IReadOnlyList<ReadOnlyMemory<byte>> TakeRest()
    {
        var rest = new List<ReadOnlyMemory<byte>>();
        while (_start < _end)
        {
            int lineFeed = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            rest.Add(lineFeed >= 0 ? Take(_start + lineFeed, 1) : Take(_end, 0));
        }

        return rest;
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

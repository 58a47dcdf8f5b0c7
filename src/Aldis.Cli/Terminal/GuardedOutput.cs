namespace Aldis.Cli.Terminal;

/// <summary>
/// Standard output of a verb: the one place where a failure to write becomes what the command says and ends with. The first failure is
/// kept and, unless the reader went away, said; from then on nothing is written, so that no half line is followed by a whole one.
/// </summary>
/// <param name="output">Where data goes.</param>
/// <param name="error">Where people read.</param>
internal sealed class GuardedOutput(Stream output, TextWriter error) : OneWayStream
{
    private readonly CancellationTokenSource _failed = new();
    private OutputFailedException? _failure;

    /// <summary>The first failure, or null.</summary>
    public OutputFailedException? Failure => Volatile.Read(ref _failure);

    /// <summary>Cancelled at the first failure, for who goes on all the same but need not begin anything new.</summary>
    public CancellationToken Failed => _failed.Token;

    /// <summary>Writes bytes.</summary>
    /// <exception cref="OutputFailedException">It failed, now or before.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ThrowIfFailed();
        try
        {
            output.Write(buffer);
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Fail(exception);
        }
    }

    /// <summary>Hands over what the stream behind this holds.</summary>
    /// <exception cref="OutputFailedException">It failed, now or before.</exception>
    public override void Flush()
    {
        ThrowIfFailed();
        try
        {
            output.Flush();
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Fail(exception);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _failed.Dispose();
        }

        base.Dispose(disposing);
    }

    private static bool IsFailure(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or ObjectDisposedException or NotSupportedException;

    private void ThrowIfFailed()
    {
        if (Failure is { } failure)
        {
            throw new OutputFailedException(failure);
        }
    }

    private OutputFailedException Fail(Exception cause)
    {
        var failure = new OutputFailedException(cause);
        if (Interlocked.CompareExchange(ref _failure, failure, null) is null)
        {
            if (!failure.IsReaderGone)
            {
                error.WriteLine(
                    $"aldis: standard output cannot be written: {failure.Message.TrimEnd('.')}. What was to be printed is not complete.");
            }

            // Whoever waits for this goes on elsewhere, not in the middle of a write.
            _ = _failed.CancelAsync();
        }

        return failure;
    }
}

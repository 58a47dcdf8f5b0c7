namespace Aldis.Cli.Tests.Verbs;

/// <summary>An output on which a test can wait for lines.</summary>
internal sealed class SignallingStream : MemoryStream
{
    private readonly SemaphoreSlim _lines = new(0);
    private int _seen;

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        foreach (byte value in buffer)
        {
            if (value == '\n')
            {
                _lines.Release();
            }
        }
    }

    /// <summary>Waits until so many lines were written in all.</summary>
    public async Task WaitForLinesAsync(int count, CancellationToken cancellationToken)
    {
        for (; _seen < count; _seen++)
        {
            await _lines.WaitAsync(cancellationToken);
        }
    }

    protected override void Dispose(bool disposing)
    {
        _lines.Dispose();
        base.Dispose(disposing);
    }
}

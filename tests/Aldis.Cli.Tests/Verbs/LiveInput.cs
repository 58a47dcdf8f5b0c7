using System.Text;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>A standard input that gives its lines and stays open: a further one every few milliseconds, or none.</summary>
internal sealed class LiveInput : Stream
{
    private readonly SemaphoreSlim _ready = new(0);
    private readonly Timer? _timer;
    private readonly Action? _firstRead;
    private byte[] _bytes;
    private volatile bool _hasEnded;

    /// <param name="text">What can be read at once.</param>
    /// <param name="everyMilliseconds">How often a further line comes; null for never.</param>
    /// <param name="firstRead">What happens when the first bytes are read.</param>
    public LiveInput(string text, int? everyMilliseconds = null, Action? firstRead = null)
    {
        _bytes = Encoding.UTF8.GetBytes(text);
        _firstRead = firstRead;
        if (everyMilliseconds is int period)
        {
            _timer = new Timer(_ => _ready.Release(), null, period, period);
        }
    }

    public override bool CanRead => true;

    /// <summary>Ends the input.</summary>
    public void End()
    {
        _hasEnded = true;
        _ready.Release();
    }

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_bytes.Length > 0)
        {
            byte[] first = _bytes;
            _bytes = [];
            first.CopyTo(buffer, offset);
            _firstRead?.Invoke();
            return first.Length;
        }

        _ready.Wait(TestContext.Current.CancellationToken);
        if (_hasEnded)
        {
            return 0;
        }

        return Encoding.UTF8.GetBytes("another\n", buffer.AsSpan(offset, count));
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _timer?.Dispose();
        base.Dispose(disposing);
    }
}

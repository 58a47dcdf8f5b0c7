namespace Aldis.Cli.Terminal;

/// <summary>
/// A file whose reads end when they are told to, also in the middle of a system call: a read of a silent pipe goes on in the background
/// until the process ends, into memory that nobody looks at any more. One read at a time.
/// </summary>
/// <param name="file">The file; it is not closed with this.</param>
internal sealed class InterruptibleStream(Stream file) : OneWayStream
{
    public override bool CanRead => true;

    public override bool CanWrite => false;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(file.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
}

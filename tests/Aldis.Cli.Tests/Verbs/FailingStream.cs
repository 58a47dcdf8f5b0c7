namespace Aldis.Cli.Tests.Verbs;

/// <summary>A standard stream that fails.</summary>
internal class FailingStream(string message, int errorNumber) : MemoryStream
{
    public override void Write(byte[] buffer, int offset, int count) => throw new IOException(message, errorNumber);

    public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException(message, errorNumber);
}

/// <summary>An output whose reader has gone (EPIPE).</summary>
internal sealed class ClosedPipe() : FailingStream("Broken pipe", 32);

/// <summary>An output on a disk that is full (ENOSPC).</summary>
internal sealed class FullDisk() : FailingStream("No space left on device", 28);

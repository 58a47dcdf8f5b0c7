namespace Aldis.Cli.Terminal;

/// <summary>
/// Standard error: what people would have read is lost where it cannot be written, and nothing else is. Each write is tried anew, so
/// that a server is heard again when its disk has room again.
/// </summary>
/// <param name="output">Where it goes.</param>
internal sealed class ForgivingStream(Stream output) : OneWayStream
{
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            output.Write(buffer);
            output.Flush();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // There is nobody left to tell.
        }
    }
}

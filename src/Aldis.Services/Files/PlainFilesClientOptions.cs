using Aldis.Transports.Dialing;

namespace Aldis.Services.Files;

/// <summary>How long <see cref="PlainFilesClient"/> waits.</summary>
public sealed record PlainFilesClientOptions : ClientOptions
{
    /// <summary>
    /// How long the server may take, after the last byte, to store the file and close. Default 60 s: what is still under way must
    /// arrive and reach the disk first.
    /// </summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The end of the stream says that the file is whole, so a connection that ends before it must not end in order.</summary>
    internal override DialOptions Dialing => base.Dialing with { ResetsUntilFinished = true };
}

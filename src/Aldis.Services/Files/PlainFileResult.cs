namespace Aldis.Services.Files;

/// <summary>
/// A file was sent in the plain form and the server closed in order. The form carries no proof, so this never means "stored".
/// </summary>
/// <param name="BytesSent">Bytes of the file that were sent, without the greeting.</param>
/// <param name="Elapsed">From the greeting to the server's close.</param>
public sealed record PlainFileResult(long BytesSent, TimeSpan Elapsed);

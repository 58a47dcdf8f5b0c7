namespace Aldis.Services.Files;

/// <summary>A file changed while it was copied, so that what was read of it is neither what it was nor what it is.</summary>
/// <param name="message">How, in one clause.</param>
internal sealed class FileChangedException(string message) : IOException(message);

namespace Aldis.Services.Files.Sources;

/// <summary>What was named cannot be copied; the message is a sentence for people.</summary>
internal sealed class SourceException(string message) : IOException(message);

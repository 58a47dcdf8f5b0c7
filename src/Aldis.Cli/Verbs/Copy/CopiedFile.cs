using System.Text.Json;
using Aldis.Protocols.Files;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>An entry of a copy, as its progress is kept.</summary>
/// <param name="path">Its path here, or the one it is fetched from.</param>
/// <param name="offered">Its name over there.</param>
internal sealed class CopiedFile(string path, string offered)
{
    /// <summary>What it is called, for people.</summary>
    public string Name { get; } = PrintableText.Escape(offered);

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>Bytes of a file; null where it has no length.</summary>
    public long? Length { get; init; }

    /// <summary>Bytes of it that the other side has or that are on their way.</summary>
    public long Moved { get; set; }

    /// <summary>Bytes of it that the other side said to have for good, and that need not be hashed again.</summary>
    public long Verified { get; set; }

    /// <summary>Whether it is settled.</summary>
    public bool IsSettled { get; set; }

    /// <summary>Why it was not taken; null where it was, or is not settled.</summary>
    public RefusalCode? Refusal { get; set; }

    /// <summary>Why it cannot be read, where that is known.</summary>
    public string? Reason { get; set; }

    /// <summary>Names it in an event.</summary>
    /// <param name="writer">The event.</param>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteString("file", path);
        writer.WriteString("name", offered);
    }
}

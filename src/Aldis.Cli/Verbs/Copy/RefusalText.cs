using Aldis.Protocols.Files;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>What a refusal means to whoever copies, and what to do.</summary>
internal static class RefusalText
{
    /// <summary>The end of a sentence that begins with the file's name, without a full stop.</summary>
    /// <param name="code">Why it is not taken.</param>
    /// <param name="policy">What was asked for.</param>
    public static string Of(RefusalCode code, ConflictPolicy policy) => code switch
    {
        RefusalCode.Exists when policy == ConflictPolicy.Overwrite =>
            "is there with another content, and the server replaces nothing (serve --allow-overwrite)",
        RefusalCode.Exists when policy == ConflictPolicy.Skip => "is there already, and is left alone",
        RefusalCode.Exists => "is there with another content; --overwrite, --skip or --rename says what to do",
        RefusalCode.TooLarge => "is longer than the server takes",
        RefusalCode.Quota => "is more than the server's quota leaves",
        RefusalCode.DiskFull => "finds no room on the server's disk",
        RefusalCode.BadName => "has a name that the server does not take, or is a link to one",
        RefusalCode.Busy => "is being written there by another copy; try again later",
        RefusalCode.Changed => "changed while it was copied; copy it when nobody writes to it, or a snapshot of it",
        RefusalCode.Unreadable => "cannot be read",
        RefusalCode.Corrupt => "arrived damaged three times",
        RefusalCode.NotStored => "could not be stored: the server's disk failed",
        RefusalCode.Uncertain => "is there, but a power cut may take it away",
        RefusalCode.Missing => "is not there",
        RefusalCode.Differs => "is there with another content",
        _ => "is not taken",
    };
}

using Aldis.Cli.Verbs.Tokens;
using Aldis.Protocols.Files;
using Aldis.Services.Files.Sources;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>What <c>aldis copy</c> was asked for.</summary>
internal sealed record CopySettings
{
    /// <summary>From where to where.</summary>
    public required CopyPlaces Places { get; init; }

    /// <summary>Whether the plain form is spoken.</summary>
    public bool IsPlain { get; init; }

    /// <summary>What is done where something has the name.</summary>
    public ConflictPolicy Policy { get; init; }

    /// <summary>Whether it is only told what would be done.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Whether nothing is copied, and both sides read what they have and compare.</summary>
    public bool IsVerified { get; init; }

    /// <summary>Whether a file is followed for ever.</summary>
    public bool IsFollowed { get; init; }

    /// <summary>Bytes a second at most; null for no limit.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>What of a tree is copied.</summary>
    public required PathFilter Filter { get; init; }

    /// <summary>What becomes of symbolic links.</summary>
    public LinkPolicy Links { get; init; }

    /// <summary>The name of what comes from standard input.</summary>
    public string? Name { get; init; }

    /// <summary>With what the content is proved.</summary>
    public DigestAlgorithm Digest { get; init; }

    /// <summary>The client id; null for the one of this machine and user.</summary>
    public string? Client { get; init; }

    /// <summary>Where its token is.</summary>
    public TokenSettings Token { get; init; } = new(File: null, IsInClear: false);

    /// <summary>How long there may be no server.</summary>
    public TimeSpan? Retry { get; init; }

    /// <summary>How long the server may be silent.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether frames are shown.</summary>
    public bool IsTraced { get; init; }

    /// <summary>Whether only errors are told.</summary>
    public bool IsQuiet { get; init; }
}

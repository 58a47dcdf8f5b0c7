namespace Aldis.Protocols.Files;

/// <summary>The words of the native form of <c>files</c> on the wire.</summary>
internal static class FileWords
{
    /// <summary>The conversation's name in a preface.</summary>
    public static ReadOnlySpan<byte> Service => "files"u8;

    /// <summary>The word of a digest algorithm.</summary>
    public static ReadOnlySpan<byte> Of(DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Blake3 => "blake3"u8,
        DigestAlgorithm.Sha256 => "sha256"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

    /// <summary>The word of a policy.</summary>
    public static ReadOnlySpan<byte> Of(ConflictPolicy policy) => policy switch
    {
        ConflictPolicy.Fail => "fail"u8,
        ConflictPolicy.Skip => "skip"u8,
        ConflictPolicy.Rename => "rename"u8,
        ConflictPolicy.Overwrite => "overwrite"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(policy)),
    };

    /// <summary>The word of a refusal.</summary>
    public static ReadOnlySpan<byte> Of(RefusalCode code) => code switch
    {
        RefusalCode.Exists => "exists"u8,
        RefusalCode.TooLarge => "too-large"u8,
        RefusalCode.Quota => "quota"u8,
        RefusalCode.DiskFull => "disk-full"u8,
        RefusalCode.BadName => "bad-name"u8,
        RefusalCode.Busy => "busy"u8,
        RefusalCode.Changed => "changed"u8,
        RefusalCode.Unreadable => "unreadable"u8,
        RefusalCode.Corrupt => "corrupt"u8,
        RefusalCode.NotStored => "not-stored"u8,
        RefusalCode.Uncertain => "uncertain"u8,
        RefusalCode.Missing => "missing"u8,
        RefusalCode.Differs => "differs"u8,
        RefusalCode.TooMany => "too-many"u8,
        RefusalCode.Digest => "digest"u8,
        RefusalCode.BadFrame => "bad-frame"u8,
        RefusalCode.NotShared => "not-shared"u8,
        RefusalCode.NotFound => "not-found"u8,
        RefusalCode.Superseded => "superseded"u8,
        RefusalCode.ShuttingDown => "shutting-down"u8,
        RefusalCode.StoreFailed => "store-failed"u8,
        RefusalCode.Token => "token"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(code)),
    };

    /// <summary>The digest algorithm of a word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="algorithm">What it names.</param>
    /// <returns>False if there is no such word.</returns>
    public static bool TryParse(ReadOnlySpan<byte> word, out DigestAlgorithm algorithm)
    {
        for (algorithm = DigestAlgorithm.Blake3; algorithm <= DigestAlgorithm.Sha256; algorithm++)
        {
            if (word.SequenceEqual(Of(algorithm)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The policy of a word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="policy">What it names.</param>
    /// <returns>False if there is no such word.</returns>
    public static bool TryParse(ReadOnlySpan<byte> word, out ConflictPolicy policy)
    {
        for (policy = ConflictPolicy.Fail; policy <= ConflictPolicy.Overwrite; policy++)
        {
            if (word.SequenceEqual(Of(policy)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The refusal of a word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="code">What it names.</param>
    /// <returns>False if there is no such word.</returns>
    public static bool TryParse(ReadOnlySpan<byte> word, out RefusalCode code)
    {
        for (code = RefusalCode.Exists; code <= RefusalCode.Token; code++)
        {
            if (word.SequenceEqual(Of(code)))
            {
                return true;
            }
        }

        return false;
    }
}

namespace Aldis.Protocols.Messages;

/// <summary>The bounds of the native form's numbers and texts (docs/protocols/messages.md section 3.1).</summary>
internal static class MessageLimits
{
    /// <summary>Highest sequence number: 2^63 - 1. The first is 1.</summary>
    public const long MaxSequence = long.MaxValue;

    /// <summary>Most bytes of a payload that a header can name: ten digits.</summary>
    public const long MaxLength = 9_999_999_999;

    /// <summary>
    /// Most payload bytes of a message that a journal can hold (docs/protocols/journal.md section 3): 16 MiB. A repeat up to this is
    /// compared, whatever the server takes today.
    /// </summary>
    public const int MaxStoredLength = 16 * 1024 * 1024;

    /// <summary>Fewest messages a server lets be outstanding.</summary>
    public const int MinWindow = 16;

    /// <summary>Messages a server lets be outstanding unless it is told otherwise.</summary>
    public const int DefaultWindow = 256;

    /// <summary>
    /// Most messages a server may let be outstanding: the CRCs of so many a mark can hold (docs/protocols/journal.md section 2).
    /// </summary>
    public const int MaxWindow = 65_535;

    /// <summary>Longest wait a NAK can ask for, in milliseconds: nine digits.</summary>
    public const int MaxRetryMilliseconds = 999_999_999;

    internal const int SequenceDigits = 19;
    internal const int LengthDigits = 10;
    internal const int WindowDigits = 5;
    internal const int RetryDigits = 9;
}

namespace Aldis.Protocols.Messages;

/// <summary>How a repeated message compares with what was taken under its number.</summary>
public enum RepeatVerdict
{
    /// <summary>It is the same message.</summary>
    Same,

    /// <summary>It is another message.</summary>
    Different,

    /// <summary>It is too old for the server to tell.</summary>
    Forgotten,
}

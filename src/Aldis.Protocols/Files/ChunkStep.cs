namespace Aldis.Protocols.Files;

/// <summary>What a receiver does with what a unit announces.</summary>
internal enum ChunkStep
{
    /// <summary>It is the expected one.</summary>
    Receive,

    /// <summary>It is read over: it was on its way when something before it was asked for again, or the entry was refused.</summary>
    Discard,

    /// <summary>It breaks the rules: the connection ends with <see cref="RefusalCode.BadFrame"/>.</summary>
    Break,
}

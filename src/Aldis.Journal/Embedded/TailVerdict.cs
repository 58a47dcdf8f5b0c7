namespace Aldis.Journal.Embedded;

/// <summary>What bytes behind the last complete batch are.</summary>
internal enum TailVerdict
{
    /// <summary>A commit that was under way when the server ended; never acknowledged as durable.</summary>
    TornTail,

    /// <summary>What is left of records that were durable.</summary>
    Corruption,
}

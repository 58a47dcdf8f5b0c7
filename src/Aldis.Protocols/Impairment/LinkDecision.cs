namespace Aldis.Protocols.Impairment;

/// <summary>What becomes of one datagram: dropped, or one or two copies.</summary>
internal readonly record struct LinkDecision
{
    /// <summary>What chance decided, of which the rest follows.</summary>
    public LinkVerdict Verdict { get; init; }

    /// <summary>Why no copy arrives, or <see cref="LinkFault.None"/>.</summary>
    public LinkFault Drop => Verdict.Drop;

    /// <summary>Copies that arrive: 0, 1 or 2.</summary>
    public int Copies { get; init; }

    /// <summary>The copy that arrives first, if any does.</summary>
    public LinkCopy First { get; init; }

    /// <summary>The second copy, if there are two.</summary>
    public LinkCopy Second { get; init; }
}

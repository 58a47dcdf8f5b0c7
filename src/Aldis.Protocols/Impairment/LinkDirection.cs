namespace Aldis.Protocols.Impairment;

/// <summary>A direction of a bad network.</summary>
public enum LinkDirection
{
    /// <summary>From those who connect towards the target.</summary>
    ToTarget,

    /// <summary>From the target back to those who connected.</summary>
    ToClient,
}

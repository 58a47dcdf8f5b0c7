namespace Aldis.Transports.Addresses;

/// <summary>An option that addresses may have.</summary>
/// <param name="Name">Its name, as it stands in the query.</param>
/// <param name="Description">What it does, in one line without a full stop.</param>
public sealed record AddressOption(string Name, string Description)
{
    /// <summary>The only transport whose addresses have it; null, the default, where all have.</summary>
    public TransportScheme? Scheme { get; init; }
}

using Aldis.Transports.Addresses;

namespace Aldis.Services.Ack;

/// <summary>How often <see cref="AckHandler"/> answers.</summary>
internal sealed record AckOptions
{
    /// <summary>The option of an address that asks for <see cref="PerLine"/>.</summary>
    internal const string PerLineOption = "lines";

    /// <summary>Answer once for each newline instead of once for each read (<c>?lines=1</c> on the address). Default off.</summary>
    public bool PerLine { get; init; }

    /// <summary>Reads the options of an address.</summary>
    /// <param name="address">The listening address.</param>
    /// <returns>The options it names.</returns>
    public static AckOptions Of(EndpointAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return new AckOptions { PerLine = address.HasOption(PerLineOption) };
    }
}

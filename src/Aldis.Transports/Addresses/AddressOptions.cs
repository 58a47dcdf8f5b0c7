using Aldis.Protocols.Text;

namespace Aldis.Transports.Addresses;

/// <summary>
/// The options of addresses that belong to TLS, and the refusal of those that nobody knows: one that is misspelt would otherwise be a
/// conversation that works in another way than was asked.
/// </summary>
internal static class AddressOptions
{
    /// <summary>The least version of TLS: <c>1.2</c>, as where it is left out, or <c>1.3</c>.</summary>
    public const string MinVersion = "min-version";

    /// <summary>What a listener with TLS knows.</summary>
    public static readonly string[] TlsListener = ["cert", "key", "key-password-file", "client-ca", MinVersion];

    /// <summary>What a client with TLS knows.</summary>
    public static readonly string[] TlsClient = ["cafile", "servername", "pin", "cert", "key", "key-password-file", MinVersion, "insecure"];

    /// <summary>Refuses every option but those that are known.</summary>
    /// <param name="address">The address.</param>
    /// <param name="known">The names that are known there.</param>
    /// <exception cref="FormatException">There is another; the message names it and those that are known.</exception>
    public static void RefuseUnknown(EndpointAddress address, params ReadOnlySpan<string> known)
    {
        foreach (string name in address.Options.Keys)
        {
            if (!known.Contains(name))
            {
                throw new FormatException($"'{address}' has the unknown option {name}: "
                    + (known.IsEmpty ? "none is known here." : $"known here are {string.Join(", ", known)}{NearestName.End(name, known.ToArray())}"));
            }
        }
    }
}

using System.Text;
using Aldis.Protocols.Files;
using Aldis.Protocols.Integrity;

namespace Aldis.Services.Files;

/// <summary>Makes the key by which a server knows a transfer again.</summary>
internal static class TransferKey
{
    /// <summary>The key of a copy: the same when the same things are copied again, whatever is in them by then.</summary>
    /// <param name="parts">What tells it from others.</param>
    public static string Of(params IEnumerable<string> parts) =>
        Convert.ToHexStringLower(Sha256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))))[..FileLimits.KeyLength];
}

using System.Globalization;
using Aldis.Transports.Addresses;

namespace Aldis.Transports.Listening;

/// <summary>
/// The option of the address of a Unix domain socket that sets the permissions of its file, <c>?mode=660</c>. Who connects, or sends a
/// datagram, needs the right to write (unix(7)).
/// </summary>
internal static class UnixSocketMode
{
    /// <summary>Its name.</summary>
    public const string Name = "mode";

    private const int LeastDigits = 3;
    private const int MostDigits = 4;
    private const int MostMode = 0x1FF;

    /// <summary>Reads the option.</summary>
    /// <param name="address">The address of a Unix domain socket.</param>
    /// <returns>The permissions; null where it has none.</returns>
    /// <exception cref="FormatException">It is no number in octal, or there is no file.</exception>
    public static UnixFileMode? Of(EndpointAddress address)
    {
        if (!address.Options.TryGetValue(Name, out string? text))
        {
            return null;
        }

        if (address.Path[0] == '@')
        {
            throw new FormatException($"'{address}' has the option {Name}, and a name in the abstract namespace has no file: anybody may connect.");
        }

        int mode = 0;
        foreach (char digit in text)
        {
            mode = digit is >= '0' and <= '7' && mode <= MostMode ? (mode * 8) + (digit - '0') : int.MaxValue;
        }

        return text.Length is >= LeastDigits and <= MostDigits && mode <= MostMode ? (UnixFileMode)mode : throw new FormatException(
            string.Create(CultureInfo.InvariantCulture, $"'{address}' has the option {Name}={text}: write permissions in octal, 600 or 660."));
    }
}

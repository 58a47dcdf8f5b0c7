using System.Globalization;

namespace Aldis.Transports.Sockets;

/// <summary>How many descriptors the process may have open.</summary>
internal static class DescriptorLimit
{
    /// <summary>
    /// Descriptors that connections must leave: the runtime itself opens files while it runs and ends the process when it cannot.
    /// </summary>
    public const int Reserved = 64;

    /// <summary>Reads the present limit.</summary>
    /// <returns>The soft limit of /proc/self/limits; <see cref="int.MaxValue"/> where there is none to be read.</returns>
    public static int Read()
    {
        const string Name = "Max open files";
        try
        {
            string? line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
            string? soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
            return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) ? limit : int.MaxValue;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return int.MaxValue;
        }
    }
}

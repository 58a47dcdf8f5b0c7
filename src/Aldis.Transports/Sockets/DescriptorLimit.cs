using System.Globalization;

namespace Aldis.Transports.Sockets;

/// <summary>How many descriptors the process may have open, and how many it has.</summary>
internal static class DescriptorLimit
{
    /// <summary>Reads the present limit. The runtime has raised it to the hard one when the process started.</summary>
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

    /// <summary>Counts what is open now.</summary>
    /// <returns>The entries of /proc/self/fd; 0 where there is none to be read.</returns>
    public static int CountOpen()
    {
        try
        {
            return Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}

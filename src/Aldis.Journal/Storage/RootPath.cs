namespace Aldis.Journal.Storage;

/// <summary>What a path below an opened directory may look like.</summary>
internal static class RootPath
{
    /// <summary>Refuses what is no plain way down.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="IOException">A component is empty, '.' or '..', or has a character that no name has.</exception>
    public static void Check(string path)
    {
        foreach (string component in path.Split('/'))
        {
            if (component is "" or "." or ".." || component.Contains('\0', StringComparison.Ordinal)
                || (OperatingSystem.IsWindows() && component.AsSpan().IndexOfAny('\\', ':') >= 0))
            {
                throw new IOException($"'{path}' is no path below a directory.");
            }
        }
    }
}

using System.Globalization;
using System.Runtime.InteropServices;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>
/// Gives back what only the start needed: garbage, and the pages of the program's and the libraries' files, of which most are read once. They are
/// unchanged, so the next touch has them again from the file, and an idle server holds a third less.
/// </summary>
internal static partial class StartMemory
{
    // <sys/mman.h>
    private const int NotNeeded = 4;

    // A collection of a heap that is larger would be felt: a long journal's index is one.
    private const long MostCollected = 32 << 20;

    /// <summary>Gives it back; does nothing where the system is not Linux or does not tell what is mapped.</summary>
    public static void GiveBack()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) <= MostCollected)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }

        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            foreach ((nuint start, nuint length) in Unchanged(File.ReadLines("/proc/self/smaps")))
            {
                // A refusal leaves the pages where they are.
                _ = Advise(start, length, NotNeeded);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Without /proc nothing is known of what is mapped, and nothing is given back.
        }
    }

    /// <summary>
    /// The mappings that may be dropped: private, of a file, not writable, and without a page of the process's own. A page that the loader
    /// wrote, such as a relocated one, is the process's own (<c>Anonymous</c>), and would come back as it is in the file.
    /// </summary>
    /// <param name="lines">What /proc/self/smaps says.</param>
    /// <returns>Where each begins, and its bytes.</returns>
    internal static List<(nuint Start, nuint Length)> Unchanged(IEnumerable<string> lines)
    {
        var unchanged = new List<(nuint, nuint)>();
        (nuint, nuint)? candidate = null;
        foreach (string line in lines)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["Anonymous:", "0", ..] && candidate is { } clean)
            {
                unchanged.Add(clean);
            }
            else if (words is [var range, ['r', '-', _, 'p'], _, _, _, ['/', ..], ..] && range.Split('-') is [var from, var to])
            {
                nuint start = nuint.Parse(from, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                candidate = (start, nuint.Parse(to, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) - start);
            }
            else if (!words[0].EndsWith(':'))
            {
                candidate = null;
            }
        }

        return unchanged;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nuint start, nuint length, int advice);
}

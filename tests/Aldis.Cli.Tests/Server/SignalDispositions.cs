using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Aldis.Cli.Tests.Server;

/// <summary>
/// Lets the processes that tests start begin with the signals as a terminal gives them. Whoever runs the tests in the background of a
/// script, or under nohup, hands ignored signals down, and a command that is told to ignore one does so.
/// </summary>
internal static partial class SignalDispositions
{
    private const nint ByDefault = 0;

    private static ReadOnlySpan<int> HangupInterruptTerminate => [1, 2, 15];

    [ModuleInitializer]
    internal static void Restore()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        foreach (int signal in HangupInterruptTerminate)
        {
            // Only where it is ignored: the runtime may have a handler of its own already.
            nint before = SetHandler(signal, ByDefault);
            if (before is not (0 or 1))
            {
                _ = SetHandler(signal, before);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SetHandler(int signal, nint handler);
}

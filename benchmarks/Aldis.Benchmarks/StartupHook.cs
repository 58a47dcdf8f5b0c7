using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using Aldis.Benchmarks.Hostile;

/// <summary>
/// Loaded into a server that is attacked (the runtime looks for this name, outside of any namespace): at SIGUSR2 it writes into a file what
/// is alive on the managed heap, which nobody sees from outside.
/// </summary>
[SuppressMessage("Design", "MA0047:Declare types in namespaces", Justification = "The runtime looks for this name.")]
internal static class StartupHook
{
    private const int UserSignal2 = 12;

    private static PosixSignalRegistration? _registration;

    /// <summary>Is called before anything of the server's own.</summary>
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(ServerProcess.HeapVariable) is { } path)
        {
            _registration = PosixSignalRegistration.Create((PosixSignal)UserSignal2, signal =>
            {
                signal.Cancel = true;
                string written = path + ".new";
                File.WriteAllText(written, GC.GetTotalMemory(forceFullCollection: true).ToString(CultureInfo.InvariantCulture));
                File.Move(written, path, overwrite: true);
            });
        }
    }
}

using System.Diagnostics.CodeAnalysis;

/// <summary>
/// Loaded into a process that a test starts (the runtime looks for this name, outside of any namespace): throws on a thread of its own once
/// a file is there, as a fault of the command would.
/// </summary>
[SuppressMessage("Design", "MA0047:Declare types in namespaces", Justification = "The runtime looks for this name.")]
internal static class StartupHook
{
    /// <summary>The file, in the working directory.</summary>
    public const string TriggerName = "fault";

    public static void Initialize() => new Thread(static () =>
    {
        while (!File.Exists(TriggerName))
        {
            Thread.Sleep(10);
        }

        throw new InvalidOperationException("nobody thought of this");
    })
    { IsBackground = true }.Start();
}

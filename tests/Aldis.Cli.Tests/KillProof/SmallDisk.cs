using System.Diagnostics;
using System.Globalization;
using Aldis.Tests;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>A file system in memory whose size is decided here; until something is written it takes no memory, however large.</summary>
internal sealed class SmallDisk : IDisposable
{
    private static readonly Lazy<bool> Permission = new(Try);

    private readonly string _directory;

    private SmallDisk(string directory) => _directory = directory;

    /// <summary>Whether file systems may be mounted here.</summary>
    public static bool IsPossible => Permission.Value;

    /// <summary>Mounts one.</summary>
    /// <param name="directory">Created where it does not exist.</param>
    /// <param name="mebibytes">Its size.</param>
    public static SmallDisk Mount(string directory, int mebibytes)
    {
        Directory.CreateDirectory(directory);
        Assert.True(TryMount(directory, mebibytes), $"a file system could not be mounted at {directory}");
        return new SmallDisk(directory);
    }

    /// <summary>Gives it another size.</summary>
    public void Resize(int mebibytes) =>
        Assert.True(Run("mount", "-o", "remount," + Size(mebibytes), _directory), $"{_directory} could not be resized");

    public void Dispose() => Run("umount", "-l", _directory);

    private static string Size(int mebibytes) => string.Create(CultureInfo.InvariantCulture, $"size={mebibytes}m");

    private static bool Try()
    {
        using var directory = new TemporaryDirectory();
        return OperatingSystem.IsLinux() && TryMount(directory.Path, 1) && Run("umount", "-l", directory.Path);
    }

    private static bool TryMount(string directory, int mebibytes) =>
        Run("mount", "-t", "tmpfs", "-o", Size(mebibytes), "tmpfs", directory);

    private static bool Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}

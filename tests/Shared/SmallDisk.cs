using System.Diagnostics;

namespace Aldis.Tests;

/// <summary>A file system of its own with little room, for one test; where this user may not mount one, the test is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public SmallDisk(string size)
    {
        if (Run("mount", "-t", "tmpfs", "-o", $"size={size}", "none", Path) != 0)
        {
            _directory.Dispose();
            Assert.Skip("This user may not mount a file system: run as root to see this test.");
        }
    }

    public string Path => _directory.Path;

    public string Combine(string name) => _directory.Combine(name);

    /// <summary>Gives it another size, in the words of mount.</summary>
    public void Resize(string size) => Assert.Equal(0, Run("mount", "-o", $"remount,size={size}", Path));

    /// <summary>Lets nothing more be written.</summary>
    public void MakeReadOnly() => Assert.Equal(0, Run("mount", "-o", "remount,ro", Path));

    public void Dispose()
    {
        // Lazily, because what a failed test left open must not leave a mount behind.
        _ = Run("umount", "-l", Path);
        _directory.Dispose();
    }

    private static int Run(string command, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command, arguments)
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}

using System.Diagnostics;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>A library in C that a process is started with (LD_PRELOAD), to have another clock or another disk.</summary>
internal static class PreloadedLibrary
{
    /// <summary>Compiles one.</summary>
    /// <param name="source">Its source, from the folder of the tests.</param>
    /// <param name="library">The library to make.</param>
    /// <returns>Whether there is a compiler that took it.</returns>
    public static bool TryBuild(string source, string library)
    {
        try
        {
            string[] words = ["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", library, Path.Combine(AppContext.BaseDirectory, source), "-ldl"];
            using Process compiler = Process.Start("cc", words);
            compiler.WaitForExit();
            return compiler.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no compiler.
            return false;
        }
    }
}

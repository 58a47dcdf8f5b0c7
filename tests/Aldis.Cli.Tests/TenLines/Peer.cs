using System.Diagnostics;

namespace Aldis.Cli.Tests.TenLines;

/// <summary>Programs of other people that our samples run in.</summary>
internal static class Peer
{
    /// <summary>Finds a program. Where it is missing the test is skipped, but fails where everything is promised to be there (CI).</summary>
    /// <param name="program">Its name.</param>
    /// <param name="package">The Debian package that has it.</param>
    /// <returns>Its path.</returns>
    public static string Require(string program, string package)
    {
        string? found = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        string missing = $"{program} is missing (Debian: apt install {package})";
        if (found is null && Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(missing);
        }

        Assert.SkipWhen(found is null, missing);
        return found!;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its exit code and what it printed on both streams.</returns>
    public static async Task<(int ExitCode, string Printed)> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            process.Kill();
            Assert.Fail($"{program} did not end within 60 s.");
        }

        return (process.ExitCode, await output + await error);
    }
}

using System.Diagnostics;
using System.Text.RegularExpressions;
using Aldis.Cli.Tests.Verbs;

namespace Aldis.Cli.Tests.Interoperability;

/// <summary><c>aldis ping</c> beside ping of iputils: the same lines but for figures, and the same answers counted.</summary>
public sealed partial class OtherPingTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Both_pings_say_the_same_of_a_host(string host)
    {
        string? other = await RunOtherAsync(host);
        Assert.SkipWhen(other is null, "the other ping may not send here");
        Run own = (await Run.AldisAsync("ping", host, "-c", "3", "-i", "0.2", "-W", "60")).Ends(ExitCode.Confirmed);

        // The first line and the spelling of the percentage differ; that of iputils has the whole time behind it.
        string[] theirs = [.. Lines(other!).Select(static line => line.Replace("% packet loss, time Nms", " % packet loss", StringComparison.Ordinal))];
        Assert.Equal(theirs.Skip(1), Lines(own.Output).Skip(1));
    }

    private static IEnumerable<string> Lines(string output) =>
        output.TrimEnd('\n').Split('\n').Select(static line => Figure().Replace(line, static match => match.Groups["key"].Value + "N"));

    /// <summary>What it printed; null where it may not send, or got no answer.</summary>
    private static async Task<string?> RunOtherAsync(string host)
    {
        using Process ping = Process.Start(new ProcessStartInfo(PeerProgram.Require("ping"), ["-c", "3", "-i", "0.2", host])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { ["LC_ALL"] = "C" },
        })!;
        string output = await ping.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await ping.WaitForExitAsync(TestContext.Current.CancellationToken);
        return ping.ExitCode == 0 ? output : null;
    }

    [GeneratedRegex(@"(?<key>time[= ]|= |/)[\d.]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Figure();
}

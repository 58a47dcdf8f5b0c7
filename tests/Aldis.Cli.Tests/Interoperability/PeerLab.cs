using System.IO.Pipelines;
using Aldis.Cli.Tests.Verbs;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Interoperability;

/// <summary>The laboratory in this process, and a Python program as another.</summary>
internal static class PeerLab
{
    /// <summary>A link that loses two transmissions and an ACK.</summary>
    public const string BadLink = "--delay 15ms --timeout 200ms --kill data:2,data:7,ack:4";

    private const string Timeout = "0.2";

    /// <summary>Runs both against each other.</summary>
    /// <param name="source">The program.</param>
    /// <param name="options">Of the laboratory, behind <c>--peer</c>.</param>
    /// <returns>What the laboratory said, and what a receiver that did well wrote.</returns>
    public static async Task<(Run Run, string Received)> RunAsync(string source, string options)
    {
        PeerProgram.Require("python3");
        var lines = new Pipe();
        string[] words = ["lab", "--peer", .. options.Split(' ')];
        Task<Run> running = Run.AldisAsync(Stream.Null, words, TestContext.Current.CancellationToken, error: lines.Writer.AsStream());
        using var reader = new StreamReader(lines.Reader.AsStream());
        string listen = await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().InTime() ?? string.Empty;
        string port = listen[(listen.LastIndexOf('=') + 1)..];
        using PeerProgram program = PeerProgram.Start("python3", "-c", source, port, Timeout, "4");
        Run run = await running.InTime();
        string received = source.Contains("stdout", StringComparison.Ordinal) && run.ExitCode == ExitCode.Confirmed
            ? await program.ReceiveTextToEndAsync() : string.Empty;
        return (run, received);
    }

    /// <summary>Reads a program; of a receiver one that waits less at its end.</summary>
    /// <param name="program">Its name, without the ending.</param>
    public static async Task<string> SourceAsync(string program) =>
        (await ReadAsync($"samples/peers/{program}.py")).Replace("settimeout(5)", "settimeout(1.5)", StringComparison.Ordinal);

    /// <summary>Reads a file of the repository.</summary>
    /// <param name="path">Its path there.</param>
    public static async Task<string> ReadAsync(string path)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Aldis.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return (await File.ReadAllTextAsync(Path.Combine(folder!, path), TestContext.Current.CancellationToken)).ReplaceLineEndings("\n");
    }
}

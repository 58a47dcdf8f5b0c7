using Aldis.Tests;

namespace Aldis.Cli.Tests.Server;

/// <summary>What a server leaves that was killed while it received files.</summary>
public sealed class UnfinishedFilesTests : IDisposable
{
    private const string Files = "files=tcp://127.0.0.1:0";

    private readonly TemporaryDirectory _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task The_next_server_removes_it_and_says_so_and_one_that_was_refused_does_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Directories are locked on Linux.");
        string directory = Directory.CreateDirectory(_data.Combine("files")).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "mine.part"), "mine", TestContext.Current.CancellationToken);
        await using AldisProcess killed = await AldisProcess.ServeAsync("--data", _data.Path, Files);
        using LabClient client = await killed.ConnectAsync("files");
        await client.SendAsync("Hello from the client!");
        await client.ReceiveOnceAsync();
        await client.SendAsync("half a file");
        while (Directory.GetFiles(directory).Length < 2)
        {
            await Task.Yield();
        }

        (int beside, _, _) = await AldisProcess.RunAsync(string.Empty, "serve", "--data", _data.Path, Files);
        Assert.Equal((ExitCode.UsageOrLocalError, 2), (beside, Directory.GetFiles(directory).Length));
        await killed.SignalAsync("KILL");
        await killed.WaitForExitAsync();

        await using AldisProcess next = await AldisProcess.ServeAsync("--data", _data.Path, Files);
        Assert.Contains($"aldis: unfinished files that nobody goes on with, removed from {directory}: 1.", next.ErrorLines);
        Assert.Equal(["mine.part"], Directory.GetFiles(directory).Select(Path.GetFileName));
    }
}

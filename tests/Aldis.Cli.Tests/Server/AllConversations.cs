namespace Aldis.Cli.Tests.Server;

/// <summary>
/// One <c>aldis serve</c> with all five conversations on free ports, shared by the tests of a class and stopped in order.
/// </summary>
public sealed class AllConversations : IAsyncLifetime
{
    internal AldisProcess Server { get; private set; } = null!;

    internal string FilesDirectory => Path.Combine(Server.WorkingDirectory, "aldis-data", "files");

    public async ValueTask InitializeAsync() => Server = await AldisProcess.ServeAsync(
        "ack=127.0.0.1:0",
        "echo=127.0.0.1:0",
        "echo=udp://127.0.0.1:0",
        "exchange=127.0.0.1:0",
        "files=127.0.0.1:0",
        "messages=127.0.0.1:0");

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Server.StopAsync();
            Assert.Matches("^aldis: stopped; [0-9]+ connections served, 0 refused\\.$", Server.ErrorLines[^1]);
        }
        finally
        {
            await Server.DisposeAsync();
        }
    }
}

using Aldis.Cli.Tests.Server;
using Aldis.Cli.Tests.Verbs;
using Aldis.Postgres.Tests.Database;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Events;

// The verbs that make something ready for the others, or find it.
public sealed partial class EventDocumentTests
{
    [Fact]
    public async Task What_token_prints_is_as_documented()
    {
        string printed = (await Run.AldisAsync("token", "new", "a", "--json")).Output + (await Run.AldisAsync("token", "new", "b b", "--json")).Output;
        Assert.Equal(2, Check(EventDocument.Of("token"), printed).Length);
    }

    [Fact]
    public async Task What_store_prints_is_as_documented()
    {
        EventDocument document = EventDocument.Of("store");
        string url = PostgresInstance.AddressOf(await instance.CreateStoreAsync());
        Check(document, (await Run.AldisAsync("store", "check", "--json", url)).Ends(ExitCode.Confirmed).Output);
        Check(document, (await Run.AldisAsync("store", "check", "--json", "postgres://127.0.0.1:1/aldis")).Ends(ExitCode.NetworkError).Output);
        using var directory = new TemporaryDirectory();
        Check(document, (await Run.AldisAsync("store", "copy", "--json", url, directory.Path)).Ends(ExitCode.Confirmed).Output);
        Assert.Empty(document.Events.Except(_seen));
    }

    [Fact]
    public async Task What_dashboard_prints_is_as_documented()
    {
        EventDocument document = EventDocument.Of("dashboard");
        await using AldisProcess server = await AldisProcess.ServeAsync("--quiet", "echo=127.0.0.1:0", "--dashboard", "127.0.0.1:0");
        string data = Path.Combine(server.WorkingDirectory, "aldis-data");
        await Wait.UntilAsync(() => File.Exists(Path.Combine(data, "dashboard.url")));
        Check(document, (await Run.AldisAsync("dashboard", "--json", "--data", data)).Ends(ExitCode.Confirmed).Output);
        Check(document, (await Run.AldisAsync("dashboard", "--json", "--data", data + "-none")).Ends(ExitCode.UsageOrLocalError).Output);
        Assert.Empty(document.Events.Except(_seen));
    }
}

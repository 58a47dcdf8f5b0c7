using System.Text.Json;
using Aldis.Dashboard.Api;
using Aldis.Journal.Stores;
using Aldis.Protocols.Messages;
using Aldis.Services.Hosting;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>What the overview says of a database, held against the document.</summary>
public sealed class DatabaseViewTests
{
    [Fact]
    public void A_server_that_keeps_nothing_in_a_database_shows_none() => Assert.Null(DatabaseView.Of([]));

    [Fact]
    public async Task A_database_is_shown_with_its_primary_its_standbys_and_what_acknowledgements_mean()
    {
        JsonElement shown = await ShowAsync(new DatabaseHealth(AcknowledgementLevel.Replicated, new DatabaseState("db1:5432", true, 2, 4096), Problem: null));
        Assert.Equal(("replicated", "db1:5432", 4096), (
            shown.GetProperty("level").GetString(), shown.GetProperty("host").GetString(), shown.GetProperty("lag_bytes").GetInt64()));
    }

    [Fact]
    public async Task A_database_that_is_away_is_shown_with_why()
    {
        JsonElement shown = await ShowAsync(new DatabaseHealth(AcknowledgementLevel.Durable, State: null, "db1:5432: nobody listens there"));
        Assert.Equal("db1:5432: nobody listens there", shown.GetProperty("problem").GetString());
        Assert.Equal(JsonValueKind.Null, shown.GetProperty("host").ValueKind);
    }

    private static async Task<JsonElement> ShowAsync(DatabaseHealth health)
    {
        using JsonDocument shown = JsonDocument.Parse(
            JsonSerializer.SerializeToUtf8Bytes(DatabaseView.Of([health]), ApiJson.Default.DatabaseView));
        await using ShownServer server = await ShownServer.StartAsync();
        using JsonDocument document = JsonDocument.Parse(await server.ReadAsync("openapi.json"));
        new SchemaCheck(document.RootElement).CheckNamed("Database", shown.RootElement);
        return shown.RootElement.Clone();
    }
}

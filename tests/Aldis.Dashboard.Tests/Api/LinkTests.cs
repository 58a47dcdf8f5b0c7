using System.Net;
using System.Text.Json;
using Aldis.Services.Ack;
using Aldis.Tests;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>What the API says of a connection as a link.</summary>
public sealed class LinkTests : IAsyncLifetime
{
    private ShownServer _shown = null!;

    public async ValueTask InitializeAsync() => _shown = await ShownServer.StartAsync();

    public ValueTask DisposeAsync() => _shown.DisposeAsync();

    [Fact]
    public async Task A_link_has_its_seconds_and_its_frames_while_it_is_followed()
    {
        Assert.Empty((await ReadAsync("links")).EnumerateArray());
        await using AckClient client = await AckClient.ConnectAsync(
            _shown.Server.Endpoints[2].Uri, cancellationToken: TestContext.Current.CancellationToken);
        JsonElement link = default;
        await Wait.UntilAsync(async () =>
        {
            // What was sent twice measures no round trip, so there is another answer to measure by until one was.
            await client.SendAsync("again", TestContext.Current.CancellationToken);
            JsonElement links = await ReadAsync("links");
            return links.GetArrayLength() == 1 && (link = links[0]).GetProperty("latest").ValueKind == JsonValueKind.Object
                && link.GetProperty("min_rtt_ms").ValueKind == JsonValueKind.Number;
        });
        long number = link.GetProperty("number").GetInt64();
        var check = new SchemaCheck(await ReadAsync("openapi.json"));
        check.CheckNamed("Link", await ReadAsync($"links/{number}"));
        Assert.InRange(link.GetProperty("min_rtt_ms").GetDouble(), 0.001, 60_000);

        using HttpResponseMessage answer = await _shown.GetAsync($"links/{number}/frames");
        answer.EnsureSuccessStatusCode();
        using var stream = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Assert.Equal(":", await stream.ReadLineAsync(TestContext.Current.CancellationToken));
        await client.SendAsync("two", TestContext.Current.CancellationToken);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!seen.IsSupersetOf(["frame-received", "acknowledgement-sent", "frame-sent", "acknowledgement-received"]))
        {
            string line = (await stream.ReadLineAsync(TestContext.Current.CancellationToken))!;
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                using JsonDocument frames = JsonDocument.Parse(line["data: ".Length..]);
                foreach (JsonElement frame in frames.RootElement.EnumerateArray())
                {
                    check.CheckNamed("Frame", frame);
                    seen.Add(frame.GetProperty("what").GetString()!);
                }
            }
        }
    }

    [Fact]
    public async Task Frames_of_a_connection_that_is_no_link_are_not_found()
    {
        await _shown.SendAsync("one");
        using HttpResponseMessage answer = await _shown.GetAsync("links/1/frames");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private async Task<JsonElement> ReadAsync(string path)
    {
        using JsonDocument document = JsonDocument.Parse(await _shown.ReadAsync(path));
        return document.RootElement.Clone();
    }
}

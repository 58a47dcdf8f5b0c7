using System.Net;
using System.Text.Json;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>The laboratory over the API: the exercises of a course, and arrows that are clicked away.</summary>
public sealed class LabTests : IAsyncLifetime
{
    private ShownServer _shown = null!;

    public async ValueTask InitializeAsync() => _shown = await ShownServer.StartAsync();

    public ValueTask DisposeAsync() => _shown.DisposeAsync();

    [Theory]
    [InlineData("strategy=go-back-n&window=5&frames=5&kill=data:1", "10, 5 of them again", "It has everything.")]
    [InlineData("strategy=selective-repeat&window=5&frames=5&kill=data:1", "6, 1 of them again", "It has everything.")]
    [InlineData("strategy=stop-and-wait&frames=3&kill=ack:1", "4, 1 of them again", "It has everything.")]
    [InlineData("strategy=go-back-n&window=5&frames=5&kill=ack:1", "5, 0 of them again", "It has everything.")]
    [InlineData("strategy=stop-and-wait&frames=4&timeout_ms=30", "8, 4 of them again", "It has everything.")]
    public async Task An_exercise_gives_the_textbooks_answer(string query, string transmissions, string receiver)
    {
        JsonElement run = await RunAsync(query);
        Assert.Equal("finished", run.GetProperty("outcome").GetString());
        Assert.Equal(transmissions, Fact(run, "transmissions"));
        Assert.Equal(receiver, run.GetProperty("moments").EnumerateArray().Select(static one => one.GetProperty("receiver").GetString()).Last(static said => said is not null));
    }

    [Theory]
    [InlineData("strategy=go-back-n&window=4&sequence_bits=2&frames=8&kill=ack:1,ack:2,ack:3,ack:4")]
    [InlineData("strategy=selective-repeat&window=3&sequence_bits=2&frames=6&kill=ack:1,ack:2,ack:3")]
    public async Task Numbers_that_are_too_short_have_a_frame_taken_for_another(string query)
    {
        JsonElement run = await RunAsync(query);
        Assert.Contains(
            run.GetProperty("moments").EnumerateArray(), static one => one.GetProperty("says").GetString()!.EndsWith(": taken", StringComparison.Ordinal)
                && one.GetProperty("hidden").GetString()!.StartsWith("in truth frame ", StringComparison.Ordinal));
        Assert.NotEqual("0 frames, 0 ACKs", Fact(run, "mistaken"));
    }

    [Theory]
    [InlineData("strategy=stop-and-wait&frames=4&loss=0.2&seed=3")]
    [InlineData("strategy=go-back-n&window=3&frames=6&loss=0.2&seed=3")]
    [InlineData("strategy=selective-repeat&window=3&frames=6&loss=0.2&seed=3")]
    public async Task An_arrow_that_is_clicked_is_lost_and_all_before_it_stays(string query)
    {
        JsonElement[] before = [.. (await RunAsync(query)).GetProperty("moments").EnumerateArray()];
        int clicked = 0;
        for (int index = 0; index < before.Length; index++)
        {
            if (before[index].GetProperty("kill").GetString() is not { } kill)
            {
                continue;
            }

            clicked++;
            JsonElement[] after = [.. (await RunAsync($"{query}&kill={kill}")).GetProperty("moments").EnumerateArray()];
            Assert.Equal(before.Take(index).Where(IsDeparture).Select(Said), after.Take(index).Where(IsDeparture).Select(Said));
            JsonElement lost = after.Single(one => one.GetProperty("kill").GetString() == kill);
            Assert.Equal(Said(before[index]), Said(lost));
            string arrow = lost.GetProperty("says").GetString()!.Split(" for ")[0];
            Assert.True(
                after.Any(one => one.GetProperty("side").GetString() == "link"
                    && one.GetProperty("says").GetString()!.StartsWith(arrow, StringComparison.Ordinal)),
                $"{kill} does not lose {arrow}: {string.Join("; ", after.Select(Said))}");
        }

        Assert.True(clicked > 8, $"{clicked} arrows");
    }

    [Theory]
    [InlineData("svg", "<svg", "image/svg+xml")]
    [InlineData("html", "<!DOCTYPE html>", "text/html")]
    [InlineData("mermaid", "sequenceDiagram", "text/plain")]
    public async Task A_picture_is_a_file_that_needs_nothing_else(string form, string part, string type)
    {
        using HttpResponseMessage answer = await _shown.GetAsync($"lab/picture?strategy=go-back-n&form={form}");
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Contains(part, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("strategy=tcp")]
    [InlineData("frames=0")]
    [InlineData("frames=201")]
    [InlineData("window=65&strategy=go-back-n")]
    [InlineData("loss=0.95")]
    [InlineData("loss=NaN")]
    [InlineData("loss=-0.1")]
    [InlineData("loss=1e-1")]
    [InlineData("kill=data:0")]
    [InlineData("kill=everything")]
    [InlineData("rate=1")]
    [InlineData("seed=-1")]
    [InlineData("timeout_ms=9999999")]
    public async Task A_wrong_experiment_is_400_with_what_is_right(string query)
    {
        using HttpResponseMessage answer = await _shown.GetAsync("lab?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_link_that_loses_nearly_everything_is_run_no_longer_than_is_shown()
    {
        JsonElement run = await RunAsync("strategy=go-back-n&window=64&frames=200&loss=0.9&delay_ms=0&rate=1000000000");
        Assert.NotEqual(0, run.GetProperty("moments").GetArrayLength());
    }

    private static bool IsDeparture(JsonElement moment) => moment.GetProperty("kill").ValueKind == JsonValueKind.String;

    private static string Said(JsonElement moment) => $"{moment.GetProperty("time").GetString()} {moment.GetProperty("says").GetString()}";

    private static string? Fact(JsonElement run, string name) => run.GetProperty("facts").EnumerateArray()
        .Where(fact => fact.GetProperty("name").GetString() == name).Select(static fact => fact.GetProperty("value").GetString()).FirstOrDefault();

    private async Task<JsonElement> RunAsync(string query)
    {
        using JsonDocument document = JsonDocument.Parse(await _shown.ReadAsync("lab?" + query));
        return document.RootElement.Clone();
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aldis.Services.Events;
using Aldis.Tests;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>What the API says of a server that is used.</summary>
public sealed class ApiTests : IAsyncLifetime
{
    private ShownServer _shown = null!;

    public async ValueTask InitializeAsync() => _shown = await ShownServer.StartAsync();

    public ValueTask DisposeAsync() => _shown.DisposeAsync();

    [Fact]
    public async Task The_overview_counts_what_was_taken_though_the_connections_are_gone()
    {
        await _shown.SendAsync("one", "two", "three");
        JsonElement overview = default;
        await Wait.UntilAsync(async () =>
        {
            overview = await ReadAsync("overview");
            return overview.GetProperty("messages").GetInt64() == 3;
        });
        Assert.Equal("well", overview.GetProperty("state").GetString());
        Assert.Equal(1, overview.GetProperty("connections").GetInt64());
        Assert.Equal(
            ["messages", "echo", "ack"],
            overview.GetProperty("conversations").EnumerateArray().Select(static one => one.GetProperty("service").GetString()));
    }

    [Fact]
    public async Task The_overview_has_the_last_day_of_each_certificate()
    {
        JsonElement certificate = Assert.Single((await ReadAsync("overview")).GetProperty("certificates").EnumerateArray());
        Assert.EndsWith("cert.pem", certificate.GetProperty("file").GetString(), StringComparison.Ordinal);
        Assert.InRange(certificate.GetProperty("days_left").GetDouble(), 0.9, 1);
        Assert.InRange(certificate.GetProperty("valid_until").GetDateTimeOffset(), DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
    }

    [Fact]
    public async Task The_overview_says_how_long_messages_wait_for_their_acknowledgement()
    {
        Assert.Equal(JsonValueKind.Null, (await ReadAsync("overview")).GetProperty("acknowledged").ValueKind);
        JsonElement times = default;
        await Wait.UntilAsync(async () =>
        {
            // What came before the first second that is watched is not told.
            await _shown.SendAsync("one");
            times = (await ReadAsync("overview")).GetProperty("acknowledged");
            return times.ValueKind == JsonValueKind.Object;
        });
        Assert.InRange(times.GetProperty("count").GetInt64(), 1, long.MaxValue);
        Assert.InRange(times.GetProperty("p50_ms").GetDouble(), 0.0001, times.GetProperty("p99_ms").GetDouble());
        Assert.InRange(times.GetProperty("p99_ms").GetDouble(), 0.0001, times.GetProperty("max_ms").GetDouble());
    }

    [Fact]
    public async Task An_open_connection_says_what_it_is_at_and_how_long_its_messages_waited()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _shown.Server.Endpoints[0].Port, TestContext.Current.CancellationToken);
        JsonElement connection = default;
        await Wait.UntilAsync(async () => (connection = await ReadAsync("connections")).GetArrayLength() == 1);
        Assert.StartsWith("has said nothing yet, ", connection[0].GetProperty("state").GetString(), StringComparison.Ordinal);
        Assert.Equal("client", connection[0].GetProperty("awaits").GetString());

        await ShownServer.SendOverAsync(client.GetStream(), "one"u8.ToArray(), "two"u8.ToArray());
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("12  "), TestContext.Current.CancellationToken);
        await Wait.UntilAsync(async () =>
        {
            connection = await ReadAsync("connections/1");
            return connection.GetProperty("state").GetString()!.StartsWith("waits for the rest of a header, ", StringComparison.Ordinal);
        });
        JsonElement times = connection.GetProperty("acknowledged");
        Assert.Equal(2, times.GetProperty("count").GetInt64());
        Assert.Equal(2, times.GetProperty("buckets").EnumerateArray().Sum(static one => one.GetProperty("count").GetInt64()));
        new SchemaCheck(await ReadAsync("openapi.json")).CheckNamed("Connection", connection);
    }

    [Fact]
    public async Task Pages_of_messages_lead_back_to_the_first_with_each_message_once_and_in_order()
    {
        string[] texts = [.. Enumerable.Range(1, 57).Select(static number => $"reading {number}")];
        await _shown.SendAsync(texts);
        var read = new List<string>();
        string? before = null;
        int pages = 0;
        do
        {
            JsonElement page = await ReadAsync("messages?count=10&payload=1" + (before is null ? string.Empty : "&before=" + before));
            read.InsertRange(0, page.GetProperty("messages").EnumerateArray().Select(Payload));
            before = page.GetProperty("before").GetString();
            pages++;
        }
        while (before is not null);
        Assert.Equal(texts, read);
        Assert.Equal(6, pages);
    }

    [Fact]
    public async Task A_filter_finds_what_it_names_and_no_payload_is_there_unless_it_was_asked_for()
    {
        await _shown.SendAsync("alpha", "beta", "alphabet");
        JsonElement page = await ReadAsync("messages?text=alpha&payload=1");
        Assert.Equal(["alpha", "alphabet"], page.GetProperty("messages").EnumerateArray().Select(Payload));
        JsonElement hidden = await ReadAsync("messages");
        Assert.All(hidden.GetProperty("messages").EnumerateArray(), static one => Assert.Equal(JsonValueKind.Null, one.GetProperty("payload").ValueKind));
        Assert.Empty((await ReadAsync("messages?client=pump-7")).GetProperty("messages").EnumerateArray());
    }

    [Fact]
    public async Task A_stream_of_messages_brings_what_arrives_from_then_on()
    {
        await _shown.SendAsync("before");
        using StreamReader stream = await FollowAsync("messages/stream?payload=1");
        await _shown.SendAsync("after");
        JsonElement messages = await NextAsync(stream, "messages");
        Assert.Equal(["after"], messages.EnumerateArray().Select(Payload));
    }

    [Theory]
    [InlineData("")]
    [InlineData("&text=wanted")]
    [InlineData("&client=")]
    public async Task A_stream_that_follows_a_page_brings_what_is_not_in_it_and_each_message_once(string filter)
    {
        await _shown.SendAsync("wanted 1", "wanted 2");
        JsonElement page = await ReadAsync("messages?payload=1&count=1" + filter);
        await _shown.SendAsync("wanted 3");
        using StreamReader stream = await FollowAsync($"messages/stream?payload=1&after={page.GetProperty("after").GetString()}{filter}");
        Assert.Equal(["wanted 2"], page.GetProperty("messages").EnumerateArray().Select(Payload));
        Assert.Equal(["wanted 3"], (await NextAsync(stream, "messages")).EnumerateArray().Select(Payload));
        await _shown.SendAsync("wanted 4");
        Assert.Equal(["wanted 4"], (await NextAsync(stream, "messages")).EnumerateArray().Select(Payload));
    }

    [Fact]
    public async Task A_stream_that_follows_an_empty_page_or_one_of_another_journal_brings_what_comes()
    {
        JsonElement page = await ReadAsync("messages?payload=1");
        using StreamReader other = await FollowAsync("messages/stream?payload=1&after=99.7");
        await _shown.SendAsync("the first");
        using StreamReader stream = await FollowAsync($"messages/stream?payload=1&after={page.GetProperty("after").GetString()}");
        Assert.Equal(["the first"], (await NextAsync(stream, "messages")).EnumerateArray().Select(Payload));
        Assert.Equal(["the first"], (await NextAsync(other, "messages")).EnumerateArray().Select(Payload));
    }

    [Fact]
    public async Task Who_comes_back_to_the_messages_has_those_that_came_meanwhile()
    {
        string id;
        using (StreamReader stream = await FollowAsync("messages/stream?payload=1"))
        {
            await _shown.SendAsync("seen");
            id = await NextIdAsync(stream);
        }

        await _shown.SendAsync("meanwhile");
        using StreamReader again = await FollowAsync("messages/stream?payload=1&after=0.0", id);
        Assert.Equal(["meanwhile"], (await NextAsync(again, "messages")).EnumerateArray().Select(Payload));
    }

    [Fact]
    public async Task Who_comes_back_to_another_run_of_the_server_reads_its_events_from_the_first_on()
    {
        await _shown.SendAsync("one");
        await Wait.UntilAsync(async () => (await ReadAsync("events")).GetArrayLength() == 2);
        using StreamReader stream = await FollowAsync("events/stream");
        string id = await NextIdAsync(stream);
        string ofAnotherRun = new string('0', id.IndexOf('.', StringComparison.Ordinal)) + id[id.IndexOf('.', StringComparison.Ordinal)..];
        using StreamReader same = await FollowAsync("events/stream?after=" + id);
        using StreamReader other = await FollowAsync("events/stream", ofAnotherRun);
        Assert.Equal("connection-closed", (await NextAsync(same, "event")).GetProperty("event").GetString());
        Assert.Equal("connection-opened", (await NextAsync(other, "event")).GetProperty("event").GetString());
    }

    [Fact]
    public async Task Who_comes_back_to_the_events_names_the_last_it_had_and_reads_what_came_since()
    {
        await _shown.SendAsync("one");
        await Wait.UntilAsync(async () => (await ReadAsync("events")).GetArrayLength() == 2);
        JsonElement[] all = [.. (await ReadAsync("events")).EnumerateArray()];
        Assert.Equal(["connection-opened", "connection-closed"], all.Select(static one => one.GetProperty("event").GetString()));
        using StreamReader stream = await FollowAsync("events/stream", all[0].GetProperty("number").GetRawText());
        Assert.Equal("connection-closed", (await NextAsync(stream, "event")).GetProperty("event").GetString());
    }

    [Fact]
    public async Task Events_of_messages_are_made_only_while_somebody_follows_a_connection()
    {
        await _shown.SendAsync("unseen");
        await Wait.UntilAsync(async () => (await ReadAsync("events")).GetArrayLength() == 2);
        Assert.Equal([1, 2], (await ReadAsync("events")).EnumerateArray().Select(static one => one.GetProperty("number").GetInt64()));
        using EventFollower follower = _shown.Follow();
        await _shown.SendAsync("seen");
        await Wait.UntilAsync(async () => (await ReadAsync("events")).GetArrayLength() == 4);
        Assert.Equal([1, 2, 3, 6], (await ReadAsync("events")).EnumerateArray().Select(static one => one.GetProperty("number").GetInt64()));
    }

    [Theory]
    [InlineData("messages?count=0")]
    [InlineData("messages?count=501")]
    [InlineData("messages?count=-1")]
    [InlineData("messages?before=x")]
    [InlineData("messages?before=1")]
    [InlineData("messages?before=1.-1")]
    [InlineData("messages/stream?after=x")]
    [InlineData("messages?since=yesterday")]
    [InlineData("messages/export?format=xml")]
    [InlineData("events?after=-1")]
    [InlineData("events?after=99999999999999999999")]
    public async Task A_wrong_word_is_400_with_what_is_right(string path)
    {
        using HttpResponseMessage answer = await _shown.GetAsync(path);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using JsonDocument problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.NotEmpty(problem.RootElement.GetProperty("title").GetString()!);
    }

    [Fact]
    public async Task Exports_have_every_message_exactly()
    {
        await _shown.SendAsync(Encoding.UTF8.GetBytes("a \"quoted\", text\nof two lines"), [0xff, 0x00]);
        string csv = await _shown.ReadAsync("messages/export?format=csv");
        Assert.StartsWith("time,client,seq,from,text,base64\r\n", csv, StringComparison.Ordinal);
        Assert.Contains("\"a \"\"quoted\"\", text\nof two lines\"", csv, StringComparison.Ordinal);
        Assert.Contains(",/wA=\r\n", csv, StringComparison.Ordinal);
        string[] lines = (await _shown.ReadAsync("messages/export")).TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        using JsonDocument first = JsonDocument.Parse(lines[0]);
        Assert.Equal("a \"quoted\", text\nof two lines", first.RootElement.GetProperty("text").GetString());
    }

    private static string Payload(JsonElement message) => Encoding.UTF8.GetString(message.GetProperty("payload").GetBytesFromBase64());

    private async Task<JsonElement> ReadAsync(string path)
    {
        using JsonDocument document = JsonDocument.Parse(await _shown.ReadAsync(path));
        return document.RootElement.Clone();
    }

    private async Task<StreamReader> FollowAsync(string path, string? last = null)
    {
        HttpResponseMessage answer = await _shown.GetAsync(path, last);
        answer.EnsureSuccessStatusCode();
        return new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<string> NextIdAsync(StreamReader stream)
    {
        string? line;
        do
        {
            line = await stream.ReadLineAsync(TestContext.Current.CancellationToken);
        }
        while (line?.StartsWith("id: ", StringComparison.Ordinal) == false);

        return line!["id: ".Length..];
    }

    private static async Task<JsonElement> NextAsync(StreamReader stream, string name)
    {
        bool isIt = false;
        while (await stream.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            isIt = line == $"event: {name}" || (isIt && line.Length > 0);
            if (isIt && line.StartsWith("data: ", StringComparison.Ordinal))
            {
                using JsonDocument document = JsonDocument.Parse(line["data: ".Length..]);
                return document.RootElement.Clone();
            }
        }

        throw new InvalidOperationException("The stream ended.");
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aldis.Tests;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>Streams that are read late, from a place on, or not at all.</summary>
public sealed class StreamTests : IAsyncLifetime
{
    private const int LargeBytes = 64 * 1024;
    private const int LargeCount = 300;

    private ShownServer _shown = null!;

    public async ValueTask InitializeAsync() => _shown = await ShownServer.StartAsync();

    public ValueTask DisposeAsync() => _shown.DisposeAsync();

    [Fact]
    public async Task Who_comes_back_to_the_messages_names_the_last_it_had_and_reads_what_came_since_once()
    {
        await _shown.SendAsync("one", "two", "three");
        using JsonDocument page = JsonDocument.Parse(await _shown.ReadAsync("messages"));
        string[] second = page.RootElement.GetProperty("messages")[1].GetProperty("place").GetString()!.Split('.');
        string behind = $"{second[0]}.{long.Parse(second[1], CultureInfo.InvariantCulture) + 1}";
        using StreamReader stream = await FollowAsync("messages/stream?payload=1", behind);
        await _shown.SendAsync("four");
        var read = new List<string>();
        while (!read.Contains("four"))
        {
            read.AddRange((await stream.NextAsync("messages")).EnumerateArray().Select(Text));
        }

        Assert.Equal(["three", "four"], read);
    }

    [Theory]
    [InlineData("7.100")]
    [InlineData("1.99999999")]
    public async Task Who_comes_back_to_what_is_not_there_is_told_of_a_gap_and_reads_on_from_now(string last)
    {
        await _shown.SendAsync("before");
        using StreamReader stream = await FollowAsync("messages/stream?payload=1", last);
        Assert.Equal(JsonValueKind.Null, (await stream.NextAsync("gap")).ValueKind);
        await _shown.SendAsync("after");
        Assert.Equal(["after"], (await stream.NextAsync("messages")).EnumerateArray().Select(Text));
    }

    [Fact]
    public async Task For_who_does_not_read_a_stream_nothing_waits_and_it_is_told_of_a_gap()
    {
        using var reader = new TcpClient { ReceiveBufferSize = 8 * 1024 };
        await reader.ConnectAsync(IPAddress.Loopback, _shown.Link.Port, TestContext.Current.CancellationToken);
        await reader.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes(
                $"GET /api/v1/messages/stream?payload=1 HTTP/1.1\r\nHost: {_shown.Link.Authority}\r\nAuthorization: Bearer {_shown.Token}\r\n\r\n"),
            TestContext.Current.CancellationToken);
        byte[] large = new byte[LargeBytes];
        Array.Fill(large, (byte)'a');
        await _shown.SendAsync([.. Enumerable.Repeat(large, LargeCount)]);
        await _shown.SendAsync("the last");

        // Base64 of all of them would be 26 MB.
        using var text = new StreamReader(reader.GetStream(), Encoding.ASCII);
        long read = 0;
        bool isGap = false;
        string last = Convert.ToBase64String("the last"u8);
        while (await text.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            read += line.Length;
            isGap |= line == "event: gap";
            if (line.Contains(last, StringComparison.Ordinal))
            {
                break;
            }
        }

        Assert.True(isGap, "no gap was told");
        Assert.InRange(read, 1, LargeCount * (long)LargeBytes / 2);
    }

    private static string Text(JsonElement message) => Encoding.UTF8.GetString(message.GetProperty("payload").GetBytesFromBase64());

    private async Task<StreamReader> FollowAsync(string path, string last)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Last-Event-ID", last);
        HttpResponseMessage answer = await _shown.Client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        return new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }
}

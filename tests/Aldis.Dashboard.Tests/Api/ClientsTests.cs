using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aldis.Dashboard.Api;
using Aldis.Journal.Embedded;
using Aldis.Tests;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>What is said of clients.</summary>
public sealed class ClientsTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(60, 121, true)]
    [InlineData(60, 120, false)]
    [InlineData(1, 11, true)]
    [InlineData(1, 10, false)]
    public void A_client_is_late_when_it_is_silent_for_more_than_twice_its_usual_pause(int pause, int silent, bool isLate) =>
        Assert.Equal(isLate, ClientsApi.IsLate(Client(silent, [.. Enumerable.Range(0, 5).Select(index => silent + (index * pause))]), Now));

    [Fact]
    public void Who_has_no_habit_is_never_late() =>
        Assert.False(ClientsApi.IsLate(Client(silent: 1_000_000, 1_000_000), Now));

    [Fact]
    public async Task Clients_are_found_by_their_ids_and_say_what_they_sent_again_and_what_was_refused()
    {
        await using ShownServer shown = await ShownServer.StartAsync();
        using (NetworkStream stream = await EnterAsync(shown, "pump-7"))
        {
            await SayAsync(stream, "5 1", "hello", "ACK 1 durable");
        }

        using NetworkStream again = await EnterAsync(shown, "pump-7");
        await SayAsync(again, "5 1", "hello", "ACK 1 durable duplicate");
        using NetworkStream other = await EnterAsync(shown, "valve-1");
        await SayAsync(other, "5 1", "hello", "ACK 1 durable");
        await Wait.UntilAsync(async () => (await ReadAsync(shown, "connections")).GetArrayLength() == 2);

        JsonElement clients = await ReadAsync(shown, "clients?text=PUMP");
        Assert.Equal((2, 1, 0), (clients.GetProperty("total").GetInt32(), clients.GetProperty("wanted").GetInt32(), clients.GetProperty("late").GetInt32()));
        JsonElement pump = Assert.Single(clients.GetProperty("clients").EnumerateArray());
        Assert.Equal("pump-7", pump.GetProperty("client").GetString());
        Assert.Equal(2, pump.GetProperty("connections").GetInt64());
        Assert.Equal(1, pump.GetProperty("repeats").GetInt64());
        Assert.Equal(1, pump.GetProperty("per_quarter_hour").EnumerateArray().Sum(static one => one.GetInt32()));
        Assert.Equal(1, (await ReadAsync(shown, "messages?client=pump-7")).GetProperty("repeats").GetInt64());
        Assert.Equal(0, (await ReadAsync(shown, "messages?client=valve-1")).GetProperty("repeats").GetInt64());
        Assert.Equal(JsonValueKind.Null, (await ReadAsync(shown, "messages")).GetProperty("repeats").ValueKind);
        Assert.Equal(0, (await ReadAsync(shown, "clients?late=1")).GetProperty("wanted").GetInt32());

        again.Close();
        JsonElement closed = default;
        await Wait.UntilAsync(async () =>
        {
            closed = (await ReadAsync(shown, "events")).EnumerateArray().LastOrDefault(static one => one.TryGetProperty("repeats", out _));
            return closed.ValueKind == JsonValueKind.Object;
        });
        Assert.Equal(("connection-closed", 1), (closed.GetProperty("event").GetString(), closed.GetProperty("repeats").GetInt64()));
        Assert.Equal(1, (await ReadAsync(shown, "messages?client=pump-7")).GetProperty("repeats").GetInt64());
    }

    [Fact]
    public async Task The_place_of_a_message_is_the_same_whatever_is_asked_for()
    {
        await using ShownServer shown = await ShownServer.StartAsync();
        using NetworkStream pump = await EnterAsync(shown, "pump-7");
        using NetworkStream valve = await EnterAsync(shown, "valve-1");
        await SayAsync(pump, "5 1", "hello", "ACK 1 durable");
        await SayAsync(valve, "5 1", "first", "ACK 1 durable");
        await SayAsync(pump, "5 2", "again", "ACK 2 durable");
        await SayAsync(valve, "5 2", "other", "ACK 2 durable");
        string[] all = await PlacesAsync("messages");
        Assert.Equal(4, all.Length);
        Assert.Equal([all[1], all[3]], await PlacesAsync("messages?client=valve-1"));
        Assert.Equal([all[2]], await PlacesAsync("messages?text=again"));
        Assert.Equal([all[1]], await PlacesAsync($"messages?client=valve-1&count=1&before={all[2]}"));
        Assert.Equal(all, await PlacesAsync("messages?since=2020-01-01T00:00:00Z"));

        async Task<string[]> PlacesAsync(string path) =>
            [.. (await ReadAsync(shown, path)).GetProperty("messages").EnumerateArray().Select(static one => one.GetProperty("place").GetString()!)];
    }

    private static ClientSummary Client(int silent, params int[] ages)
    {
        var habit = new ArrivalHabit(Now);
        foreach (int age in ages.OrderDescending())
        {
            habit.Note((Now.ToUnixTimeSeconds() - age) * 1_000_000_000L);
        }

        return new ClientSummary { Client = "pump-7", Last = 1, Messages = 1, LastSeen = Now.AddSeconds(-silent), Arrivals = habit };
    }

    private static async Task<NetworkStream> EnterAsync(ShownServer shown, string client)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, shown.Server.Endpoints[0].Port, TestContext.Current.CancellationToken);
        var stream = new NetworkStream(socket, ownsSocket: true);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"ALDIS/1 messages client={client}".PadRight(64)), TestContext.Current.CancellationToken);
        await stream.ReadExactlyAsync(new byte[64], TestContext.Current.CancellationToken);
        return stream;
    }

    private static async Task SayAsync(NetworkStream stream, string header, string payload, string answer)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(header.PadRight(64) + payload), TestContext.Current.CancellationToken);
        byte[] unit = new byte[64];
        await stream.ReadExactlyAsync(unit, TestContext.Current.CancellationToken);
        Assert.Equal(answer, Encoding.ASCII.GetString(unit).TrimEnd());
    }

    private static async Task<JsonElement> ReadAsync(ShownServer shown, string path)
    {
        using JsonDocument document = JsonDocument.Parse(await shown.ReadAsync(path));
        return document.RootElement.Clone();
    }
}

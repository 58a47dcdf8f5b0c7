using System.Globalization;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Server;

/// <summary>The limits of messages as an operator sets them: what is beyond one is refused with its reason, and who stays below is served.</summary>
public sealed class LimitFlagTests
{
    private const int UnitLength = 64;

    [Theory]
    [InlineData("--max-clients", "busy")]
    [InlineData("--max-new-clients", "new-client-limit")]
    public async Task Beyond_the_most_clients_a_new_id_is_busy_and_a_known_one_is_served(string flag, string cause)
    {
        await using AldisProcess server = await ServeAsync(flag, "1");
        Assert.Equal("ACK 1 durable", await SendAsync(server, "first", 1, 10));
        Assert.StartsWith("NAK 1 busy", await SendAsync(server, "second", 1, 10), StringComparison.Ordinal);
        Assert.Equal("ACK 2 durable", await SendAsync(server, "first", 2, 10));
        await ExpectRefusalAsync(server, "second", cause);
    }

    [Fact]
    public async Task A_message_beyond_max_message_size_is_too_large_in_both_forms()
    {
        await using AldisProcess server = await ServeAsync("--max-message-size", "10");
        Assert.Equal("ACK 1 durable", await SendAsync(server, "pump", 1, 10));
        Assert.Equal("NAK 2 too-large", await SendAsync(server, "pump", 2, 11));
        await ExpectRefusalAsync(server, "pump", "too-large");
        using LabClient plain = await server.ConnectAsync("messages");
        await plain.SendAsync("11".PadRight(UnitLength));
        Assert.EndsWith("Message refused: the length is over the limit of 10 bytes", await plain.ReceiveTextToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beyond_the_rate_of_a_client_its_messages_are_busy_and_another_is_served()
    {
        await using AldisProcess server = await ServeAsync("--message-rate", "1");
        string[] refusal = (await SendAsync(server, "pump", 1, [.. Enumerable.Repeat(1, 1000)])).Split(' ');
        Assert.Equal(("NAK", "busy"), (refusal[0], refusal[2]));

        // Those of ten seconds may come at once.
        Assert.InRange(int.Parse(refusal[1], CultureInfo.InvariantCulture), 11, 1000);
        Assert.Equal("ACK 1 durable", await SendAsync(server, "valve", 1, 1));
        await ExpectRefusalAsync(server, "pump", "message-rate");
    }

    [Fact]
    public async Task Beyond_the_bytes_of_a_day_a_client_is_busy_and_another_is_served()
    {
        await using AldisProcess server = await ServeAsync("--message-quota", "1M");
        Assert.Equal("ACK 1 durable", await SendAsync(server, "pump", 1, 700_000));
        Assert.Equal("ACK 2 durable", await SendAsync(server, "pump", 2, 700_000));
        Assert.StartsWith("NAK 3 busy", await SendAsync(server, "pump", 3, 1), StringComparison.Ordinal);
        Assert.Equal("ACK 1 durable", await SendAsync(server, "valve", 1, 700_000));
        await ExpectRefusalAsync(server, "pump", "message-quota");
    }

    private static Task<AldisProcess> ServeAsync(string flag, string value) =>
        AldisProcess.ServeAsync("--json", "--dashboard", "off", flag, value, "messages=127.0.0.1:0");

    private static Task ExpectRefusalAsync(AldisProcess server, string client, string cause) => server.WaitForOutputAsync(line =>
        line.StartsWith("{\"event\":\"message-refused\"", StringComparison.Ordinal)
            && line.Contains($"\"client\":\"{client}\"", StringComparison.Ordinal)
            && line.Contains($"\"cause\":\"{cause}\"", StringComparison.Ordinal));

    /// <summary>Sends messages of a native client.</summary>
    /// <returns>The first refusal, or the acknowledgement of the last.</returns>
    private static async Task<string> SendAsync(AldisProcess server, string client, int first, params int[] lengths)
    {
        using LabClient connection = await server.ConnectAsync("messages");
        await connection.SendAsync($"ALDIS/1 messages client={client}".PadRight(UnitLength));
        await connection.ReceiveTextAsync(UnitLength);
        Task sending = connection.SendAsync(string.Concat(lengths.Select((length, index) =>
            string.Create(CultureInfo.InvariantCulture, $"{length} {first + index}").PadRight(UnitLength) + new string('x', length))));
        string last = string.Create(CultureInfo.InvariantCulture, $"ACK {first + lengths.Length - 1} ");
        string answer;
        do
        {
            answer = (await connection.ReceiveTextAsync(UnitLength)).TrimEnd();
        }
        while (answer.StartsWith("ACK ", StringComparison.Ordinal) && !answer.StartsWith(last, StringComparison.Ordinal));

        await sending;
        return answer;
    }
}

using System.Text;
using Aldis.Tests;

namespace Aldis.Dashboard.Browser.Tests.Served;

/// <summary>What clients say, written here byte by byte out of the protocols' documents: no client of ours is used.</summary>
internal static class Traffic
{
    private const int UnitBytes = 64;

    // The window that the server promises.
    private const int MostOutstanding = 256;

    /// <summary>Sends plain messages, and reads the answer to each.</summary>
    public static async Task SendPlainAsync(this DashboardProcess served, params byte[][] payloads)
    {
        using LabClient client = await served.ConnectAsync("messages");
        foreach (byte[] payload in payloads)
        {
            await client.SendAsync(LabFrame.Header(payload.Length));
            await client.SendAsync(payload);
            Assert.Equal(LabFrame.ConfirmationText, await client.ReceiveFrameAsync());
        }
    }

    public static Task SendPlainAsync(this DashboardProcess served, params string[] texts) =>
        served.SendPlainAsync([.. texts.Select(Encoding.UTF8.GetBytes)]);

    /// <summary>Connects in the native form under an id, and leaves the connection open.</summary>
    public static async Task<LabClient> ConnectNativeAsync(this DashboardProcess served, string id)
    {
        LabClient client = await served.ConnectAsync("messages");
        await client.SendAsync(Unit($"ALDIS/1 messages client={id}"));
        Assert.StartsWith("ALDIS/1 last=", await client.ReceiveTextAsync(UnitBytes), StringComparison.Ordinal);
        return client;
    }

    /// <summary>Sends a message in the native form, and waits until it is acknowledged.</summary>
    public static async Task SendNativeAsync(this LabClient client, int sequence, string text)
    {
        await client.SendAsync(Unit($"{Encoding.UTF8.GetByteCount(text)} {sequence}") + text);
        Assert.StartsWith($"ACK {sequence} durable", await client.ReceiveTextAsync(UnitBytes), StringComparison.Ordinal);
    }

    /// <summary>Sends short messages in the native form all at once, and waits until the last is acknowledged.</summary>
    /// <returns>The number of the last.</returns>
    public static async Task<int> SendManyAsync(this LabClient client, int first, int count)
    {
        for (int sent = 0; sent < count; sent += MostOutstanding)
        {
            int end = Math.Min(count, sent + MostOutstanding);
            await client.SendAsync(string.Concat(
                Enumerable.Range(first + sent, end - sent).Select(static sequence => Unit($"4 {sequence}") + "many")));
            string answer;
            do
            {
                answer = await client.ReceiveTextAsync(UnitBytes);
                Assert.StartsWith("ACK ", answer, StringComparison.Ordinal);
            }
            while (!answer.StartsWith($"ACK {first + end - 1} ", StringComparison.Ordinal));
        }

        return first + count - 1;
    }

    /// <summary>Begins a file in the plain form, which has no name of its own: what is sent then is the file.</summary>
    public static async Task<LabClient> BeginFileAsync(this DashboardProcess served)
    {
        LabClient client = await served.ConnectAsync("files");
        await client.SendAsync("Hello from the client!");
        Assert.Equal("Hello from the server!", await client.ReceiveTextAsync(22));
        return client;
    }

    /// <summary>Sends a file in the plain form.</summary>
    public static async Task SendFileAsync(this DashboardProcess served, string text)
    {
        using LabClient client = await served.BeginFileAsync();
        await client.SendAsync(text);
        client.FinishWriting();
        await client.WaitForEndAsync();
    }

    private static string Unit(string text) => text.PadRight(UnitBytes);
}

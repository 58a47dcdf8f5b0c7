using System.Text.Json;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>Reads server-sent events as a program does.</summary>
internal static class ServerSentReading
{
    /// <summary>Reads the data of the next event of a name; others are passed over.</summary>
    public static async Task<JsonElement> NextAsync(this StreamReader stream, string name)
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

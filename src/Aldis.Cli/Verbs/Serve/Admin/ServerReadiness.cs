using System.Buffers;
using System.Text.Json;
using Aldis.Services.Hosting;

namespace Aldis.Cli.Verbs.Serve.Admin;

/// <summary>Whether a server takes what it is there for: every listener open, every store taking at the level it promised.</summary>
internal static class ServerReadiness
{
    /// <summary>Looks.</summary>
    /// <param name="server">The server.</param>
    /// <returns>Whether it is ready, and the JSON that says so or what is wrong.</returns>
    public static (bool IsReady, ReadOnlyMemory<byte> Json) Of(ConversationServer server)
    {
        (string Kind, IReadOnlyList<string> Sentences)[] problems =
        [
            ("listener-lost", server.Health.Lost),
            ("listener-failed", server.Health.Reopening),
            ("store-failed", server.Health.FailedStores),
            ("store-unavailable", server.Health.UnavailableStores),
        ];
        bool isReady = problems.All(static one => one.Sentences.Count == 0);
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("status", isReady ? "ready" : "not-ready");
        writer.WriteStartArray("problems");
        foreach ((string kind, IReadOnlyList<string> sentences) in problems)
        {
            foreach (string sentence in sentences)
            {
                writer.WriteStartObject();
                writer.WriteString("cause", kind);
                writer.WriteString("message", sentence);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return (isReady, buffer.WrittenMemory);
    }
}

using System.Diagnostics;
using System.Globalization;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Link;

/// <summary>Tells of clients that could not be served: one in a second, with the number of those it stands for. Thread-safe.</summary>
/// <param name="panel">Where people read.</param>
/// <param name="json">Where events go; null without <c>--json</c>.</param>
internal sealed class LinkTrouble(LivePanel panel, JsonEvents? json)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _lastTold;
    private long _further;

    /// <summary>Takes that a client could not be served.</summary>
    /// <param name="proxy">The proxy of the API that it came to; null for the link itself.</param>
    /// <param name="target">Where it should have gone.</param>
    /// <param name="client">Its number; 0 where it is the link itself that fails.</param>
    /// <param name="why">What the system said.</param>
    public void Tell(string? proxy, string target, long client, Exception why)
    {
        long further;
        lock (_lock)
        {
            if (_lastTold != 0 && Stopwatch.GetElapsedTime(_lastTold) < Pause)
            {
                _further++;
                return;
            }

            _lastTold = Stopwatch.GetTimestamp();
            (further, _further) = (_further, 0);
        }

        bool isOwn = client == 0;
        string reason = isOwn ? why.Message.TrimEnd('.') : $"{PrintableText.Escape(target)} cannot be reached: {why.Message.TrimEnd('.')}";
        string whose = isOwn ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"client {client}: ");
        string place = proxy is null ? string.Empty : $"proxy {PrintableText.Escape(proxy)}, ";
        string others = further == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" ({further} more since)");
        panel.WriteLine($"aldis: {place}{whose}{reason}{others}.");
        json?.Write("client-failed", writer =>
        {
            if (proxy is not null)
            {
                writer.WriteString("proxy", proxy);
            }

            writer.WriteNumber("client", client);
            writer.WriteString("reason", reason);
            if (further > 0)
            {
                writer.WriteNumber("further", further);
            }
        });
    }
}

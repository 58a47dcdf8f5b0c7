using Aldis.Cli.Logging;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Serve.Configuration;
using Aldis.Services.Access;
using Aldis.Services.Events;
using Aldis.Services.Hosting;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>
/// What a server that runs reads again at SIGHUP: its configuration, of which what can change counts at once, its tokens and its certificates.
/// What came of it is told by events: what counts now, what counts from the next start on, and what is bad and changes nothing.
/// </summary>
/// <param name="configure">Reads the configuration again, as it was read at the start.</param>
/// <param name="read">Makes settings of one without faults.</param>
/// <param name="first">The configuration that the server was started with.</param>
/// <param name="levels">Which records its log has; null where it keeps none.</param>
internal sealed class ServeReload(
    Func<ServeConfiguration> configure, Func<ServeConfiguration, ServeSettings> read, ServeConfiguration first, LogLevels? levels)
{
    private readonly Lock _lock = new();
    private readonly ServeConfiguration _first = first;
    private ServeConfiguration _current = first;

    /// <summary>Reads again at each SIGHUP from now on, where there is anything to read: a file of the configuration, tokens, certificates.</summary>
    /// <param name="hangup">Where SIGHUP comes.</param>
    /// <param name="server">The server.</param>
    /// <param name="tokens">Its tokens; null where none are asked for.</param>
    /// <param name="events">Who is told.</param>
    /// <param name="manager">The service manager, which is told before and after; where there is one, a SIGHUP is never the end.</param>
    /// <returns>Ends that when it is disposed of; null where SIGHUP is left the end that it is elsewhere.</returns>
    public IDisposable? Begin(Hangup hangup, ConversationServer server, TokenPolicy? tokens, IServiceEvents events, ServiceManager manager) =>
        _first.Path is null && tokens is null && server.Certificates.Expiries.Count == 0 && !manager.IsThere ? null : hangup.Reload(() =>
        {
            manager.Reloading();
            ReloadConfiguration(server, events);
            tokens?.Reload();
            server.Certificates.Reload();
            manager.Ready(ServeReport.Status(server));
        });

    /// <summary>Reads the configuration again.</summary>
    /// <param name="server">The server.</param>
    /// <param name="events">Who is told.</param>
    public void ReloadConfiguration(ConversationServer server, IServiceEvents events)
    {
        lock (_lock)
        {
            (ServeConfiguration? next, ServeSettings? settings) = TryRead(events);
            if (next?.Path is not { } path || settings is null)
            {
                return;
            }

            foreach (Setting setting in next.Settings.Where(setting => !setting.IsReloadable && next.TextOf(setting) != _first.TextOf(setting)))
            {
                Refuse(events, ServiceEventCause.RestartRequired, $"{Place(next, setting)} was changed, and counts from the next start on");
            }

            string[] changed =
            [
                .. next.Settings.Where(setting => setting.IsReloadable && next.TextOf(setting) != _current.TextOf(setting))
                    .Select(setting => $"{setting.Key} is {Text(next, setting)} instead of {Text(_current, setting)}"),
            ];
            server.ChangeLimits(settings.Limits);
            if (settings.Log is { } log)
            {
                levels?.Change(log.Levels);
            }

            _current = next;
            events.Publish(new ServiceEvent(ServiceEventKind.Reloaded, string.Empty, string.Empty)
            {
                Detail = $"the configuration {path} was read again: {(changed.Length == 0 ? "what can change is as it was" : string.Join(", ", changed))}",
            });
        }
    }

    private static string Text(ServeConfiguration configuration, Setting setting) => configuration.TextOf(setting)?.Replace('\n', ' ') ?? "nothing";

    private static string Place(ServeConfiguration configuration, Setting setting) =>
        configuration.SourceOf(setting).Place is { Length: > 0 } place ? place : setting.Key;

    private static void Refuse(IServiceEvents events, ServiceEventCause cause, string sentence) =>
        events.Publish(new ServiceEvent(ServiceEventKind.ReloadRefused, string.Empty, string.Empty) { Cause = cause, Detail = sentence });

    private (ServeConfiguration? Next, ServeSettings? Settings) TryRead(IServiceEvents events)
    {
        try
        {
            ServeConfiguration next = configure();
            foreach (string fault in next.Faults)
            {
                RefuseFault(fault);
            }

            return next.Faults.Count > 0 ? default : (next, read(next));
        }
        catch (UsageException exception)
        {
            RefuseFault(exception.Message);
            return default;
        }

        void RefuseFault(string sentence) =>
            Refuse(events, ServiceEventCause.ReloadFailed, $"{sentence.TrimEnd('.')}; the configuration of before goes on counting");
    }
}

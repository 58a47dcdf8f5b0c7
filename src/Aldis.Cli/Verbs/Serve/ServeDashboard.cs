using System.Net.Sockets;
using Aldis.Cli.Terminal;
using Aldis.Dashboard;
using Aldis.Dashboard.Hosting;
using Aldis.Journal.Storage;
using Aldis.Services.Access;
using Aldis.Services.Events;
using Aldis.Services.Hosting;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>The dashboard beside a server. What goes wrong with it is a warning: the server is what somebody wanted.</summary>
internal static class ServeDashboard
{
    /// <summary>Shows the dashboard and says where.</summary>
    /// <param name="settings">What was asked for.</param>
    /// <param name="server">The server, started.</param>
    /// <param name="hub">Where its events go.</param>
    /// <param name="hasMessages">Whether it keeps a journal.</param>
    /// <param name="tokens">What its clients show; null where they show none.</param>
    /// <param name="time">The clock.</param>
    /// <param name="error">Where people read.</param>
    /// <param name="json">Where events go; null without <c>--json</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The dashboard; null where there is none.</returns>
    public static async Task<DashboardServer?> StartAsync(
        ServeSettings settings,
        ConversationServer server,
        EventHub hub,
        bool hasMessages,
        TokenPolicy? tokens,
        TimeProvider time,
        TextWriter error,
        JsonEvents? json,
        CancellationToken cancellationToken)
    {
        if (settings.Dashboard is not { } place)
        {
            return null;
        }

        try
        {
            FileStorage.Instance.CreateDirectory(settings.Data);
            var options = new DashboardOptions
            {
                SecretsDirectory = settings.Data,
                JournalDirectory = hasMessages ? Path.Combine(settings.Data, "journal") : null,
                FreeSpaceFloorBytes = settings.Stored.FreeSpaceFloorBytes,
                AllowsControl = place.AllowsControl,
                AllowedHosts = place.Names,
                AllowsAnyAddress = place.IsOpenToOthers,
            };
            DashboardServer dashboard = await DashboardServer.StartAsync(
                place.EndPoints, place.Tls, options, server, hub, time, tokens, cancellationToken);
            DashboardLink.Write(settings.Data, dashboard.Link);
            Announce(dashboard, place, error, json);
            return dashboard;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException or SocketException)
        {
            string sentence = $"the dashboard is not shown: {exception.Message.TrimEnd('.')}. '--dashboard 127.0.0.1:0' takes a free port, "
                + "'--dashboard off' shows none.";
            ServeReport.Warn([sentence], error, json);
            return null;
        }
    }

    private static void Announce(DashboardServer dashboard, DashboardPlace place, TextWriter error, JsonEvents? json)
    {
        error.WriteLine($"DASHBOARD {dashboard.Link}");
        json?.Write("dashboard", writer => writer.WriteString("url", dashboard.Link.GetLeftPart(UriPartial.Path)));
        if (place.IsOpenToOthers && place.Tls is null)
        {
            const string Warning = "the dashboard is open to other machines without TLS: whoever listens reads the token and all that is shown.";
            ServeReport.Warn([Warning], error, json);
        }
    }
}

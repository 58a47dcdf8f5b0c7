using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Transports;

namespace Aldis.Cli.Verbs.Serve.Configuration;

/// <summary>What <c>--check</c> looks at beside the values themselves; it binds nothing, opens no store and changes nothing.</summary>
internal static class ConfigurationCheck
{
    /// <summary>Checks addresses with their certificates, and the data directory.</summary>
    /// <param name="settings">What is to be served.</param>
    /// <param name="conversations">The conversations there are.</param>
    /// <returns>Everything that is wrong, each a sentence.</returns>
    public static IReadOnlyList<string> WhyNot(ServeSettings settings, IReadOnlyList<Conversation> conversations)
    {
        var faults = new List<string>();
        List<ServedName> served = [];
        Try(() => served = ServedName.Parse(settings.Names, settings.ListenHost, conversations, settings.Tls));
        foreach (ServedName name in served)
        {
            Try(() => ListenSite.Of(name.Conversation, name.Address));
        }

        Try(() => ServeStores.DescribeInbox(settings));
        Try(() => ServeStores.OpenShare(settings)?.Dispose());
        Try(() => settings.Tokens?.Open(settings.Data, conversations, NoServiceEvents.Instance, TimeProvider.System).Dispose());
        Try(() => ProbeDirectory(settings.Data));
        return faults;

        void Try(Action look)
        {
            try
            {
                look();
            }
            catch (Exception exception) when (exception is UsageException or FormatException or CommunicationException)
            {
                faults.Add(exception.Message);
            }
        }
    }

    /// <summary>Tries to create something in the data directory, or where it would be created.</summary>
    private static void ProbeDirectory(string directory)
    {
        string place = Path.GetFullPath(directory);
        while (!Directory.Exists(place) && !File.Exists(place) && Path.GetDirectoryName(place) is { } above)
        {
            place = above;
        }

        try
        {
            string probe = Path.Combine(place, $".check-{Environment.ProcessId}");
            using FileStream _ = new(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the data directory '{directory}' cannot be used: {exception.Message}");
        }
    }
}

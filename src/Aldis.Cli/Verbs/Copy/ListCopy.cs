using System.Globalization;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Files;
using Aldis.Protocols.Text;
using Aldis.Services.Files;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs.Copy;

/// <summary><c>aldis copy --list</c>: what is directly in the directories that a server shares, a line for each.</summary>
internal static class ListCopy
{
    private const int SizeColumns = 19;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public static async Task<int> RunAsync(VerbContext context, CopySettings settings, JsonEvents? events)
    {
        EndpointAddress address = ClientArguments.ParseStreamAddress(context, settings.Places.Address, FilesConversation.DefaultPort);
        await using LiveTrace? trace = LiveTrace.Start(context.Console, address, settings.IsTraced);
        var link = new CopyLink(address, settings, await settings.Token.ReadAsync(context, address), trace);
        foreach (ManifestEntry entry in await link.ListAsync(settings.Places.Paths, context.Interruption))
        {
            string name = Encoding.UTF8.GetString(entry.Path.Span);
            string mode = Convert.ToString(entry.Mode, 8);
            if (events is null)
            {
                string shown = context.Console.OutputIsTerminal ? PrintableText.Escape(name) : name;
                DataOutput.WriteLine(context.Console.Output, Encoding.UTF8.GetBytes(Line(entry, mode, shown)));
                continue;
            }

            events.Write("listed", writer =>
            {
                writer.WriteString("name", name);
                writer.WriteString("type", KebabName.Of(entry.Kind));
                writer.WriteNumber("length", entry.Size);
                if (entry.ModifiedNs > 0)
                {
                    writer.WriteNumber("modified", entry.ModifiedNs);
                }

                writer.WriteString("mode", mode);
            });
        }

        return ExitCode.Confirmed;
    }

    /// <summary>Permissions, bytes, when it was last changed, and its name, with a slash behind that of a directory.</summary>
    private static string Line(ManifestEntry entry, string mode, string name)
    {
        DateTime modified = DateTime.UnixEpoch.AddTicks(entry.ModifiedNs / TimeSpan.NanosecondsPerTick);
        string size = entry.Kind == FileEntryKind.Directory ? "-" : entry.Size.ToString(CultureInfo.InvariantCulture);
        string end = entry.Kind == FileEntryKind.Directory ? "/" : string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{mode.PadLeft(4, '0')} {size,SizeColumns} {modified.ToString(TimeFormat, CultureInfo.InvariantCulture)} {name}{end}");
    }
}

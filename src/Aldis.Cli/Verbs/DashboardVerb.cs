using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Serve;
using Aldis.Dashboard.Access;
using Aldis.Journal.Storage;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis dashboard</c>: the link to the dashboard of a server, printed and opened.</summary>
internal static class DashboardVerb
{
    public const string Examples = """
        Examples:
          aldis dashboard                              the link of the server in ./aldis-data, opened in a browser
          aldis dashboard --data /srv/aldis --no-open  print it alone
          aldis dashboard --new-token                  a new token: every link and session of before ends
        """;

    private const string PageName = "dashboard.html";

    /// <summary>Makes the verb.</summary>
    /// <param name="context">What every verb is given.</param>
    public static Command Create(VerbContext context)
    {
        var data = new Option<string>("--data")
        {
            DefaultValueFactory = _ => "./aldis-data",
            HelpName = "DIR",
            Description = "the data directory of the server",
        };
        var renew = new Option<bool>("--new-token")
        {
            Description = "replace the token: links that were given away and sessions that are open end within a second",
        };
        var noOpen = new Option<bool>("--no-open") { Description = "open no browser; without a display none is opened in any case" };
        Option<bool> json = VerbContext.JsonOption();
        var verb = new Command("dashboard", "Print the link to a server's dashboard again, and open it.") { data, renew, noOpen, json };
        verb.SetAction(call => context.RunAsync(call.GetValue(json), events =>
        {
            string directory = call.GetValue(data)!;
            Uri link = FindLink(directory, call.GetValue(renew));
            if (events is not null)
            {
                events.Write("dashboard", writer => writer.WriteString("url", link.GetLeftPart(UriPartial.Path)));
            }
            else
            {
                DataOutput.Write(context.Console.Output, Encoding.UTF8.GetBytes(link + "\n"));
            }

            if (!call.GetValue(noOpen) && context.Console.OutputIsTerminal && FindOpener() is { } opener)
            {
                Open(opener, directory, link);
            }

            return Task.FromResult(ExitCode.Confirmed);
        }));
        return verb;
    }

    private static Uri FindLink(string directory, bool renew)
    {
        try
        {
            Uri address = DashboardLink.Read(directory) ?? throw new UsageException(
                $"no server has shown a dashboard for {directory} yet: start 'aldis serve --data {directory}', or name its directory with --data.");
            string? token = renew ? SecretFiles.LoadOrCreate(directory, renew: true).Token : SecretFiles.FindToken(directory);
            return new Uri(address, "#token=" + (token ?? throw new UsageException($"there is no token in {directory}: start the server.")));
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new UsageException(exception.Message);
        }
    }

    /// <summary>The program that opens a page in the user's browser; null where there is no display.</summary>
    private static string? FindOpener() => OperatingSystem.IsWindows() ? "explorer"
        : OperatingSystem.IsMacOS() ? "open"
        : Environment.GetEnvironmentVariable("DISPLAY") is { Length: > 0 } || Environment.GetEnvironmentVariable("WAYLAND_DISPLAY") is { Length: > 0 }
            ? "xdg-open" : null;

    /// <summary>Every user of the machine can read a command line, so the browser is handed a file of this user's that leads on.</summary>
    private static void Open(string opener, string directory, Uri link)
    {
        string path = Path.GetFullPath(Path.Combine(directory, PageName));
        using (IStorageFile page = FileStorage.Instance.OpenWrite(path))
        {
            page.SetLength(0);
            page.Write(0, Encoding.UTF8.GetBytes(
                $"<!doctype html><meta http-equiv=\"refresh\" content=\"0;url={WebUtility.HtmlEncode(link.ToString())}\"><title>Aldis</title>\n"));
        }

        try
        {
            using Process? browser = Process.Start(new ProcessStartInfo(opener) { ArgumentList = { path }, UseShellExecute = false });
        }
        catch (Win32Exception)
        {
            // The link is printed.
        }
    }
}

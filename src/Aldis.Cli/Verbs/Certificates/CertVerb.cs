using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Framing;
using Aldis.Transports.Tls;

namespace Aldis.Cli.Verbs.Certificates;

/// <summary><c>aldis cert</c>: an authority and certificates to develop with.</summary>
internal static class CertVerb
{
    public const string Examples = """
        Examples:
          aldis cert                                  for localhost, 127.0.0.1 and ::1, in ./aldis-cert
          aldis cert pump.example.net 10.0.0.7        one certificate for both names
          aldis cert --client pump-7                  the certificate of a client, which may use this id alone
        """;

    private const string Explanation = """
        Make a certificate for a server, and one for each --client, signed by the development authority (CA) of the folder, which is made
        where there is none. Keys are ECDSA P-256, readable by their owner alone; nothing is overwritten. Each line printed is a file of a
        certificate and the pin of its key (docs/tls.md), as --pin and ?pin= of the clients take it.

        Whoever has ca.key can make certificates that those who trust ca.pem take: it is for development and for networks of one's own.
        """;

    private const int LongestDays = 3650;

    /// <summary>Makes the verb.</summary>
    /// <param name="context">What every verb is given.</param>
    /// <param name="time">The clock; the system's if left out.</param>
    public static Command Create(VerbContext context, TimeProvider? time = null)
    {
        var names = new Argument<string[]>("NAME")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = "host names and IP addresses of the server; localhost, 127.0.0.1 and ::1 if neither NAME nor --client is given",
        };
        var clients = new Option<string[]>("--client")
        {
            HelpName = "ID",
            Description = "make the certificate of a client with this id too: 1 to 32 of A-Z a-z 0-9 . _ -; may be repeated",
        };
        var folder = new Option<string>("--out")
        {
            DefaultValueFactory = static _ => "./aldis-cert",
            HelpName = "DIR",
            Description = "where the files are written",
        };
        Option<int?> days = TypedOption.Whole(
            "--days", "N", "how long certificates are valid, the authority 3650 days; default 825, the most that some clients take", 1, LongestDays);
        Option<bool> json = VerbContext.JsonOption();
        var verb = new Command("cert", Explanation) { names, clients, folder, days, json };
        verb.SetAction(call => context.RunAsync(call.GetValue(json), events =>
        {
            string[] hosts = call.GetValue(names) ?? [];
            string[] ids = call.GetValue(clients) ?? [];
            if (hosts.Length == 0 && ids.Length == 0)
            {
                hosts = ["localhost", "127.0.0.1", "::1"];
            }

            Make(
                context,
                new CertificateFolder(call.GetValue(folder)!),
                hosts,
                ids,
                TimeSpan.FromDays(call.GetValue(days) ?? 825),
                (time ?? TimeProvider.System).GetUtcNow(),
                events);
            return Task.FromResult(ExitCode.Confirmed);
        }));
        return verb;
    }

    private static void Make(
        VerbContext context, CertificateFolder folder, string[] hosts, string[] ids, TimeSpan time, DateTimeOffset now, JsonEvents? events)
    {
        if (Array.Find(ids, static id => !ClientId.IsValid(id) || id == CertificateFolder.Authority) is { } wrong)
        {
            throw new UsageException($"'{wrong}' is no client id that a certificate can have: 1 to 32 of A-Z a-z 0-9 . _ -, and not 'ca'.");
        }

        OpenSslNeed.Require("a certificate");
        string[] servers = [.. hosts.Select(CertificateFolder.NameOf).Take(1)];
        folder.RefuseTaken(servers.Concat(ids));
        var maker = new CertificateMaker(now);
        X509Certificate2? found = folder.FindAuthority();
        using X509Certificate2 authority = found ?? maker.MakeAuthority();
        if (found is null)
        {
            folder.Write(CertificateFolder.Authority, authority);
            Tell(context, events, folder, CertificateFolder.Authority, authority, "ca");
        }

        foreach (string server in servers)
        {
            using X509Certificate2 certificate = maker.MakeServer(authority, hosts, time);
            folder.Write(server, certificate);
            Tell(context, events, folder, server, certificate, "server");
        }

        foreach (string id in ids)
        {
            using X509Certificate2 certificate = maker.MakeClient(authority, id, time);
            folder.Write(id, certificate);
            Tell(context, events, folder, id, certificate, "client");
        }
    }

    private static void Tell(
        VerbContext context, JsonEvents? events, CertificateFolder folder, string name, X509Certificate2 certificate, string role)
    {
        string pin = PublicKeyPin.Of(certificate);
        if (events is null)
        {
            DataOutput.Write(context.Console.Output, Encoding.UTF8.GetBytes($"{folder.CertificateOf(name)} {pin}\n"));
            return;
        }

        events.Write("certificate", writer =>
        {
            writer.WriteString("role", role);
            writer.WriteString("file", folder.CertificateOf(name));
            writer.WriteString("key", folder.KeyOf(name));
            writer.WriteString("pin", pin);
            writer.WriteString("valid_until", new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));
        });
    }
}

using System.CommandLine;
using Aldis.Cli.Verbs.Serve.Configuration;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>The section <c>Tls</c>: of the addresses that do not say it themselves.</summary>
internal sealed class TlsServerArguments
{
    private const string CertificateFlag = "--cert";
    private const string KeyFlag = "--key";
    private const string KeyPasswordFlag = "--key-password-file";

    private readonly WordsSetting _certificates = new("Tls:Certificates", Files(
        CertificateFlag,
        "the certificate (PEM) of addresses with TLS that name none, and behind it those that lead to its authority; several, for several "
            + "names, if repeated. Read again when it changes and at SIGHUP; 'aldis cert' makes one"));

    private readonly WordsSetting _keys = new("Tls:Keys", Files(
        KeyFlag, "its private key (PEM), as many as certificates; in the files of the certificates if left out"));

    private readonly OptionSetting<string?> _keyPassword = TypedSetting.Text(
        "Tls:KeyPasswordFile", KeyPasswordFlag, "FILE", "the file with the password of private keys that are encrypted");

    private readonly OptionSetting<string?> _clientAuthority = TypedSetting.Text(
        "Tls:ClientCa",
        "--client-ca",
        "FILE",
        "take only clients whose certificate one of those in FILE (PEM) vouches for, at addresses with TLS that name none; the dashboard asks "
            + "for none");

    private readonly OptionSetting<TlsVersion?> _minVersion = TypedSetting.Choice(
        "Tls:MinVersion",
        "--tls-min-version",
        "the oldest version of TLS that is spoken",
        "1.2",
        ("1.2", TlsVersion.Tls12),
        ("1.3", TlsVersion.Tls13));

    private enum TlsVersion
    {
        Tls12,
        Tls13,
    }

    /// <summary>All of them.</summary>
    public IEnumerable<Setting> All => [_certificates, _keys, _keyPassword, _clientAuthority, _minVersion];

    /// <summary>What they say.</summary>
    /// <exception cref="UsageException">There are keys without certificates, or not one for each.</exception>
    public TlsDefaults Read(ServeConfiguration configuration)
    {
        var tls = new TlsDefaults(
            configuration.Get(_certificates),
            configuration.Get(_keys),
            configuration.Get(_keyPassword),
            configuration.Get(_clientAuthority),
            configuration.SourceOf(_minVersion).Name == "default" ? null : configuration.TextOf(_minVersion));
        return tls.Keys.Length > 0 && tls.Keys.Length != tls.Certificates.Length
            ? throw new UsageException($"{CertificateFlag} names {tls.Certificates.Length} certificates and {KeyFlag} {tls.Keys.Length} keys: name a key for each.")
            : tls.KeyPassword is not null && !tls.HasCertificate
            ? throw configuration.Lacks(_keyPassword, _certificates, "there is no key here.")
            : tls;
    }

    private static Option<string[]> Files(string flag, string description) => new(flag) { HelpName = "FILE", Description = description };
}

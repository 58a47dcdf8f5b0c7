using Aldis.Services.Hosting;
using Aldis.Transports.Addresses;
using Aldis.Transports.Listening;
using Aldis.Transports.Tls;

namespace Aldis.Cli.Verbs;

/// <summary>
/// What the operator of a server should mend, though it can be served so: said at the start, a sentence each. None of it is an error, because
/// each may be meant.
/// </summary>
internal static class StartWarnings
{
    /// <summary>What nobody but its owner should have of a secret.</summary>
    public const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Finds what is to be said.</summary>
    /// <param name="addresses">The addresses that are served, as they were given.</param>
    /// <param name="endpoints">Where they were bound.</param>
    /// <param name="isRoot">Whether the process may do everything on this machine (<see cref="IsRoot"/>).</param>
    /// <param name="hasTokens">Whether clients are asked for tokens.</param>
    /// <returns>Sentences, each with its full stop.</returns>
    public static IEnumerable<string> Of(
        IEnumerable<EndpointAddress> addresses, IReadOnlyCollection<BoundEndpoint> endpoints, bool isRoot, bool hasTokens = false)
    {
        EndpointAddress[] withTls = [.. addresses.Where(static address => address.UsesTls)];
        BoundEndpoint[] open = [.. endpoints.Where(static endpoint => ListenAddresses.IsOpenToOthers(endpoint.EndPoint))];
        if (open.Any(static endpoint => endpoint.Protocol is "tcp" or "udp" or "arq"))
        {
            yield return hasTokens
                ? "open to other machines without TLS: anybody on the way reads what passes, tokens too, and can use them."
                : "open to other machines without TLS: anybody who reaches a port can use it and read what passes.";
        }

        if (!hasTokens && open.Any(static endpoint => endpoint.Protocol is "tls" or "arq+tls")
            && !(withTls.Length > 0 && Array.TrueForAll(withTls, static address => address.Options.ContainsKey("client-ca"))))
        {
            yield return "open to other machines without identities: TLS hides what passes, but anybody who reaches a port can use it; "
                + "client-ca=FILE takes those alone that show a certificate, --tokens FILE those that show a token.";
        }

        foreach (string key in withTls.Select(ServerTlsFiles.Of)
            .SelectMany(static files => files.Pairs.Select(static pair => pair.Key).Append(files.KeyPassword)).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            if (OfKey(key) is { } warning)
            {
                yield return warning;
            }
        }

        if (isRoot)
        {
            yield return "running as root, which a server needs for nothing: for a port below 1024 CAP_NET_BIND_SERVICE is enough.";
        }
    }

    /// <summary>
    /// Whether the process has root's rights on the machine itself. In a container root is the usual user and has few of them, so nothing is
    /// said there.
    /// </summary>
    public static bool IsRoot() => !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess && !IsInContainer();

    private static bool IsInContainer() =>
        Environment.GetEnvironmentVariable("container") is { Length: > 0 }
        || Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 }
        || File.Exists("/.dockerenv") || File.Exists("/run/.containerenv");

    private static string? OfKey(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        try
        {
            string file = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            UnixFileMode mode = File.GetUnixFileMode(file);
            return (mode & Others) == UnixFileMode.None
                ? null
                : $"the private key {path} is open to others than its owner (mode 0{Convert.ToString((int)mode, 8)}): chmod 600 {file}.";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

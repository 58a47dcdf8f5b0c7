using System.Text;
using Aldis.Protocols.Integrity;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>
/// Who copies, where no id was given: the same each time for one user of one machine, so that the server finds what an earlier attempt
/// left.
/// </summary>
internal static class ClientIdentity
{
    private const int MaxNameLength = 20;
    private const int DigestLength = 8;

    /// <summary>The id: the machine's name for people, and a digest of what tells machines and users apart.</summary>
    public static string OfThisUser() =>
        Of(Environment.MachineName, $"{ReadMachineId()}\0{Environment.MachineName}\0{Environment.UserName}");

    /// <summary>The id of a machine.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="identity">What tells it from others of that name.</param>
    internal static string Of(string name, string identity)
    {
        string safe = string.Concat(name
            .Where(static character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-').Take(MaxNameLength));
        return $"{(safe.Length == 0 ? "client" : safe)}-{Digest(identity)[..DigestLength]}";
    }

    private static string Digest(string text) => Convert.ToHexStringLower(Sha256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string ReadMachineId()
    {
        try
        {
            return File.ReadAllText("/etc/machine-id");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}

using System.Text;
using Aldis.Journal.Storage;
using Aldis.Transports.Randomness;

namespace Aldis.Dashboard.Access;

/// <summary>
/// Keeps token and key in a directory, each in a file of its own that its owner alone may read: <c>dashboard.token</c>, the token and a line
/// end, and <c>dashboard.key</c>, 32 bytes.
/// </summary>
internal static class SecretFiles
{
    /// <summary>The file of the token.</summary>
    public const string TokenName = "dashboard.token";

    /// <summary>The file of the key.</summary>
    public const string KeyName = "dashboard.key";

    private const int LongestToken = 256;
    private const UnixFileMode OfOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Reads both, and makes what is not there.</summary>
    /// <param name="directory">Where they are kept; there is one.</param>
    /// <param name="renew">Whether the token is made anew, which ends every session.</param>
    /// <exception cref="InvalidDataException">A file is no secret, or others may read it; the message says what to do.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public static AccessSecrets LoadOrCreate(string directory, bool renew = false)
    {
        string tokenPath = Path.Combine(directory, TokenName);
        string keyPath = Path.Combine(directory, KeyName);
        if (renew || !File.Exists(tokenPath))
        {
            Replace(tokenPath, Encoding.ASCII.GetBytes(AccessSecrets.NewToken() + "\n"));
        }

        if (!File.Exists(keyPath))
        {
            Replace(keyPath, SystemRandom.GetBytes(AccessSecrets.SecretBytes));
        }

        byte[] key = Read(keyPath, AccessSecrets.SecretBytes);
        if (key.Length != AccessSecrets.SecretBytes)
        {
            throw new InvalidDataException(
                $"'{keyPath}' has {key.Length} bytes, and a key has {AccessSecrets.SecretBytes}: delete it to have a new one.");
        }

        return new AccessSecrets(ReadToken(tokenPath), key);
    }

    /// <summary>Reads the token that a server of this directory takes.</summary>
    /// <param name="directory">The directory of the server.</param>
    /// <returns>Null where there is none yet.</returns>
    /// <inheritdoc cref="LoadOrCreate" path="/exception"/>
    public static string? FindToken(string directory)
    {
        string path = Path.Combine(directory, TokenName);
        return File.Exists(path) ? ReadToken(path) : null;
    }

    private static string ReadToken(string path)
    {
        string token = Encoding.ASCII.GetString(Read(path, LongestToken)).TrimEnd('\r', '\n');
        return token.Length >= AccessSecrets.SecretBytes && token.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')
            ? token
            : throw new InvalidDataException(
                $"'{path}' has no token of at least {AccessSecrets.SecretBytes} letters, digits, '-' and '_': delete it to have a new one.");
    }

    private static byte[] Read(string path, int most)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & OfOthers) != UnixFileMode.None)
        {
            throw new InvalidDataException($"others may read the secret in '{path}': take that from them (chmod 600), or delete it to have a new one.");
        }

        byte[] bytes = new byte[most + 1];
        return bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }

    /// <summary>Puts a whole file in place at once.</summary>
    private static void Replace(string path, ReadOnlySpan<byte> content)
    {
        string draft = $"{path}.{Guid.NewGuid():N}";
        FileStorage storage = FileStorage.Instance;
        try
        {
            // What is made is nobody else's to read.
            WholeFile.Put(storage, path, draft, content);
        }
        finally
        {
            storage.Delete(draft);
        }

        storage.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}

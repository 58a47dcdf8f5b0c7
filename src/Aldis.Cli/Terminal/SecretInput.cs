using System.Text;
using Aldis.Cli.Verbs;

namespace Aldis.Cli.Terminal;

/// <summary>Reads a secret from a file or from the environment: every user of a machine can read its command lines.</summary>
internal static class SecretInput
{
    /// <summary>Reads a token.</summary>
    /// <param name="option">The option that names the file, for sentences.</param>
    /// <param name="path">The file that holds it; null for the environment.</param>
    /// <param name="variable">The variable that holds it otherwise.</param>
    /// <param name="maxLength">Its most characters.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The token.</returns>
    /// <exception cref="UsageException">There is none, or others may read its file.</exception>
    public static async Task<string> ReadTokenAsync(
        string option, string? path, string variable, int maxLength, CancellationToken cancellationToken)
    {
        string source = path ?? $"the environment variable {variable}";
        string token = path is null
            ? Environment.GetEnvironmentVariable(variable) ?? string.Empty
            : Encoding.UTF8.GetString(await ReadAsync(option, path, maxLength, cancellationToken)).TrimEnd('\r', '\n');
        return token.Length > 0 && token.Length <= maxLength && token.All(static character => character is > ' ' and <= '~')
            ? token
            : throw new UsageException($"{option}: {source} holds no token: 1 to {maxLength} visible ASCII characters.");
    }

    private static async Task<byte[]> ReadAsync(string option, string path, int maxLength, CancellationToken cancellationToken)
    {
        try
        {
            await using FileStream file = await FileInput.OpenAsync(path, cancellationToken);
            RefuseReadByOthers(option, file);

            // The end of a line may follow, and a byte more shows that it is longer.
            byte[] bytes = new byte[maxLength + 3];
            int length = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
            return bytes[..length];
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"{option}: there is no file {path}; write the token into it.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{option}: {path} cannot be read: {exception.Message}");
        }
    }

    // A pipe, such as that of <(pass show token), has no mode that means anything.
    private static void RefuseReadByOthers(string option, FileStream file)
    {
        if (!OperatingSystem.IsWindows() && file.CanSeek && (File.GetUnixFileMode(file.SafeFileHandle) & StartWarnings.Others) != UnixFileMode.None)
        {
            throw new UsageException($"{option}: others may read or write {file.Name}: take that from them (chmod 600).");
        }
    }
}

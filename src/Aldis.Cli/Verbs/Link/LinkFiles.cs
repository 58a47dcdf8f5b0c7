using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Scenarios;

namespace Aldis.Cli.Verbs.Link;

/// <summary>Reads what options of <c>link</c> name by a file: scripts, profiles, logs and tokens.</summary>
internal static class LinkFiles
{
    /// <summary>The variable that holds the token where <c>--api-token</c> names no file.</summary>
    public const string TokenVariable = "ALDIS_API_TOKEN";

    private const string ScriptOption = "--script";
    private const string ProfileOption = "--profile";
    private const string ReplayOption = "--replay";
    private const string TokenOption = "--api-token";
    private const int MaxTokenLength = 256;

    /// <summary>Reads a script.</summary>
    /// <param name="value">The script itself, which begins with <c>at</c>, or the name of a file that holds one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The script.</returns>
    /// <exception cref="FormatException">It is none.</exception>
    /// <exception cref="UsageException">There is no such file, or it cannot be read.</exception>
    public static async Task<LinkScript> ReadScriptAsync(string value, CancellationToken cancellationToken)
    {
        bool isScript = value.AsSpan().TrimStart().StartsWith("at ") || value.AsSpan().ContainsAny(";\n\"%") || value.Trim().Length == 0;
        return isScript && !File.Exists(value)
            ? LinkScript.Read(value, ScriptOption)
            : LinkScript.Read(
                Encoding.UTF8.GetString(await ReadAsync(ScriptOption, value, LinkScript.MaxLength, "a script begins with 'at 5s'", cancellationToken)),
                value);
    }

    /// <summary>Finds a profile.</summary>
    /// <param name="value">A name, or <c>FILE:NAME</c> or <c>FILE</c> for one of a file's; a file of JSON ends in <c>.json</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The profile.</returns>
    /// <exception cref="FormatException">There is none.</exception>
    /// <exception cref="UsageException">There is no such file, or it cannot be read.</exception>
    public static async Task<LinkProfile> ReadProfileAsync(string value, CancellationToken cancellationToken)
    {
        const string Extension = ".json";
        int end = value.IndexOf(Extension + ":", StringComparison.OrdinalIgnoreCase);
        string file = end < 0 ? value : value[..(end + Extension.Length)];
        if (!file.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
        {
            return Named(LinkProfiles.Known, value);
        }

        byte[] json = await ReadAsync(ProfileOption, file, LinkProfiles.MaxBytes, "a name has no '.json' at its end", cancellationToken);
        IReadOnlyList<LinkProfile> profiles = LinkProfiles.Read(json, file);
        if (end >= 0)
        {
            return Named(profiles, value[(file.Length + 1)..]);
        }

        return profiles.Count == 1 ? profiles[0] : throw new UsageException(
            $"{ProfileOption}: {file} has {profiles.Count} profiles: name one, as in {file}:{(profiles.Count == 0 ? "NAME" : profiles[0].Name)}.");

        static LinkProfile Named(IReadOnlyList<LinkProfile> profiles, string name)
        {
            try
            {
                return LinkProfiles.Get(profiles, name);
            }
            catch (FormatException exception)
            {
                throw new UsageException($"{ProfileOption}: {exception.Message} 'aldis link --profiles' shows them.");
            }
        }
    }

    /// <summary>Reads a log of decisions.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What gives them back.</returns>
    /// <exception cref="FormatException">It is no log.</exception>
    /// <exception cref="UsageException">There is no such file, or it cannot be read.</exception>
    public static async Task<DecisionReplay> ReadReplayAsync(string path, CancellationToken cancellationToken)
    {
        var replay = new DecisionReplay();
        await using FileStream file = await OpenAsync(ReplayOption, path, "it is one that --log wrote", cancellationToken);
        var lines = new InputLines(file);
        while (await lines.ReadAsync(cancellationToken) is { } line)
        {
            replay.Add(line, path);
        }

        return replay;
    }

    /// <summary>Reads a token.</summary>
    /// <param name="path">The file that holds it; null for the environment.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The token.</returns>
    /// <exception cref="UsageException">There is none.</exception>
    public static Task<string> ReadTokenAsync(string? path, CancellationToken cancellationToken) =>
        SecretInput.ReadTokenAsync(TokenOption, path, TokenVariable, MaxTokenLength, cancellationToken);

    private static async Task<byte[]> ReadAsync(string option, string path, int maxBytes, string hint, CancellationToken cancellationToken)
    {
        await using FileStream file = await OpenAsync(option, path, hint, cancellationToken);
        byte[] bytes = new byte[maxBytes + 1];
        int length;
        try
        {
            length = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option}: {path} cannot be read: {exception.Message}");
        }

        return length <= maxBytes ? bytes[..length] : throw new UsageException($"{option}: {path} is longer than {maxBytes} bytes.");
    }

    private static async Task<FileStream> OpenAsync(string option, string path, string hint, CancellationToken cancellationToken)
    {
        try
        {
            return await FileInput.OpenAsync(path, cancellationToken);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"{option}: there is no file {path}; {hint}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{option}: {path} cannot be read: {exception.Message}");
        }
    }
}

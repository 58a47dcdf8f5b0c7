namespace Aldis.Cli.Verbs;

/// <summary>
/// A place at a server, among the arguments of <c>aldis copy</c>: an address, and perhaps what is meant there. Everything else is a file
/// of this machine.
/// </summary>
/// <param name="Address">The address.</param>
/// <param name="Path">What stands behind it, without the slash between: empty for all there is; null where not even a slash stands
/// there.</param>
internal sealed record RemotePlace(string Address, string? Path)
{
    private static readonly string[] Unix = ["unix:", "unix+seqpacket:"];

    /// <summary>
    /// Reads an argument. It is remote if it has a scheme or is <c>host:digits</c>, with or without <c>/PATH</c>; behind the path of a Unix
    /// socket, which has slashes itself, <c>//PATH</c> stands.
    /// </summary>
    /// <param name="argument">The argument.</param>
    /// <returns>Null for a file name; <c>./name:1</c> is one too.</returns>
    public static RemotePlace? Of(string argument)
    {
        int question = argument.IndexOf('?', StringComparison.Ordinal);
        string place = question < 0 ? argument : argument[..question];
        string options = question < 0 ? string.Empty : argument[question..];
        if (Array.Find(Unix, prefix => place.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) is { } unix)
        {
            return Cut(place, place.IndexOf("//", unix.Length, StringComparison.Ordinal), slashes: 2, options);
        }

        int scheme = place.IndexOf("://", StringComparison.Ordinal);
        if (scheme > 0 && place[..scheme].All(IsSchemeCharacter))
        {
            return Cut(place, place.IndexOf('/', scheme + "://".Length), slashes: 1, options);
        }

        int slash = place.IndexOf('/', StringComparison.Ordinal);
        string host = slash < 0 ? place : place[..slash];
        int colon = host.LastIndexOf(':');
        return colon > 0 && colon < host.Length - 1 && host[(colon + 1)..].All(char.IsAsciiDigit)
            && !host.Contains('\\', StringComparison.Ordinal)
            ? Cut(place, slash, slashes: 1, options)
            : null;
    }

    private static RemotePlace Cut(string place, int at, int slashes, string options) =>
        at < 0 ? new(place + options, null) : new(place[..at] + options, place[(at + slashes)..]);

    private static bool IsSchemeCharacter(char character) => char.IsAsciiLetterOrDigit(character) || character is '+' or '-' or '.';
}

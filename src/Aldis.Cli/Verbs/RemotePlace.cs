namespace Aldis.Cli.Verbs;

/// <summary>Tells addresses from file names among the arguments of <c>aldis copy</c>.</summary>
internal static class RemotePlace
{
    /// <summary>Whether an argument is an address: it has a scheme or is <c>host:digits</c>.</summary>
    /// <param name="argument">The argument.</param>
    /// <returns>False for everything else, which is a file name; <c>./name:1</c> is one too.</returns>
    public static bool IsRemote(string argument)
    {
        int options = argument.IndexOf('?', StringComparison.Ordinal);
        string place = options < 0 ? argument : argument[..options];
        int scheme = place.IndexOf("://", StringComparison.Ordinal);
        if (place.StartsWith("unix:", StringComparison.OrdinalIgnoreCase) || (scheme > 0 && place[..scheme].All(IsSchemeCharacter)))
        {
            return true;
        }

        int colon = place.LastIndexOf(':');
        return colon > 0 && colon < place.Length - 1 && place[(colon + 1)..].All(char.IsAsciiDigit)
            && !place.Contains('/', StringComparison.Ordinal) && !place.Contains('\\', StringComparison.Ordinal);
    }

    private static bool IsSchemeCharacter(char character) => char.IsAsciiLetterOrDigit(character) || character is '+' or '-' or '.';
}

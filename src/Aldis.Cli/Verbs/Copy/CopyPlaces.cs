namespace Aldis.Cli.Verbs.Copy;

/// <summary>From where to where <c>aldis copy</c> copies.</summary>
/// <param name="Direction">Which way.</param>
/// <param name="Locals">The files and directories here that are sent; to fetch, the one directory that takes what comes.</param>
/// <param name="Address">The server.</param>
/// <param name="Paths">What is fetched or listed there; none to send.</param>
internal sealed record CopyPlaces(CopyDirection Direction, IReadOnlyList<string> Locals, string Address, IReadOnlyList<string> Paths)
{
    /// <summary>What stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>Reads the words behind the verb.</summary>
    /// <param name="words">The words, one at least.</param>
    /// <param name="isListing">Whether <c>--list</c> was given.</param>
    /// <exception cref="UsageException">They say no way.</exception>
    public static CopyPlaces Read(IReadOnlyList<string> words, bool isListing)
    {
        RemotePlace?[] places = [.. words.Select(RemotePlace.Of)];
        if (isListing)
        {
            return Array.TrueForAll(places, static place => place is not null)
                ? new(CopyDirection.List, [], OneAddress(places!), [.. places.Select(static place => place!.Path ?? string.Empty)])
                : throw new UsageException(
                    $"--list takes addresses alone, and '{words[Array.IndexOf(places, null)]}' is none: write host:port/PATH.");
        }

        if (words.Count < 2)
        {
            throw new UsageException($"copy needs FILE... ADDRESS, or ADDRESS/PATH... DIR; '{words[0]}' alone is one of them.");
        }

        return places[^1] is { } target ? ReadSend(words, places, target) : ReadFetch(words, places);
    }

    private static CopyPlaces ReadSend(IReadOnlyList<string> words, RemotePlace?[] places, RemotePlace target)
    {
        int remote = Array.FindIndex(places, static place => place is not null);
        if (remote < places.Length - 1)
        {
            throw new UsageException(
                $"'{words[remote]}' is an address, and only the last argument may be one; "
                + $"a file of that name is written ./{words[remote]}.");
        }

        return string.IsNullOrEmpty(target.Path)
            ? new(CopyDirection.Send, [.. words.Take(words.Count - 1)], target.Address, [])
            : throw new UsageException(
                $"'{words[^1]}' names a place at the server, which puts what it gets below a directory of its own: "
                + "name the address alone.");
    }

    private static CopyPlaces ReadFetch(IReadOnlyList<string> words, RemotePlace?[] places)
    {
        if (places[0] is null)
        {
            throw new UsageException(
                $"the last argument is where to copy to, and '{words[^1]}' is no address: write host:port or scheme://host.");
        }

        int local = Array.IndexOf(places, null);
        if (local < places.Length - 1)
        {
            throw new UsageException(
                $"'{words[local]}' is a file here: what is fetched is named by addresses, and the last argument is a directory.");
        }

        RemotePlace[] remote = [.. places[..^1]!];
        int whole = Array.FindIndex(remote, static place => place.Path is null);
        return whole < 0
            ? new(CopyDirection.Fetch, [words[^1]], OneAddress(remote), [.. remote.Select(static place => place.Path!.TrimEnd('/'))])
            : throw new UsageException(
                $"'{words[whole]}' does not say what is fetched: write {words[whole]}/PATH, or {words[whole]}/ for all that is shared.");
    }

    private static string OneAddress(IReadOnlyList<RemotePlace> places) =>
        places.Select(static place => place.Address).Distinct(StringComparer.Ordinal).Take(2).ToArray() is [string only]
            ? only
            : throw new UsageException("all addresses of one copy are of one server: copy from each of them by itself.");
}

namespace Aldis.Protocols.Text;

/// <summary>
/// Finds what somebody meant who wrote a name that there is not: one place for the names of verbs, options, conversations, strategies and
/// all others, so that every wrong name is answered with the same kind of help.
/// </summary>
internal static class NearestName
{
    /// <summary>Fewer letters say too little to be the beginning of one name rather than another.</summary>
    private const int LeastBeginning = 3;

    /// <summary>One mistake in so many letters still is a misspelling; more is another word.</summary>
    private const int LettersPerMistake = 3;

    /// <summary>The name that was most probably meant.</summary>
    /// <param name="word">What was written; dashes before it and the case of letters count for nothing.</param>
    /// <param name="names">The names there are.</param>
    /// <returns>
    /// A name that differs by nothing else than case and dashes, else by one mistake in three letters at most (a letter too many, missing,
    /// wrong or changed places with its neighbour: the optimal string alignment distance), else the only one that begins with the word or
    /// its one letter. Null where there is none, which is better than a guess.
    /// </returns>
    public static string? Find(string word, IEnumerable<string> names)
    {
        string meant = Letters(word);
        if (meant.Length == 0)
        {
            return null;
        }

        string[] known = [.. names];
        (string Name, int Mistakes)[] near =
        [
            .. known.Select(name => (Name: name, Mistakes: Mistakes(meant, Letters(name))))
                .Where(one => one.Mistakes <= Math.Min(meant.Length, Letters(one.Name).Length) / LettersPerMistake)
                .OrderBy(static one => one.Mistakes),
        ];
        if (near.Length > 0)
        {
            return near[0].Name;
        }

        string[] longer = [.. known.Where(name => Letters(name).StartsWith(meant, StringComparison.Ordinal))];
        return meant.Length >= LeastBeginning ? longer.FirstOrDefault() : longer.Length == 1 ? longer[0] : null;
    }

    /// <summary>The name that was meant, as the end of a sentence.</summary>
    /// <param name="word">What was written.</param>
    /// <param name="names">The names there are.</param>
    /// <returns><c>; did you mean 'plain'?</c>, or a full stop where no name is near.</returns>
    public static string End(string word, IEnumerable<string> names) => Find(word, names) is string name ? $"; did you mean '{name}'?" : ".";

    private static string Letters(string name) => name.TrimStart('-').ToLowerInvariant();

    private static int Mistakes(string word, string name)
    {
        // Row by row, with the two rows before: to change places takes back to the row before the last.
        int[] beforeLast = new int[name.Length + 1];
        int[] last = [.. Enumerable.Range(0, name.Length + 1)];
        for (int i = 1; i <= word.Length; i++)
        {
            int[] row = new int[name.Length + 1];
            row[0] = i;
            for (int j = 1; j <= name.Length; j++)
            {
                int change = last[j - 1] + (word[i - 1] == name[j - 1] ? 0 : 1);
                row[j] = Math.Min(change, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && word[i - 1] == name[j - 2] && word[i - 2] == name[j - 1])
                {
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
                }
            }

            (beforeLast, last) = (last, row);
        }

        return last[name.Length];
    }
}

using System.Text;

namespace Aldis.Protocols.Text;

/// <summary>Breaks sentences between words.</summary>
internal static class WrappedText
{
    /// <summary>The lines of a text; none if it has no words.</summary>
    /// <param name="text">The text.</param>
    /// <param name="room">Columns of a line; a longer word has a line of its own.</param>
    public static IEnumerable<string> Lines(string text, int room)
    {
        var line = new StringBuilder();
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > room)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : string.Empty).Append(word);
        }

        if (line.Length > 0)
        {
            yield return line.ToString();
        }
    }
}

using System.Globalization;

namespace Aldis.Services.Inbox;

/// <summary>Finds the first name that nothing has: the one that is wanted, or that with a number from 2 on. Not thread-safe.</summary>
internal sealed class FreeNames
{
    private const int MostRemembered = 1024;

    private readonly Dictionary<string, int> _lastNumbers = new(StringComparer.Ordinal);

    /// <summary>Takes the first free name.</summary>
    /// <param name="path">The name that is wanted, with the directories above it.</param>
    /// <param name="tryTake">Takes a name unless something has it.</param>
    /// <returns>The name that was taken, with the directories.</returns>
    public string Take(string path, Func<string, bool> tryTake)
    {
        // The bare name first, then on from the last number given: the thousandth file does not ask for a thousand names.
        int last = _lastNumbers.GetValueOrDefault(path, 1);
        for (int number = 1; ; number = Math.Max(number, last) + 1)
        {
            string candidate = number == 1 ? path : Numbered(path, number);
            if (tryTake(candidate))
            {
                Remember(path, Math.Max(number, last));
                return candidate;
            }
        }
    }

    /// <summary>A name with a number.</summary>
    /// <param name="path">The name, with the directories above it.</param>
    /// <param name="number">The number.</param>
    public static string Numbered(string path, int number)
    {
        int begin = path.LastIndexOf('/') + 1;
        int dot = path.LastIndexOf('.');

        // The number before the ending; a name that begins with its only dot has none.
        int end = dot > begin ? dot : path.Length;
        return string.Create(CultureInfo.InvariantCulture, $"{path[..end]}-{number}{path[end..]}");
    }

    private void Remember(string path, int number)
    {
        if (number > 1)
        {
            if (_lastNumbers.Count == MostRemembered)
            {
                _lastNumbers.Clear();
            }

            _lastNumbers[path] = number;
        }
    }
}

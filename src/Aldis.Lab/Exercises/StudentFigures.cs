using Aldis.Protocols.Randomness;
using Aldis.Protocols.Text;

namespace Aldis.Lab.Exercises;

/// <summary>Draws the figures of a student for an exercise: the same on every machine, others for another student.</summary>
internal sealed class StudentFigures
{
    /// <summary>The most characters of a student's name.</summary>
    public const int LongestStudent = 64;

    private readonly SeededRandom _random;

    /// <summary>Begins the figures of a student.</summary>
    /// <param name="name">The exercise.</param>
    /// <param name="student">Whose; capital letters count as small ones.</param>
    /// <exception cref="ArgumentException">It is no name of a student.</exception>
    public StudentFigures(ExerciseName name, string student)
    {
        Student = IsStudent(student)
            ? student.ToLowerInvariant() : throw new ArgumentException("It is no name of a student.", nameof(student));
        _random = new SeededRandom(Hash($"{KebabName.Of(name)}/{Student}"));
    }

    /// <summary>The student, in small letters.</summary>
    public string Student { get; }

    /// <summary>Whether a text can name a student: 1 to 64 of A-Z a-z 0-9 . _ - @ +.</summary>
    /// <param name="text">The text.</param>
    public static bool IsStudent(string text) =>
        text.Length is > 0 and <= LongestStudent && text.All(static c => char.IsAsciiLetterOrDigit(c) || "._-@+".Contains(c));

    /// <summary>Draws a whole number.</summary>
    /// <param name="least">The least.</param>
    /// <param name="most">The most.</param>
    /// <param name="step">What lies between two of them.</param>
    public int Between(int least, int most, int step = 1) => least + (step * _random.NextBelow(((most - least) / step) + 1));

    /// <summary>Draws one of several.</summary>
    /// <param name="choices">Which.</param>
    public int OneOf(params ReadOnlySpan<int> choices) => choices[_random.NextBelow(choices.Length)];

    /// <summary>The 64-bit FNV-1a hash of ASCII text (Fowler, Noll and Vo): the generator mixes its bits.</summary>
    private static ulong Hash(string text)
    {
        const ulong OffsetBasis = 0xCBF29CE484222325;
        const ulong Prime = 0x00000100000001B3;
        ulong hash = OffsetBasis;
        foreach (char letter in text)
        {
            hash = unchecked((hash ^ letter) * Prime);
        }

        return hash;
    }
}

namespace Aldis.Lab.Exercises;

/// <summary>A question whose answer is a number.</summary>
/// <param name="Text">The question.</param>
/// <param name="Unit">Of the answer; empty for a count.</param>
/// <param name="Answer">The answer.</param>
/// <param name="Reason">How it comes about, for the one who knows the answer.</param>
internal sealed record ExerciseQuestion(string Text, string Unit, double Answer, string Reason)
{
    // What was reckoned with rounded figures is right.
    private const double Tolerance = 0.01;

    /// <summary>Whether the answer counts something: then it is a whole number, and no other is right.</summary>
    public bool IsCount => Unit.Length == 0;

    /// <summary>Whether an answer is right: a count exactly, a measure within a hundredth.</summary>
    /// <param name="given">The answer.</param>
    public bool IsRight(double given) => IsCount ? given == Answer : Math.Abs(given - Answer) <= Tolerance * Math.Abs(Answer);
}

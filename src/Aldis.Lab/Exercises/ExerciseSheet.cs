using Aldis.Lab.Experiments;

namespace Aldis.Lab.Exercises;

/// <summary>An exercise with the figures of one student.</summary>
/// <param name="Name">Which one.</param>
/// <param name="Student">Whose figures.</param>
/// <param name="Title">What it is about.</param>
/// <param name="Task">What is given, in sentences.</param>
/// <param name="Questions">What is asked.</param>
internal sealed record ExerciseSheet(
    ExerciseName Name, string Student, string Title, IReadOnlyList<string> Task, IReadOnlyList<ExerciseQuestion> Questions)
{
    /// <summary>What is handed in beside the answers, as a sentence; or empty.</summary>
    public string HandIn { get; init; } = string.Empty;

    /// <summary>The experiments that show the answers.</summary>
    public required IReadOnlyList<LabSettings> Experiments { get; init; }
}

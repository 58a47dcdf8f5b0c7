namespace Aldis.Lab.Ladder;

/// <summary>What an acknowledgement of selective repeat says.</summary>
internal enum AnswerKind : byte
{
    /// <summary>Which frame comes next, and all that are there behind it.</summary>
    Selective = 0,

    /// <summary>Which frame arrived, and nothing of any other.</summary>
    Individual = 1,

    /// <summary>Which frame comes next, and nothing of those behind it.</summary>
    Cumulative = 2,
}

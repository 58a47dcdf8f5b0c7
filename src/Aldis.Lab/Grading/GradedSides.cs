namespace Aldis.Lab.Grading;

/// <summary>Whose rules are judged.</summary>
[Flags]
internal enum GradedSides
{
    /// <summary>The side that sends frames.</summary>
    Sender = 1,

    /// <summary>The side that answers them.</summary>
    Receiver = 2,

    /// <summary>Both.</summary>
    Both = Sender | Receiver,
}

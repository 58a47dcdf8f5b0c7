using Aldis.Lab.Ladder;

namespace Aldis.Lab.Drawings;

/// <summary>The sender's window after an instant in which it moved, filled up, or a timer fired.</summary>
/// <param name="TimeNanoseconds">When.</param>
/// <param name="Origin">The first frame of the strip.</param>
/// <param name="Strip">A letter for each frame (<see cref="SenderKnowledge"/>).</param>
/// <param name="Event">What happened.</param>
internal sealed record WindowRow(long TimeNanoseconds, long Origin, string Strip, string Event);

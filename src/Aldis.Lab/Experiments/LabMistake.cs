namespace Aldis.Lab.Experiments;

/// <summary>Something that was taken for something else with the same number.</summary>
/// <param name="TimeNanoseconds">When, from the first frame on.</param>
/// <param name="Frame">A frame: which it was. An acknowledgement: the frame it asks for, or names.</param>
/// <param name="TakenFor">Which it was taken for.</param>
internal readonly record struct LabMistake(long TimeNanoseconds, long Frame, long TakenFor);

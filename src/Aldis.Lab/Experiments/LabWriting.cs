namespace Aldis.Lab.Experiments;

/// <summary>Frames that the application gives the sender.</summary>
/// <param name="TimeNanoseconds">When, from the start of the run.</param>
/// <param name="Frames">How many.</param>
internal readonly record struct LabWriting(long TimeNanoseconds, long Frames);

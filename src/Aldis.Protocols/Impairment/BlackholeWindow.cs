namespace Aldis.Protocols.Impairment;

/// <summary>A time in which a link swallows every datagram handed to it.</summary>
/// <param name="StartNanoseconds">First instant, on the clock handed to the link.</param>
/// <param name="EndNanoseconds">First instant after it; later than the start.</param>
internal readonly record struct BlackholeWindow(long StartNanoseconds, long EndNanoseconds)
{
    /// <summary>Whether an instant lies in the window.</summary>
    /// <param name="timeNanoseconds">The instant.</param>
    /// <returns>True from the start on and before the end.</returns>
    public bool Contains(long timeNanoseconds) => timeNanoseconds >= StartNanoseconds && timeNanoseconds < EndNanoseconds;
}
